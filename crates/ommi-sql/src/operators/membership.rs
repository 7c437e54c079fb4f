//! `in` and `not_in`: one placeholder for a list of any length, so that one shape serves all of them.

use ommi_core::Result;
use sea_query::{BinOper, Expr, ExprTrait};

use super::Application;
use crate::Dialect;

pub(super) fn membership(application: &Application<'_>, operator: BinOper) -> Result<Expr> {
    let (subject, list) = application.two()?;
    match application.scope.dialect {
        // The parentheses around the subquery are sea-query's: it puts them around what it does not know.
        Dialect::Sqlite => {
            Ok(subject.binary(operator, Expr::cust_with_expr("SELECT value FROM rarray(?)", list)))
        }
    }
}
