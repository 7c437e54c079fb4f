//! Values are checked before anything is sent, and refusals name the field.

use ommi_core::ErrorKind;
use ommi_core::query::{Assignment, Operator};
use ommi_core::value::{RowBatch, Value};

use super::*;
use crate::testing::{column, models, value};

/// The refusal of a literal beside a field; nothing may have been sent.
fn refusal(operator: Operator, field: &str, literal: Expr) -> Error {
    let (handle, fake) = handle();
    let user = &models().user;
    let predicate = Expr::Apply(operator, vec![column(user, field), literal]);
    let error =
        handle.session().fetch_now(&fetch(user, predicate), &mut RowBatch::default()).unwrap().unwrap_err();
    assert_eq!(fake.take_log(), ["compile User"]);
    error
}

fn assigned(field: &str, literal: impl Into<Value>) -> Result<u64> {
    let (handle, _) = handle();
    let user = &models().user;
    let assignment = Assignment { field: user.require_field(field).unwrap(), value: value(literal) };
    block_on(handle.session().write(Operation::Update(Query::new(user.clone()), vec![assignment])))
}

#[test]
fn values_of_another_type_are_refused() {
    let cases = [
        (Operator::Eq, "age", value("x"), "User.age: expected an integer, got text"),
        (Operator::Eq, "age", value(1.5), "User.age: expected an integer, got a float"),
        (Operator::Gt, "name", value(1), "User.name: expected text, got an integer"),
        (
            Operator::In,
            "age",
            Expr::List(vec![1.into(), "x".into()]),
            "User.age: expected an integer, got text",
        ),
        (Operator::Eq, "name", value("a\0b"), "User.name: text with a NUL character"),
        (Operator::Regex, "name", value("("), "User.name: the regular expression is not valid"),
        (Operator::Like, "name", value(r"a\"), "User.name: a like pattern ends in a lone backslash"),
    ];
    for (operator, field, literal, expected) in cases {
        let error = refusal(operator, field, literal);
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}

#[test]
fn nan_is_refused_where_a_database_cannot_hold_it() {
    assert_eq!(refusal(Operator::Eq, "weight", value(f64::NAN)).kind(), ErrorKind::Unsupported);
    assert_eq!(assigned("weight", f64::NAN).unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn an_update_obeys_the_rules_of_its_field() {
    assert!(assigned("name", "short").is_ok());
    let long = assigned("name", "much too long").unwrap_err();
    assert_eq!(long.to_string(), "User.name: the text has 13 characters and 10 are allowed");
    let missing = assigned("age", Value::Null).unwrap_err();
    assert_eq!(missing.to_string(), "User.age: a value is required: the field is not optional");
    assert!(assigned("email", Value::Null).is_ok());
}
