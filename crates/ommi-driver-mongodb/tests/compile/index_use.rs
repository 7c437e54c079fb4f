//! The server finds by an index what an index can find, as it says itself.

use ommi_core::driver::Param;
use ommi_core::plan::{PlanExpr, PlanOrder, PlanPath, Reach, Term};
use ommi_core::query::{Direction, Operator};
use ommi_core::schema::FieldType;
use ommi_core::value::Value;

use crate::database::{Database, int, text, with_database};
use crate::models::{PERSON, POST, SEAT, TICKET, apply, column, found, joined, test, with};

fn searched(database: &Database, plan: &ommi_core::plan::Plan, params: &[Param], stage: &str) {
    let explained = database.explain(plan, params);
    assert!(explained.contains(stage) && !explained.contains("COLLSCAN"), "{explained}");
}

/// Enough rows for the planner to have a reason.
fn filled(database: &Database) {
    let people: Vec<Vec<Value>> = (0..50)
        .map(|id| {
            let name = format!("name {id}");
            vec![Value::Int(id), name.as_str().into(), name.as_str().into(), Value::Int(id)]
        })
        .collect();
    database.add(&PERSON, &people.iter().map(Vec::as_slice).collect::<Vec<_>>());
}

#[test]
fn a_key_is_looked_up_without_a_plan() {
    with_database(&[&PERSON], |database| {
        filled(database);
        let mut plan = with(found(&PERSON, test(Operator::Eq, (0, &PERSON), "id", 0..1)), &[FieldType::Int]);
        searched(database, &plan, &[int(7)], "IDHACK");
        plan.reach = Reach::Unique;
        searched(database, &plan, &[int(7)], "IDHACK");
        assert_eq!(database.rows(&plan, &[int(7)]).unwrap()[0][1], Value::Text("name 7".into()));
    });
}

#[test]
fn a_composite_key_is_looked_up_as_one() {
    with_database(&[&SEAT], |database| {
        database.add(&SEAT, &[&[Value::Int(1), "a".into(), Value::Bool(true)]]);
        let both = PlanExpr::And(vec![
            test(Operator::Eq, (0, &SEAT), "letter", 0..1),
            test(Operator::Eq, (0, &SEAT), "row", 1..2),
        ]);
        let plan = with(found(&SEAT, both), &[FieldType::Text, FieldType::Int]);
        searched(database, &plan, &[text("a"), int(1)], "IDHACK");
        assert_eq!(database.ids(&plan, &[text("a"), int(1)]), [1]);
        assert_eq!(database.ids(&plan, &[text("b"), int(1)]), [] as [i64; 0]);
        assert_eq!(database.ids(&plan, &[Param::Scalar(Value::Null), int(1)]), [] as [i64; 0]);
    });
}

#[test]
fn predicates_on_one_field_use_its_index() {
    with_database(&[&PERSON], |database| {
        filled(database);
        for (operator, field, params) in [
            (Operator::Eq, "email", vec![text("name 7")]),
            (Operator::Eq, "name", vec![text("name 7")]),
            (Operator::StartsWith, "name", vec![text("name 4")]),
            (Operator::StartsWith, "email", vec![text("name 4")]),
            (Operator::Like, "name", vec![text("name 4%")]),
            (Operator::Lt, "age", vec![int(5)]),
            (Operator::Ge, "age", vec![int(45)]),
            (Operator::Between, "age", vec![int(3), int(5)]),
            (Operator::IsNull, "age", vec![]),
            (Operator::In, "name", vec![Param::List(vec!["name 1".into(), Value::Null, "name 2".into()])]),
            (Operator::In, "email", vec![Param::List(vec!["name 1".into(), "name 2".into()])]),
            (Operator::In, "id", vec![Param::List((0..20).map(Value::Int).collect())]),
        ] {
            let plan = found(&PERSON, test(operator, (0, &PERSON), field, 0..params.len()));
            searched(database, &plan, &params, "IXSCAN");
        }
    });
}

