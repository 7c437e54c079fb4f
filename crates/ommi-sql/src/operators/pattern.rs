//! Patterns: `like`, `ilike` and `regex`.

use ommi_core::Result;
use ommi_core::driver::Transform;
use ommi_core::plan::PlanExpr;
use sea_query::{BinOper, Expr, ExprTrait};

use super::{Application, call};
use crate::Dialect;
use crate::writer::placeholder;

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
    }
}

pub(super) fn ilike(application: &Application<'_>) -> Result<Expr> {
    match application.scope.dialect {
        Dialect::Sqlite => function(application, "ommi_ilike"),
    }
}

pub(super) fn regex(application: &Application<'_>) -> Result<Expr> {
    match application.scope.dialect {
        Dialect::Sqlite => function(application, "ommi_regex"),
    }
}

fn function(application: &Application<'_>, name: &'static str) -> Result<Expr> {
    let (subject, pattern) = application.two()?;
    Ok(call(name, [subject, pattern]).into())
}
