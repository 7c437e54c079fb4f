//! Names hold anything: reserved words, quotes, spaces, emoji.

use std::sync::Arc;

use ommi_core::plan::{Action, Join, Plan, PlanExpr, PlanOrder};
use ommi_core::query::{Direction, Operator};
use ommi_core::schema::{Action as OnChange, FieldDef, FieldType, ModelDef};
use ommi_sql::{Dialect, add_column_statements, drop_statements};

use crate::database::{database, fetch, int, prepared, text, write};
use crate::models::{apply, column, param, plan, term_of, terms, to};

const NAMES: [&str; 6] =
    ["order", r#"a "quoted" name"#, "🦀 ' ; --", "naïve.dotted", "select * from ?", "[b]`c`"];

fn odd(name: &str) -> Arc<ModelDef> {
    ModelDef::builder(name)
        .field(FieldDef::new("id", FieldType::Int).column("primary key"))
        .field(FieldDef::new(name, FieldType::Text).nullable().unique())
        .field(FieldDef::new("index", FieldType::Decimal).nullable())
        .index(None, [name, "index"], false)
        .build()
        .unwrap()
}

#[test]
fn every_statement_quotes_every_name() {
    for name in NAMES {
        let model = odd(name);
        let connection = database(&[&model]);
        let insert = plan(&model, Action::Insert { fields: vec![1, 2], returning: Some(0) });
        assert_eq!(write(&connection, &insert, &[text("v"), text("1")]).unwrap(), 1);
        let is_v =
            apply(Operator::Eq, FieldType::Text, [PlanExpr::Column(column(0, &model, name)), param(0)]);
        let found = Plan {
            filter: Some(is_v.clone()),
            order: vec![PlanOrder {
                by: term_of(&model, column(0, &model, "index")),
                direction: Direction::Ascending,
            }],
            ..plan(
                &model,
                Action::Fetch(terms(&model, (0..3).map(|field| ommi_core::plan::Column { table: 0, field }))),
            )
        };
        assert_eq!(fetch(&connection, &found, &[text("v")]).len(), 1);
        let update =
            Plan { filter: Some(is_v), limit: Some(1), ..plan(&model, Action::Update(vec![(2, param(0))])) };
        assert_eq!(write(&connection, &update, &[text("v"), int(1)]).unwrap(), 1);
        for statement in drop_statements(&[model], Dialect::Sqlite).unwrap() {
            connection.execute_batch(&statement).unwrap();
        }
        let left: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
        assert_eq!(left, 0);
    }
}

#[test]
fn quotes_in_names_are_doubled() {
    let model = odd(NAMES[1]);
    let plan = plan(&model, Action::Fetch(terms(&model, vec![column(0, &model, NAMES[1])])));
    assert_eq!(
        prepared(&database(&[&model]), &plan).text,
        r#"SELECT "a ""quoted"" name"."a ""quoted"" name" FROM "a ""quoted"" name""#
    );
}

#[test]
fn joins_and_references_quote_too() {
    for name in NAMES {
        let model = odd(name);
        let other = ModelDef::builder("Other")
            .table(format!("other {name}"))
            .field(FieldDef::new("id", FieldType::Int))
            .field(FieldDef::new(name, FieldType::Int).nullable().unique())
            .reference([name], to(&model, OnChange::SetNull))
            .build()
            .unwrap();
        let connection = database(&[&model]);
        connection
            .execute_batch(&format!("CREATE TABLE \"other {}\" (id INTEGER)", name.replace('"', "\"\"")))
            .unwrap();
        for statement in add_column_statements(&other, 1, Dialect::Sqlite).unwrap() {
            connection.execute_batch(&statement).unwrap();
        }
        let mut joined = plan(&other, Action::Count(Vec::new()));
        joined.tables.push(Arc::clone(&model));
        joined.joins.push(Join { table: 1, on: vec![(column(0, &other, name), column(1, &model, "id"))] });
        assert_eq!(fetch(&connection, &joined, &[]).len(), 1);
        joined.semi_join = true;
        assert_eq!(fetch(&connection, &joined, &[]).len(), 1);
    }
}

#[test]
fn a_column_that_does_not_exist_is_an_error_not_a_string() {
    let connection = database(&[]);
    let model = odd("order");
    connection.execute_batch(r#"CREATE TABLE "order" ("primary key" INTEGER PRIMARY KEY)"#).unwrap();
    let plan = plan(&model, Action::Fetch(terms(&model, vec![column(0, &model, "index")])));
    let statement = ommi_sql::compile(&plan, Dialect::Sqlite).unwrap();
    assert!(connection.prepare(&statement.text).is_err());
}
