//! Paths into nested values. A value that is missing, JSON's null or of another type than the path's is NULL: each database is
//! asked what stands there before it is read.

use ommi_core::Result;
use ommi_core::plan::PlanPath;
use ommi_core::schema::FieldType;
use sea_query::{BinOper, CaseStatement, Expr, ExprTrait};

use super::{call, collated, with_collation};
use crate::expr::lower_checked;
use crate::scope::{Scope, broken_plan};
use crate::{Dialect, Flavour, mysql, postgres};

/// Whole numbers that may have 64 bits, as a regular expression.
const WHOLE: &str = "'^-{0,1}[0-9]{1,19}$'";

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaf {
    Bool,
    Int,
    Float,
    Text,
}

/// A value inside a nested one.
pub(crate) fn path(scope: &Scope<'_>, path: &PlanPath) -> Result<Expr> {
    let subject = lower_checked(scope, &path.subject)?;
    let leaf = leaf(&path.ty)?;
    Ok(match scope.dialect {
        Dialect::Sqlite => sqlite(subject, &path.keys, leaf),
        Dialect::Postgres => postgres(subject, &path.keys, leaf),
        Dialect::Mysql(flavour) => mysql(subject, &path.keys, leaf, flavour),
    })
}

fn leaf(ty: &FieldType) -> Result<Leaf> {
    match ty {
        FieldType::Bool => Ok(Leaf::Bool),
        FieldType::Int => Ok(Leaf::Int),
        FieldType::Float => Ok(Leaf::Float),
        FieldType::Text => Ok(Leaf::Text),
        FieldType::Bytes
        | FieldType::Decimal
        | FieldType::Uuid
        | FieldType::DateTime
        | FieldType::NaiveDateTime
        | FieldType::Timestamp
        | FieldType::Date
        | FieldType::Time
        | FieldType::Duration
        | FieldType::Json
        | FieldType::List(_) => Err(broken_plan(format!("a path leads to {}", ty.describe()))),
    }
}

/// SQLite's own paths take no name with a quote in it, and its floats are not always the nearest ones.
fn sqlite(subject: Expr, keys: &[String], leaf: Leaf) -> Expr {
    let function = match leaf {
        Leaf::Bool => "ommi_path_bool",
        Leaf::Int => "ommi_path_int",
        Leaf::Float => "ommi_path_float",
        Leaf::Text => "ommi_path_text",
    };
    let keys = serde_json::Value::from(keys).to_string();
    let keys = Expr::cust(format!("'{}'", keys.replace('\'', "''")));
    call(function, [subject, keys]).into()
}

/// `->` with a text looks into objects only.
fn postgres(subject: Expr, keys: &[String], leaf: Leaf) -> Expr {
    let found = keys.iter().fold(subject.cast_as("jsonb"), |found, key| {
        found.binary(BinOper::Custom("->"), Expr::cust(postgres::literal(key)))
    });
    let text = || found.clone().binary(BinOper::Custom("#>>"), Expr::cust("'{}'"));
    let kind = |name: &'static str| Expr::from(call("jsonb_typeof", [found.clone()])).eq(Expr::cust(name));
    let (kind, value) = match leaf {
        Leaf::Bool => (kind("'boolean'"), found.clone().cast_as("boolean")),
        Leaf::Float => (kind("'number'"), found.clone().cast_as("double precision")),
        Leaf::Text => (kind("'string'"), collated(Dialect::Postgres, &FieldType::Text, text())),
        Leaf::Int => {
            let number = found.clone().cast_as("numeric");
            let is_whole = text().binary(BinOper::Custom("~"), Expr::cust(WHOLE));
            let is_short = number.clone().between(Expr::cust("-9223372036854775808"), i64_max());
            let value = CaseStatement::new().case(is_whole.and(is_short), number.cast_as("bigint"));
            (kind("'number'"), value.into())
        }
    };
    CaseStatement::new().case(kind, value).into()
}

/// Names are compared as JSON writes them.
fn mysql(subject: Expr, keys: &[String], leaf: Leaf, flavour: Flavour) -> Expr {
    let way = keys
        .iter()
        .fold(String::from("$"), |way, key| format!("{way}.{}", serde_json::Value::from(key.as_str())));
    let found = Expr::from(call("JSON_EXTRACT", [subject, Expr::cust(mysql::literal(&way))]));
    // What it gives has a collation of MySQL's own choice.
    let text = || with_collation(call("JSON_UNQUOTE", [found.clone()]).into(), flavour);
    let kind = |names: &[&'static str]| {
        Expr::from(call("JSON_TYPE", [found.clone()])).is_in(names.iter().map(|name| Expr::cust(*name)))
    };
    let (kind, value) = match leaf {
        Leaf::Bool => (kind(&["'BOOLEAN'"]), text().eq(Expr::cust("'true'"))),
        Leaf::Float => {
            let numbers = ["'INTEGER'", "'UNSIGNED INTEGER'", "'DOUBLE'", "'DECIMAL'"];
            (kind(&numbers), text().cast_as("DOUBLE"))
        }
        Leaf::Text => (kind(&["'STRING'"]), text()),
        Leaf::Int => {
            let is_whole = text().binary(BinOper::Custom("REGEXP"), Expr::cust(WHOLE));
            let number = text().cast_as("DECIMAL(20)");
            let is_short = number.between(Expr::cust("-9223372036854775808"), i64_max());
            let value = CaseStatement::new().case(is_whole.and(is_short), text().cast_as("SIGNED"));
            (kind(&["'INTEGER'", "'UNSIGNED INTEGER'"]), value.into())
        }
    };
    let value: Expr = CaseStatement::new().case(kind, value).into();
    if leaf == Leaf::Text { with_collation(value, flavour) } else { value }
}

fn i64_max() -> Expr {
    Expr::cust("9223372036854775807")
}
