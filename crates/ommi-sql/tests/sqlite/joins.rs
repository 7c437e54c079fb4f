//! Joins and semi-joins: their text, and how often a row counts.

use std::sync::Arc;

use ommi_core::plan::{Action, Join, Plan, PlanExpr, PlanOrder};
use ommi_core::query::{Direction, Operator};
use ommi_core::schema::FieldType;
use rusqlite::Connection;

use crate::database::{database, fetch, ids, int, prepared, text};
use crate::models::{
    COMMENT, PERSON, POST, SEAT, apply, column, on, param, people_and_posts, person, plan, term, terms,
};

fn blog() -> Connection {
    let connection = database(&[&PERSON, &POST, &COMMENT]);
    connection
        .execute_batch(
            "INSERT INTO people (id, name, age) VALUES (1, 'Ada', 36), (2, 'Bob', 20), (3, 'Cy', 50);
             INSERT INTO posts VALUES (10, 'x', 1), (11, 'x', 1), (12, 'y', 2), (13, 'x', 2);
             INSERT INTO comments VALUES (100, 'hi', 10), (101, 'hi', 11), (102, 'no', 12);",
        )
        .unwrap();
    connection
}

fn title(position: usize) -> PlanExpr {
    apply(Operator::Eq, FieldType::Text, [PlanExpr::Column(column(1, &POST, "title")), param(position)])
}

fn age(position: usize) -> PlanExpr {
    on(Operator::Gt, "age", [param(position)])
}

fn fetch_people() -> Plan {
    people_and_posts(Action::Fetch(terms(&PERSON, vec![person("id")])))
}

#[test]
fn a_join_multiplies_rows() {
    let connection = blog();
    let plan = Plan {
        filter: Some(title(0)),
        order: vec![PlanOrder { by: term(column(1, &POST, "id")), direction: Direction::Descending }],
        ..people_and_posts(Action::Fetch(terms(&PERSON, vec![person("name"), column(1, &POST, "id")])))
    };
    assert_eq!(
        prepared(&connection, &plan).text,
        r#"SELECT "t0"."name", "t1"."id" FROM "people" AS "t0" INNER JOIN "posts" AS "t1" ON "t1"."author_id" = "t0"."id" WHERE "t1"."title" = ? ORDER BY "t1"."id" DESC"#
    );
    assert_eq!(prepared(&connection, &plan).labels, ["Person.name", "Post.id"]);
    assert_eq!(fetch(&connection, &plan, &[text("x")]).len(), 3);
}

#[test]
fn a_semi_join_counts_a_row_once() {
    let connection = blog();
    let plan =
        Plan { semi_join: true, filter: Some(PlanExpr::And(vec![title(0), age(1)])), ..fetch_people() };
    assert_eq!(
        prepared(&connection, &plan).text,
        r#"SELECT "t0"."id" FROM "people" AS "t0" WHERE "t0"."age" > ? AND EXISTS(SELECT 1 FROM "posts" AS "t1" WHERE "t1"."author_id" = "t0"."id" AND "t1"."title" = ?)"#
    );
    assert_eq!(ids(&connection, &plan, &[text("x"), int(0)]), [1, 2]);
    assert_eq!(ids(&connection, &plan, &[text("x"), int(30)]), [1]);
}

#[test]
fn alternatives_over_both_models_stay_together() {
    let connection = blog();
    let plan = Plan { semi_join: true, filter: Some(PlanExpr::Or(vec![title(0), age(1)])), ..fetch_people() };
    assert_eq!(
        prepared(&connection, &plan).text,
        r#"SELECT "t0"."id" FROM "people" AS "t0" WHERE EXISTS(SELECT 1 FROM "posts" AS "t1" WHERE "t1"."author_id" = "t0"."id" AND ("t1"."title" = ? OR "t0"."age" > ?))"#
    );
    assert_eq!(ids(&connection, &plan, &[text("y"), int(30)]), [1, 2]);
}

#[test]
fn a_semi_join_through_two_models() {
    let connection = blog();
    let said =
        apply(Operator::Eq, FieldType::Text, [PlanExpr::Column(column(2, &COMMENT, "text")), param(0)]);
    let mut plan = Plan { semi_join: true, filter: Some(said), ..fetch_people() };
    plan.tables.push(Arc::clone(&COMMENT));
    plan.joins.push(Join { table: 2, on: vec![(column(1, &POST, "id"), column(2, &COMMENT, "post"))] });
    assert_eq!(
        prepared(&connection, &plan).text,
        r#"SELECT "t0"."id" FROM "people" AS "t0" WHERE EXISTS(SELECT 1 FROM "posts" AS "t1" INNER JOIN "comments" AS "t2" ON "t2"."post_id" = "t1"."id" WHERE "t1"."author_id" = "t0"."id" AND "t2"."text" = ?)"#
    );
    assert_eq!(ids(&connection, &plan, &[text("hi")]), [1]);
}

#[test]
fn a_semi_join_with_thousands_of_conditions() {
    let connection = blog();
    let conditions = std::iter::repeat_n([title(0), age(1)], 5000).flatten().collect();
    let plan = Plan { semi_join: true, filter: Some(PlanExpr::And(conditions)), ..fetch_people() };
    assert_eq!(ids(&connection, &plan, &[text("x"), int(30)]), [1]);
}

#[test]
fn counts_of_joined_rows() {
    let connection = blog();
    let count = || Plan { filter: Some(title(0)), ..people_and_posts(Action::Count(Vec::new())) };
    assert_eq!(ids(&connection, &count(), &[text("x")]), [3]);
    assert_eq!(ids(&connection, &Plan { semi_join: true, ..count() }, &[text("x")]), [2]);
    let distinct = Plan { distinct: true, ..count() };
    assert_eq!(
        prepared(&connection, &distinct).text,
        r#"SELECT COUNT(*) FROM (SELECT DISTINCT "t0"."id" FROM "people" AS "t0" INNER JOIN "posts" AS "t1" ON "t1"."author_id" = "t0"."id" WHERE "t1"."title" = ?) AS "found""#
    );
    assert_eq!(ids(&connection, &distinct, &[text("x")]), [2]);
    assert_eq!(ids(&connection, &Plan { limit: Some(1), ..distinct }, &[text("x"), int(1)]), [1]);
}

#[test]
fn composite_references_join_by_every_pair() {
    let mut plan = plan(&SEAT, Action::Fetch(terms(&SEAT, vec![column(0, &SEAT, "row")])));
    plan.tables.push(Arc::clone(&SEAT));
    let pair = |field| (column(0, &SEAT, field), column(1, &SEAT, field));
    plan.joins.push(Join { table: 1, on: vec![pair("row"), pair("letter")] });
    assert_eq!(
        prepared(&database(&[&SEAT]), &plan).text,
        r#"SELECT "t0"."row" FROM "seats" AS "t0" INNER JOIN "seats" AS "t1" ON "t1"."row" = "t0"."row" AND "t1"."letter" = "t0"."letter""#
    );
}
