//! Expressions of a plan as SQL. Each operator is lowered in [`operators`](crate::operators).

use ommi_core::driver::Transform;
use ommi_core::plan::{PlanCase, PlanExpr};
use ommi_core::query::Operator;
use ommi_core::schema::FieldType;
use ommi_core::{Error, Result};
use sea_query::{BinOper, CaseStatement, Expr, ExprTrait, Value};

use crate::Dialect;
use crate::groups;
use crate::operators;
use crate::scope::Scope;
use crate::statement::subquery;
use crate::writer::placeholder;

/// Deeper expressions are refused: databases limit them too (SQLite at 1000), and so does the stack.
const MAX_DEPTH: usize = 300;

/// So deep a rounded float counts: it is written four times, and four times more in another one.
const ROUNDED_DEPTH: usize = 60;

/// Longer conjunctions and disjunctions become trees of groups, since a chain is as deep as it is long.
const MAX_CHAIN: usize = 16;

/// An expression as SQL.
pub(crate) fn lower(scope: &Scope<'_>, expr: &PlanExpr) -> Result<Expr> {
    check_depth(expr)?;
    lower_checked(scope, expr)
}

/// An operand of an expression whose depth was checked.
pub(crate) fn lower_checked(scope: &Scope<'_>, expr: &PlanExpr) -> Result<Expr> {
    match expr {
        PlanExpr::Column(column) => scope.column(*column),
        PlanExpr::Param(param) => Ok(placeholder(*param, Transform::Plain)),
        PlanExpr::Constant(value) => Ok(Expr::Constant(Value::Bool(Some(*value)))),
        PlanExpr::Apply { operator, subject, operands } => {
            operators::apply(scope, *operator, subject, operands)
        }
        PlanExpr::And(_) => lower_all(scope, &conjuncts(expr)).map(all),
        PlanExpr::Or(_) => lower_all(scope, &disjuncts(expr)).map(any),
        PlanExpr::Not(inner) => Ok(lower_checked(scope, inner)?.not()),
        PlanExpr::Random => Ok(Expr::cust(match scope.dialect {
            Dialect::Sqlite | Dialect::Postgres => "RANDOM()",
            Dialect::Mysql(_) => "RAND()",
        })),
        PlanExpr::Key(key) => groups::key(scope, *key),
        PlanExpr::Aggregate(place) => groups::aggregate(scope, *place),
        PlanExpr::Case(case) => lower_case(scope, case),
        PlanExpr::Path(path) => operators::path(scope, path),
        PlanExpr::Subquery(subquery) => subquery::lower(scope, subquery),
    }
}

fn lower_case(scope: &Scope<'_>, case: &PlanCase) -> Result<Expr> {
    let mut lowered = CaseStatement::new();
    for (condition, value) in &case.branches {
        let value = operators::one_of_several(scope, &case.ty, value)?;
        lowered = lowered.case(lower_checked(scope, condition)?, value);
    }
    if let Some(otherwise) = &case.otherwise {
        lowered = lowered.finally(operators::one_of_several(scope, &case.ty, otherwise)?);
    }
    Ok(operators::of_one_collation(scope.dialect, &case.ty, lowered.into()))
}

/// Conditions that must all hold.
pub(crate) fn lower_conjunction(scope: &Scope<'_>, conditions: &[&PlanExpr]) -> Result<Vec<Expr>> {
    conditions.iter().map(|condition| lower(scope, condition)).collect()
}

fn lower_all(scope: &Scope<'_>, exprs: &[&PlanExpr]) -> Result<Vec<Expr>> {
    exprs.iter().map(|expr| lower_checked(scope, expr)).collect()
}

/// The operands of nested conjunctions, in written order; the expression itself where it is none.
pub(crate) fn conjuncts(expr: &PlanExpr) -> Vec<&PlanExpr> {
    flatten(expr, |expr| match expr {
        PlanExpr::And(operands) => Some(operands),
        PlanExpr::Column(_)
        | PlanExpr::Param(_)
        | PlanExpr::Constant(_)
        | PlanExpr::Apply { .. }
        | PlanExpr::Or(_)
        | PlanExpr::Not(_)
        | PlanExpr::Key(_)
        | PlanExpr::Aggregate(_)
        | PlanExpr::Case(_)
        | PlanExpr::Path(_)
        | PlanExpr::Random
        | PlanExpr::Subquery(_) => None,
    })
}

