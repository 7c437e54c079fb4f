//! Groups: what aggregates are called in each dialect. What they give is tried on every database by the behaviour suite.

use ommi_core::plan::{Action, Grouping, Plan, PlanAggregate, PlanExpr, Term};
use ommi_core::query::{Function, Operator};
use ommi_core::schema::FieldType;
use ommi_sql::{Dialect, Flavour, compile};

use crate::models::{PERSON, apply, on, param, person, plan, term, terms};

const DIALECTS: [Dialect; 3] = [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql(Flavour::MySql)];

fn made(function: Function, field: &str) -> PlanAggregate {
    PlanAggregate { function, subject: Some(term(person(field))), distinct: false, filter: None }
}

fn term_of(expr: PlanExpr) -> Term {
    Term { expr, ty: FieldType::Int }
}

/// People by age, with one aggregate.
fn by_age(aggregate: PlanAggregate) -> Plan {
    let selected = [PlanExpr::Key(0), PlanExpr::Aggregate(0)].map(term_of).into();
    let grouping =
        Grouping { keys: terms(&PERSON, [person("age")]), aggregates: vec![aggregate], having: None };
    Plan { grouping: Some(grouping), ..plan(&PERSON, Action::Fetch(selected)) }
}

fn texts(plan: &Plan) -> [String; 3] {
    DIALECTS.map(|dialect| compile(plan, dialect).unwrap().text.replace('`', "\""))
}

#[test]
fn integers_are_summed_so_that_an_overflow_is_noticed() {
    let [sqlite, postgres, mysql] = texts(&by_age(made(Function::Sum, "age")));
    assert!(sqlite.contains(r#"ommi_int_sum("people"."age")"#), "{sqlite}");
    assert!(postgres.contains(r#"CAST(SUM(CAST("people"."age" AS bigint)) AS bigint)"#), "{postgres}");
    assert!(mysql.contains(r#"SUM(CAST("people"."age" AS SIGNED)) DIV 1"#), "{mysql}");
}

#[test]
fn rows_that_take_no_part_are_null_to_the_aggregate() {
    let filter = Some(on(Operator::Gt, "age", [param(0)]));
    let rows = PlanAggregate { function: Function::Count, subject: None, distinct: false, filter };
    let plan = Plan { params: vec![ommi_core::plan::ParamType::Scalar(FieldType::Int)], ..by_age(rows) };
    for text in texts(&plan) {
        assert!(text.contains("COUNT((CASE WHEN") || text.contains("COUNT(CASE WHEN"), "{text}");
        assert!(text.ends_with(r#"GROUP BY "people"."age""#), "{text}");
    }
}

#[test]
fn different_values_are_told_apart_by_the_database() {
    let distinct = PlanAggregate { distinct: true, ..made(Function::Count, "name") };
    for text in texts(&by_age(distinct)) {
        assert!(text.contains(r#"COUNT(DISTINCT "people"."name")"#), "{text}");
    }
}

#[test]
fn a_condition_on_a_computed_key_names_columns_where_they_are_seen() {
    let mut plan = by_age(made(Function::Count, "age"));
    if let Some(grouping) = &mut plan.grouping {
        let doubled = on(Operator::Mul, "age", [param(0)]);
        grouping.keys = vec![term_of(doubled)];
        grouping.having = Some(apply(Operator::Gt, FieldType::Int, [PlanExpr::Key(0), param(1)]));
    }
    plan.params = vec![ommi_core::plan::ParamType::Scalar(FieldType::Int); 2];
    let [_, postgres, mysql] = texts(&plan);
    assert_eq!(postgres.matches("$1::bigint").count(), 3, "{postgres}");
    assert!(mysql.contains("HAVING MIN("), "{mysql}");
}
