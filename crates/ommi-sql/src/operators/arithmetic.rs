//! Arithmetic. Integers never overflow silently and decimals stay exact; by zero it is NULL.

use ommi_core::Result;
use ommi_core::schema::FieldType;
use sea_query::{BinOper, Expr, ExprTrait};

use super::{Application, call};
use crate::Dialect;

/// One operator in all its types: the functions for exact numbers, and the operator for floats.
struct Names {
    int: &'static str,
    decimal: &'static str,
}

pub(super) fn add(application: &Application<'_>) -> Result<Expr> {
    let names = Names { int: "ommi_int_add", decimal: "ommi_decimal_add" };
    if *application.subject == FieldType::Text {
        let (left, right) = application.two()?;
        return match application.scope.dialect {
            Dialect::Sqlite => Ok(left.binary(BinOper::Custom("||"), right)),
        };
    }
    arithmetic(application, &names, |left, right| left.add(right))
}

pub(super) fn sub(application: &Application<'_>) -> Result<Expr> {
    let names = Names { int: "ommi_int_sub", decimal: "ommi_decimal_sub" };
    arithmetic(application, &names, |left, right| left.sub(right))
}

pub(super) fn mul(application: &Application<'_>) -> Result<Expr> {
    let names = Names { int: "ommi_int_mul", decimal: "ommi_decimal_mul" };
    arithmetic(application, &names, |left, right| left.mul(right))
}

pub(super) fn div(application: &Application<'_>) -> Result<Expr> {
    let names = Names { int: "ommi_int_div", decimal: "ommi_decimal_div" };
    arithmetic(application, &names, |left, right| left.div(call("nullif", [right, Expr::cust("0.0")])))
}

pub(super) fn rem(application: &Application<'_>) -> Result<Expr> {
    let names = Names { int: "ommi_int_rem", decimal: "ommi_decimal_rem" };
    // SQLite's % makes integers of its operands.
    arithmetic(application, &names, |left, right| call("ommi_float_rem", [left, right]).into())
}

fn arithmetic(application: &Application<'_>, names: &Names, float: fn(Expr, Expr) -> Expr) -> Result<Expr> {
    let (left, right) = application.two()?;
    match (application.scope.dialect, application.subject) {
        (Dialect::Sqlite, FieldType::Int) => Ok(call(names.int, [left, right]).into()),
        (Dialect::Sqlite, FieldType::Decimal) => Ok(call(names.decimal, [left, right]).into()),
        (Dialect::Sqlite, FieldType::Float) => Ok(float(left, right)),
        (
            Dialect::Sqlite,
            FieldType::Bool
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
        ) => Err(application.meaningless()),
    }
}
