//! The SQL dialects. Code that differs by dialect matches on this without a wildcard arm, so that a new
//! dialect is a list of compiler errors.

/// A database's flavour of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// SQLite with the functions of [`sqlite::FUNCTIONS`](crate::sqlite::FUNCTIONS).
    Sqlite,
    /// PostgreSQL from version 13 on.
    Postgres,
    /// MySQL or MariaDB with the session settings of [`mysql::sql_mode`](crate::mysql::sql_mode).
    Mysql(Flavour),
}

/// Which of the databases that speak MySQL's SQL it is, and what it can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flavour {
    /// MariaDB from version 10.6 on.
    MariaDb {
        /// Whether INSERT has RETURNING.
        returning: bool,
    },
    /// MySQL from version 8.0.21 on.
    MySql,
}

impl Flavour {
    /// The flavour of a server by what `SELECT version()` says: `10.11.19-MariaDB-0+deb12u1`, `8.0.36`.
    pub fn of_version(version: &str) -> Self {
        if !version.to_ascii_lowercase().contains("mariadb") {
            return Flavour::MySql;
        }
        // Old replication protocols want a version that begins with 5, and servers still put one before their own.
        let version = version.strip_prefix("5.5.5-").unwrap_or(version);
        let mut numbers = version.split(|character: char| !character.is_ascii_digit());
        let mut number = || numbers.next().and_then(|number| number.parse::<u32>().ok()).unwrap_or(0);
        Flavour::MariaDb { returning: (number(), number()) >= (10, 5) }
    }

    /// The collation that compares text by code point and pads nothing.
    pub fn collation(self) -> &'static str {
        match self {
            Flavour::MariaDb { .. } => "utf8mb4_nopad_bin",
            Flavour::MySql => "utf8mb4_0900_bin",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_tell_the_flavour() {
        let flavour = Flavour::of_version;
        assert_eq!(flavour("10.11.19-MariaDB-0+deb12u1"), Flavour::MariaDb { returning: true });
        assert_eq!(flavour("5.5.5-10.4.2-MariaDB-log"), Flavour::MariaDb { returning: false });
        assert_eq!(flavour("8.0.36"), Flavour::MySql);
    }
}
