//! Inserts, updates and deletes: text, and which rows they change.

use ommi_core::ErrorKind;
use ommi_core::plan::{Action, Plan, PlanExpr, PlanOrder};
use ommi_core::query::{Direction, Operator};
use ommi_core::schema::FieldType;
use ommi_sql::{Dialect, compile};
use rusqlite::Connection;

use crate::database::{database, ids, int, prepared, text, write};
use crate::models::{
    PERSON, POST, SEAT, apply, column, field, on, param, people_and_posts, person, plan, term, term_of, terms,
};

fn blog() -> Connection {
    let connection = database(&[&PERSON, &POST, &SEAT]);
    connection
        .execute_batch(
            "INSERT INTO people (id, name, age) VALUES (1, 'Ada', 36), (2, 'Bob', 20), (3, 'Cy', 50);
             INSERT INTO posts VALUES (10, 'x', 1), (11, 'x', 1), (12, 'y', 2);
             INSERT INTO seats VALUES (1, 'a', 0), (1, 'b', 0), (2, 'a', 0);",
        )
        .unwrap();
    connection
}

fn set_age(value: PlanExpr) -> Action {
    Action::Update(vec![(person("age").field, value)])
}

fn aged(connection: &Connection, age: i64) -> Vec<i64> {
    let filter = Some(on(Operator::Eq, "age", [param(0)]));
    ids(
        connection,
        &Plan { filter, ..plan(&PERSON, Action::Fetch(terms(&PERSON, vec![person("id")]))) },
        &[int(age)],
    )
}

fn titled_x() -> PlanExpr {
    apply(Operator::Eq, FieldType::Text, [PlanExpr::Column(column(1, &POST, "title")), param(0)])
}

