//! What the driver of MySQL and MariaDB needs beside the statements' text.

mod insert;
mod list;

use std::borrow::Cow;

use ommi_core::driver::Transform;
use ommi_core::plan::ParamType;
use ommi_core::schema::FieldType;

pub use insert::Insert;
pub(crate) use list::listed;
pub use list::{ListSpot, MEMBER_LENGTHS, list_text, member_length};

use crate::Flavour;
use crate::constraint::Constraint;

/// What every statement carries as its payload.
#[derive(Debug)]
pub struct Details {
    /// The types of the plan's parameters, which `Statement::binds` refers to: they decide how a value is written,
    /// as an instant is text in a column of type [`FieldType::DateTime`] and a DATETIME in others.
    pub params: Vec<ParamType>,
    /// The table of the operation's own model.
    pub table: String,
    /// The constraints that a row of that table can violate, with their columns, by the names that they have in
    /// tables of ours; empty for reads.
    pub constraints: Vec<Constraint>,
    /// How rows are added, where that is what the statement does.
    pub insert: Option<Insert>,
    /// The lists in the statement, in the order of its text.
    pub lists: Vec<ListSpot>,
}

impl Details {
    /// The statement's text with the members of its lists written out: as many placeholders for each as `lengths`
    /// says, at least one, in the order of [`lists`](Self::lists). Repeating a member changes nothing, so that a driver
    /// can round lengths up and prepare few texts.
    pub fn expanded(&self, text: &str, lengths: &[usize]) -> String {
        list::expanded(text, &self.lists, lengths)
    }

    /// The statement's text for lists that stay one parameter and whose members are no longer than `length`, one of
    /// [`MEMBER_LENGTHS`].
    pub fn shortened(&self, text: &str, length: usize) -> String {
        list::shortened(text, &self.lists, length)
    }
}

/// The `sql_mode` that statements count on: nothing is cut or made to fit silently, a key of 0 is 0, and
/// backslashes escape. On MariaDB all assignments of an UPDATE see the row as it was; statements for MySQL are
/// written so that they do.
///
/// The session's `time_zone` must be `+00:00`, its character set `utf8mb4`, and the number of changed rows must be
/// that of found rows (`CLIENT_FOUND_ROWS`).
pub fn sql_mode(flavour: Flavour) -> &'static str {
    match flavour {
        Flavour::MariaDb { .. } => {
            // Without NO_ZERO_DATE: sorting the rows of a subquery, an UPDATE would stumble over dates that are NULL.
            // No value of ours is such a date.
            "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION,\
             SIMULTANEOUS_ASSIGNMENT"
        }
        Flavour::MySql => {
            "STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_VALUE_ON_ZERO,\
             NO_ENGINE_SUBSTITUTION"
        }
    }
}

/// Decimals of the widest type that there is; a parameter would count as a float without it.
pub(crate) const DECIMAL: &str = "DECIMAL(65, 30)";

/// A parameter's placeholder. An explicit collation beside a column wins over the column's own, and lets its index
/// be used where both are the same.
pub(crate) fn placeholder(
    flavour: Flavour,
    ty: Option<&ParamType>,
    transform: Transform,
) -> Cow<'static, str> {
    let collated = || match flavour {
        Flavour::MariaDb { .. } => "? COLLATE utf8mb4_nopad_bin".into(),
        Flavour::MySql => "? COLLATE utf8mb4_0900_bin".into(),
    };
    match transform {
        Transform::Plain => {}
        Transform::PrefixEnd
        | Transform::LikeToGlob
        | Transform::RegexToPostgres
        | Transform::IlikeToPostgres
        | Transform::RegexToMysql
        | Transform::IlikeToMysql => return collated(),
    }
    match ty {
        Some(ParamType::Scalar(ty)) => match ty {
            FieldType::Text | FieldType::Json | FieldType::List(_) => collated(),
            FieldType::Decimal => format!("CAST(? AS {DECIMAL})").into(),
            FieldType::Bool
            | FieldType::Int
            | FieldType::Float
            | FieldType::Bytes
            | FieldType::Uuid
            | FieldType::DateTime
            | FieldType::NaiveDateTime
            | FieldType::Timestamp
            | FieldType::Date
            | FieldType::Time
            | FieldType::Duration => "?".into(),
        },
        Some(ParamType::List(_)) | None => "?".into(),
    }
}

/// A text constant, where backslashes escape.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}
