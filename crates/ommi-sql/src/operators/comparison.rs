//! Equality, order and `between`. In SQLite equal values have one text in the database, so equality never needs a
//! collation; the order of decimals does. Elsewhere types bring their own, and texts go by code point.

use ommi_core::Result;
use ommi_core::plan::PlanExpr;
use ommi_core::schema::FieldType;
use sea_query::{BinOper, Expr, ExprTrait, Keyword};

use super::Application;
use crate::sqlite::DECIMAL_COLLATION;
use crate::{Dialect, Flavour};

pub(super) fn equality(application: &Application<'_>, operator: BinOper) -> Result<Expr> {
    let (left, right) = application.two()?;
    let (dialect, ty) = (application.scope.dialect, application.subject);
    let right = beside(application, right)?;
    Ok(as_equal(dialect, ty, left).binary(operator, as_equal(dialect, ty, right)))
}

pub(super) fn order(application: &Application<'_>, operator: BinOper) -> Result<Expr> {
    let (left, right) = application.two()?;
    let right = beside(application, right)?;
    Ok(collated(application.scope.dialect, application.subject, left).binary(operator, right))
}

pub(super) fn between(application: &Application<'_>) -> Result<Expr> {
    let (subject, low, high) = application.three()?;
    Ok(collated(application.scope.dialect, application.subject, subject).between(low, high))
}

/// The right side of a comparison of texts. MySQL's comparisons take their collation from there, so that an index of
/// the left side is used; parameters bring it with them.
fn beside(application: &Application<'_>, right: Expr) -> Result<Expr> {
    let (_, operand) = application.pair()?;
    Ok(match (application.scope.dialect, application.subject, operand) {
        (_, _, PlanExpr::Param(_)) | (Dialect::Sqlite | Dialect::Postgres, _, _) => right,
        (Dialect::Mysql(flavour), FieldType::Text, _) => with_collation(right, flavour),
        (Dialect::Mysql(_), _, _) => right,
    })
}

/// An expression with MySQL's collation by code point, whatever its parts bring with them.
pub(crate) fn with_collation(expr: Expr, flavour: Flavour) -> Expr {
    expr.binary(BinOper::Custom("COLLATE"), Keyword::Custom(flavour.collation().into()))
}

/// An expression that is equal where the values are the same.
///
/// PostgreSQL's `jsonb` takes 1 and 1.0 for equal, and so do its arrays of floats with 0 and -0.
pub(crate) fn as_equal(dialect: Dialect, ty: &FieldType, expr: Expr) -> Expr {
    match dialect {
        Dialect::Sqlite => expr,
        Dialect::Postgres if is_document(ty) => expr.cast_as("jsonb").cast_as("text"),
        Dialect::Postgres if *ty == FieldType::List(Box::new(FieldType::Float)) => expr.cast_as("text"),
        Dialect::Postgres => expr,
        // MySQL's own JSON columns come back as MySQL writes them.
        Dialect::Mysql(Flavour::MySql) if matches!(ty, FieldType::Json | FieldType::List(_)) => {
            expr.cast_as("JSON").cast_as("CHAR CHARACTER SET utf8mb4")
        }
        Dialect::Mysql(Flavour::MySql | Flavour::MariaDb { .. }) => expr,
    }
}

/// Whether PostgreSQL keeps the type as `jsonb`.
pub(crate) fn is_document(ty: &FieldType) -> bool {
    crate::postgres::column_type(ty) == "jsonb"
}

/// An expression whose order is that of its type's values, in comparisons and in ORDER BY.
pub(crate) fn collated(dialect: Dialect, ty: &FieldType, expr: Expr) -> Expr {
    let collate = |expr: Expr, collation: &str| {
        expr.binary(BinOper::Custom("COLLATE"), Keyword::Custom(collation.to_owned().into()))
    };
    match (dialect, ty) {
        (Dialect::Sqlite, FieldType::Decimal) => collate(expr, DECIMAL_COLLATION),
        (Dialect::Postgres, FieldType::Text) => collate(expr, "\"C\""),
        (
            Dialect::Sqlite | Dialect::Postgres | Dialect::Mysql(_),
            FieldType::Bool
            | FieldType::Int
            | FieldType::Float
            | FieldType::Text
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
            | FieldType::List(_),
        ) => expr,
    }
}
