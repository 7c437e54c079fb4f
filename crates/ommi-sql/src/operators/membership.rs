//! `in` and `not_in`: one placeholder for a list of any length, so that one shape serves all of them.

use ommi_core::Result;
use sea_query::{BinOper, Expr, ExprTrait};

use super::{Application, as_equal, call};
use crate::{Dialect, mysql, postgres};

pub(super) fn membership(application: &Application<'_>, operator: BinOper) -> Result<Expr> {
    let (subject, list) = application.two()?;
    match application.scope.dialect {
        // The parentheses around the subquery are sea-query's: it puts them around what it does not know.
        Dialect::Sqlite => {
            Ok(subject.binary(operator, Expr::cust_with_expr("SELECT value FROM rarray(?)", list)))
        }
        Dialect::Postgres => Ok(postgres_member(application, subject, list, operator)),
        Dialect::Mysql(flavour) => {
            let subject = as_equal(application.scope.dialect, application.subject, subject);
            Ok(subject.binary(operator, mysql::listed(application.subject, flavour, list)))
        }
    }
}

/// ANY and ALL over an array do the same as IN and NOT IN over its members, also with NULL among them.
fn postgres_member(application: &Application<'_>, subject: Expr, list: Expr, operator: BinOper) -> Expr {
    let (dialect, ty) = (application.scope.dialect, application.subject);
    let members = if let Some(item) = postgres::array_item(ty) {
        // An array of arrays would be a matrix: each member travels as text.
        let array = as_equal(dialect, ty, Expr::cust(format!("member::{}[]", postgres::column_type(item))));
        Expr::cust_with_exprs("SELECT $1 FROM unnest($2) AS member", [array, list])
    } else if super::is_document(ty) {
        list.cast_as("text[]")
    } else {
        list
    };
    let subject = as_equal(dialect, ty, subject);
    match operator {
        BinOper::NotIn => subject.ne(call("ALL", [members])),
        _ => subject.eq(call("ANY", [members])),
    }
}
