//! Schema statements, written: `{"drop_table":"users"}`.

use std::sync::Arc;

use ommi_core::schema::{FieldDef, ModelDef};
use ommi_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

use crate::data::{ColumnDef, Reference, TableDef, enforced, unique_column};

/// A change of the schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// A table, unless there is one of this name.
    CreateTable(TableDef),
    /// Columns whose values together may stand once, unless there is a unique of this name.
    CreateUnique { table: String, name: String, columns: Vec<String> },
    /// A column of a table that is there; its references are positioned once it is there.
    AddColumn { table: String, column: ColumnDef, references: Vec<Reference> },
    /// No table of this name.
    DropTable(String),
}

impl Change {
    /// The statement's text.
    fn text(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|error| {
            Error::new(ErrorKind::Internal, "a schema statement cannot be written").with_source(error)
        })
    }

    /// Reads a statement.
    ///
    /// # Errors
    /// `Query` for a text that is none.
    pub(crate) fn read(text: &str) -> Result<Self> {
        let read = serde_json::from_str(text);
        read.map_err(|error| {
            Error::query(format!("not a statement that a database in memory knows: {error}"))
        })
    }
}

/// See [`Driver::create_statements`](ommi_core::driver::Driver::create_statements).
pub(crate) fn create_statements(models: &[Arc<ModelDef>]) -> Result<Vec<String>> {
    let mut statements = Vec::new();
    for model in models {
        statements.push(Change::CreateTable(TableDef::of(model)?).text()?);
        for index in model.indexes().iter().filter(|index| index.unique) {
            let columns = index.fields.iter().map(|field| model.fields()[*field].column.clone()).collect();
            let (table, name) = (model.table().to_owned(), index.name.clone());
            statements.push(Change::CreateUnique { table, name, columns }.text()?);
        }
    }
    Ok(statements)
}

/// See [`Driver::drop_statements`](ommi_core::driver::Driver::drop_statements).
pub(crate) fn drop_statements(models: &[Arc<ModelDef>]) -> Result<Vec<String>> {
    models.iter().map(|model| Change::DropTable(model.table().to_owned()).text()).collect()
}

/// See [`Driver::add_column_statements`](ommi_core::driver::Driver::add_column_statements).
pub(crate) fn add_column_statements(model: &ModelDef, position: usize) -> Result<Vec<String>> {
    let field = &model.fields()[position];
    check_addition(model, position, field)?;
    let mut references = Vec::new();
    for reference in model.references().iter().filter(|reference| reference.fields == [position]) {
        references.extend(enforced(model, reference)?);
    }
    let (table, column) = (model.table().to_owned(), ColumnDef::of(model, position)?);
    let mut statements = vec![Change::AddColumn { table, column, references }.text()?];
    if field.unique {
        let (table, name) = (model.table().to_owned(), unique_column(model, position).name);
        statements.push(Change::CreateUnique { table, name, columns: vec![field.column.clone()] }.text()?);
    }
    Ok(statements)
}

fn check_addition(model: &ModelDef, position: usize, field: &FieldDef) -> Result<()> {
    let in_long_reference =
        model.references().iter().any(|known| known.fields.len() > 1 && known.fields.contains(&position));
    let reason = if model.key().contains(&position) {
        "it is part of the key"
    } else if !field.nullable && field.default.as_ref().is_none_or(|value| value.is_null()) {
        "it is required, and existing rows have no value for it"
    } else if in_long_reference {
        "it is part of a reference over several fields"
    } else {
        return Ok(());
    };
    let message = format!("the column cannot be added to the existing table: {reason}; write a migration");
    Err(Error::unsupported(message).with_model(model.name()).with_field(&field.name))
}
