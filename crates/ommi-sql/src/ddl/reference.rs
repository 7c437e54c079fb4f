//! References as foreign keys.

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::schema::{Action, ModelDef, ReferenceDef};
use sea_query::{ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement};

use super::{quoted, table};
use crate::Dialect;
use crate::scope::identifier;

/// A reference whose target rows are told apart by the fields that it points at.
pub(super) struct Target {
    pub(super) model: Arc<ModelDef>,
    pub(super) fields: Vec<usize>,
}

/// The target, where a database can watch over the reference: it must be a key, or unique as it stands.
pub(super) fn enforced_target(reference: &ReferenceDef) -> Result<Option<Target>> {
    let (model, fields) = reference.resolve()?;
    let same =
        |unique: &[usize]| unique.len() == fields.len() && unique.iter().all(|field| fields.contains(field));
    let is_unique = same(model.key())
        || matches!(fields.as_slice(), [field] if model.fields()[*field].unique)
        || model.indexes().iter().any(|index| index.unique && same(&index.fields));
    Ok(is_unique.then_some(Target { model, fields }))
}

pub(super) fn foreign_keys(model: &ModelDef) -> Result<Vec<ForeignKeyCreateStatement>> {
    let mut keys = Vec::new();
    for reference in model.references() {
        let target = enforced_target(reference).map_err(|error| error.with_model(model.name()))?;
        keys.extend(target.map(|target| foreign_key(model, reference, &target)));
    }
    Ok(keys)
}

fn foreign_key(model: &ModelDef, reference: &ReferenceDef, target: &Target) -> ForeignKeyCreateStatement {
    let mut key = ForeignKey::create();
    key.from_tbl(table(model)).to_tbl(table(&target.model));
    for field in &reference.fields {
        key.from_col(identifier(&model.fields()[*field].column));
    }
    for field in &target.fields {
        key.to_col(identifier(&target.model.fields()[*field].column));
    }
    if let Some(action) = action(reference.on_delete) {
        key.on_delete(action);
    }
    if let Some(action) = action(reference.on_update) {
        key.on_update(action);
    }
    key
}

/// `Restrict` is what databases do unasked, at the end of the statement: SQL's RESTRICT would also refuse to
/// delete a row together with those that refer to it.
fn action(action: Action) -> Option<ForeignKeyAction> {
    match action {
        Action::Restrict => None,
        Action::Cascade => Some(ForeignKeyAction::Cascade),
        Action::SetNull => Some(ForeignKeyAction::SetNull),
    }
}

/// A reference of one field as a column's own clause, for columns that are added to a table.
pub(super) fn references_clause(reference: &ReferenceDef, target: &Target, dialect: Dialect) -> String {
    let columns: Vec<_> =
        target.fields.iter().map(|field| quoted(dialect, &target.model.fields()[*field].column)).collect();
    let mut clause = format!("REFERENCES {} ({})", quoted(dialect, target.model.table()), columns.join(", "));
    for (event, action) in [("DELETE", reference.on_delete), ("UPDATE", reference.on_update)] {
        match action {
            Action::Restrict => {}
            Action::Cascade => clause.push_str(&format!(" ON {event} CASCADE")),
            Action::SetNull => clause.push_str(&format!(" ON {event} SET NULL")),
        }
    }
    clause
}
