//! What a database declares that it cannot do is refused before anything is sent.

use ommi_core::driver::{Capabilities, DecimalLimit, TransactionOptions};
use ommi_core::query::{Assignment, Operator};
use ommi_core::schema::{FieldDef, FieldType, ModelDef};
use ommi_core::value::{Cell, RowBatch, Value};
use ommi_core::{ErrorKind, driver::IsolationLevel};

use super::*;
use crate::testing::{column, eq, models, value};

fn limited() -> (Handle, Arc<Fake>) {
    let fake = Fake::with(Capabilities {
        float_infinity: false,
        float_remainder: false,
        decimal_limit: Some(DecimalLimit { whole: 3, fraction: 2 }),
        decimal_digits: Some(5),
        timestamp_microseconds: false,
        bytes_order: false,
        indexed_length: Some(45),
        unique_at_statement_end: false,
        own_references_follow: false,
        isolation: vec![IsolationLevel::ReadCommitted],
        ..Fake::capable()
    });
    (Handle::new(fake.clone(), HandleOptions::default()), fake)
}

/// The refusal names database and place, and nothing was sent.
#[track_caller]
fn is_refused<T: std::fmt::Debug>(fake: &Fake, outcome: Result<T>, place: &str) {
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert!(error.to_string().starts_with(place), "{error}");
    assert!(error.message().contains("fake"), "{error}");
    let sent: Vec<String> = fake.take_log().into_iter().filter(|line| !line.starts_with("compile")).collect();
    assert_eq!(sent, [] as [String; 0]);
}

fn asked(predicate: Expr) -> Result<u64> {
    let (handle, fake) = limited();
    let outcome = block_on(
        handle.session().write(Operation::Delete(Query::new(models().user.clone()).filter(predicate))),
    );
    if outcome.is_err() {
        is_refused(&fake, outcome, "User.");
        return Ok(0);
    }
    outcome
}

fn assigned(field: &str, literal: impl Into<Value>) -> (Arc<Fake>, Result<u64>) {
    let (handle, fake) = limited();
    let user = &models().user;
    let assignment = Assignment { field: user.require_field(field).unwrap(), value: value(literal) };
    let update = Operation::Update(Query::new(user.clone()), vec![assignment]);
    (fake, block_on(handle.session().write(update)))
}

fn inserted(field: &str, cell: Cell<'_>) -> (Arc<Fake>, Result<Vec<i64>>) {
    let (handle, fake) = limited();
    let user = &models().user;
    let mut rows = RowBatch::with_capacity(3, 1);
    rows.push_row(&[Cell::Text("ada"), Cell::Int(3), cell]);
    let fields = ["name", "age", field].map(|field| user.require_field(field).unwrap()).to_vec();
    (fake, block_on(handle.session().insert(user.clone(), fields, rows)))
}

fn number(text: &str) -> Value {
    Value::from(text.parse::<bigdecimal::BigDecimal>().unwrap())
}

#[test]
fn floats_without_a_place() {
    let user = &models().user;
    for float in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        assert_eq!(asked(eq(user, "weight", float)).unwrap(), 0);
        let listed = Expr::List(vec![1.0.into(), float.into()]);
        assert_eq!(asked(Expr::Apply(Operator::In, vec![column(user, "weight"), listed])).unwrap(), 0);
        let (fake, outcome) = assigned("weight", float);
        is_refused(&fake, outcome, "User.weight: ");
        let (fake, outcome) = inserted("weight", Cell::Float(float));
        is_refused(&fake, outcome, "User.weight: ");
    }
    assert_eq!(asked(eq(user, "weight", 1.5)).unwrap(), 1);
}

#[test]
fn decimals_that_are_too_long() {
    let user = &models().user;
    for text in ["1000", "0.001", "-1000.5"] {
        assert_eq!(asked(eq(user, "balance", number(text))).unwrap(), 0);
        let (fake, outcome) = assigned("balance", number(text));
        is_refused(&fake, outcome, "User.balance: ");
        let (fake, outcome) = inserted("balance", Cell::Decimal(text));
        is_refused(&fake, outcome, "User.balance: ");
    }
    // Too long as it is written, and as an integer.
    let (fake, outcome) = inserted("balance", Cell::Decimal("1000.0"));
    is_refused(&fake, outcome, "User.balance: ");
    let (fake, outcome) = inserted("balance", Cell::Int(1000));
    is_refused(&fake, outcome, "User.balance: ");
    assert!(assigned("balance", number("999.99")).1.is_ok());
    assert!(inserted("balance", Cell::Decimal("999.990")).1.is_ok());
}

