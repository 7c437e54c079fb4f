//! Searches for text in which every character means itself, so no pattern and no escaping is involved.

use ommi_core::Result;
use ommi_core::driver::Transform;
use ommi_core::plan::PlanExpr;
use sea_query::{Expr, ExprTrait};

use super::{Application, call, collated};
use crate::Dialect;
use crate::expr::number;
use crate::writer::placeholder;

pub(super) fn contains(application: &Application<'_>) -> Result<Expr> {
    Ok(place(application)?.gt(number(0)))
}

pub(super) fn not_contains(application: &Application<'_>) -> Result<Expr> {
    Ok(place(application)?.eq(number(0)))
}

/// Where the operand begins in the subject, from 1; 0 where it does not occur.
fn place(application: &Application<'_>) -> Result<Expr> {
    let (subject, operand) = application.two()?;
    Ok(match application.scope.dialect {
        Dialect::Sqlite => call("instr", [subject, operand]).into(),
        Dialect::Postgres => call("strpos", [subject, operand]).into(),
        Dialect::Mysql(_) => call("LOCATE", [operand, subject]).into(),
    })
}

pub(super) fn starts_with(application: &Application<'_>) -> Result<Expr> {
    let pair = application.pair()?;
    let (subject, operand) = application.two()?;
    let dialect = application.scope.dialect;
    if let (PlanExpr::Column(_), PlanExpr::Param(param)) = pair {
        return Ok(prefix_range(dialect, collated(dialect, application.subject, subject), *param));
    }
    Ok(match dialect {
        Dialect::Sqlite => {
            let length = call("length", [operand.clone()]);
            Expr::from(call("substr", [subject, number(1), length.into()])).eq(operand)
        }
        Dialect::Postgres => call("starts_with", [subject, operand]).into(),
        Dialect::Mysql(_) => {
            let length = call("CHAR_LENGTH", [operand.clone()]);
            Expr::from(call("LEFT", [subject, length.into()])).eq(operand)
        }
    })
}

/// The range of texts with a prefix: an index serves both ends. No text is greater than all that begin with the
/// prefix where it is empty, or all U+10FFFF. In SQLite the end is a blob then, since every text sorts before every
/// blob; elsewhere there is none.
fn prefix_range(dialect: Dialect, column: Expr, param: usize) -> Expr {
    let start = placeholder(param, Transform::Plain);
    let end = placeholder(param, Transform::PrefixEnd);
    let from = column.clone().gte(start);
    match dialect {
        Dialect::Sqlite => from.and(column.lt(call("ifnull", [end, Expr::cust("x''")]))),
        Dialect::Postgres | Dialect::Mysql(_) => from.and(column.lt(end.clone()).or(end.is_null())),
    }
}

/// The last characters of the subject, as many as the operand has. In SQLite a longer operand makes the start
/// negative or zero, and what comes out is shorter than the operand, hence never equal; an empty one always is.
pub(super) fn ends_with(application: &Application<'_>) -> Result<Expr> {
    let (subject, operand) = application.two()?;
    Ok(match application.scope.dialect {
        Dialect::Sqlite => {
            let lengths =
                Expr::from(call("length", [subject.clone()])).sub(call("length", [operand.clone()]));
            let start = lengths.add(number(1));
            Expr::from(call("substr", [subject, start])).eq(operand)
        }
        Dialect::Postgres => {
            let length = call("char_length", [operand.clone()]);
            Expr::from(call("right", [subject, length.into()])).eq(operand)
        }
        Dialect::Mysql(_) => {
            let length = call("CHAR_LENGTH", [operand.clone()]);
            Expr::from(call("RIGHT", [subject, length.into()])).eq(operand)
        }
    })
}
