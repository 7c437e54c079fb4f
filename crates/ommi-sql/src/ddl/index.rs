//! CREATE INDEX.

use ommi_core::schema::{IndexDef, ModelDef};

use super::{guarded, quoted};
use crate::name::shortened;
use crate::{Dialect, Flavour};

/// The model's indexes, beside those of its key and unique fields.
pub(super) fn index_statements(model: &ModelDef, dialect: Dialect) -> Vec<String> {
    model.indexes().iter().flat_map(|index| index_statement(model, index, dialect)).collect()
}

/// Creates an index where it is missing.
pub(super) fn index_statement(model: &ModelDef, index: &IndexDef, dialect: Dialect) -> Vec<String> {
    let name = shortened(&index.name, dialect);
    let columns: Vec<_> = index.fields.iter().map(|field| part(model, *field, dialect)).collect();
    let unique = if index.unique { "UNIQUE " } else { "" };
    let statement = |condition: &str| {
        format!(
            "CREATE {unique}INDEX {condition}{} ON {} ({})",
            quoted(dialect, &name),
            quoted(dialect, model.table()),
            columns.join(", ")
        )
    };
    match dialect {
        Dialect::Sqlite | Dialect::Postgres | Dialect::Mysql(Flavour::MariaDb { .. }) => {
            vec![statement("IF NOT EXISTS ")]
        }
        Dialect::Mysql(Flavour::MySql) => guarded("statistics", "index_name", model, &name, &statement("")),
    }
}

/// A column of an index. PostgreSQL's NULLs are last in an index unless told otherwise, and would be of no use to an
/// order that has them first.
fn part(model: &ModelDef, field: usize, dialect: Dialect) -> String {
    let field = &model.fields()[field];
    let column = quoted(dialect, &field.column);
    match dialect {
        Dialect::Postgres if field.nullable => format!("{column} NULLS FIRST"),
        Dialect::Sqlite | Dialect::Postgres | Dialect::Mysql(_) => column,
    }
}
