//! A field as a column definition.

use ommi_core::schema::{FieldDef, FieldType, ModelDef};
use ommi_core::{Error, Result};
use sea_query::{ColumnDef, Expr, ExprTrait, Func};

use super::default::default;
use crate::Dialect;
use crate::expr::number;
use crate::scope::identifier;
use crate::types::declared_type;

/// Where a column definition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In CREATE TABLE.
    Created,
    /// In ALTER TABLE ADD COLUMN, where SQLite takes neither a key nor UNIQUE.
    Added,
}

pub(super) fn column(model: &ModelDef, position: usize, dialect: Dialect, place: Place) -> Result<ColumnDef> {
    let field = &model.fields()[position];
    check_generated(model, position)?;
    let mut column = ColumnDef::new(identifier(&field.column));
    column.custom(declared(dialect, &field.ty));
    if !field.nullable {
        column.not_null();
    }
    if let Some(value) = &field.default {
        column.default(default(dialect, value).map_err(|error| at(error, model, field))?);
    }
    let is_whole_key = model.key() == [position];
    match place {
        Place::Created if is_whole_key => {
            column.primary_key();
        }
        Place::Created if field.unique => {
            column.unique_key();
        }
        Place::Created | Place::Added => {}
    }
    if let (FieldType::Text, Some(limit)) = (&field.ty, field.max_length) {
        column.check(text_length(dialect, &field.column).lte(number(limit.into())));
    }
    Ok(column)
}

/// The length in code points. It holds what updates compute; values given are checked before they are sent.
fn text_length(dialect: Dialect, column: &str) -> Expr {
    match dialect {
        Dialect::Sqlite => Func::cust("length").arg(Expr::col(identifier(column))).into(),
    }
}

fn declared(dialect: Dialect, ty: &FieldType) -> sea_query::DynIden {
    // sea-query writes a custom type as it is; ours are constants.
    identifier(declared_type(dialect, ty))
}

fn check_generated(model: &ModelDef, position: usize) -> Result<()> {
    let field = &model.fields()[position];
    let is_integer_key = model.key() == [position] && field.ty == FieldType::Int;
    if field.auto && !is_integer_key {
        let error = Error::unsupported(
            "SQLite generates values only for a single integer key; make the field the only key, give it a value, \
             or remove the auto mark",
        );
        return Err(at(error, model, field));
    }
    Ok(())
}

fn at(error: Error, model: &ModelDef, field: &FieldDef) -> Error {
    error.with_model(model.name()).with_field(&field.name)
}
