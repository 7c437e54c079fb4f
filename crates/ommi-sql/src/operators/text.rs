//! Searches for text in which every character means itself, so no pattern and no escaping is involved.

use ommi_core::Result;
use ommi_core::driver::Transform;
use ommi_core::plan::PlanExpr;
use sea_query::{Expr, ExprTrait};

use super::{Application, call};
use crate::Dialect;
use crate::expr::number;
use crate::writer::placeholder;

pub(super) fn contains(application: &Application<'_>) -> Result<Expr> {
    match application.scope.dialect {
        Dialect::Sqlite => Ok(sqlite_place(application)?.gt(number(0))),
    }
}

pub(super) fn not_contains(application: &Application<'_>) -> Result<Expr> {
    match application.scope.dialect {
        Dialect::Sqlite => Ok(sqlite_place(application)?.eq(number(0))),
    }
}

/// Where the operand begins in the subject, from 1; 0 where it does not occur.
fn sqlite_place(application: &Application<'_>) -> Result<Expr> {
    let (subject, operand) = application.two()?;
    Ok(call("instr", [subject, operand]).into())
}

pub(super) fn starts_with(application: &Application<'_>) -> Result<Expr> {
    let pair = application.pair()?;
    let (subject, operand) = application.two()?;
    match application.scope.dialect {
        Dialect::Sqlite => {
            if let (PlanExpr::Column(_), PlanExpr::Param(param)) = pair {
                return Ok(sqlite_prefix_range(subject, *param));
            }
            let length = call("length", [operand.clone()]);
            Ok(Expr::from(call("substr", [subject, number(1), length.into()])).eq(operand))
        }
    }
}

/// The range of texts with a prefix: an index serves both ends. Where no text is greater than all that begin
/// with the prefix (it is empty, or all U+10FFFF), the end is a blob, since every text sorts before every blob.
fn sqlite_prefix_range(column: Expr, param: usize) -> Expr {
    let start = placeholder(param, Transform::Plain);
    let end = call("ifnull", [placeholder(param, Transform::PrefixEnd), Expr::cust("x''")]);
    column.clone().gte(start).and(column.lt(end))
}

/// The last characters of the subject, as many as the operand has. A longer operand makes the start negative
/// or zero, and what comes out is shorter than the operand, hence never equal; an empty one always is.
pub(super) fn ends_with(application: &Application<'_>) -> Result<Expr> {
    let (subject, operand) = application.two()?;
    match application.scope.dialect {
        Dialect::Sqlite => {
            let lengths =
                Expr::from(call("length", [subject.clone()])).sub(call("length", [operand.clone()]));
            let start = lengths.add(number(1));
            Ok(Expr::from(call("substr", [subject, start])).eq(operand))
        }
    }
}
