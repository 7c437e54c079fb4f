//! What the derives' code calls. Not for use by hand: it changes without notice.

use std::sync::Arc;

use ommi_core::schema::{Action, FieldDef, ModelDef, ModelLink, ReferenceDef, RelationDef};
use ommi_core::value::{Cell, RowBatch, Value};
use ommi_core::{Error, ErrorKind, Result};
use ommi_engine::Session;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::expression::Field;
use crate::model::Model;
use crate::stored::{Generated, Json, Number, Stored, json};

pub use crate::description::Description;
pub use crate::expression::Way;
pub use crate::relation::{Eagerly, Link, Related};
pub use crate::stored::FromCell;
pub use ommi_core::driver::BoxFuture;

/// How a field of type `T` becomes a column.
pub trait Codec<T> {
    /// Reads a cell.
    fn read(cell: Cell<'_>) -> Result<T>;
    /// Adds the value to a row.
    fn write(value: &T, field: &FieldDef, row: &mut RowBatch) -> Result<()>;
    /// The value.
    fn value(value: &T) -> Result<Value>;
    /// Whether it stands for a key that is not generated yet.
    fn is_blank(_: &T) -> bool {
        false
    }
}

/// The type is stored as it is.
#[derive(Debug)]
pub struct Plain;

impl<T: Stored> Codec<T> for Plain {
    #[inline]
    fn read(cell: Cell<'_>) -> Result<T> {
        T::from_cell(cell)
    }

    #[inline]
    fn write(value: &T, field: &FieldDef, row: &mut RowBatch) -> Result<()> {
        value.write(field, row)
    }

    fn value(value: &T) -> Result<Value> {
        value.to_value()
    }

    #[inline]
    fn is_blank(value: &T) -> bool {
        value.is_blank()
    }
}

/// The type is stored by serde.
#[derive(Debug)]
pub struct AsJson;

impl<T: Serialize + DeserializeOwned> Codec<T> for AsJson {
    fn read(cell: Cell<'_>) -> Result<T> {
        json::read(cell)
    }

    fn write(value: &T, _: &FieldDef, row: &mut RowBatch) -> Result<()> {
        row.push(json::canonical(value)?.as_cell(&mut String::new()));
        Ok(())
    }

    fn value(value: &T) -> Result<Value> {
        json::canonical(value)
    }
}

/// What the `Option` holds is stored by serde.
#[derive(Debug)]
pub struct AsOptionalJson;

impl<T: Serialize + DeserializeOwned> Codec<Option<T>> for AsOptionalJson {
    fn read(cell: Cell<'_>) -> Result<Option<T>> {
        Option::<Json<T>>::from_cell(cell).map(|value| value.map(|json| json.0))
    }

    fn write(value: &Option<T>, field: &FieldDef, row: &mut RowBatch) -> Result<()> {
        match value {
            Some(value) => AsJson::write(value, field, row),
            None => {
                row.push(Cell::Null);
                Ok(())
            }
        }
    }

