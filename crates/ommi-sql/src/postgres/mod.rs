//! What PostgreSQL's driver needs beside the statements' text: the types of parameters and columns, and the ways to
//! add many rows.
//!
//! Parameters are written with their type (`$1::bigint`), so that the server asks for exactly what
//! [`parameter_type`] says. Those of type [`FieldType::DateTime`] stand bare: the column decides, which is text in
//! tables of ours and may be `timestamptz` or `timestamp` in others. `Statement::binds` has one entry for each
//! number, in their order; a parameter that stands in several places has one number.

mod insert;
mod text;

use std::borrow::Cow;

use ommi_core::plan::ParamType;
use ommi_core::schema::FieldType;

pub use insert::Insert;
pub(crate) use text::literal;
pub use text::{array_literal, document};

use crate::constraint::Constraint;

/// What every statement carries as its payload.
#[derive(Debug)]
pub struct Details {
    /// The types of the plan's parameters, which `Statement::binds` refers to.
    pub params: Vec<ParamType>,
    /// The table of the operation's own model.
    pub table: String,
    /// The constraints that a row of that table can violate, with their columns, by the names that they have in
    /// tables of ours; empty for reads.
    pub constraints: Vec<Constraint>,
    /// How rows are added, where that is what the statement does.
    pub insert: Option<Insert>,
}

/// The type of a column that holds `ty`, as `format_type` spells it.
pub fn column_type(ty: &FieldType) -> Cow<'static, str> {
    match array_item(ty) {
        Some(item) => Cow::Owned(format!("{}[]", scalar(item))),
        None => Cow::Borrowed(scalar(ty)),
    }
}

/// The item's type where a list is kept as an array: bools, integers, floats and texts. Lists of other types are
/// `jsonb`.
pub fn array_item(ty: &FieldType) -> Option<&FieldType> {
    let FieldType::List(item) = ty else { return None };
    match **item {
        FieldType::Bool | FieldType::Int | FieldType::Float | FieldType::Text => Some(item),
        FieldType::Bytes
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
    }
}

fn scalar(ty: &FieldType) -> &'static str {
    match ty {
        FieldType::Bool => "boolean",
        FieldType::Int => "bigint",
        FieldType::Float => "double precision",
        FieldType::Text | FieldType::DateTime => "text",
        FieldType::Bytes => "bytea",
        FieldType::Decimal => "numeric",
        FieldType::Uuid => "uuid",
        FieldType::NaiveDateTime => "timestamp without time zone",
        FieldType::Timestamp => "timestamp with time zone",
        FieldType::Date => "date",
        FieldType::Time => "time without time zone",
        FieldType::Duration => "interval",
        FieldType::Json | FieldType::List(_) => "jsonb",
    }
}

/// The type that a parameter's placeholder is written with; nothing where the column beside it decides.
///
/// A list of values travels as an array of their type: `bigint[]`. Values that are lists themselves travel as
/// `text[]`, each as an array's literal (`{1,2}`) or, where [`array_item`] says so, as JSON.
pub fn parameter_type(ty: &ParamType) -> Option<Cow<'static, str>> {
    match ty {
        ParamType::Scalar(FieldType::DateTime) | ParamType::List(FieldType::DateTime) => None,
        ParamType::Scalar(ty) => Some(column_type(ty)),
        ParamType::List(ty) if array_item(ty).is_some() => Some(Cow::Borrowed("text[]")),
        ParamType::List(ty) => Some(Cow::Owned(format!("{}[]", scalar(ty)))),
    }
}
