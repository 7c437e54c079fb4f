//! Schemas of all shapes, drawn: pictures of them, and where their boxes and lines are.

mod layouts;
mod pictures;

use ommi::schema::{Action, ColumnDef, FieldType, SchemaDef, TableDef, TableIndex, TableReference};

/// A table with the key `id`.
fn table(name: &str) -> TableDef {
    TableDef {
        name: name.into(),
        columns: vec![ColumnDef { auto: true, ..ColumnDef::new("id", FieldType::Int) }],
        key: vec!["id".into()],
        indexes: Vec::new(),
        references: Vec::new(),
        attached: Vec::new(),
        undescribed: Vec::new(),
    }
}

/// What is said of a reference's column.
#[derive(Clone, Copy, PartialEq)]
enum Said {
    Required,
    Optional,
    Unique,
}

/// The table with one more column, which refers to another table's `id`.
fn referring(mut table: TableDef, column: &str, target: &str, said: Said) -> TableDef {
    let nullable = said == Said::Optional;
    table.columns.push(ColumnDef { nullable, ..ColumnDef::new(column, FieldType::Int) });
    if said == Said::Unique {
        table.indexes.push(TableIndex::unique_column(&table.name, column));
    }
    table.references.push(reference(&[column], target, &["id"]));
    table
}

fn reference(columns: &[&str], target: &str, target_columns: &[&str]) -> TableReference {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    TableReference {
        name: None,
        columns: owned(columns),
        target: target.into(),
        target_columns: owned(target_columns),
        on_delete: Action::Restrict,
        on_update: Action::Restrict,
    }
}

fn schema(tables: impl IntoIterator<Item = TableDef>) -> SchemaDef {
    SchemaDef { tables: tables.into_iter().collect() }
}
