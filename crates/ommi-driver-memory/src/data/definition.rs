//! Definitions of tables, made from models; in schema statements they are JSON.

use ommi_core::schema::{self, FieldDef, FieldType, ModelDef, ReferenceDef};
use ommi_core::value::Value;
use ommi_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::text::{self, text_of, value_of};

/// A table: columns, and what its rows must keep to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct TableDef {
    pub(crate) name: String,
    pub(crate) columns: Vec<ColumnDef>,
    /// Positions of the key's columns.
    pub(crate) key: Vec<usize>,
    /// The key first, then unique columns, then unique indexes.
    pub(crate) uniques: Vec<Unique>,
    pub(crate) references: Vec<Reference>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ColumnDef {
    pub(crate) name: String,
    #[serde(with = "text::types")]
    pub(crate) ty: FieldType,
    pub(crate) nullable: bool,
    /// Whether a row without a value gets the next number.
    pub(crate) generated: bool,
    pub(crate) max_length: Option<u32>,
    default: Option<String>,
}

/// Columns whose values together may stand once; with a NULL among them they may repeat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Unique {
    pub(crate) name: String,
    pub(crate) columns: Vec<usize>,
}

/// Columns that hold the values of another table's columns, by whose name they are found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reference {
    pub(crate) name: String,
    pub(crate) columns: Vec<usize>,
    pub(crate) target: String,
    pub(crate) target_columns: Vec<String>,
    pub(crate) on_delete: Action,
    pub(crate) on_update: Action,
}

/// What becomes of rows whose target goes or changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Action {
    Restrict,
    Cascade,
    SetNull,
}

impl From<schema::Action> for Action {
    fn from(action: schema::Action) -> Self {
        match action {
            schema::Action::Restrict => Action::Restrict,
            schema::Action::Cascade => Action::Cascade,
            schema::Action::SetNull => Action::SetNull,
        }
    }
}

impl TableDef {
    /// The table of a model.
    ///
    /// # Errors
    /// `Schema` when a reference does not resolve, `Unsupported` for a generated field that is no integer key.
    pub(crate) fn of(model: &ModelDef) -> Result<Self> {
        let fields = model.fields();
        let columns = (0..fields.len()).map(|field| ColumnDef::of(model, field)).collect::<Result<_>>()?;
        let key = Unique { name: format!("pk_{}", model.table()), columns: model.key().to_vec() };
        let is_unique = |field: &usize| fields[*field].unique && model.key() != [*field];
        let alone = (0..fields.len()).filter(is_unique).map(|field| unique_column(model, field));
        let mut references = Vec::new();
        for reference in model.references() {
            references.extend(enforced(model, reference)?);
        }
        Ok(Self {
            name: model.table().to_owned(),
            columns,
            key: model.key().to_vec(),
            uniques: std::iter::once(key).chain(alone).collect(),
            references,
        })
    }

    /// The position of a column.
    pub(crate) fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|known| known.name == column)
    }

    /// The names of columns.
    pub(crate) fn names(&self, columns: &[usize]) -> Vec<String> {
        columns.iter().map(|column| self.columns[*column].name.clone()).collect()
    }
}

impl ColumnDef {
    /// The column of a model's field.
    pub(crate) fn of(model: &ModelDef, position: usize) -> Result<Self> {
        let field = &model.fields()[position];
        let is_integer_key = model.key() == [position] && field.ty == FieldType::Int;
        if field.auto && !is_integer_key {
            return Err(not_generated().with_model(model.name()).with_field(&field.name));
        }
        Ok(Self {
            name: field.column.clone(),
            ty: field.ty.clone(),
            nullable: field.nullable,
            generated: field.auto,
            max_length: max_length(field),
            default: field.default.as_ref().and_then(text_of),
        })
    }

    /// The value of a row that gives none.
    pub(crate) fn default(&self) -> Result<Value> {
        match &self.default {
            Some(text) => value_of(&self.ty, text),
            None => Ok(Value::Null),
        }
    }
}

fn not_generated() -> Error {
    Error::unsupported(
        "values are generated only for a single integer key; make the field the only key, give it a value, or remove \
         the auto mark",
    )
}

fn max_length(field: &FieldDef) -> Option<u32> {
    field.max_length.filter(|_| field.ty == FieldType::Text)
}

/// The constraint of a unique field.
pub(crate) fn unique_column(model: &ModelDef, field: usize) -> Unique {
    let name = format!("uq_{}_{}", model.table(), model.fields()[field].column);
    Unique { name, columns: vec![field] }
}

/// A reference that is watched over: one whose target rows are told apart by the fields that it points at. Others
/// serve joins only.
pub(crate) fn enforced(model: &ModelDef, reference: &ReferenceDef) -> Result<Option<Reference>> {
    let (target, fields) = reference.resolve().map_err(|error| error.with_model(model.name()))?;
    let same =
        |unique: &[usize]| unique.len() == fields.len() && unique.iter().all(|field| fields.contains(field));
    let is_unique = same(target.key())
        || matches!(fields.as_slice(), [field] if target.fields()[*field].unique)
        || target.indexes().iter().any(|index| index.unique && same(&index.fields));
    if !is_unique {
        return Ok(None);
    }
    let own: Vec<&str> =
        reference.fields.iter().map(|field| model.fields()[*field].column.as_str()).collect();
    Ok(Some(Reference {
        name: format!("fk_{}_{}", model.table(), own.join("_")),
        columns: reference.fields.clone(),
        target: target.table().to_owned(),
        target_columns: fields.iter().map(|field| target.fields()[*field].column.clone()).collect(),
        on_delete: reference.on_delete.into(),
        on_update: reference.on_update.into(),
    }))
}
