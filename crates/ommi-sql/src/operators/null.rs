//! Tests for NULL and for truth: their results are never NULL.

use ommi_core::Result;
use sea_query::{BinOper, Expr, ExprTrait};

use super::Application;
use crate::Dialect;
use crate::expr::number;

pub(super) fn is_null(application: &Application<'_>) -> Result<Expr> {
    Ok(application.one()?.is_null())
}

pub(super) fn is_not_null(application: &Application<'_>) -> Result<Expr> {
    Ok(application.one()?.is_not_null())
}

pub(super) fn is_true(application: &Application<'_>) -> Result<Expr> {
    let subject = application.one()?;
    match application.scope.dialect {
        // IS TRUE would say the same, but only this form can use an index.
        Dialect::Sqlite => Ok(subject.binary(BinOper::Is, number(1))),
        Dialect::Postgres => Ok(subject.binary(BinOper::Is, true)),
        // As in SQLite: an equality that knows NULL.
        Dialect::Mysql(_) => Ok(subject.binary(BinOper::Custom("<=>"), number(1))),
    }
}
