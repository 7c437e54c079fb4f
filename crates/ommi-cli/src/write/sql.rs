//! Changes as an SQL file.

use std::fmt::Write;

use ommi::Result;
use ommi::driver::Driver;
use ommi::schema::{Change, Risk, SchemaDef};

use super::Draft;

/// The text of the file: the statements of this driver's database.
pub(crate) fn sql(draft: &Draft<'_>, driver: &dyn Driver) -> Result<String> {
    let mut text = format!("-- {}\n", draft.title());
    if let Some(parent) = draft.parent {
        text.push_str(&format!("-- parent: {parent}\n"));
    }
    let mut after = draft.before.clone();
    draft.changes.iter().try_for_each(|change| after.apply(change))?;
    text.push_str("\n-- up\n");
    part(&mut text, draft.before, draft.changes, driver)?;
    text.push_str("\n-- down\n");
    part(&mut text, &after, &Change::undoing(draft.changes), driver)?;
    Ok(text)
}

fn part(text: &mut String, before: &SchemaDef, changes: &[Change], driver: &dyn Driver) -> Result<()> {
    let statements = match changes {
        [] => Vec::new(),
        changes => driver.change_statements(before, changes)?,
    };
    if changes.iter().any(|change| change.risk() == Risk::LosesData) {
        text.push_str("-- loses data\n");
    }
    for statement in statements {
        // Text never fails to be written to.
        let _ = writeln!(text, "{};", statement.trim());
    }
    Ok(())
}
