//! Equality, order and `between`. Equal values have one text in the database, so equality never needs a
//! collation; the order of decimals does.

use ommi_core::Result;
use ommi_core::schema::FieldType;
use sea_query::{BinOper, Expr, ExprTrait, Keyword};

use super::Application;
use crate::Dialect;
use crate::sqlite::DECIMAL_COLLATION;

pub(super) fn equality(application: &Application<'_>, operator: BinOper) -> Result<Expr> {
    let (left, right) = application.two()?;
    Ok(left.binary(operator, right))
}

pub(super) fn order(application: &Application<'_>, operator: BinOper) -> Result<Expr> {
    let (left, right) = application.two()?;
    Ok(collated(application.scope.dialect, application.subject, left).binary(operator, right))
}

pub(super) fn between(application: &Application<'_>) -> Result<Expr> {
    let (subject, low, high) = application.three()?;
    Ok(collated(application.scope.dialect, application.subject, subject).between(low, high))
}

/// An expression whose order is that of its type's values, in comparisons and in ORDER BY.
pub(crate) fn collated(dialect: Dialect, ty: &FieldType, expr: Expr) -> Expr {
    match (dialect, ty) {
        (Dialect::Sqlite, FieldType::Decimal) => {
            expr.binary(BinOper::Custom("COLLATE"), Keyword::Custom(DECIMAL_COLLATION.into()))
        }
        (
            Dialect::Sqlite,
            FieldType::Bool
            | FieldType::Int
            | FieldType::Float
            | FieldType::Text
            | FieldType::Bytes
            | FieldType::Uuid
            | FieldType::DateTime
            | FieldType::Timestamp
            | FieldType::Date
            | FieldType::Time
            | FieldType::Duration
            | FieldType::Json
            | FieldType::List(_),
        ) => expr,
    }
}
