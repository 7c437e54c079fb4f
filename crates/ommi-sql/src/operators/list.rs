//! Membership in a stored list: its members are compared as values of the list's item type, so 1 is not true
//! and not "1".

use ommi_core::Result;
use ommi_core::schema::FieldType;
use sea_query::{CaseStatement, Cond, Expr, ExprTrait, Func, Query};

use super::{Application, call};
use crate::expr::number;
use crate::{Dialect, Flavour, postgres};

pub(super) fn contains(application: &Application<'_>, item: &FieldType) -> Result<Expr> {
    let (list, operand) = application.two()?;
    // Membership in NULL, and of NULL, is unknown; neither EXISTS nor an empty array knows that.
    let known = Cond::all().add(list.clone().is_not_null()).add(operand.clone().is_not_null());
    let member = match application.scope.dialect {
        Dialect::Sqlite => sqlite_member(list, operand, item),
        Dialect::Postgres => postgres_member(application.subject, list, operand),
        Dialect::Mysql(flavour) => mysql_member(list, operand, item, flavour),
    };
    Ok(CaseStatement::new().case(known, member).into())
}

fn sqlite_member(list: Expr, operand: Expr, item: &FieldType) -> Expr {
    let mut members = Query::select();
    members
        .expr(number(1))
        .from_function(Func::cust("json_each").arg(list), "member")
        .and_where(
            Expr::col(("member", "type")).is_in(json_types(item).iter().map(|name| text_constant(name))),
        )
        .and_where(Expr::col(("member", "value")).eq(operand));
    Expr::exists(members)
}

/// NULL among the members is none of them, so it is taken out before it makes the answer unknown.
fn postgres_member(list_type: &FieldType, list: Expr, operand: Expr) -> Expr {
    if postgres::array_item(list_type).is_some() {
        let members = call("array_remove", [list, Expr::cust("NULL")]);
        return operand.eq(call("ANY", [members.into()]));
    }
    Expr::cust_with_exprs(
        "EXISTS (SELECT 1 FROM jsonb_array_elements($1) AS member WHERE member::text = ($2)::text)",
        [list, call("to_jsonb", [operand]).into()],
    )
}

fn mysql_member(list: Expr, operand: Expr, item: &FieldType, flavour: Flavour) -> Expr {
    let ty = match item {
        FieldType::Bool => {
            let text = Expr::cust_with_expr("IF(?, 'true', 'false')", operand);
            return call("JSON_CONTAINS", [list, text]).into();
        }
        FieldType::Int | FieldType::Duration => "BIGINT".to_owned(),
        FieldType::Float => "DOUBLE".to_owned(),
        FieldType::Text
        | FieldType::Bytes
        | FieldType::Decimal
        | FieldType::Uuid
        | FieldType::DateTime
        | FieldType::NaiveDateTime
        | FieldType::Timestamp
        | FieldType::Date
        | FieldType::Time
        | FieldType::Json
        | FieldType::List(_) => format!("LONGTEXT CHARACTER SET utf8mb4 COLLATE {}", flavour.collation()),
    };
    let text = format!(
        "EXISTS (SELECT 1 FROM JSON_TABLE(?, '$[*]' COLUMNS (value {ty} PATH '$')) AS listed WHERE value = ?)"
    );
    Expr::cust_with_exprs(text, [list, operand])
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
        | FieldType::NaiveDateTime
        | FieldType::Timestamp
        | FieldType::Date
        | FieldType::Time => &["text"],
        FieldType::Json | FieldType::List(_) => &["object", "array"],
    }
}
