//! Tables as values: what models ask for and what a database has, in the same words, to be compared and changed.

use super::{Action, FieldDef, FieldType, ModelDef};
use crate::value::Value;
use crate::{Error, ErrorKind, Result};

/// A table with everything that a migration can change.
#[derive(Debug, Clone, PartialEq)]
pub struct TableDef {
    /// The table's name.
    pub name: String,
    /// Its columns, in their order.
    pub columns: Vec<ColumnDef>,
    /// The primary key's columns, in its order; none where a found table has no key.
    pub key: Vec<String>,
    /// Its indexes beside that of the key; a unique column is one over itself.
    pub indexes: Vec<TableIndex>,
    /// References that the database watches over.
    pub references: Vec<TableReference>,
    /// Statements that make again what hangs on a found table and is described nowhere else, as triggers are.
    pub attached: Vec<String>,
    /// What a found table has that cannot be described, in words: a table with any of it is never rebuilt.
    pub undescribed: Vec<String>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDef {
    /// The column's name.
    pub name: String,
    /// What it holds.
    pub ty: ColumnType,
    /// Whether NULL may stand in it.
    pub nullable: bool,
    /// Whether the database generates its values.
    pub auto: bool,
    /// The longest text, in code points.
    pub max_length: Option<MaxLength>,
    /// The value of rows that give none.
    pub default: Option<ColumnDefault>,
}

/// A column's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnType {
    /// One of ours, declared as each database declares it.
    Field(FieldType),
    /// One that was found in a database.
    Found {
        /// The type as the database spells it.
        declared: String,
        /// The field types that it holds as they should be held.
        fits: Vec<FieldType>,
    },
}

/// The longest text that a column takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaxLength {
    /// In code points.
    pub limit: u32,
    /// The name that the check was found under.
    pub check: Option<String>,
}

/// The value of rows that give none.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnDefault {
    /// A value of ours.
    Value(Value),
    /// One that was found in a database.
    Found {
        /// As the database writes it in a DEFAULT clause.
        text: String,
        /// The constant that it is, without quotes and casts; nothing where it is computed.
        constant: Option<String>,
    },
}

/// An index of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableIndex {
    /// Its name in the database.
    pub name: String,
    /// The columns, in its order.
    pub columns: Vec<String>,
    /// Whether a combination of values may stand once only.
    pub unique: bool,
    /// Whether it belongs to a constraint of the table, and goes by that alone.
    pub constraint: bool,
}

/// A reference that the database watches over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableReference {
    /// The name that it was found under.
    pub name: Option<String>,
    /// The columns that refer.
    pub columns: Vec<String>,
    /// The table referred to.
    pub target: String,
    /// The columns referred to, in the order of `columns`.
    pub target_columns: Vec<String>,
    /// What happens when the row referred to is deleted.
    pub on_delete: Action,
    /// What happens when its columns change.
    pub on_update: Action,
}

impl TableDef {
    /// The table that a model is stored in. References to what is not unique serve joins only and are left out.
    ///
    /// # Errors
    /// `Schema`, naming the model, where a reference leads nowhere.
    pub fn of(model: &ModelDef) -> Result<Self> {
        let name = |position: &usize| model.fields()[*position].column.clone();
        let names = |positions: &[usize]| positions.iter().map(name).collect::<Vec<_>>();
        let mut indexes: Vec<TableIndex> = model
            .fields()
            .iter()
            .enumerate()
            .filter(|(position, field)| field.unique && model.key() != [*position])
            .map(|(_, field)| TableIndex::unique_column(model.table(), &field.column))
            .collect();
        indexes.extend(model.indexes().iter().map(|index| TableIndex {
            name: index.name.clone(),
            columns: names(&index.fields),
            unique: index.unique,
            constraint: false,
        }));
        let mut references = Vec::new();
        for reference in model.references() {
            let (target, fields) = reference.resolve().map_err(|error| error.with_model(model.name()))?;
            if !is_told_apart_by(&target, &fields) {
                continue;
            }
            references.push(TableReference {
                name: None,
                columns: names(&reference.fields),
                target: target.table().to_owned(),
                target_columns: fields.iter().map(|field| target.fields()[*field].column.clone()).collect(),
                on_delete: reference.on_delete,
                on_update: reference.on_update,
            });
        }
        Ok(Self {
            name: model.table().to_owned(),
            columns: model.fields().iter().map(ColumnDef::of).collect(),
            key: names(model.key()),
            indexes,
            references,
            attached: Vec::new(),
            undescribed: Vec::new(),
        })
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&ColumnDef> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The column of this name.
    ///
    /// # Errors
    /// `Schema`, listing the columns that there are.
    pub fn require_column(&self, name: &str) -> Result<&ColumnDef> {
        self.column(name).ok_or_else(|| {
            let known: Vec<_> = self.columns.iter().map(|column| column.name.as_str()).collect();
            let message = format!(
                "the table {:?} has no column {name:?}; its columns are {}",
                self.name,
                known.join(", ")
            );
            Error::new(ErrorKind::Schema, message)
        })
    }

    /// The index that is the same as this one but for its name.
    pub fn index_like(&self, index: &TableIndex) -> Option<&TableIndex> {
        self.indexes.iter().find(|own| own.is_like(index))
    }

    /// The reference that is the same as this one but for its name.
    pub fn reference_like(&self, reference: &TableReference) -> Option<&TableReference> {
        self.references.iter().find(|own| own.is_like(reference))
    }
}

/// Whether these fields are the key or unique as they stand.
fn is_told_apart_by(model: &ModelDef, fields: &[usize]) -> bool {
    let same =
        |other: &[usize]| other.len() == fields.len() && other.iter().all(|field| fields.contains(field));
    same(model.key())
        || matches!(fields, [field] if model.fields()[*field].unique)
        || model.indexes().iter().any(|index| index.unique && same(&index.fields))
}

impl ColumnDef {
    /// A required column.
    pub fn new(name: impl Into<String>, ty: FieldType) -> Self {
        Self::of(&FieldDef::new(name, ty))
    }

