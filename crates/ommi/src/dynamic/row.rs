//! `Row`: the values of one row, by the names of fields.

use std::fmt;
use std::sync::Arc;

use ommi_core::Result;
use ommi_core::schema::ModelDef;
use ommi_core::value::{Cell, Value};

use crate::find::{Reader, WholeRows};
use crate::stored::Stored;

/// A row of a model that is known only while the program runs.
///
/// ```
/// use ommi::schema::{FieldDef, FieldType, ModelDef};
/// use ommi::{Row, column, prelude::*};
///
/// # #[tokio::main]
/// # async fn main() -> ommi::Result<()> {
/// let planes = ModelDef::builder("Plane")
///     .table("planes")
///     .field(FieldDef::new("id", FieldType::Int))
///     .field(FieldDef::new("tail_number", FieldType::Text).unique())
///     .field(FieldDef::new("seats", FieldType::Int).nullable())
///     .build()?;
///
/// let db = Ommi::connect("sqlite://:memory:").await?;
/// let mut plane = Row::new(&planes).with("tail_number", "N10156")?.with("seats", 55)?;
/// db.add_row(&mut plane).await?;
/// assert_eq!(plane.get::<i64>("id")?, 1);
///
/// let seats = column(&planes, "seats")?;
/// let found = db.find_dynamic(&planes).filter(seats.ge(50)).order_by(seats.desc()).one().await?;
/// assert_eq!(found.get::<String>("tail_number")?, "N10156");
/// assert_eq!(db.find_dynamic(&planes).update(seats.set(seats.clone() + 1)).await?, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Row {
    model: Arc<ModelDef>,
    values: Vec<Value>,
}

impl Row {
    /// A row of NULLs, which stand for a key that is to be generated too.
    pub fn new(model: &Arc<ModelDef>) -> Self {
        Self { model: model.clone(), values: vec![Value::Null; model.fields().len()] }
    }

    /// The model.
    pub fn model(&self) -> &Arc<ModelDef> {
        &self.model
    }

    /// Sets a field.
    ///
    /// # Errors
    /// `Validation` when there is no field of that name, listing those that there are, or the value does not fit it.
    pub fn set(&mut self, field: &str, value: impl Into<Value>) -> Result<()> {
        let position = self.model.require_field(field)?;
        let definition = &self.model.fields()[position];
        let value = value.into().coerce(&definition.ty);
        let value = value.map_err(|error| error.with_model(self.model.name()).with_field(field))?;
        self.put(position, value);
        Ok(())
    }

    /// The row with a field set.
    ///
    /// # Errors
    /// As for [`set`](Self::set).
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Result<Self> {
        self.set(field, value)?;
        Ok(self)
    }

    /// A field's value as a type of the program's.
    ///
    /// # Errors
    /// `Validation` when there is no field of that name; `Query` when its value is of another type.
    pub fn get<T: Stored>(&self, field: &str) -> Result<T> {
        let value = self.value(field)?;
        let read = T::from_cell(value.as_cell(&mut String::new()));
        read.map_err(|error| error.with_model(self.model.name()).with_field(field))
    }

    /// A field's value.
    ///
    /// # Errors
    /// `Validation` when there is no field of that name, listing those that there are.
    pub fn value(&self, field: &str) -> Result<&Value> {
        Ok(self.at(self.model.require_field(field)?))
    }

    /// All values, in the order of the model's fields.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    pub(crate) fn at(&self, field: usize) -> &Value {
        self.values.get(field).unwrap_or(&Value::Null)
    }

    pub(crate) fn put(&mut self, field: usize, value: Value) {
        if let Some(place) = self.values.get_mut(field) {
            *place = value;
        }
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = f.debug_struct(self.model.name());
        for (field, value) in self.model.fields().iter().zip(&self.values) {
            row.field(&field.name, value);
        }
        row.finish()
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.model.id() == other.model.id() && self.values == other.values
    }
}

/// Rows become [`Row`]s.
#[derive(Debug, Clone)]
pub struct AsRow(pub(crate) Arc<ModelDef>);

impl WholeRows for AsRow {}

impl Reader for AsRow {
    type Item = Row;
    type Batch = ();

    fn start(&self) {}

    fn read(&self, cells: &[Cell<'_>], (): &mut ()) -> Result<Row> {
        let values = cells.iter().map(|cell| cell.to_value()).collect::<Result<_>>();
        let values = values.map_err(|error| error.with_model(self.0.name()))?;
        Ok(Row { model: self.0.clone(), values })
    }
}
