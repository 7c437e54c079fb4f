//! Updates and deletes: which rows they change, and what expressions see.

use std::sync::{Arc, OnceLock};

use ommi_core::driver::Param;
use ommi_core::plan::{Action, Plan, PlanExpr, PlanOrder};
use ommi_core::query::{Direction, Operator};
use ommi_core::schema::{Action as OnChange, FieldDef, FieldType, ModelDef, ModelLink, ReferenceDef};
use ommi_core::value::Value;

use super::models::{
    PERSON, POST, SEAT, apply, column, field, on, param, people_and_posts, person, plan, term, term_of,
    terms, to,
};
use super::{Database, int, text, with};

fn blog(database: &mut dyn Database) {
    database.create(&[&PERSON, &POST, &SEAT]);
    for (id, name, age) in [(1, "Ada", 36), (2, "Bob", 20), (3, "Cy", 50)] {
        let mut row = vec![Value::Null; 9];
        (row[0], row[1], row[2]) = (Value::Int(id), name.into(), Value::Int(age));
        database.add(&PERSON, &row);
    }
    for (id, title, author) in [(10, "x", 1), (11, "x", 1), (12, "y", 2)] {
        database.add(&POST, &[Value::Int(id), title.into(), Value::Int(author)]);
    }
    for (row, letter) in [(1, "a"), (1, "b"), (2, "a")] {
        database.add(&SEAT, &[Value::Int(row), letter.into(), false.into()]);
    }
}

fn aged(database: &mut dyn Database, age: i64) -> Vec<i64> {
    let filter = Some(on(Operator::Eq, "age", [param(0)]));
    let plan = Plan { filter, ..plan(&PERSON, Action::Fetch(terms(&PERSON, vec![person("id")]))) };
    let mut ids = database.ids(&with(plan, &[FieldType::Int]), &[int(age)]);
    ids.sort_unstable();
    ids
}

fn set_age(value: PlanExpr) -> Action {
    Action::Update(vec![(person("age").field, value)])
}

fn titled(position: usize) -> PlanExpr {
    apply(Operator::Eq, FieldType::Text, [PlanExpr::Column(column(1, &POST, "title")), param(position)])
}

pub(crate) fn an_update_sees_the_row_as_it_was(database: &mut dyn Database) {
    blog(database);
    // The score takes the old age's place among integers: numbers swap, and both see what was there.
    let grown = on(Operator::Add, "age", [param(0)]);
    let update = plan(
        &PERSON,
        Action::Update(vec![
            (person("id").field, on(Operator::Add, "id", [param(1)])),
            (person("age").field, apply(Operator::Add, FieldType::Int, [grown, field("id")])),
        ]),
    );
    let filter = Some(on(Operator::Eq, "name", [param(2)]));
    let update = with(Plan { filter, ..update }, &[FieldType::Int, FieldType::Int, FieldType::Text]);
    assert_eq!(database.write(&update, &[int(1), int(1000), text("Cy")]), 1);
    assert_eq!(aged(database, 54), [1003]);
}

pub(crate) fn a_page_of_rows_is_written(database: &mut dyn Database) {
    blog(database);
    let order = vec![PlanOrder { by: term(person("age")), direction: Direction::Descending }];
    let update = Plan { order: order.clone(), limit: Some(1), ..plan(&PERSON, set_age(param(0))) };
    assert_eq!(database.write(&with(update, &[FieldType::Int, FieldType::Int]), &[int(1), int(2)]), 2);
    assert_eq!(aged(database, 1), [1, 3]);
    let skipping = Plan { order, offset: Some(1), limit: Some(2), ..plan(&PERSON, set_age(param(0))) };
    let skipping = with(skipping, &[FieldType::Int, FieldType::Int, FieldType::Int]);
    assert_eq!(database.write(&skipping, &[int(7), int(1), int(1)]), 1);
    assert_eq!(aged(database, 7).len(), 1);
    let seats = Plan { limit: Some(0), offset: Some(1), ..plan(&SEAT, Action::Delete) };
    assert_eq!(database.write(&with(seats, &[FieldType::Int, FieldType::Int]), &[int(5), int(1)]), 2);
    let one = Plan { limit: Some(0), ..plan(&SEAT, Action::Delete) };
    assert_eq!(database.write(&with(one, &[FieldType::Int]), &[int(5)]), 1);
}

pub(crate) fn a_page_is_found_before_its_rows_go(database: &mut dyn Database) {
    let cell = Arc::new(OnceLock::<Arc<ModelDef>>::new());
    let here = Arc::clone(&cell);
    let target = ModelLink::new("Node", move || Ok(Arc::clone(here.get().unwrap())));
    let node = ModelDef::builder("Node")
        .field(FieldDef::new("id", FieldType::Int))
        .field(FieldDef::new("parent", FieldType::Int).nullable())
        .reference(["parent"], ReferenceDef { target, ..to(&PERSON, OnChange::Cascade) })
        .build()
        .unwrap();
    cell.set(Arc::clone(&node)).unwrap();
    database.create(&[&node]);
    for (id, parent) in [(1, None), (2, None), (3, Some(2)), (4, None)] {
        database.add(&node, &[Value::Int(id), parent.into()]);
    }
    let id = column(0, &node, "id");
    let order = vec![PlanOrder { by: term_of(&node, id), direction: Direction::Ascending }];
    let delete = Plan { order, limit: Some(0), ..plan(&node, Action::Delete) };
    database.write(&with(delete, &[FieldType::Int]), &[int(3)]);
    assert_eq!(database.ids(&plan(&node, Action::Fetch(terms(&node, vec![id]))), &[]), [4]);
}

pub(crate) fn other_tables_decide_what_is_written(database: &mut dyn Database) {
    blog(database);
    let update = Plan {
        filter: Some(titled(1)),
        semi_join: true,
        ..people_and_posts(set_age(on(Operator::Add, "age", [param(0)])))
    };
    assert_eq!(database.write(&with(update, &[FieldType::Int, FieldType::Text]), &[int(1), text("x")]), 1);
    assert_eq!(aged(database, 37), [1]);
    let delete = Plan { filter: Some(titled(0)), semi_join: true, ..people_and_posts(Action::Delete) };
    assert_eq!(database.write(&with(delete, &[FieldType::Text]), &[text("y")]), 1);
    assert_eq!(database.ids(&plan(&PERSON, Action::Count(Vec::new())), &[]), [2]);
    assert_eq!(database.ids(&plan(&POST, Action::Count(Vec::new())), &[]), [2], "posts go with their author");
}

pub(crate) fn lists_decide_what_is_written(database: &mut dyn Database) {
    blog(database);
    let listed = |action| Plan {
        filter: Some(on(Operator::In, "id", [param(0)])),
        params: vec![ommi_core::plan::ParamType::List(FieldType::Int)],
        ..plan(&PERSON, action)
    };
    let ids = Param::List(vec![Value::Int(1), Value::Int(3), Value::Null]);
    assert_eq!(database.write(&listed(set_age(field("id"))), std::slice::from_ref(&ids)), 2);
    assert_eq!(aged(database, 3), [3]);
    assert_eq!(database.write(&listed(Action::Delete), &[ids]), 2);
}

pub(crate) fn an_overflow_changes_nothing(database: &mut dyn Database) {
    blog(database);
    let update = with(plan(&PERSON, set_age(on(Operator::Mul, "age", [param(0)]))), &[FieldType::Int]);
    assert!(database.try_write(&update, &[int(i64::MAX)]).is_err());
    assert_eq!(aged(database, 36), [1]);
}
