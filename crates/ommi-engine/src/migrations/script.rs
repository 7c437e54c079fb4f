//! From the steps of a migration to its statements, for the schema that they find.

use ommi_core::driver::Driver;
use ommi_core::schema::{Change, SchemaDef};
use ommi_core::{Error, ErrorKind, Result};

use super::{Migration, Step};

/// Which way a migration is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Up,
    Down,
}

/// Steps as they are run.
#[derive(Debug, Default)]
pub(super) struct Script {
    /// The steps in words.
    pub(super) words: Vec<String>,
    /// The statements, in their order.
    pub(super) statements: Vec<String>,
}

/// The steps of one way.
///
/// # Errors
/// `Schema` where there is no way back.
pub(super) fn steps(migration: &Migration, way: Way) -> Result<&[Step]> {
    match way {
        Way::Up => Ok(&migration.up),
        Way::Down => migration.down.as_deref().ok_or_else(|| {
            let message = format!(
                "the migration {} has no way back: write its down, or restore a backup",
                migration.title()
            );
            Error::new(ErrorKind::Schema, message)
        }),
    }
}

/// The changes of each step, as they are for the schema that it finds; of a statement none. `schema` is afterwards what
/// they leave.
///
/// # Errors
/// As for [`script`].
pub(super) fn changes(schema: &mut SchemaDef, steps: &[Step]) -> Result<Vec<Vec<Change>>> {
    let mut after_statement = false;
    let mut all = Vec::new();
    for step in steps {
        let changes = step.changes(schema).and_then(|changes| {
            changes.iter().try_for_each(|change| schema.apply(change))?;
            Ok(changes)
        });
        after_statement |= step.statement().is_some();
        all.push(changes.map_err(|error| if after_statement { behind_statement(error) } else { error })?);
    }
    Ok(all)
}

fn behind_statement(error: Error) -> Error {
    let message = format!(
        "{}; what a statement of the same migration makes is not known to the steps behind it: put them in a migration of \
         their own",
        error.message()
    );
    error.with_message(message)
}

/// The statements of steps, and the steps in words; `schema` is afterwards what they leave.
///
/// # Errors
/// `Schema` for a step that does not fit what is there, `Unsupported` for one that the database cannot take.
pub(super) fn script(driver: &dyn Driver, schema: &mut SchemaDef, steps: &[Step]) -> Result<Script> {
    let changes = changes(&mut schema.clone(), steps)?;
    let mut script = Script::default();
    // Changes that follow each other are written together: SQLite rebuilds a table once for all of them.
    let mut waiting: Vec<Change> = Vec::new();
    let mut write = |waiting: &mut Vec<Change>, statements: &mut Vec<String>| -> Result<()> {
        statements.extend(driver.change_statements(schema, waiting)?);
        waiting.drain(..).try_for_each(|change| schema.apply(&change))
    };
    for (step, changes) in steps.iter().zip(changes) {
        if let Some(text) = step.statement() {
            write(&mut waiting, &mut script.statements)?;
            script.words.push(step.describe());
            script.statements.push(text.to_owned());
        }
        script.words.extend(changes.iter().map(ToString::to_string));
        waiting.extend(changes);
    }
    write(&mut waiting, &mut script.statements)?;
    Ok(script)
}
