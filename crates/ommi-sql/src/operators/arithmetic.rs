//! Arithmetic. Integers never overflow silently and decimals stay exact; by zero it is NULL, and so is a float that is
//! no number.

use ommi_core::schema::FieldType;
use ommi_core::{Error, Result};
use sea_query::{BinOper, Expr, ExprTrait};

use super::{Application, call};
use crate::Dialect;
use crate::expr::number;
use crate::mysql::DECIMAL;

/// The operations on numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
}

/// Joins texts or adds numbers.
pub(super) fn add(application: &Application<'_>) -> Result<Expr> {
    if *application.subject != FieldType::Text {
        return arithmetic(application, Operation::Add);
    }
    let (left, right) = application.two()?;
    Ok(match application.scope.dialect {
        Dialect::Sqlite | Dialect::Postgres => left.binary(BinOper::Custom("||"), right),
        Dialect::Mysql(_) => call("CONCAT", [left, right]).into(),
    })
}

pub(super) fn arithmetic(application: &Application<'_>, operation: Operation) -> Result<Expr> {
    let (left, right) = application.two()?;
    match application.subject {
        FieldType::Int => Ok(int(application.scope.dialect, operation, left, right)),
        FieldType::Decimal => Ok(decimal(application.scope.dialect, operation, left, right)),
        FieldType::Float => float(application.scope.dialect, operation, left, right),
        FieldType::Bool
        | FieldType::Text
        | FieldType::Bytes
        | FieldType::Uuid
        | FieldType::DateTime
        | FieldType::NaiveDateTime
        | FieldType::Timestamp
        | FieldType::Date
        | FieldType::Time
        | FieldType::Duration
        | FieldType::Json
        | FieldType::List(_) => Err(application.meaningless()),
    }
}

fn int(dialect: Dialect, operation: Operation, left: Expr, right: Expr) -> Expr {
    match dialect {
        Dialect::Sqlite => {
            let name = match operation {
                Operation::Add => "ommi_int_add",
                Operation::Sub => "ommi_int_sub",
                Operation::Mul => "ommi_int_mul",
                Operation::Div => "ommi_int_div",
                Operation::Rem => "ommi_int_rem",
            };
            call(name, [left, right]).into()
        }
        // A smaller integer of a foreign column would be computed with, and overflow, in its own size.
        Dialect::Postgres => plain(operation, left.cast_as("bigint"), unless_zero(right)(operation)),
        // An unsigned one would make all of it unsigned.
        Dialect::Mysql(_) => {
            let right = unless_zero(right)(operation);
            match operation {
                Operation::Div => left.cast_as("SIGNED").binary(BinOper::Custom("DIV"), right),
                // MariaDB takes the smallest integer from zero without noticing that the result does not fit: decimals
                // have room for it, and DIV looks whether it fits.
                Operation::Sub => {
                    let difference = plain(operation, left.cast_as("DECIMAL(20, 0)"), right);
                    difference.binary(BinOper::Custom("DIV"), number(1))
                }
                Operation::Add | Operation::Mul | Operation::Rem => {
                    plain(operation, left.cast_as("SIGNED"), right)
                }
            }
        }
    }
}

/// The quotient of decimals by the rule of division.
pub(crate) fn decimal_quotient(dialect: Dialect, left: Expr, right: Expr) -> Expr {
    decimal(dialect, Operation::Div, left, right)
}

fn decimal(dialect: Dialect, operation: Operation, left: Expr, right: Expr) -> Expr {
    match dialect {
        Dialect::Sqlite => {
            let name = match operation {
                Operation::Add => "ommi_decimal_add",
                Operation::Sub => "ommi_decimal_sub",
                Operation::Mul => "ommi_decimal_mul",
                Operation::Div => "ommi_decimal_div",
                Operation::Rem => "ommi_decimal_rem",
            };
            call(name, [left, right]).into()
        }
        Dialect::Postgres if operation == Operation::Div => postgres_quotient(left, right),
        Dialect::Mysql(_) if operation == Operation::Div => {
            let quotient = left.cast_as(DECIMAL).div(call("NULLIF", [right, number(0)]));
            let cut = call("TRUNCATE", [quotient, number(21)]);
            call("ROUND", [cut.into(), number(20)]).into()
        }
        // MariaDB's remainder of negative decimals can be a zero with a sign, which is not equal to zero until one is
        // added.
        Dialect::Mysql(_) if operation == Operation::Rem => {
            plain(operation, left, unless_zero(right)(operation)).add(number(0))
        }
        Dialect::Postgres | Dialect::Mysql(_) => plain(operation, left, unless_zero(right)(operation)),
    }
}

/// The quotient to 20 fractional digits, rounded half away from zero. PostgreSQL's own division rounds to a number of
/// digits that depends on its operands, and rounding that again would be wrong; `div` cuts off the exact quotient.
fn postgres_quotient(left: Expr, right: Expr) -> Expr {
    let shifted = left.mul(Expr::cust("1e21"));
    let digits = call("div", [shifted, call("nullif", [right, number(0)]).into()]);
    let quotient = Expr::from(digits).mul(Expr::cust("0.000000000000000000001"));
    call("round", [quotient, number(20)]).into()
}

/// The quotient of floats by the rule of division.
pub(crate) fn float_quotient(dialect: Dialect, left: Expr, right: Expr) -> Expr {
    match dialect {
        Dialect::Sqlite => call("ommi_float_div", [left, right]).into(),
        // NaN equals itself there, so that nullif finds it.
        Dialect::Postgres => {
            let outcome = plain(Operation::Div, left, unless_zero(right)(Operation::Div));
            call("nullif", [outcome, Expr::cust("'NaN'::float8")]).into()
        }
        Dialect::Mysql(_) => plain(Operation::Div, left, unless_zero(right)(Operation::Div)),
    }
}

fn float(dialect: Dialect, operation: Operation, left: Expr, right: Expr) -> Result<Expr> {
    match dialect {
        Dialect::Sqlite => {
            let name = match operation {
                Operation::Add => "ommi_float_add",
                Operation::Sub => "ommi_float_sub",
                Operation::Mul => "ommi_float_mul",
                Operation::Div => "ommi_float_div",
                Operation::Rem => "ommi_float_rem",
            };
            Ok(call(name, [left, right]).into())
        }
        Dialect::Postgres if operation == Operation::Rem => Err(Error::unsupported(
            "PostgreSQL has no remainder of floats; use decimals, or compute it outside",
        )),
        // NaN equals itself there, so that nullif finds it.
        Dialect::Postgres => {
            let outcome = plain(operation, left, unless_zero(right)(operation));
            Ok(call("nullif", [outcome, Expr::cust("'NaN'::float8")]).into())
        }
        Dialect::Mysql(_) => Ok(plain(operation, left, unless_zero(right)(operation))),
    }
}

fn plain(operation: Operation, left: Expr, right: Expr) -> Expr {
    match operation {
        Operation::Add => left.add(right),
        Operation::Sub => left.sub(right),
        Operation::Mul => left.mul(right),
        Operation::Div => left.div(right),
        Operation::Rem => left.modulo(right),
    }
}

/// The right operand: NULL in place of zero where zero divides.
fn unless_zero(right: Expr) -> impl FnOnce(Operation) -> Expr {
    move |operation| match operation {
        Operation::Div | Operation::Rem => call("nullif", [right, number(0)]).into(),
        Operation::Add | Operation::Sub | Operation::Mul => right,
    }
}