#[test]
fn an_index_on_a_path_serves_what_is_inside_a_nested_value() {
    with_database(&[&PERSON], |database| {
        filled(database);
        database.command(
            r#"{"createIndexes": "Person", "indexes": [{"key": {"note.city": 1}, "name": "city"}, {"key": {"note.floor": 1}, "name": "floor"}]}"#,
        );
        let note = || PlanExpr::Column(column(0, &PERSON, "note"));
        let inside = |key: &str, ty: FieldType| {
            PlanExpr::Path(Box::new(PlanPath { subject: note(), keys: vec![key.to_owned()], ty }))
        };
        let list = Param::List(vec!["Paris".into(), "Rome".into()]);
        for (operator, key, ty, param) in [
            (Operator::Eq, "city", FieldType::Text, text("Paris")),
            (Operator::Lt, "city", FieldType::Text, text("Paris")),
            (Operator::StartsWith, "city", FieldType::Text, text("Pa")),
            (Operator::In, "city", FieldType::Text, list),
            (Operator::Eq, "floor", FieldType::Int, int(3)),
            (Operator::Ge, "floor", FieldType::Int, int(3)),
        ] {
            let path = inside(key, ty.clone());
            let plan = found(&PERSON, apply(operator, ty, [path, PlanExpr::Param(0)]));
            searched(database, &plan, &[param], "IXSCAN");
        }
    });
}