    fn value(value: &Option<T>) -> Result<Value> {
        value.as_ref().map_or(Ok(Value::Null), json::canonical)
    }
}

/// The definition of a field of type `T`.
pub fn field<T: Stored>(name: &str) -> FieldDef {
    let field = FieldDef::new(name, T::field_type());
    if T::NULLABLE { field.nullable() } else { field }
}

/// A field's default value.
///
/// # Panics
/// When no column can hold the value, which is written in the program itself.
#[allow(clippy::panic)]
pub fn default_value<T, C: Codec<T>>(name: &str, value: &T) -> Value {
    match C::value(value) {
        Ok(value) => value,
        Err(error) => panic!("the default value of the field `{name}` cannot be stored: {error}"),
    }
}

/// A link to the model `M`, called `name` in messages.
pub fn link<M: Model>(name: &str) -> ModelLink {
    ModelLink::new(name, || Ok(M::definition().clone()))
}

/// A reference to `M`; its fields are filled in by the builder.
pub fn reference<M: Model>(
    name: &str,
    fields: &[&str],
    on_delete: Action,
    on_update: Action,
) -> ReferenceDef {
    ReferenceDef {
        fields: Vec::new(),
        target: link::<M>(name),
        target_fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        on_delete,
        on_update,
    }
}

/// A relation declared as a field of type `R`.
pub fn relation<R: Related>(name: &str, through: Option<ModelLink>, by: Option<&str>) -> RelationDef {
    let target = std::any::type_name::<R::Target>().rsplit("::").next().unwrap_or_default();
    RelationDef {
        name: name.to_owned(),
        kind: R::KIND,
        target: link::<R::Target>(target),
        through,
        by: by.map(str::to_owned),
        optional: false,
    }
}

/// What makes the lazy fields of a relation.
pub fn link_of<R: Related>(description: &'static Description, relation: usize) -> Link<R> {
    Link::new(description, relation)
}

/// The lazy field of the model in a row.
#[inline]
pub fn attach_row<R: Related>(link: &mut Link<R>, cells: &[Cell<'_>]) -> Result<R> {
    link.attach_row(cells)
}

/// The lazy field of a model that is at hand.
pub fn attach_model<R: Related, M: Model>(link: &mut Link<R>, model: &M) -> Result<R> {
    link.attach_model(model)
}

/// Loads the related rows of everything that was connected.
pub fn load_link<R: Related>(
    link: &Link<R>,
    session: &Session,
    eagerly: &Arc<Eagerly>,
) -> BoxFuture<Result<()>> {
    link.load(session, eagerly)
}

/// Compiles where a field of type `F` can refer to the column.
pub fn refers<F: Stored, M: Model, T: Stored<Kind = F::Kind>>(_: Field<M, T>) {}

/// Compiles where the type is a model.
pub fn is_model<M: Model>() {}

/// Compiles where the database can generate the type.
pub fn is_generated<T: Generated>() {}

/// The name of the field that counts how often a row was saved.
pub fn version_name<T: Number>(name: &str) -> &str {
    name
}

/// The definition of a field by its position.
#[inline]
pub fn field_at<M: Model>(position: usize) -> &'static FieldDef {
    &M::definition().fields()[position]
}

/// Names the field that could not be read.
#[cold]
pub fn misread<M: Model>(error: Error, position: usize) -> Error {
    let model: &ModelDef = M::definition();
    let error = error.with_model(model.name());
    match model.fields().get(position) {
        Some(field) => error.with_field(&field.name),
        None => error,
    }
}

/// A cell that holds something else than its column's type.
#[cold]
pub fn unexpected(cell: Cell<'_>, wanted: &str) -> Error {
    match cell.to_value() {
        Ok(Value::Null) => Error::query("the database holds NULL, and the field is not an `Option`"),
        Ok(value) => Error::query(format!("expected {wanted}, the database holds {}", value.kind_name())),
        Err(error) => error,
    }
}

/// Text or a number that no variant of an enum is stored as.
#[cold]
pub fn unknown_variant(known: &str) -> Error {
    Error::query(format!("the database holds a value that is none of the enum's: {known}"))
}

/// A row that is too short for its model: a driver's fault.
#[cold]
pub fn wrong_width<M: Model>(found: usize, wanted: usize) -> Error {
    let message = format!("a row has {found} cells and the model {wanted} fields");
    Error::new(ErrorKind::Internal, message).with_model(M::definition().name())
}

/// A position that belongs to no field.
#[cold]
pub fn no_field<M: Model>(position: usize) -> Error {
    let message = format!("there is no field at position {position}");
    Error::new(ErrorKind::Internal, message).with_model(M::definition().name())
}

/// A position that belongs to no relation.
#[cold]
pub fn no_relation<M: Model>(position: usize) -> BoxFuture<Result<()>> {
    let message = format!("there is no relation at position {position}");
    let error = Error::new(ErrorKind::Internal, message).with_model(M::definition().name());
    Box::pin(std::future::ready(Err(error)))
}

/// The error for a row that is not as wide as the struct that it becomes.
#[cold]
pub fn not_its_fields(cells: usize) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("a struct was given {cells} cells, which are not those of its fields"),
    )
}
