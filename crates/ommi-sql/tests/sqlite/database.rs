//! An in-memory SQLite with the functions that statements call, simple and right, and binding by `Statement::binds`.

use std::rc::Rc;
use std::sync::Arc;

use ommi_core::driver::{Bind, Statement, Transform};
use ommi_core::plan::Plan;
use ommi_core::schema::ModelDef;
use ommi_sql::{Dialect, compile, create_statements, sqlite};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::Value;
use rusqlite::vtab::array;
use rusqlite::{Connection, ToSql};

/// A value for a plan's parameter.
#[derive(Clone)]
pub(crate) enum Param {
    One(Value),
    Many(Vec<Value>),
}

pub(crate) fn text(value: &str) -> Param {
    Param::One(Value::Text(value.to_owned()))
}

pub(crate) fn int(value: i64) -> Param {
    Param::One(Value::Integer(value))
}

pub(crate) fn null() -> Param {
    Param::One(Value::Null)
}

pub(crate) fn texts(values: &[&str]) -> Param {
    Param::Many(values.iter().map(|value| Value::Text((*value).to_owned())).collect())
}

/// A database with the tables of `models`.
pub(crate) fn database(models: &[&Arc<ModelDef>]) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    register(&connection);
    let models: Vec<_> = models.iter().map(|model| Arc::clone(model)).collect();
    for statement in create_statements(&models, Dialect::Sqlite).unwrap() {
        connection.execute_batch(&statement).unwrap();
    }
    connection
}

/// The plan as a statement, after SQLite has accepted its text.
pub(crate) fn prepared(connection: &Connection, plan: &Plan) -> Statement {
    let statement = compile(plan, Dialect::Sqlite).unwrap();
    let prepared =
        connection.prepare(&statement.text).unwrap_or_else(|error| panic!("{}: {error}", statement.text));
    assert_eq!(prepared.parameter_count(), statement.binds.len(), "{}", statement.text);
    assert_eq!(prepared.column_count(), statement.columns.len(), "{}", statement.text);
    assert_eq!(statement.labels.len(), statement.columns.len());
    statement
}

/// The rows of a fetch.
pub(crate) fn fetch(connection: &Connection, plan: &Plan, params: &[Param]) -> Vec<Vec<Value>> {
    try_fetch(connection, plan, params).unwrap()
}

pub(crate) fn try_fetch(
    connection: &Connection,
    plan: &Plan,
    params: &[Param],
) -> rusqlite::Result<Vec<Vec<Value>>> {
    let statement = prepared(connection, plan);
    let mut prepared = connection.prepare(&statement.text)?;
    let columns = prepared.column_count();
    let bound = rusqlite::params_from_iter(statement.binds.iter().map(|bind| bound(*bind, params)));
    prepared.query_map(bound, |row| (0..columns).map(|column| row.get(column)).collect())?.collect()
}

/// The first column of a fetch, as integers.
pub(crate) fn ids(connection: &Connection, plan: &Plan, params: &[Param]) -> Vec<i64> {
    let first = |row: Vec<Value>| match row[0] {
        Value::Integer(id) => id,
        ref other => panic!("not an integer: {other:?}"),
    };
    fetch(connection, plan, params).into_iter().map(first).collect()
}

/// The number of rows that a write changed.
pub(crate) fn write(connection: &Connection, plan: &Plan, params: &[Param]) -> rusqlite::Result<usize> {
    let statement = prepared(connection, plan);
    let bound = rusqlite::params_from_iter(statement.binds.iter().map(|bind| bound(*bind, params)));
    connection.execute(&statement.text, bound)
}

