//! The text of statements, and which indexes they use.

use ommi_core::plan::{Action, ParamType, Plan, PlanOrder};
use ommi_core::query::{Direction, Operator};
use ommi_core::schema::{FieldDef, FieldType, ModelDef};
use ommi_core::{ErrorKind, Result};
use ommi_sql::{Dialect, compile};

use crate::common::models::{PERSON, on, param, people_where, plan, term_of, terms};
use crate::common::{Database, with};
use crate::database::with_postgres;

/// The WHERE clause, with the table's name left out.
fn condition(plan: Plan) -> String {
    let text = compile(&plan, Dialect::Postgres).unwrap().text;
    let condition = text.strip_prefix("SELECT \"people\".\"id\" FROM \"people\" WHERE ").unwrap();
    condition.replace("\"people\".", "")
}

fn by(operator: Operator, name: &str, ty: FieldType) -> String {
    condition(with(people_where(on(operator, name, [param(0)])), &[ty]))
}

#[test]
fn parameters_have_types_and_share_numbers() {
    assert_eq!(by(Operator::Eq, "name", FieldType::Text), r#""name" = $1::text"#);
    assert_eq!(by(Operator::Lt, "name", FieldType::Text), r#"("name" COLLATE "C") < $1::text"#);
    assert_eq!(by(Operator::Eq, "age", FieldType::DateTime), r#""age" = $1"#);
    let list = Plan {
        params: vec![ParamType::List(FieldType::Int)],
        ..people_where(on(Operator::NotIn, "age", [param(0)]))
    };
    assert_eq!(condition(list), r#""age" <> ALL($1::bigint[])"#);
    let ends = with(people_where(on(Operator::EndsWith, "name", [param(0)])), &[FieldType::Text]);
    let statement = compile(&ends, Dialect::Postgres).unwrap();
    assert!(statement.text.ends_with(r#"right("people"."name", char_length($1::text)) = $1::text"#));
    assert_eq!(statement.binds.len(), 1);
}

#[test]
fn statements_that_can_fail_say_so() {
    let fails = |plan: &Plan| compile(plan, Dialect::Postgres).unwrap().can_fail;
    assert!(!fails(&people_where(on(Operator::Eq, "age", [param(0)]))));
    let sum = on(Operator::Add, "age", [param(0)]);
    assert!(fails(&plan(&PERSON, Action::Update(vec![(2, sum)]))));
}

#[test]
fn a_remainder_of_floats_is_unsupported() {
    let compiled: Result<_> = compile(
        &plan(&PERSON, Action::Update(vec![(3, on(Operator::Rem, "score", [param(0)]))])),
        Dialect::Postgres,
    );
    assert_eq!(compiled.unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn indexes_serve_our_order_and_prefixes() {
    let model = ModelDef::builder("Word")
        .field(FieldDef::new("id", FieldType::Int))
        .field(FieldDef::new("word", FieldType::Text).nullable())
        .index(None, ["word"], false)
        .build()
        .unwrap();
    let word = crate::common::models::column(0, &model, "word");
    let fetch = plan(&model, Action::Fetch(terms(&model, vec![word])));
    let ordered =
        |direction| Plan { order: vec![PlanOrder { by: term_of(&model, word), direction }], ..fetch.clone() };
    with_postgres(|postgres| {
        (postgres as &mut dyn Database).create(&[&model]);
        postgres.run("SET enable_seqscan = off; SET enable_sort = off; SET enable_bitmapscan = off").unwrap();
        let explained = |plan: &Plan| {
            let text = compile(plan, Dialect::Postgres).unwrap().text;
            let text = text.replace("$1::text", "'a'::text").replace("$2::text", "'b'::text");
            let rows =
                postgres.runtime.block_on(postgres.client.query(&format!("EXPLAIN {text}"), &[])).unwrap();
            rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n")
        };
        for direction in [Direction::Ascending, Direction::Descending] {
            let steps = explained(&ordered(direction));
            assert!(steps.contains("Index Only Scan") && !steps.contains("Sort"), "{steps}");
        }
        let prefix = crate::common::models::apply(
            Operator::StartsWith,
            FieldType::Text,
            [ommi_core::plan::PlanExpr::Column(word), param(0)],
        );
        let steps = explained(&with(Plan { filter: Some(prefix), ..fetch.clone() }, &[FieldType::Text]));
        assert!(steps.contains("Index Cond") && steps.contains("< 'b'"), "{steps}");
    });
}
