//! Order, pages, `distinct`, counts and joins.

use ommi_core::plan::{Action, Column, Plan, PlanExpr, PlanOrder};
use ommi_core::query::{Direction, Operator};
use ommi_core::schema::{FieldDef, FieldType, ModelDef};
use ommi_core::value::Value;

use super::models::{PERSON, POST, apply, column, field, param, people_and_posts, person, plan, term, terms};
use super::{Database, int, text, with};

fn blog(database: &mut dyn Database) {
    database.create(&[&PERSON, &POST]);
    let person = |id: i64, name: &str, age: Option<i64>| {
        let mut row = vec![Value::Null; 9];
        (row[0], row[1], row[2]) = (id.into(), name.into(), age.into());
        row
    };
    for row in
        [person(1, "b", Some(30)), person(2, "a", None), person(3, "B", Some(20)), person(4, "b", Some(30))]
    {
        database.add(&PERSON, &row);
    }
    for (id, title, author) in [(10, "x", 1), (11, "x", 1), (12, "y", 3)] {
        database.add(&POST, &[Value::Int(id), title.into(), Value::Int(author)]);
    }
}

fn by(field: &str, direction: Direction) -> PlanOrder {
    PlanOrder { by: term(person(field)), direction }
}

fn ids_by(order: Vec<PlanOrder>) -> Plan {
    Plan { order, ..plan(&PERSON, Action::Fetch(terms(&PERSON, vec![person("id")]))) }
}

pub(crate) fn nulls_are_first_ascending_and_text_goes_by_code_point(database: &mut dyn Database) {
    blog(database);
    let (up, down) = (Direction::Ascending, Direction::Descending);
    assert_eq!(database.ids(&ids_by(vec![by("age", up), by("id", down)]), &[]), [2, 3, 4, 1]);
    assert_eq!(database.ids(&ids_by(vec![by("age", down), by("id", up)]), &[]), [1, 4, 3, 2]);
    assert_eq!(database.ids(&ids_by(vec![by("name", up), by("id", up)]), &[]), [3, 2, 1, 4]);
}

pub(crate) fn pages_are_cut_after_the_order(database: &mut dyn Database) {
    blog(database);
    let page = |limit, offset, count: usize| {
        let plan = Plan { limit, offset, ..ids_by(vec![by("id", Direction::Ascending)]) };
        with(plan, &vec![FieldType::Int; count])
    };
    assert_eq!(database.ids(&page(Some(0), Some(1), 2), &[int(2), int(1)]), [2, 3]);
    assert_eq!(database.ids(&page(Some(0), None, 1), &[int(1)]), [1]);
    assert_eq!(database.ids(&page(None, Some(0), 1), &[int(3)]), [4]);
    let count = Plan { action: Action::Count(Vec::new()), order: Vec::new(), ..page(Some(0), Some(1), 2) };
    assert_eq!(database.ids(&count, &[int(10), int(3)]), [1]);
    let exists = Plan { action: Action::Exists, order: Vec::new(), ..page(None, Some(0), 1) };
    let answer = |database: &mut dyn Database, offset| database.fetch(&exists, &[int(offset)])[0][0].clone();
    let (yes, no) = (answer(database, 3).unwrap(), answer(database, 4).unwrap());
    assert!(["1", "t", "true"].contains(&yes.as_str()) && ["0", "f", "false"].contains(&no.as_str()));
}

pub(crate) fn distinct_rows_can_be_ordered(database: &mut dyn Database) {
    blog(database);
    let columns = vec![person("name"), person("age")];
    let distinct = Plan {
        distinct: true,
        order: vec![by("age", Direction::Descending), by("name", Direction::Ascending)],
        ..plan(&PERSON, Action::Fetch(terms(&PERSON, columns.clone())))
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        database.fetch(&distinct, &[]),
        [[some("b"), some("30")], [some("B"), some("20")], [some("a"), None]]
    );
    let count = Plan { distinct: true, ..plan(&PERSON, Action::Count(terms(&PERSON, columns))) };
    assert_eq!(database.ids(&count, &[]), [3]);
    let joined = Plan {
        distinct: true,
        ..people_and_posts(Action::Count(terms(&PERSON, vec![person("id"), column(1, &POST, "id")])))
    };
    assert_eq!(database.ids(&joined, &[]), [3]);
}

pub(crate) fn distinct_documents_keep_their_numbers_apart(database: &mut dyn Database) {
    let model = ModelDef::builder("Note")
        .field(FieldDef::new("id", FieldType::Int))
        .field(FieldDef::new("body", FieldType::Json))
        .build()
        .unwrap();
    database.create(&[&model]);
    for (id, body) in [(1, r#"{"a":1}"#), (2, r#"{"a":1.0}"#), (3, r#"{"a":1}"#)] {
        database.add(&model, &[Value::Int(id), Value::Json(body.into())]);
    }
    let body = column(0, &model, "body");
    let distinct = Plan { distinct: true, ..plan(&model, Action::Fetch(terms(&model, vec![body]))) };
    assert_eq!(database.fetch(&distinct, &[]).len(), 2);
    let same = apply(Operator::Eq, FieldType::Json, [PlanExpr::Column(body), param(0)]);
    let ids = Action::Fetch(terms(&model, vec![Column { table: 0, field: 0 }]));
    let same = with(Plan { filter: Some(same), ..plan(&model, ids) }, &[FieldType::Json]);
    let document = |text: &str| [ommi_core::driver::Param::Scalar(Value::Json(text.into()))];
    let mut ones = database.ids(&same, &document(r#"{"a":1}"#));
    ones.sort_unstable();
    assert_eq!(ones, [1, 3]);
    assert_eq!(database.ids(&same, &document(r#"{"a":1.0}"#)), [2]);
}

pub(crate) fn joins_multiply_and_semi_joins_do_not(database: &mut dyn Database) {
    blog(database);
    let titled =
        apply(Operator::Eq, FieldType::Text, [PlanExpr::Column(column(1, &POST, "title")), param(0)]);
    let joined = with(
        Plan { filter: Some(titled), ..people_and_posts(Action::Fetch(terms(&PERSON, vec![person("id")]))) },
        &[FieldType::Text],
    );
    assert_eq!(database.ids(&joined, &[text("x")]), [1, 1]);
    let semi = Plan { semi_join: true, ..joined };
    assert_eq!(database.ids(&semi, &[text("x")]), [1]);
    let older = Plan {
        filter: Some(PlanExpr::And(vec![
            semi.filter.clone().unwrap(),
            apply(Operator::Gt, FieldType::Int, [field("age"), param(1)]),
        ])),
        ..with(semi, &[FieldType::Text, FieldType::Int])
    };
    assert_eq!(database.ids(&older, &[text("x"), int(30)]), [] as [i64; 0]);
    assert_eq!(database.ids(&older, &[text("x"), int(29)]), [1]);
}