#[test]
fn an_insert_lists_the_given_fields() {
    let connection = blog();
    let fields = vec![person("name").field, person("age").field];
    let plan = plan(&PERSON, Action::Insert { fields, returning: Some(0) });
    let statement = prepared(&connection, &plan);
    assert_eq!(statement.text, r#"INSERT INTO "people" ("name", "age") VALUES (?, ?)"#);
    assert_eq!(statement.inputs, [FieldType::Text, FieldType::Int]);
    assert!(statement.returns_key);
    assert_eq!(write(&connection, &plan, &[text("Di"), int(7)]).unwrap(), 1);
    assert_eq!(aged(&connection, 7), [connection.last_insert_rowid()]);
}

#[test]
fn an_insert_without_fields_takes_defaults() {
    let plan = plan(&POST, Action::Insert { fields: Vec::new(), returning: None });
    let statement = compile(&plan, Dialect::Sqlite).unwrap();
    assert_eq!(statement.text, r#"INSERT INTO "posts" DEFAULT VALUES"#);
    assert!(!statement.returns_key && statement.binds.is_empty());
    blog().prepare(&statement.text).unwrap();
}

#[test]
fn an_update_sees_the_row_as_it_was() {
    let connection = blog();
    let plan = Plan {
        filter: Some(on(Operator::Eq, "id", [param(2)])),
        ..plan(
            &PERSON,
            Action::Update(vec![
                (person("age").field, apply(Operator::Add, FieldType::Int, [field("age"), param(0)])),
                (person("name").field, param(1)),
                (person("balance").field, field("name")),
            ]),
        )
    };
    assert_eq!(
        prepared(&connection, &plan).text,
        r#"UPDATE "people" SET "age" = ommi_int_add("people"."age", ?), "name" = ?, "balance" = "people"."name" WHERE "people"."id" = ?"#
    );
    assert_eq!(write(&connection, &plan, &[int(4), text("Ada L"), int(1)]).unwrap(), 1);
    let row: (i64, String, String) = connection
        .query_row("SELECT age, name, balance FROM people WHERE id = 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!(row, (40, "Ada L".to_owned(), "Ada".to_owned()));
}

#[test]
fn a_delete_by_condition() {
    let connection = blog();
    let plan = Plan { filter: Some(on(Operator::Gt, "age", [param(0)])), ..plan(&PERSON, Action::Delete) };
    assert_eq!(prepared(&connection, &plan).text, r#"DELETE FROM "people" WHERE "people"."age" > ?"#);
    assert_eq!(write(&connection, &plan, &[int(40)]).unwrap(), 1);
}

#[test]
fn everything_is_deleted_without_a_condition() {
    let connection = blog();
    let plan = plan(&SEAT, Action::Delete);
    assert_eq!(prepared(&connection, &plan).text, r#"DELETE FROM "seats""#);
    assert_eq!(write(&connection, &plan, &[]).unwrap(), 3);
}

#[test]
fn a_write_over_joins_finds_keys_first() {
    let connection = blog();
    let update = Plan { filter: Some(titled_x()), semi_join: true, ..people_and_posts(set_age(param(1))) };
    assert_eq!(
        prepared(&connection, &update).text,
        r#"UPDATE "people" SET "age" = ? WHERE "people"."id" IN (SELECT "t0"."id" FROM "people" AS "t0" WHERE EXISTS(SELECT 1 FROM "posts" AS "t1" WHERE "t1"."author_id" = "t0"."id" AND "t1"."title" = ?))"#
    );
    assert_eq!(write(&connection, &update, &[text("x"), int(1)]).unwrap(), 1);
    assert_eq!(aged(&connection, 1), [1]);
    let delete = Plan { filter: Some(titled_x()), ..people_and_posts(Action::Delete) };
    assert_eq!(
        prepared(&connection, &delete).text,
        r#"DELETE FROM "people" WHERE "people"."id" IN (SELECT "t0"."id" FROM "people" AS "t0" INNER JOIN "posts" AS "t1" ON "t1"."author_id" = "t0"."id" WHERE "t1"."title" = ?)"#
    );
    assert_eq!(write(&connection, &delete, &[text("y")]).unwrap(), 1);
}

#[test]
fn a_write_of_a_page() {
    let connection = blog();
    let oldest = vec![PlanOrder { by: term(person("age")), direction: Direction::Descending }];
    let update = Plan { order: oldest, limit: Some(1), ..plan(&PERSON, set_age(param(0))) };
    assert_eq!(
        prepared(&connection, &update).text,
        r#"UPDATE "people" SET "age" = ? WHERE "people"."id" IN (SELECT "people"."id" FROM "people" ORDER BY "people"."age" DESC LIMIT ?)"#
    );
    assert_eq!(write(&connection, &update, &[int(99), int(2)]).unwrap(), 2);
    assert_eq!(aged(&connection, 99), [1, 3]);
}

#[test]
fn a_composite_key_is_a_row_value() {
    let connection = blog();
    let order =
        vec![PlanOrder { by: term_of(&SEAT, column(0, &SEAT, "row")), direction: Direction::Ascending }];
    let delete = Plan { order, offset: Some(0), ..plan(&SEAT, Action::Delete) };
    assert_eq!(
        prepared(&connection, &delete).text,
        r#"DELETE FROM "seats" WHERE ("seats"."row", "seats"."letter") IN (SELECT "seats"."row", "seats"."letter" FROM "seats" ORDER BY "seats"."row" ASC LIMIT -1 OFFSET ?)"#
    );
    assert_eq!(write(&connection, &delete, &[int(2)]).unwrap(), 1);
}

#[test]
fn an_order_without_a_page_does_not_matter_to_a_write() {
    let order = vec![PlanOrder { by: term(person("age")), direction: Direction::Descending }];
    let delete = Plan { order, ..plan(&PERSON, Action::Delete) };
    assert_eq!(compile(&delete, Dialect::Sqlite).unwrap().text, r#"DELETE FROM "people""#);
}

#[test]
fn a_value_from_another_model_is_an_error() {
    let title = PlanExpr::Column(column(1, &POST, "title"));
    let plan = people_and_posts(Action::Update(vec![(person("name").field, title)]));
    let error = compile(&plan, Dialect::Sqlite).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Query);
    assert!(error.to_string().contains("Post.title"), "{error}");
}
