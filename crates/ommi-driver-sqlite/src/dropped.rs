//! Tables that a script drops: nothing that stays may refer to one of them. SQLite itself looks at rows only, and would
//! leave an empty table behind into which no row can be put any more.

use std::collections::BTreeSet;

use ommi_core::{Error, ErrorKind, Result};

use crate::connection::Connection;
use crate::statement::{Prepared, Step};

/// The tables as they were, and those that went since.
pub(crate) struct Dropped {
    before: BTreeSet<String>,
    gone: BTreeSet<String>,
}

impl Dropped {
    /// Takes note of the tables that are there, if any of the statements drops one.
    pub(crate) fn watch(connection: &Connection, statements: &[String]) -> Result<Self> {
        let drops = statements.iter().any(|statement| begins_with(statement, "DROP"));
        let before = if drops { tables(connection)? } else { BTreeSet::new() };
        Ok(Self { before, gone: BTreeSet::new() })
    }

    /// To be called after each statement: a later one may create a table anew, which does not bring it back, or give
    /// its name to another one, which does.
    pub(crate) fn note(&mut self, connection: &Connection, statement: &str) -> Result<()> {
        if begins_with(statement, "DROP") {
            let left = tables(connection)?;
            self.gone.extend(self.before.difference(&left).cloned());
        } else if begins_with(statement, "ALTER") && !self.gone.is_empty() {
            let left = tables(connection)?;
            self.gone.retain(|table| !left.contains(table));
        }
        Ok(())
    }

    /// Looks whether a table that was there before, and stayed, refers to one that went.
    ///
    /// # Errors
    /// `ForeignKeyViolation`, naming both.
    pub(crate) fn check(&self, connection: &Connection) -> Result<()> {
        if self.gone.is_empty() {
            return Ok(());
        }
        for pair in pairs(connection, REFERENCES)? {
            let [table, target] = pair.map(|name| name.to_ascii_lowercase());
            let stayed = self.before.contains(&table) && !self.gone.contains(&table);
            if stayed && self.gone.contains(&target) {
                let message = format!(
                    "something still refers to it: the table {table:?} refers to {target:?}; remove both, or that one first"
                );
                return Err(Error::new(ErrorKind::ForeignKeyViolation, message));
            }
        }
        Ok(())
    }
}

fn begins_with(statement: &str, word: &str) -> bool {
    statement.trim_start().get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

const TABLES: &str = "SELECT name, '' FROM sqlite_schema WHERE type = 'table'";

const REFERENCES: &str = "SELECT own.name, known.\"table\" FROM sqlite_schema AS own, \
                          pragma_foreign_key_list(own.name) AS known WHERE own.type = 'table'";

/// The names of all tables, in lower case: SQLite tells tables apart without regard to it.
fn tables(connection: &Connection) -> Result<BTreeSet<String>> {
    Ok(pairs(connection, TABLES)?.into_iter().map(|[name, _]| name.to_ascii_lowercase()).collect())
}

/// The rows of two texts of a query.
pub(crate) fn pairs(connection: &Connection, text: &str) -> Result<Vec<[String; 2]>> {
    let failed = |failure| connection.error(failure).with_statement(text);
    let mut prepared = Prepared::new(connection.handle(), text).map_err(failed)?;
    let mut run = prepared.start();
    let mut rows = Vec::new();
    while run.step().map_err(|code| failed(connection.handle().failure(code)))? == Step::Row {
        let column = |number| String::from_utf8_lossy(run.row().get(number).text()).into_owned();
        rows.push([column(0), column(1)]);
    }
    Ok(rows)
}
