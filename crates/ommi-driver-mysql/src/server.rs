//! What is known of a server, and how its sessions are set up: one round trip for both.

use mysql_async::{Conn, Row, Value};
use ommi_core::{Error, ErrorKind, Result};
use ommi_sql::Flavour;
use ommi_sql::mysql::sql_mode;

use crate::config::MysqlConfig;
use crate::connection::all_rows;
use crate::error::translated;

/// What a session tells of its server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    /// MariaDB or MySQL.
    pub(crate) flavour: Flavour,
    /// The most bytes that one packet may hold.
    pub(crate) max_packet: usize,
    /// The distance between two generated keys.
    pub(crate) key_step: u64,
    /// Whether a lock that could not be had undoes the whole transaction.
    pub(crate) lock_timeout_ends: bool,
}

/// For how many seconds the server waits until a stream that rests is read on.
const STREAM_REST: u32 = 86_400;

/// The settings of every session, the isolation unless a transaction asks for another one, and questions about the
/// server. What differs between MariaDB and MySQL stands in comments that only one of them reads.
fn setup_text(config: &MysqlConfig) -> String {
    let maria = Flavour::MariaDb { returning: true };
    let (maria_mode, mysql_mode) = (sql_mode(maria), sql_mode(Flavour::MySql));
    let (maria_order, mysql_order) = (maria.collation(), Flavour::MySql.collation());
    let mut text = format!(
        "SET NAMES utf8mb4 COLLATE /*M! {maria_order} */ /*!50701 {mysql_order} */, \
         sql_mode = /*M! '{maria_mode}' */ /*!50701 '{mysql_mode}' */, \
         time_zone = '+00:00', autocommit = 1, foreign_key_checks = 1, unique_checks = 1, sql_auto_is_null = 0, \
         div_precision_increment = 30, net_write_timeout = {STREAM_REST}"
    );
    if let Some(limit) = config.statement_timeout {
        let (seconds, milliseconds) = (limit.as_secs_f64().max(0.001), limit.as_millis().clamp(1, 1 << 31));
        text.push_str(&format!(
            " /*M! , max_statement_time = {seconds} */ /*!50701 , max_execution_time = {milliseconds} */"
        ));
    }
    if let Some(limit) = config.lock_timeout {
        text.push_str(&format!(", innodb_lock_wait_timeout = {}", limit.as_secs().max(1)));
    }
    text.push_str(
        "; SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; \
         SELECT version(), @@max_allowed_packet, @@auto_increment_increment, @@innodb_rollback_on_timeout",
    );
    text
}

impl Server {
    /// Sets a new session up.
    ///
    /// # Errors
    /// What the server says; `Unsupported` where it is too old.
    pub(crate) async fn set_up(conn: &mut Conn, config: &MysqlConfig) -> Result<Self> {
        let rows = all_rows(conn, &setup_text(config)).await.map_err(translated)?;
        rows.first().and_then(Self::of).ok_or_else(|| {
            let message =
                "the server's answer to the session's setup makes no sense: is it MySQL or MariaDB?";
            Error::new(ErrorKind::Connection, message)
        })?
    }

    fn of(row: &Row) -> Option<Result<Self>> {
        let text = |column| match row.as_ref(column) {
            Some(Value::Bytes(bytes)) => std::str::from_utf8(bytes).ok(),
            _other => None,
        };
        let version = text(0)?;
        if let Some(least) = too_old(version) {
            let message = format!("the server is {version}, and the oldest that is supported is {least}");
            return Some(Err(Error::unsupported(message)));
        }
        Some(Ok(Self {
            flavour: Flavour::of_version(version),
            max_packet: text(1)?.parse().ok()?,
            key_step: text(2)?.parse().ok()?,
            lock_timeout_ends: text(3)? == "1",
        }))
    }
}

/// The oldest version that does, where this one does not.
fn too_old(version: &str) -> Option<&'static str> {
    let is_maria = matches!(Flavour::of_version(version), Flavour::MariaDb { .. });
    let version = version.strip_prefix("5.5.5-").unwrap_or(version);
    let mut numbers = version.split(|character: char| !character.is_ascii_digit());
    let mut number = || numbers.next().and_then(|number| number.parse::<u32>().ok()).unwrap_or(0);
    let found = (number(), number(), number());
    match is_maria {
        true => (found < (10, 6, 0)).then_some("MariaDB 10.6"),
        false => (found < (8, 0, 21)).then_some("MySQL 8.0.21"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_servers_are_told_from_new_ones() {
        for version in
            ["10.6.0-MariaDB", "5.5.5-10.11.19-MariaDB-log", "11.4.2-MariaDB", "8.0.21", "8.4.0", "9.1.0"]
        {
            assert_eq!(too_old(version), None, "{version}");
        }
        for version in ["10.5.9-MariaDB", "5.5.5-10.4.2-MariaDB", "5.7.44", "8.0.20", "what"] {
            assert!(too_old(version).is_some(), "{version}");
        }
    }

    #[test]
    fn limits_are_set_where_they_are_asked_for() {
        let mut config = MysqlConfig::default();
        assert!(!setup_text(&config).contains("lock_wait") && !setup_text(&config).contains("max_statement"));
        config.statement_timeout = Some(std::time::Duration::from_millis(1500));
        config.lock_timeout = Some(std::time::Duration::from_millis(1));
        let text = setup_text(&config);
        assert!(
            text.contains("max_statement_time = 1.5 */") && text.contains("max_execution_time = 1500 */")
        );
        assert!(text.contains("innodb_lock_wait_timeout = 1"));
    }
}