    /// The column that a field is stored in.
    pub fn of(field: &FieldDef) -> Self {
        Self {
            name: field.column.clone(),
            ty: ColumnType::Field(field.ty.clone()),
            nullable: field.nullable,
            auto: field.auto,
            max_length: match field.ty {
                FieldType::Text => field.max_length.map(|limit| MaxLength { limit, check: None }),
                FieldType::Bool
                | FieldType::Int
                | FieldType::Float
                | FieldType::Bytes
                | FieldType::Decimal
                | FieldType::Uuid
                | FieldType::DateTime
                | FieldType::NaiveDateTime
                | FieldType::Timestamp
                | FieldType::Date
                | FieldType::Time
                | FieldType::Duration
                | FieldType::Json
                | FieldType::List(_) => None,
            },
            default: field.default.clone().filter(|value| !value.is_null()).map(ColumnDefault::Value),
        }
    }

    /// The field type that the column is made for, or the first of those that it fits.
    pub fn field_type(&self) -> Option<&FieldType> {
        match &self.ty {
            ColumnType::Field(ty) => Some(ty),
            ColumnType::Found { fits, .. } => fits.first(),
        }
    }

    /// Whether a row that gives no value for it can be stored.
    pub fn can_be_left_out(&self) -> bool {
        self.nullable || self.auto || self.default.is_some()
    }
}

impl ColumnType {
    /// Whether both hold the same: what was found only has to fit.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (ColumnType::Field(own), ColumnType::Field(other)) => own == other,
            (ColumnType::Field(ty), ColumnType::Found { fits, .. })
            | (ColumnType::Found { fits, .. }, ColumnType::Field(ty)) => fits.contains(ty),
            (ColumnType::Found { declared: own, .. }, ColumnType::Found { declared: other, .. }) => {
                own.eq_ignore_ascii_case(other)
            }
        }
    }
}

impl MaxLength {
    /// Whether both allow the same.
    pub fn are_like(one: Option<&Self>, other: Option<&Self>) -> bool {
        one.map(|length| length.limit) == other.map(|length| length.limit)
    }
}

impl TableIndex {
    /// What a column that is unique has.
    pub fn unique_column(table: &str, column: &str) -> Self {
        Self {
            name: format!("uq_{table}_{column}"),
            columns: vec![column.to_owned()],
            unique: true,
            constraint: true,
        }
    }

    /// Whether both do the same, whatever they are called.
    pub fn is_like(&self, other: &Self) -> bool {
        self.columns == other.columns && self.unique == other.unique
    }
}

impl TableReference {
    /// Whether both watch over the same, whatever they are called.
    pub fn is_like(&self, other: &Self) -> bool {
        let pairs = |reference: &Self| {
            let columns = reference.columns.iter().cloned();
            let mut pairs: Vec<_> = columns.zip(reference.target_columns.iter().cloned()).collect();
            pairs.sort();
            pairs
        };
        self.target == other.target
            && self.on_delete == other.on_delete
            && self.on_update == other.on_update
            && pairs(self) == pairs(other)
    }
}
