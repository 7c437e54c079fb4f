//! Joins: NULL joins nothing, rows multiply or count once, composite keys join as one.

use ommi_core::driver::Param;
use ommi_core::plan::{Action, Column, Plan, PlanExpr};
use ommi_core::query::Operator;
use ommi_core::schema::FieldType;
use ommi_core::value::Value;

use crate::database::{Database, int, text, with_database};
use crate::models::{PERSON, POST, SEAT, TICKET, apply, column, found, ids, joined, plan, test, with};

fn blog(database: &Database) {
    let person = |id: i64, name: &str| [Value::Int(id), Value::from(name)];
    database.add(&PERSON, &[&person(1, "ada"), &person(2, "bob"), &person(3, "cy")]);
    let post = |id: i64, title: &str, author: Value| [Value::Int(id), Value::from(title), author];
    database.add(&POST, &[&post(10, "x", Value::Int(1)), &post(11, "x", Value::Int(1))]);
    database.add(&POST, &[&post(12, "y", Value::Int(2)), &post(13, "x", Value::Null)]);
}

fn to_posts() -> [(Column, Column); 1] {
    [(column(0, &PERSON, "id"), column(1, &POST, "author"))]
}

#[test]
fn rows_multiply_or_count_once() {
    with_database(&[&PERSON, &POST], |database| {
        blog(database);
        let titled = || test(Operator::Eq, (1, &POST), "title", 0..1);
        let each = with(joined(ids(&PERSON, titled()), &POST, &to_posts()), &[FieldType::Text]);
        assert_eq!(database.ids(&each, &[text("x")]), [1, 1]);
        let once = Plan { semi_join: true, ..each.clone() };
        assert_eq!(database.ids(&once, &[text("x")]), [1]);
        let count = |plan: &Plan| Plan { action: Action::Count(Vec::new()), ..plan.clone() };
        assert_eq!(database.ids(&count(&each), &[text("x")]), [2]);
        assert_eq!(database.ids(&count(&once), &[text("x")]), [1]);
        assert_eq!(database.ids(&count(&once), &[text("none")]), [0]);
        let removed = Plan { action: Action::Delete, ..once };
        assert_eq!(database.write(&removed, &[text("y")]).unwrap(), 1);
        assert_eq!(database.ids(&ids(&PERSON, PlanExpr::Constant(true)), &[]), [1, 3]);
    });
}

#[test]
fn fields_of_two_models_are_compared_inside_of_a_join() {
    with_database(&[&PERSON, &POST], |database| {
        blog(database);
        let name = PlanExpr::Column(column(0, &PERSON, "name"));
        let title = PlanExpr::Column(column(1, &POST, "title"));
        let before = apply(Operator::Lt, FieldType::Text, [name, title]);
        let either = PlanExpr::Or(vec![before, test(Operator::Eq, (0, &PERSON), "id", 0..1)]);
        let each = with(joined(ids(&PERSON, either), &POST, &to_posts()), &[FieldType::Int]);
        assert_eq!(database.ids(&each, &[int(3)]), [1, 1, 2]);
        assert_eq!(database.ids(&Plan { semi_join: true, ..each }, &[int(3)]), [1, 2]);
    });
}

#[test]
fn a_composite_key_joins_as_one_and_null_joins_nothing() {
    with_database(&[&SEAT, &TICKET], |database| {
        let seat = |row: i64, letter: &str| [Value::Int(row), letter.into(), Value::Bool(true)];
        database.add(&SEAT, &[&seat(1, "a"), &seat(1, "b"), &seat(2, "a")]);
        let ticket = |id: i64, row: Value, letter: Value| [Value::Int(id), row, letter];
        database.add(
            &TICKET,
            &[
                &ticket(1, Value::Int(1), "b".into()),
                &ticket(2, Value::Int(1), Value::Null),
                &ticket(3, Value::Null, "a".into()),
                &ticket(4, Value::Int(2), "b".into()),
                &ticket(5, Value::Int(2), "a".into()),
            ],
        );
        let pairs = ["letter", "row"].map(|name| (column(0, &TICKET, name), column(1, &SEAT, name)));
        let seated = joined(ids(&TICKET, PlanExpr::Constant(true)), &SEAT, &pairs);
        assert_eq!(database.ids(&seated, &[]), [1, 5]);
        let back = ["letter", "row"].map(|name| (column(0, &SEAT, name), column(1, &TICKET, name)));
        let taken = joined(ids(&SEAT, PlanExpr::Constant(true)), &TICKET, &back);
        assert_eq!(database.ids(&taken, &[]), [1, 2]);
        assert_eq!(database.ids(&Plan { semi_join: true, ..taken }, &[]), [1, 2]);
    });
}

#[test]
fn a_key_is_changed_with_all_that_hangs_on_it() {
    with_database(&[&SEAT], |database| {
        let seat = |row: i64, letter: &str| [Value::Int(row), letter.into(), Value::Bool(true)];
        database.add(&SEAT, &[&seat(1, "a"), &seat(2, "a"), &seat(3, "b")]);
        let row = column(0, &SEAT, "row");
        let next = apply(Operator::Add, FieldType::Int, [PlanExpr::Column(row), PlanExpr::Param(0)]);
        let filter = test(Operator::Eq, (0, &SEAT), "letter", 1..2);
        let moved = Plan { filter: Some(filter), ..plan(&SEAT, Action::Update(vec![(row.field, next)])) };
        let moved = with(moved, &[FieldType::Int, FieldType::Text]);
        assert_eq!(database.write(&moved, &[int(1), text("a")]).unwrap(), 2);
        let both = PlanExpr::And(vec![
            test(Operator::Eq, (0, &SEAT), "row", 0..1),
            test(Operator::Eq, (0, &SEAT), "letter", 1..2),
        ]);
        let found = with(found(&SEAT, both), &[FieldType::Int, FieldType::Text]);
        for (number, count) in [(1, 0), (2, 1), (3, 1)] {
            let rows = database.rows(&found, &[int(number), text("a")]).unwrap();
            assert_eq!(rows.len(), count, "{number}");
        }
        let clash = database.write(&moved, &[int(0), Param::Scalar(Value::Text("b".into()))]);
        assert_eq!(clash.unwrap(), 1, "the same key again");
    });
}