fn bound(bind: Bind, params: &[Param]) -> Box<dyn ToSql> {
    Box::new(match (params[bind.param].clone(), bind.transform) {
        (Param::Many(values), _) => return Box::new(Rc::new(values)),
        (Param::One(value), Transform::Plain) => value,
        (Param::One(Value::Text(prefix)), Transform::PrefixEnd) => prefix_end(&prefix),
        (Param::One(Value::Text(pattern)), Transform::LikeToGlob) => Value::Text(glob(&pattern)),
        (Param::One(other), Transform::PrefixEnd | Transform::LikeToGlob) => other,
        (
            Param::One(_),
            Transform::RegexToPostgres
            | Transform::IlikeToPostgres
            | Transform::RegexToMysql
            | Transform::IlikeToMysql,
        ) => panic!("a pattern of another database"),
    })
}

/// Good for the tests' patterns, which have no characters that GLOB takes for its own.
fn glob(pattern: &str) -> String {
    pattern.replace('%', "*").replace('_', "?")
}

fn prefix_end(prefix: &str) -> Value {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        if let Some(next) = (last as u32 + 1..=char::MAX as u32).find_map(char::from_u32) {
            characters.push(next);
            return Value::Text(characters.into_iter().collect());
        }
    }
    Value::Null
}

fn register(connection: &Connection) {
    array::load_module(connection).unwrap();
    connection
        .create_collation(sqlite::DECIMAL_COLLATION, |left, right| {
            left.parse::<f64>().unwrap().total_cmp(&right.parse::<f64>().unwrap())
        })
        .unwrap();
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    for (name, arguments) in sqlite::FUNCTIONS {
        connection
            .create_scalar_function(*name, *arguments, flags, move |context| function(name, context))
            .unwrap();
    }
}

fn function(name: &str, context: &Context<'_>) -> rusqlite::Result<Option<Value>> {
    let (left, right): (Value, Value) = (context.get(0)?, context.get(1)?);
    Ok(match (left, right) {
        (Value::Integer(left), Value::Integer(right)) => integer(name, left, right)?.map(Value::Integer),
        (Value::Real(left), Value::Real(right)) => float(name, left, right).map(Value::Real),
        (Value::Text(left), Value::Text(right)) => text_function(name, &left, &right),
        _ => None,
    })
}

fn float(name: &str, left: f64, right: f64) -> Option<f64> {
    let result = match name {
        "ommi_float_add" => left + right,
        "ommi_float_sub" => left - right,
        "ommi_float_mul" => left * right,
        "ommi_float_div" if right == 0.0 => return None,
        "ommi_float_div" => left / right,
        "ommi_float_rem" => left % right,
        other => panic!("{other} was called with floats"),
    };
    (!result.is_nan()).then_some(result)
}

fn integer(name: &str, left: i64, right: i64) -> rusqlite::Result<Option<i64>> {
    let result = match name {
        "ommi_int_add" => left.checked_add(right),
        "ommi_int_sub" => left.checked_sub(right),
        "ommi_int_mul" => left.checked_mul(right),
        "ommi_int_div" | "ommi_int_rem" if right == 0 => return Ok(None),
        "ommi_int_div" => left.checked_div(right),
        "ommi_int_rem" => left.checked_rem(right),
        other => panic!("{other} was called with integers"),
    };
    result.map(Some).ok_or_else(|| rusqlite::Error::UserFunctionError("integer overflow".into()))
}

fn text_function(name: &str, left: &str, right: &str) -> Option<Value> {
    let number = |text: &str| text.parse::<f64>().unwrap();
    let truth = |value: bool| Some(Value::Integer(i64::from(value)));
    let result = match name {
        "ommi_like" => return truth(left == right),
        "ommi_ilike" => return truth(left.to_lowercase() == right.to_lowercase()),
        "ommi_regex" => return truth(left.contains(right)),
        "ommi_decimal_add" => number(left) + number(right),
        "ommi_decimal_sub" => number(left) - number(right),
        "ommi_decimal_mul" => number(left) * number(right),
        "ommi_decimal_div" => number(left) / number(right),
        "ommi_decimal_rem" => number(left) % number(right),
        other => panic!("{other} was called with text"),
    };
    Some(Value::Text(result.to_string()))
}
