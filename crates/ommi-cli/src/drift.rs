//! What models have and a database has not.

use std::sync::Arc;

use futures_executor::block_on;
use ommi::migrations::{HISTORY_TABLE, Hints, difference};
use ommi::schema::{Change, ColumnDef, ColumnDefault, ModelDef, SchemaDef};

use crate::output::Outcome;
use crate::place::Place;

/// The way from the database to the models.
#[derive(Debug)]
pub(crate) struct Drift {
    /// The tables that the changes find.
    pub(crate) before: SchemaDef,
    /// The changes, in their order.
    pub(crate) changes: Vec<Change>,
    /// Tables that neither models nor migrations know.
    pub(crate) unknown: Vec<String>,
}

/// Compares the database with models. Tables that no model has are dropped where a migration has made them, and left alone
/// otherwise.
///
/// # Errors
/// What the database says, models that contradict each other, and changes that no migration makes.
pub(crate) fn drift(place: &Place, models: &[Arc<ModelDef>], hints: &Hints) -> Outcome<Drift> {
    let wanted = SchemaDef::of(models)?;
    let made = place.manager.replayed();
    let mut before = block_on(place.db.driver().describe())?;
    before.tables.retain(|table| table.name != HISTORY_TABLE);
    let is_renamed = |name: &str| hints.renamed_tables.iter().any(|(old, _)| old == name);
    let is_ours = |name: &str| wanted.table(name).is_some() || made.table(name).is_some() || is_renamed(name);
    let unknown =
        before.tables.iter().map(|table| table.name.clone()).filter(|name| !is_ours(name)).collect();
    before.tables.retain(|table| is_ours(&table.name));
    for table in &mut before.tables {
        for column in &mut table.columns {
            for known in [made.table(&table.name), wanted.table(&table.name)].into_iter().flatten() {
                if let Some(known) = known.column(&column.name).cloned() {
                    say_as(column, &known);
                }
            }
        }
    }
    let changes = difference(&before, &wanted, hints)?;
    Ok(Drift { before, changes, unknown })
}

/// Says what was found in the words that models and migrations have for the same: files are for every database then.
fn say_as(found: &mut ColumnDef, known: &ColumnDef) {
    if found.ty.is_like(&known.ty) {
        found.ty = known.ty.clone();
    }
    if ColumnDefault::are_like(found.default.as_ref(), known.default.as_ref()) {
        found.default.clone_from(&known.default);
    }
}
