//! Running schema changes, for which tables are made anew: with foreign keys off, so that dropping the old one takes no
//! row along, and looked over before they count.

use ommi_core::{Error, ErrorKind, Result};

use crate::connection::Connection;
use crate::dropped::pairs;
use crate::execute::{all_or_none, run as run_text};

/// Rows that refer to nothing, counted by their table and the one that they refer to.
const BROKEN: &str = "SELECT \"table\" || ' refers to ' || parent, CAST(count(*) AS TEXT) \
                      FROM pragma_foreign_key_check GROUP BY 1 ORDER BY 1";

/// Runs statements that change the schema, all or none. `checked` says whether the connection watches over references
/// otherwise.
///
/// # Errors
/// `ForeignKeyViolation` where rows refer to nothing afterwards and did not before, and what a statement fails with.
pub(crate) fn run(connection: &mut Connection, statements: &[String], checked: bool) -> Result<()> {
    if !checked {
        return all(connection, statements, false);
    }
    // This has no effect inside of a transaction, and must not be left to one that failed to begin.
    run_text(connection, "PRAGMA foreign_keys = OFF")?;
    let outcome = all(connection, statements, true);
    let restored = run_text(connection, "PRAGMA foreign_keys = ON");
    outcome.and(restored)
}

fn all(connection: &mut Connection, statements: &[String], checked: bool) -> Result<()> {
    let outcome = all_or_none(connection, |connection| {
        let before = if checked { pairs(connection, BROKEN)? } else { Vec::new() };
        for text in statements {
            run_text(connection, text).map_err(|error| error.with_statement(text))?;
        }
        if !checked {
            return Ok(());
        }
        match pairs(connection, BROKEN)?.into_iter().find(|broken| !before.contains(broken)) {
            None => Ok(()),
            Some([which, count]) => Err(Error::new(
                ErrorKind::ForeignKeyViolation,
                format!("{which}, and {count} of its rows refer to a row that is not there"),
            )),
        }
    });
    if outcome.is_err() {
        // A pragma is not undone with the transaction.
        run_text(connection, "PRAGMA legacy_alter_table = OFF")?;
    }
    outcome
}
