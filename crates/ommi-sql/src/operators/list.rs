//! Membership in a stored list: its members are compared as values of the list's item type, so 1 is not true
//! and not "1".

use ommi_core::Result;
use ommi_core::schema::FieldType;
use sea_query::{CaseStatement, Cond, Expr, ExprTrait, Func, Query};

use super::Application;
use crate::Dialect;
use crate::expr::number;

pub(super) fn contains(application: &Application<'_>, item: &FieldType) -> Result<Expr> {
    let (list, operand) = application.two()?;
    match application.scope.dialect {
        Dialect::Sqlite => Ok(sqlite_member(list, operand, item)),
    }
}

/// EXISTS knows no NULL: the CASE keeps membership in NULL, and of NULL, unknown.
fn sqlite_member(list: Expr, operand: Expr, item: &FieldType) -> Expr {
    let known = Cond::all().add(list.clone().is_not_null()).add(operand.clone().is_not_null());
    let mut members = Query::select();
    members
        .expr(number(1))
        .from_function(Func::cust("json_each").arg(list), "member")
        .and_where(
            Expr::col(("member", "type")).is_in(json_types(item).iter().map(|name| text_constant(name))),
        )
        .and_where(Expr::col(("member", "value")).eq(operand));
    CaseStatement::new().case(known, Expr::exists(members)).into()
}

fn text_constant(text: &str) -> Expr {
    Expr::Constant(text.into())
}

/// How json_each calls the values that stand for an item type.
fn json_types(item: &FieldType) -> &'static [&'static str] {
    match item {
        FieldType::Bool => &["true", "false"],
        FieldType::Int | FieldType::Duration => &["integer"],
        FieldType::Float => &["integer", "real"],
        FieldType::Text
        | FieldType::Bytes
        | FieldType::Decimal
        | FieldType::Uuid
        | FieldType::DateTime
        | FieldType::Timestamp
        | FieldType::Date
        | FieldType::Time => &["text"],
        FieldType::Json | FieldType::List(_) => &["object", "array"],
    }
}
