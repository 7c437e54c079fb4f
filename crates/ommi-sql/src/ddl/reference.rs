//! References as foreign keys.

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::schema::{Action, ModelDef, ReferenceDef};
use sea_query::{ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement};

use super::{escaped, guard, guarded, quoted, table};
use crate::name::reference_name;
use crate::scope::identifier;
use crate::{Dialect, Flavour, postgres};

/// A reference whose target rows are told apart by the fields that it points at.
pub(super) struct Target {
    pub(super) model: Arc<ModelDef>,
    /// Positions of the target's fields, in the order of the reference's own.
    pub(super) fields: Vec<usize>,
    /// The same positions in the order of the target's key or unique index.
    key: Vec<usize>,
}

/// The target, where a database can watch over the reference: it must be a key, or unique as it stands.
pub(super) fn enforced_target(reference: &ReferenceDef) -> Result<Option<Target>> {
    let (model, fields) = reference.resolve()?;
    let same =
        |unique: &[usize]| unique.len() == fields.len() && unique.iter().all(|field| fields.contains(field));
    let single = matches!(fields.as_slice(), [field] if model.fields()[*field].unique);
    let key = if same(model.key()) {
        Some(model.key().to_vec())
    } else if single {
        Some(fields.clone())
    } else {
        model
            .indexes()
            .iter()
            .find(|index| index.unique && same(&index.fields))
            .map(|index| index.fields.clone())
    };
    Ok(key.map(|key| Target { model, fields, key }))
}

/// The model's references that a database can watch over.
pub(super) fn enforced(model: &ModelDef) -> Result<Vec<(&ReferenceDef, Target)>> {
    let mut found = Vec::new();
    for reference in model.references() {
        let target = enforced_target(reference).map_err(|error| error.with_model(model.name()))?;
        found.extend(target.map(|target| (reference, target)));
    }
    // PostgreSQL follows and checks references in the order in which they were made: rows that go by one have to be
    // gone before another one is checked.
    found.sort_by_key(|(reference, _)| reference.on_delete == Action::Restrict);
    Ok(found)
}

/// Pairs of a field and its target's. MySQL wants them in the order of the target's index.
fn pairs(reference: &ReferenceDef, target: &Target, dialect: Dialect) -> Vec<(usize, usize)> {
    let mut pairs: Vec<_> = reference.fields.iter().copied().zip(target.fields.iter().copied()).collect();
    match dialect {
        Dialect::Sqlite | Dialect::Postgres => {}
        Dialect::Mysql(_) => {
            pairs.sort_by_key(|(_, aimed)| target.key.iter().position(|field| field == aimed));
        }
    }
    pairs
}

pub(super) fn foreign_key(
    model: &ModelDef,
    reference: &ReferenceDef,
    target: &Target,
    dialect: Dialect,
) -> ForeignKeyCreateStatement {
    let mut key = ForeignKey::create();
    key.from_tbl(table(model)).to_tbl(table(&target.model));
    match dialect {
        Dialect::Sqlite | Dialect::Postgres => {}
        // To be dropped by its name, where tables refer to each other in a circle.
        Dialect::Mysql(_) => {
            key.name(escaped(dialect, &reference_name(model, &reference.fields, dialect)));
        }
    }
    for (field, aimed) in pairs(reference, target, dialect) {
        key.from_col(identifier(&model.fields()[field].column));
        key.to_col(identifier(&target.model.fields()[aimed].column));
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

/// Adds a foreign key to an existing table, unless it is there.
pub(super) fn add_reference(
    model: &ModelDef,
    reference: &ReferenceDef,
    target: &Target,
    dialect: Dialect,
) -> Vec<String> {
    let name = reference_name(model, &reference.fields, dialect);
    let pairs = pairs(reference, target, dialect);
    let list = |columns: Vec<String>| columns.join(", ");
    let columns =
        list(pairs.iter().map(|(field, _)| quoted(dialect, &model.fields()[*field].column)).collect());
    let references = references_clause(reference, target, dialect);
    let owner = quoted(dialect, model.table());
    let quoted_name = quoted(dialect, &name);
    let statement = |condition: &str| {
        format!(
            "ALTER TABLE {owner} ADD CONSTRAINT {quoted_name} FOREIGN KEY {condition}({columns}) {references}"
        )
    };
    match dialect {
        Dialect::Sqlite => Vec::new(),
        Dialect::Postgres => {
            let missing = format!(
                "SELECT FROM pg_constraint WHERE conrelid = {}::regclass AND contype = 'f' AND conname = {}",
                postgres::literal(&owner),
                postgres::literal(&name)
            );
            vec![guard(&missing, &statement(""))]
        }
        Dialect::Mysql(Flavour::MariaDb { .. }) => vec![statement("IF NOT EXISTS ")],
        Dialect::Mysql(Flavour::MySql) => {
            guarded("referential_constraints", "constraint_name", model, &name, &statement(""))
        }
    }
}

/// Takes a foreign key away, if it is there.
pub(super) fn drop_reference(model: &ModelDef, reference: &ReferenceDef, flavour: Flavour) -> Vec<String> {
    let dialect = Dialect::Mysql(flavour);
    let name = reference_name(model, &reference.fields, dialect);
    let owner = quoted(dialect, model.table());
    match flavour {
        Flavour::MariaDb { .. } => {
            vec![format!(
                "ALTER TABLE IF EXISTS {owner} DROP FOREIGN KEY IF EXISTS {}",
                quoted(dialect, &name)
            )]
        }
        Flavour::MySql => {
            let statement = format!("ALTER TABLE {owner} DROP FOREIGN KEY {}", quoted(dialect, &name));
            super::guarded_by(true, "referential_constraints", "constraint_name", model, &name, &statement)
        }
    }
}

/// `REFERENCES table (columns)` with its actions, as a column's own clause or behind FOREIGN KEY.
pub(super) fn references_clause(reference: &ReferenceDef, target: &Target, dialect: Dialect) -> String {
    let columns: Vec<_> = pairs(reference, target, dialect)
        .iter()
        .map(|(_, aimed)| quoted(dialect, &target.model.fields()[*aimed].column))
        .collect();
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
