//! Saving: which statement brings a row to what a face has of it. Only what changed is written where the row is known as
//! it was, and a version makes sure that nobody else has written it since.

use std::sync::Arc;

use ommi_core::query::{Assignment, ColumnRef, Expr, Operation, Operator, Query};
use ommi_core::schema::ModelDef;
use ommi_core::value::{RowBatch, Value};
use ommi_core::{Error, ErrorKind, Result};

/// A row as a face has it.
#[derive(Debug)]
pub struct RowState {
    /// The model.
    pub model: Arc<ModelDef>,
    /// The values of all fields.
    pub values: Vec<Value>,
}

/// What saving comes to.
#[derive(Debug)]
pub enum Saving {
    /// The row is as it was: nothing is sent.
    Unchanged,
    /// There is nothing to write but the key: whether the row is there is all that can be asked.
    Check(Operation),
    /// The row is written.
    Write {
        /// The update, which finds one row.
        update: Operation,
        /// The version that the row has afterwards, where the model has one.
        version: Option<(usize, Value)>,
    },
}

impl RowState {
    /// How the row is saved; `before` is the row as it was read or written last, a cell for each field, where that is
    /// known. All fields are written where it is not, or where it has another key.
    ///
    /// # Errors
    /// `Validation` for a version that counts no further.
    pub fn saving(&self, before: Option<&RowBatch>) -> Result<Saving> {
        let (model, version) = (&self.model, self.model.version());
        let before = before.filter(|before| self.model.key().iter().all(|field| self.is_as(before, *field)));
        let is_written = |field: &usize| {
            !model.key().contains(field)
                && version != Some(*field)
                && !before.is_some_and(|before| self.is_as(before, *field))
        };
        let set = |field: usize| Assignment { field, value: Expr::Value(self.values[field].clone()) };
        let mut assignments: Vec<_> = (0..self.values.len()).filter(is_written).map(set).collect();
        if assignments.is_empty() && before.is_some() {
            return Ok(Saving::Unchanged);
        }
        let version = version.map(|field| Ok::<_, Error>((field, self.next_version(field)?))).transpose()?;
        if let Some((field, value)) = &version {
            assignments.push(Assignment { field: *field, value: Expr::Value(value.clone()) });
        }
        let query = self.query();
        if assignments.is_empty() {
            return Ok(Saving::Check(Operation::Exists(query)));
        }
        Ok(Saving::Write { update: Operation::Update(query, assignments), version })
    }

    /// How the row is removed.
    pub fn deleting(&self) -> Operation {
        Operation::Delete(self.query())
    }

    /// The query that finds the row by its key, and of a model with a version only while it has this one.
    fn query(&self) -> Query {
        let fields = self.model.key().iter().copied().chain(self.model.version());
        fields.fold(Query::new(self.model.clone()), |query, field| {
            let column = Expr::Column(ColumnRef { model: self.model.clone(), field });
            query.filter(Expr::binary(Operator::Eq, column, Expr::Value(self.values[field].clone())))
        })
    }

    /// Whether a write of the row, which found so many, was made: false where there is no such row, and it was never
    /// counted.
    ///
    /// # Errors
    /// `Conflict` where the row has a version: then somebody else has changed or removed it.
    pub fn found(&self, rows: u64) -> Result<bool> {
        let version = self.model.version().map(|field| &self.values[field]);
        match (rows, version) {
            (0, Some(Value::Int(1..))) => Err(self.lost()),
            (rows, _) => Ok(rows > 0),
        }
    }

    /// The error of a write that found no row, of a model with a version: the race is lost.
    fn lost(&self) -> Error {
        let name = |field: usize| self.model.fields()[field].name.as_str();
        let key: Vec<String> = self
            .model
            .key()
            .iter()
            .map(|field| format!("{} = {}", name(*field), shown(&self.values[*field])))
            .collect();
        let version = self.model.version().map_or_else(String::new, |field| {
            format!(" with the {} {}", name(field), shown(&self.values[field]))
        });
        let message = format!(
            "there is no {} of the key {}{version} any more: somebody else has changed or removed it since it was read; \
             reload it and try again",
            self.model.name(),
            key.join(", ")
        );
        Error::new(ErrorKind::Conflict, message).with_model(self.model.name())
    }

    fn is_as(&self, before: &RowBatch, field: usize) -> bool {
        before
            .get(0, field)
            .and_then(|cell| cell.to_value().ok())
            .is_some_and(|value| value == self.values[field])
    }

    fn next_version(&self, field: usize) -> Result<Value> {
        let next = match &self.values[field] {
            Value::Int(version) => version.checked_add(1),
            _no_version_yet => Some(1),
        };
        next.map(Value::Int).ok_or_else(|| {
            Error::validation("the version counts no further")
                .with_model(self.model.name())
                .with_field(&self.model.fields()[field].name)
        })
    }
}

/// A key's value for people: short ones as they are.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Int(value) => value.to_string(),
        Value::Uuid(value) => value.to_string(),
        Value::Text(value) if value.chars().count() <= 64 => format!("{value:?}"),
        Value::Date(value) => value.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Decimal(value) => value.to_string(),
        Value::Text(_)
        | Value::Float(_)
        | Value::Bytes(_)
        | Value::DateTime(_)
        | Value::Timestamp(_)
        | Value::Time(_)
        | Value::Duration(_)
        | Value::Json(_) => "...".to_owned(),
    }
}
