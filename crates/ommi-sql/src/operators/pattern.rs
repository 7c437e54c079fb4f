//! Patterns: `like`, `ilike` and `regex`.

use ommi_core::Result;
use ommi_core::driver::Transform;
use ommi_core::plan::PlanExpr;
use sea_query::{BinOper, CaseStatement, Expr, ExprTrait};

use super::{Application, call};
use crate::scope::broken_plan;
use crate::writer::placeholder;
use crate::{Dialect, Flavour};

/// SQLite's own LIKE disregards the case of ASCII letters; its GLOB is exact and can use an index. A pattern
/// that is not a parameter cannot be rewritten on its way in and takes a function.
pub(super) fn like(application: &Application<'_>) -> Result<Expr> {
    let (subject, pattern) = application.pair()?;
    match application.scope.dialect {
        Dialect::Sqlite => {
            let PlanExpr::Param(param) = pattern else {
                return function(application, "ommi_like");
            };
            let pattern = placeholder(*param, Transform::LikeToGlob);
            Ok(application.lower(subject)?.binary(BinOper::Custom("GLOB"), pattern))
        }
        // A backslash takes the next character as it is in both, unasked.
        Dialect::Postgres | Dialect::Mysql(_) => {
            let (subject, pattern) = application.two()?;
            Ok(subject.binary(BinOper::Custom("LIKE"), pattern))
        }
    }
}

pub(super) fn ilike(application: &Application<'_>) -> Result<Expr> {
    match application.scope.dialect {
        Dialect::Sqlite => function(application, "ommi_ilike"),
        Dialect::Postgres => postgres(application, Transform::IlikeToPostgres),
        Dialect::Mysql(flavour) => mysql(application, flavour, Transform::IlikeToMysql),
    }
}

pub(super) fn regex(application: &Application<'_>) -> Result<Expr> {
    match application.scope.dialect {
        Dialect::Sqlite => function(application, "ommi_regex"),
        Dialect::Postgres => postgres(application, Transform::RegexToPostgres),
        Dialect::Mysql(flavour) => mysql(application, flavour, Transform::RegexToMysql),
    }
}

/// The collation keeps the database's locale out of it.
fn postgres(application: &Application<'_>, transform: Transform) -> Result<Expr> {
    let (subject, pattern) = translated(application, transform)?;
    let subject = super::collated(application.scope.dialect, application.subject, subject);
    Ok(subject.binary(BinOper::Custom("~"), pattern))
}

/// MariaDB's REGEXP says no to a parameter that is NULL, and its opposite yes; the CASE keeps it unknown.
fn mysql(application: &Application<'_>, flavour: Flavour, transform: Transform) -> Result<Expr> {
    let (subject, pattern) = translated(application, transform)?;
    Ok(match flavour {
        Flavour::MariaDb { .. } => {
            let known = pattern.clone().is_not_null();
            let found = subject.binary(BinOper::Custom("REGEXP"), pattern);
            CaseStatement::new().case(known, found).into()
        }
        Flavour::MySql => call("REGEXP_LIKE", [subject, pattern, Expr::cust("'c'")]).into(),
    })
}

/// The subject, and the pattern as it goes in.
fn translated(application: &Application<'_>, transform: Transform) -> Result<(Expr, Expr)> {
    let (subject, pattern) = application.pair()?;
    match pattern {
        PlanExpr::Param(param) => Ok((application.lower(subject)?, placeholder(*param, transform))),
        PlanExpr::Column(_)
        | PlanExpr::Constant(_)
        | PlanExpr::Apply { .. }
        | PlanExpr::And(_)
        | PlanExpr::Or(_)
        | PlanExpr::Not(_)
        | PlanExpr::Key(_)
        | PlanExpr::Aggregate(_)
        | PlanExpr::Case(_)
        | PlanExpr::Path(_)
        | PlanExpr::Random
        | PlanExpr::Subquery(_) => Err(broken_plan("a pattern is not a parameter")),
    }
}

fn function(application: &Application<'_>, name: &'static str) -> Result<Expr> {
    let (subject, pattern) = application.two()?;
    Ok(call(name, [subject, pattern]).into())
}
