//! Names in the database: how long they may be, and those that are made up here.

use ommi_core::schema::ModelDef;
use ommi_core::{Error, ErrorKind, Result};

use crate::Dialect;

/// Refuses a model whose table or columns have names that the database would cut or refuse.
pub(crate) fn check_names(model: &ModelDef, dialect: Dialect) -> Result<()> {
    check_name_fits("table", model.table(), dialect).map_err(|error| error.with_model(model.name()))?;
    for field in model.fields() {
        check_name_fits("column", &field.column, dialect)
            .map_err(|error| error.with_model(model.name()).with_field(&field.name))?;
    }
    Ok(())
}

/// Refuses a name that the database would cut or refuse.
pub(crate) fn check_name_fits(what: &str, name: &str, dialect: Dialect) -> Result<()> {
    if fits(name, dialect) {
        return check_end(what, name, dialect);
    }
    let limit = match dialect {
        Dialect::Sqlite => return Ok(()),
        Dialect::Postgres => "63 bytes",
        Dialect::Mysql(_) => "64 characters",
    };
    let message = format!("the {what} name {name:?} is longer than the {limit} that the database takes");
    Err(Error::new(ErrorKind::Schema, message))
}

/// MySQL's names may not end in a space of any kind, and have no characters beyond the basic plane.
fn check_end(what: &str, name: &str, dialect: Dialect) -> Result<()> {
    let refuse = |why: &str| {
        let message = format!("MySQL takes no {what} name that {why}: {name:?}");
        Err(Error::new(ErrorKind::Schema, message))
    };
    match dialect {
        Dialect::Sqlite | Dialect::Postgres => Ok(()),
        Dialect::Mysql(_) if name.ends_with(|last: char| last.is_ascii_whitespace() || last == '\u{b}') => {
            refuse("ends in a space")
        }
        Dialect::Mysql(_) if name.chars().any(|character| character > '\u{ffff}') => {
            refuse("has a character beyond U+FFFF")
        }
        Dialect::Mysql(_) => Ok(()),
    }
}

fn fits(name: &str, dialect: Dialect) -> bool {
    match dialect {
        Dialect::Sqlite => true,
        Dialect::Postgres => name.len() <= 63,
        Dialect::Mysql(_) => name.chars().count() <= 64,
    }
}

/// An index's or constraint's name, with a hash in place of its end where it is too long. Two long names differ
/// then as they did before.
pub(crate) fn shortened(name: &str, dialect: Dialect) -> String {
    if fits(name, dialect) {
        return name.to_owned();
    }
    let hash = format!("_{:016x}", fnv1a(name.as_bytes()));
    let mut kept = String::new();
    for character in name.chars() {
        kept.push(character);
        if !fits(&format!("{kept}{hash}"), dialect) {
            kept.pop();
            break;
        }
    }
    kept + &hash
}

/// A hash that is the same in every process and version, since the names live in databases.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The name of what holds a unique field's values apart.
pub(crate) fn unique_name(model: &ModelDef, field: usize, dialect: Dialect) -> String {
    let column = &model.fields()[field].column;
    shortened(&format!("uq_{}_{column}", model.table()), dialect)
}

/// The name of the check of a text's length.
pub(crate) fn check_name(model: &ModelDef, field: usize, dialect: Dialect) -> String {
    check_name_of(model.table(), &model.fields()[field].column, dialect)
}

/// As [`check_name`], by the names of the table and its column.
pub(crate) fn check_name_of(table: &str, column: &str, dialect: Dialect) -> String {
    shortened(&format!("ck_{table}_{column}"), dialect)
}

/// The name of the foreign key over these fields.
pub(crate) fn reference_name(model: &ModelDef, fields: &[usize], dialect: Dialect) -> String {
    let columns: Vec<_> = fields.iter().map(|field| model.fields()[*field].column.as_str()).collect();
    reference_name_of(model.table(), &columns, dialect)
}

/// As [`reference_name`], by the names of the table and its columns. MySQL's are of the whole database, so a hash keeps
/// apart what the words alone do not (`a_b` and `c`, `a` and `b_c`).
pub(crate) fn reference_name_of(table: &str, columns: &[&str], dialect: Dialect) -> String {
    let name = format!("fk_{table}_{}", columns.join("_"));
    match dialect {
        Dialect::Sqlite | Dialect::Postgres => shortened(&name, dialect),
        Dialect::Mysql(_) => {
            let parts = [&[table], columns].concat().join("\0");
            shortened(&format!("{name}_{:08x}", fnv1a(parts.as_bytes()) as u32), dialect)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_to_the_limit_and_stay_apart() {
        let (first, second) = ("ä".repeat(60) + "one", "ä".repeat(60) + "two");
        let (first, second) = (shortened(&first, Dialect::Postgres), shortened(&second, Dialect::Postgres));
        assert!(first.len() <= 63 && second.len() <= 63 && first != second, "{first} {second}");
        assert_eq!(shortened("ix_short", Dialect::Postgres), "ix_short");
    }
}