#[test]
fn a_range_has_both_its_ends_in_the_index() {
    with_database(&[&PERSON], |database| {
        filled(database);
        let plan = found(&PERSON, test(Operator::Between, (0, &PERSON), "age", 0..2));
        let explained = database.explain(&plan, &[int(3), int(5)]);
        assert!(explained.contains("[3, 5]"), "{explained}");
        let plan = found(&PERSON, test(Operator::StartsWith, (0, &PERSON), "name", 0..1));
        let explained = database.explain(&plan, &[text("name 4")]);
        assert!(explained.contains(r#"["name 4", "name 5")"#), "{explained}");
    });
}

#[test]
fn an_order_with_a_page_is_read_from_the_index() {
    with_database(&[&PERSON], |database| {
        filled(database);
        let mut plan = found(&PERSON, PlanExpr::Constant(true));
        plan.order = vec![PlanOrder {
            by: Term::column(std::slice::from_ref(&*PERSON), column(0, &PERSON, "name")),
            direction: Direction::Descending,
        }];
        plan.limit = Some(0);
        let plan = with(plan, &[FieldType::Int]);
        let explained = database.explain(&plan, &[int(3)]);
        assert!(explained.contains("IXSCAN") && !explained.contains("SORT"), "{explained}");
    });
}

#[test]
fn joins_look_rows_up_by_an_index() {
    with_database(&[&PERSON, &POST, &SEAT, &TICKET], |database| {
        filled(database);
        for id in 0..10 {
            database.add(&POST, &[&[Value::Int(id), "x".into(), Value::Int(id)]]);
            database.add(&SEAT, &[&[Value::Int(id), "a".into(), Value::Bool(true)]]);
            database.add(&TICKET, &[&[Value::Int(id), Value::Int(id), "a".into()]]);
        }
        let to_author = [(column(0, &POST, "author"), column(1, &PERSON, "id"))];
        let any = || PlanExpr::Constant(true);
        looked_up(database, &joined(found(&POST, any()), &PERSON, &to_author), "_id_");

        let to_posts = [(column(0, &PERSON, "id"), column(1, &POST, "author"))];
        let mut with_posts = joined(found(&PERSON, any()), &POST, &to_posts);
        looked_up(database, &with_posts, "author");
        with_posts.semi_join = true;
        looked_up(database, &with_posts, "author");

        let to_seat = ["row", "letter"].map(|name| (column(0, &TICKET, name), column(1, &SEAT, name)));
        looked_up(database, &joined(found(&TICKET, any()), &SEAT, &to_seat), "_id_");
        let to_ticket = ["row", "letter"].map(|name| (column(0, &SEAT, name), column(1, &TICKET, name)));
        looked_up(database, &joined(found(&SEAT, any()), &TICKET, &to_ticket), "row");
    });
}

#[test]
fn a_join_begins_where_an_index_finds_few_rows() {
    with_database(&[&PERSON, &POST, &SEAT, &TICKET], |database| {
        filled(database);
        for id in 0..40 {
            database.add(&POST, &[&[Value::Int(id), "x".into(), Value::Int(id % 10)]]);
            database.add(&SEAT, &[&[Value::Int(id), "a".into(), Value::Bool(true)]]);
            database.add(&TICKET, &[&[Value::Int(100 + id), Value::Int(id), "a".into()]]);
        }
        let to_author = [(column(0, &POST, "author"), column(1, &PERSON, "id"))];
        let by_author = |operator, field| {
            joined(found(&POST, test(operator, (1, &PERSON), field, 0..1)), &PERSON, &to_author)
        };
        let by_name = with(by_author(Operator::Eq, "name"), &[FieldType::Text]);
        searched(database, &by_name, &[text("name 3")], "IXSCAN");
        assert_eq!(database.ids(&by_name, &[text("name 3")]), [3, 13, 23, 33]);
        assert_eq!(database.ids(&by_name, &[text("name 30")]), [] as [i64; 0]);
        let names = Param::List(vec!["name 3".into(), "name 4".into()]);
        searched(database, &by_author(Operator::In, "name"), std::slice::from_ref(&names), "IXSCAN");
        assert_eq!(database.ids(&by_author(Operator::In, "name"), &[names]).len(), 8);

        let to_seat = ["row", "letter"].map(|name| (column(0, &TICKET, name), column(1, &SEAT, name)));
        let seat = PlanExpr::And(vec![
            test(Operator::Eq, (1, &SEAT), "letter", 0..1),
            test(Operator::Eq, (1, &SEAT), "row", 1..2),
        ]);
        let of_seat = with(joined(found(&TICKET, seat), &SEAT, &to_seat), &[FieldType::Text, FieldType::Int]);
        let explained = database.explain(&of_seat, &[text("a"), int(7)]);
        assert!(!explained.contains("COLLSCAN"), "{explained}");
        assert_eq!(database.ids(&of_seat, &[text("a"), int(7)]), [107]);
    });
}

#[test]
fn the_rows_of_a_thousand_parents_are_found_by_an_index() {
    with_database(&[&PERSON, &POST, &SEAT], |database| {
        for id in 0..40 {
            database.add(&POST, &[&[Value::Int(id), "x".into(), Value::Int(id % 10)]]);
            database.add(&SEAT, &[&[Value::Int(id), "a".into(), Value::Bool(true)]]);
        }
        let parents = || Param::List((0..1000).map(Value::Int).collect());
        let children = found(&POST, test(Operator::In, (0, &POST), "author", 0..1));
        searched(database, &children, &[parents()], "IXSCAN");
        assert_eq!(database.ids(&children, &[parents()]).len(), 40);
        let by_key = found(&POST, test(Operator::In, (0, &POST), "id", 0..1));
        searched(database, &by_key, &[parents()], "IXSCAN");
        // Keys of several fields are each asked for.
        let seat = |place: usize| {
            PlanExpr::And(vec![
                test(Operator::Eq, (0, &SEAT), "row", 2 * place..2 * place + 1),
                test(Operator::Eq, (0, &SEAT), "letter", 2 * place + 1..2 * place + 2),
            ])
        };
        let seats = found(&SEAT, PlanExpr::Or((0..1024).map(seat).collect()));
        let keys: Vec<Param> = (0..1024).flat_map(|row| [int(row), text("a")]).collect();
        searched(database, &seats, &keys, "IXSCAN");
        assert_eq!(database.ids(&seats, &keys).len(), 40);
    });
}

/// The lookup of a plan reads the joined collection by this index alone.
fn looked_up(database: &Database, plan: &ommi_core::plan::Plan, index: &str) {
    let stages = database.run_stages(plan);
    let lookup = stages.iter().find(|stage| stage.contains_key("$lookup")).unwrap();
    let used: Vec<&str> =
        lookup.get_array("indexesUsed").unwrap().iter().filter_map(|name| name.as_str()).collect();
    assert!(used.len() == 1 && used[0].contains(index), "{lookup}");
    assert_eq!(lookup.get_i64("collectionScans").unwrap(), 0, "{lookup}");
}
