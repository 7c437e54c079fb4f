//! What a statement tells the driver beside its text.

use ommi_core::plan::{Action, Plan, PlanExpr, Reach};
use ommi_core::query::Operator;
use ommi_core::schema::FieldType;
use ommi_sql::{Dialect, compile};

use crate::database::{database, prepared};
use crate::models::{PERSON, on, param, person, plan, terms};

#[test]
fn columns_have_types_and_labels() {
    let plan = plan(&PERSON, Action::Fetch(terms(&PERSON, vec![person("balance"), person("tags")])));
    let statement = prepared(&database(&[&PERSON]), &plan);
    assert_eq!(statement.text, r#"SELECT "people"."balance", "people"."tags" FROM "people""#);
    assert_eq!(statement.columns, [FieldType::Decimal, FieldType::List(Box::new(FieldType::Text))]);
    assert_eq!(statement.labels, ["Person.balance", "Person.tags"]);
    assert_eq!(statement.reach, Reach::Unlimited);
}

#[test]
fn binds_follow_the_text_not_the_numbering() {
    let filter = PlanExpr::And(vec![
        on(Operator::Eq, "name", [param(2)]),
        on(Operator::StartsWith, "name", [param(0)]),
        on(Operator::Gt, "age", [param(1)]),
    ]);
    let plan = Plan {
        filter: Some(filter),
        limit: Some(3),
        ..plan(&PERSON, Action::Fetch(terms(&PERSON, vec![person("id")])))
    };
    let statement = prepared(&database(&[&PERSON]), &plan);
    assert_eq!(statement.binds.iter().map(|bind| bind.param).collect::<Vec<_>>(), [2, 0, 0, 1, 3]);
}

#[test]
fn the_reach_is_handed_on() {
    let plan = Plan { reach: Reach::Unique, ..plan(&PERSON, Action::Delete) };
    assert_eq!(compile(&plan, Dialect::Sqlite).unwrap().reach, Reach::Unique);
}

#[test]
fn plans_that_contradict_themselves_are_errors() {
    let broken = [
        plan(&PERSON, Action::Fetch(Vec::new())),
        plan(&PERSON, Action::Update(Vec::new())),
        Plan { filter: Some(on(Operator::Eq, "name", [])), ..plan(&PERSON, Action::Delete) },
        Plan { filter: Some(on(Operator::Between, "age", [param(0)])), ..plan(&PERSON, Action::Delete) },
        Plan { filter: Some(on(Operator::Mul, "name", [param(0)])), ..plan(&PERSON, Action::Delete) },
        Plan { semi_join: true, ..plan(&PERSON, Action::Count(Vec::new())) },
    ];
    for plan in broken {
        assert_eq!(compile(&plan, Dialect::Sqlite).unwrap_err().kind(), ommi_core::ErrorKind::Internal);
    }
}
