//! CREATE INDEX.

use ommi_core::schema::{IndexDef, ModelDef};
use sea_query::Index;

use super::{quoted, render, table};
use crate::Dialect;
use crate::scope::identifier;

/// The model's indexes, beside those of its key and unique fields.
pub(super) fn index_statements(model: &ModelDef, dialect: Dialect) -> impl Iterator<Item = String> {
    model.indexes().iter().map(move |index| index_statement(model, index, dialect))
}

pub(super) fn index_statement(model: &ModelDef, index: &IndexDef, dialect: Dialect) -> String {
    let mut create = Index::create();
    create.name(escaped(dialect, &index.name)).table(table(model)).if_not_exists();
    for position in &index.fields {
        create.col(identifier(&model.fields()[*position].column));
    }
    if index.unique {
        create.unique();
    }
    render(dialect, &create)
}

/// sea-query puts quotes around an index's name and leaves those inside of it alone.
fn escaped(dialect: Dialect, name: &str) -> String {
    let quoted = quoted(dialect, name);
    quoted[1..quoted.len() - 1].to_owned()
}
