//! Order, pages, `distinct`, counts and tests for existence over one model.

use ommi_core::plan::{Action, Column, Plan, PlanOrder};
use ommi_core::query::{Direction, Operator};
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::database::{database, fetch, ids, int, prepared, text};
use crate::models::{PERSON, on, param, people_where, person, plan, term, terms};

fn people() -> Connection {
    let connection = database(&[&PERSON]);
    connection
        .execute_batch(
            "INSERT INTO people (id, name, age, balance) VALUES
            (1, 'b', 30, '10'), (2, 'a', NULL, '9'), (3, 'b', 20, NULL), (4, 'c', 30, '-1')",
        )
        .unwrap();
    connection
}

fn by(field: &str, direction: Direction) -> PlanOrder {
    PlanOrder { by: term(person(field)), direction }
}

fn ordered(order: Vec<PlanOrder>) -> Plan {
    Plan { order, ..plan(&PERSON, Action::Fetch(terms(&PERSON, vec![person("id")]))) }
}

#[test]
fn nulls_are_first_ascending_and_last_descending() {
    let connection = people();
    let ascending = ordered(vec![by("age", Direction::Ascending), by("id", Direction::Descending)]);
    assert_eq!(ids(&connection, &ascending, &[]), [2, 3, 4, 1]);
    assert_eq!(
        prepared(&connection, &ascending).text,
        r#"SELECT "people"."id" FROM "people" ORDER BY "people"."age" ASC, "people"."id" DESC"#
    );
    let descending = ordered(vec![by("age", Direction::Descending), by("id", Direction::Ascending)]);
    assert_eq!(ids(&connection, &descending, &[]), [1, 4, 3, 2]);
}

#[test]
fn decimals_are_sorted_by_value() {
    let connection = people();
    let plan = ordered(vec![by("balance", Direction::Ascending)]);
    assert_eq!(ids(&connection, &plan, &[]), [3, 4, 2, 1]);
    assert_eq!(
        prepared(&connection, &plan).text,
        r#"SELECT "people"."id" FROM "people" ORDER BY "people"."balance" COLLATE ommi_decimal ASC"#
    );
}

#[test]
fn pages() {
    let connection = people();
    let plan = |limit, offset| Plan { limit, offset, ..ordered(vec![by("id", Direction::Ascending)]) };
    let tail = |plan: &Plan| {
        let text = prepared(&connection, plan).text;
        text.split_once(" ASC").map(|(_, tail)| tail.to_owned())
    };
    let (limit, offset, both) = (plan(Some(0), None), plan(None, Some(0)), plan(Some(0), Some(1)));
    assert_eq!(tail(&limit).unwrap(), " LIMIT ?");
    assert_eq!(tail(&offset).unwrap(), " LIMIT -1 OFFSET ?");
    assert_eq!(tail(&both).unwrap(), " LIMIT ? OFFSET ?");
    assert_eq!(ids(&connection, &limit, &[int(2)]), [1, 2]);
    assert_eq!(ids(&connection, &offset, &[int(3)]), [4]);
    assert_eq!(ids(&connection, &both, &[int(2), int(1)]), [2, 3]);
}

#[test]
fn equal_rows_come_once() {
    let connection = people();
    let plan = Plan { distinct: true, ..plan(&PERSON, Action::Fetch(terms(&PERSON, vec![person("name")]))) };
    assert_eq!(prepared(&connection, &plan).text, r#"SELECT DISTINCT "people"."name" FROM "people""#);
    assert_eq!(fetch(&connection, &plan, &[]).len(), 3);
}

#[test]
fn counts() {
    let connection = people();
    let filter = Some(on(Operator::Eq, "name", [param(0)]));
    let count = |limit, offset| Plan {
        filter: filter.clone(),
        limit,
        offset,
        ..plan(&PERSON, Action::Count(Vec::new()))
    };
    let all = count(None, None);
    assert_eq!(
        prepared(&connection, &all).text,
        r#"SELECT COUNT(*) FROM "people" WHERE "people"."name" = ?"#
    );
    assert_eq!(ids(&connection, &all, &[text("b")]), [2]);
    let page = count(Some(1), Some(2));
    assert_eq!(
        prepared(&connection, &page).text,
        r#"SELECT COUNT(*) FROM (SELECT 1 FROM "people" WHERE "people"."name" = ? LIMIT ? OFFSET ?) AS "found""#
    );
    assert_eq!(ids(&connection, &page, &[text("b"), int(10), int(1)]), [1]);
    let distinct = Plan { distinct: true, ..count(None, None) };
    assert_eq!(prepared(&connection, &distinct).text, prepared(&connection, &all).text);
}

#[test]
fn existence() {
    let connection = people();
    let exists = Plan { action: Action::Exists, ..people_where(on(Operator::Eq, "name", [param(0)])) };
    assert_eq!(
        prepared(&connection, &exists).text,
        r#"SELECT EXISTS(SELECT 1 FROM "people" WHERE "people"."name" = ?)"#
    );
    assert_eq!(fetch(&connection, &exists, &[text("b")]), [[Value::Integer(1)]]);
    assert_eq!(fetch(&connection, &exists, &[text("z")]), [[Value::Integer(0)]]);
    let none = Plan { limit: Some(1), ..exists };
    assert_eq!(fetch(&connection, &none, &[text("b"), int(0)]), [[Value::Integer(0)]]);
}

#[test]
fn a_distinct_count_of_fields_counts_their_combinations() {
    let columns = vec![Column { table: 0, field: 2 }];
    let plan = Plan { distinct: true, ..plan(&PERSON, Action::Count(terms(&PERSON, columns))) };
    let text = ommi_sql::compile(&plan, ommi_sql::Dialect::Sqlite).unwrap().text;
    assert!(text.starts_with("SELECT COUNT(*) FROM (SELECT DISTINCT "), "{text}");
}