fn disjuncts(expr: &PlanExpr) -> Vec<&PlanExpr> {
    flatten(expr, |expr| match expr {
        PlanExpr::Or(operands) => Some(operands),
        PlanExpr::Column(_)
        | PlanExpr::Param(_)
        | PlanExpr::Constant(_)
        | PlanExpr::Apply { .. }
        | PlanExpr::And(_)
        | PlanExpr::Not(_)
        | PlanExpr::Key(_)
        | PlanExpr::Aggregate(_)
        | PlanExpr::Case(_)
        | PlanExpr::Path(_)
        | PlanExpr::Random
        | PlanExpr::Subquery(_) => None,
    })
}

fn flatten(expr: &PlanExpr, operands: fn(&PlanExpr) -> Option<&Vec<PlanExpr>>) -> Vec<&PlanExpr> {
    let mut found = Vec::new();
    let mut rest = vec![expr];
    while let Some(expr) = rest.pop() {
        match operands(expr) {
            Some(operands) => rest.extend(operands.iter().rev()),
            None => found.push(expr),
        }
    }
    found
}

/// A whole number, written into the text.
pub(crate) fn number(value: i64) -> Expr {
    Expr::Constant(Value::BigInt(Some(value)))
}

/// All of them; true when empty.
pub(crate) fn all(exprs: Vec<Expr>) -> Expr {
    joined(exprs, BinOper::And).unwrap_or(Expr::Constant(Value::Bool(Some(true))))
}

/// Any of them; false when empty.
fn any(exprs: Vec<Expr>) -> Expr {
    joined(exprs, BinOper::Or).unwrap_or(Expr::Constant(Value::Bool(Some(false))))
}

fn joined(mut exprs: Vec<Expr>, operator: BinOper) -> Option<Expr> {
    while exprs.len() > MAX_CHAIN {
        let mut groups = Vec::with_capacity(exprs.len() / MAX_CHAIN + 1);
        let mut rest = exprs.into_iter().peekable();
        while rest.peek().is_some() {
            groups.extend(chain(rest.by_ref().take(MAX_CHAIN), operator));
        }
        exprs = groups;
    }
    chain(exprs.into_iter(), operator)
}

fn chain(exprs: impl Iterator<Item = Expr>, operator: BinOper) -> Option<Expr> {
    exprs.reduce(|left, right| left.binary(operator, right))
}

/// Whether an expression names a table other than the first.
pub(crate) fn uses_joined_tables(expr: &PlanExpr) -> bool {
    expr.any(|part| matches!(part, PlanExpr::Column(column) if column.table != 0))
}

fn check_depth(expr: &PlanExpr) -> Result<()> {
    let mut rest = vec![(expr, 0)];
    while let Some((expr, depth)) = rest.pop() {
        if depth > MAX_DEPTH {
            return Err(Error::query(
                "the expression is nested too deeply; split the query, or use in where there are many alternatives",
            ));
        }
        match expr {
            PlanExpr::Apply { operator: Operator::Round, subject: FieldType::Float, operands } => {
                rest.extend(operands.iter().map(|operand| (operand, depth + ROUNDED_DEPTH)));
            }
            PlanExpr::And(_) => rest.extend(deeper(conjuncts(expr), depth)),
            PlanExpr::Or(_) => rest.extend(deeper(disjuncts(expr), depth)),
            PlanExpr::Column(_)
            | PlanExpr::Param(_)
            | PlanExpr::Constant(_)
            | PlanExpr::Key(_)
            | PlanExpr::Aggregate(_)
            | PlanExpr::Apply { .. }
            | PlanExpr::Not(_)
            | PlanExpr::Case(_)
            | PlanExpr::Path(_)
            | PlanExpr::Random
            | PlanExpr::Subquery(_) => rest.extend(expr.parts().into_iter().map(|part| (part, depth + 1))),
        }
    }
    Ok(())
}

/// The operands of a connective with the depth at which [`joined`] puts them.
fn deeper(operands: Vec<&PlanExpr>, mut depth: usize) -> impl Iterator<Item = (&PlanExpr, usize)> {
    let mut groups = operands.len();
    while groups > 1 {
        depth += groups.min(MAX_CHAIN) - 1;
        groups = groups.div_ceil(MAX_CHAIN);
    }
    operands.into_iter().map(move |operand| (operand, depth))
}