#[test]
fn values_that_are_too_long_for_an_index() {
    let long = "a".repeat(46);
    let (fake, outcome) = assigned("email", long.as_str());
    is_refused(&fake, outcome, "User.email: ");
    let (fake, outcome) = inserted("email", Cell::Text(&long));
    is_refused(&fake, outcome, "User.email: ");
    assert!(assigned("email", "ä".repeat(45)).1.is_ok());
    // What another field of the index takes is missing here.
    let (fake, outcome) = assigned("name", "abcde");
    is_refused(&fake, outcome, "User.name: ");
    assert!(assigned("name", "abcd").1.is_ok());
    // Comparing is harmless.
    assert_eq!(asked(eq(&models().user, "email", long.as_str())).unwrap(), 1);
}

/// A model with fields that not every database can do everything with.
fn event() -> Arc<ModelDef> {
    let field = |name: &str, ty| FieldDef::new(name, ty).nullable();
    ModelDef::builder("Event")
        .field(FieldDef::new("id", FieldType::Int))
        .field(field("at", FieldType::Timestamp))
        .field(field("raw", FieldType::Bytes))
        .build()
        .unwrap()
}

fn found(query: Query) -> (Arc<Fake>, Result<u64>) {
    let (handle, fake) = limited();
    (fake, block_on(handle.session().write(Operation::Delete(query))))
}

#[test]
fn instants_that_are_too_fine() {
    let event = event();
    let instant = |micros| Value::Timestamp(jiff::Timestamp::from_microsecond(micros).unwrap());
    let (fake, outcome) = found(Query::new(event.clone()).filter(eq(&event, "at", instant(1))));
    is_refused(&fake, outcome, "Event.at: ");
    assert!(found(Query::new(event.clone()).filter(eq(&event, "at", instant(1000)))).1.is_ok());
    let (handle, fake) = limited();
    let mut rows = RowBatch::with_capacity(1, 1);
    rows.push_row(&[Cell::Timestamp(jiff::Timestamp::from_microsecond(1).unwrap())]);
    is_refused(&fake, block_on(handle.session().insert(event, vec![1], rows)), "Event.at: ");
}

#[test]
fn an_order_of_bytes() {
    let event = event();
    let raw = |operator| Expr::binary(operator, column(&event, "raw"), Expr::Value(vec![1_u8].into()));
    for operator in [Operator::Lt, Operator::Le, Operator::Gt, Operator::Ge] {
        let (fake, outcome) = found(Query::new(event.clone()).filter(raw(operator)));
        is_refused(&fake, outcome, "Event.raw: ");
    }
    for operator in [Operator::Eq, Operator::Ne] {
        assert!(found(Query::new(event.clone()).filter(raw(operator))).1.is_ok());
    }
}

#[test]
fn the_remainder_of_floats() {
    let user = &models().user;
    let remainder = |field: &str, by: Value| {
        let remainder = Expr::binary(Operator::Rem, column(user, field), Expr::Value(by.clone()));
        Expr::binary(Operator::Eq, remainder, Expr::Value(by))
    };
    assert_eq!(asked(remainder("weight", 2.5.into())).unwrap(), 0);
    assert_eq!(asked(remainder("age", 2.into())).unwrap(), 1);
}

/// An update of the users that `filter` finds.
fn updated(filter: Option<Expr>, field: &str, value: Expr) -> (Arc<Fake>, Result<u64>) {
    changed(Query { filter, ..Query::new(models().user.clone()) }, field, value)
}

fn changed(query: Query, field: &str, value: Expr) -> (Arc<Fake>, Result<u64>) {
    let (handle, fake) = limited();
    let user = &models().user;
    let assignment = Assignment { field: user.require_field(field).unwrap(), value };
    (fake, block_on(handle.session().write(Operation::Update(query, vec![assignment]))))
}

#[test]
fn unique_values_that_are_computed_for_several_rows() {
    let user = &models().user;
    let next = |field: &str| Expr::binary(Operator::Add, column(user, field), Expr::Value(1.into()));
    for field in ["id", "age"] {
        let (fake, outcome) = updated(None, field, next(field));
        is_refused(&fake, outcome, &format!("User.{field}: "));
    }
    let (fake, outcome) = updated(Some(eq(user, "age", 3)), "email", column(user, "name"));
    is_refused(&fake, outcome, "User.email: ");
    for (limit, is_taken) in [(1, true), (2, false), (0, true)] {
        let first = Query { limit: Some(limit), ..Query::new(user.clone()) };
        assert_eq!(changed(first, "age", next("age")).1.is_ok(), is_taken, "limit {limit}");
    }
    // One row has nobody in its way, one value is the same for all, and other fields may repeat.
    assert!(updated(Some(eq(user, "id", 3)), "email", column(user, "name")).1.is_ok());
    assert!(updated(None, "email", value("ada")).1.is_ok());
    assert!(updated(None, "weight", next("weight")).1.is_ok());
}

#[test]
fn an_isolation_stronger_than_all() {
    let (handle, fake) = limited();
    let options = TransactionOptions { isolation: IsolationLevel::Serializable, read_only: false };
    is_refused(&fake, block_on(handle.begin(options)), "fake has no isolation level");
    wait(handle.begin(TransactionOptions::default()));
}
