//! Types of operands, and the refusals of what has no meaning.

use ommi_core::ErrorKind;
use ommi_core::plan::{Action, Column, ParamType, PlanExpr};
use ommi_core::query::{Assignment, Order, Projection};
use ommi_core::schema::FieldType;
use ommi_core::value::Value;

use super::*;
use crate::planner::Rule;
use crate::testing::models::reference_to;

fn apply(operator: Operator, operands: impl IntoIterator<Item = Expr>) -> Expr {
    Expr::Apply(operator, operands.into_iter().collect())
}

fn set(field: &str, value: Expr) -> Operation {
    let user = &models().user;
    let assignment = Assignment { field: user.require_field(field).unwrap(), value };
    Operation::Update(Query::new(user.clone()), vec![assignment])
}

#[test]
fn literals_take_the_type_of_the_field_beside_them() {
    let user = &models().user;
    let sum = Expr::binary(Operator::Add, value(1), column(user, "weight"));
    let planned = planned(Expr::binary(Operator::Gt, sum, value(3))).unwrap();
    let scalar = || ParamType::Scalar(FieldType::Float);
    assert_eq!(planned.plan.params, [scalar(), scalar()]);
    assert_eq!(planned.checks[0].field, user.position("weight"));
}

#[test]
fn membership_in_nothing_is_known() {
    let user = &models().user;
    for (operator, known) in [(Operator::In, false), (Operator::NotIn, true)] {
        let planned = planned(apply(operator, [column(user, "age"), Expr::List(vec![])])).unwrap();
        assert!(matches!(planned.plan.filter, Some(PlanExpr::Constant(constant)) if constant == known));
        assert!(planned.plan.params.is_empty());
    }
}

#[test]
fn membership_is_one_parameter() {
    let list = Expr::List(vec![Value::Int(1), Value::Int(2)]);
    let planned = planned(apply(Operator::In, [column(&models().user, "age"), list])).unwrap();
    assert_eq!(planned.plan.params, [ParamType::List(FieldType::Int)]);
}

#[test]
fn a_list_field_contains_one_of_its_items() {
    let planned = planned(apply(Operator::Contains, [column(&models().user, "tags"), value("x")])).unwrap();
    assert_eq!(planned.plan.params, [ParamType::Scalar(FieldType::Text)]);
}

#[test]
fn equality_with_null_tests_for_null() {
    let user = &models().user;
    let by_hand = apply(Operator::Eq, [value(Value::Null), column(user, "email")]);
    let planned = planned(by_hand).unwrap();
    let Some(PlanExpr::Apply { operator: Operator::IsNull, operands, .. }) = planned.plan.filter else {
        panic!("{:?}", planned.plan.filter)
    };
    assert_eq!(operands.len(), 1);
    assert!(planned.checks.is_empty());
}

#[test]
fn a_bool_field_is_a_predicate_and_no_other_field_is() {
    let user = &models().user;
    assert!(planned(column(user, "active").negate()).is_ok());
    assert_eq!(
        message(planned(column(user, "age"))),
        "User: User.age (an integer) is not a predicate; compare it with something"
    );
    assert!(message(planned(value(1))).contains("a value alone is not a predicate"));
}

#[test]
fn true_and_false_are_predicates() {
    let planned = planned(value(true).or(column(&models().user, "active"))).unwrap();
    let Some(PlanExpr::Or(parts)) = planned.plan.filter else { panic!("{:?}", planned.plan.filter) };
    assert!(matches!(parts[0], PlanExpr::Constant(true)));
    assert!(planned.checks.is_empty());
}

#[test]
fn fields_of_different_types_are_not_compared() {
    let user = &models().user;
    let outcome = planned(Expr::binary(Operator::Lt, column(user, "age"), column(user, "weight")));
    assert_eq!(
        message(outcome),
        "User.age: `lt` cannot take User.age (an integer) together with User.weight (a float): the types differ"
    );
}

#[test]
fn operators_without_meaning_are_refused_by_name() {
    let user = &models().user;
    let cases = [
        (
            apply(Operator::StartsWith, [column(user, "age"), value("x")]),
            "`starts_with` has no meaning on an integer",
        ),
        (apply(Operator::Lt, [column(user, "tags"), value("x")]), "`lt` has no meaning on a list"),
        (apply(Operator::Eq, [value(1), value(2)]), "`eq` needs a field to work on"),
        (apply(Operator::In, [column(user, "age"), value(2)]), "`in` takes a list of values"),
        (apply(Operator::Eq, [column(user, "age"), Expr::List(vec![])]), "a list of values can stand after"),
        (apply(Operator::Between, [column(user, "age"), value(2)]), "`between` takes 3 operand(s) and got 2"),
        (
            apply(Operator::Like, [value("x"), column(user, "name")]),
            "the pattern of `like` is a text, not a field",
        ),
        (
            apply(Operator::Regex, [column(user, "name"), column(user, "email")]),
            "the pattern of `regex` is a text",
        ),
    ];
    for (predicate, expected) in cases {
        let message = message(planned(predicate));
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn patterns_are_marked() {
    let planned = planned(apply(Operator::Regex, [column(&models().user, "name"), value("^a")])).unwrap();
    assert_eq!(planned.checks[0].rule, Rule::Regex);
}

#[test]
fn an_update_without_values_is_refused() {
    let error = plan(&Operation::Update(Query::new(models().user.clone()), vec![])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.to_string(), "User: an update needs at least one value");
}

#[test]
fn an_update_computes_from_its_own_fields() {
    let user = &models().user;
    let older = Expr::binary(Operator::Add, column(user, "age"), value(1));
    let planned = plan(&set("age", older)).unwrap();
    let Action::Update(set_to) = &planned.plan.action else { panic!("{:?}", planned.plan.action) };
    assert!(matches!(set_to[0], (3, PlanExpr::Apply { operator: Operator::Add, .. })));
    let foreign = message(plan(&set("age", column(&models().post, "id"))));
    assert!(foreign.starts_with("User.age: an update computes from fields of User only"), "{foreign}");
}

#[test]
fn an_update_keeps_the_type_of_its_field() {
    let user = &models().user;
    let outcome = message(plan(&set("age", column(user, "weight"))));
    assert_eq!(outcome, "User.age: the field holds an integer and cannot be set to User.weight (a float)");
    assert!(plan(&set("active", column(user, "active").negate())).is_ok());
}

#[test]
fn a_long_disjunction_stays_shallow() {
    let any = Expr::Or((0..10_000).map(|id| eq(&models().user, "id", id)).collect());
    let planned = planned(any).unwrap();
    fn depth(expr: &PlanExpr) -> usize {
        match expr {
            PlanExpr::Or(parts) => 1 + parts.iter().map(depth).max().unwrap_or(0),
            _leaf => 0,
        }
    }
    assert_eq!(depth(&planned.plan.filter.unwrap()), 3);
    assert_eq!(planned.checks.len(), 10_000);
}

#[test]
fn distinct_values_are_ordered_by_what_was_selected() {
    let user = &models().user;
    let mut query = Query::new(user.clone());
    query.distinct = true;
    query.projection = Projection::columns([reference_to(user, "name")]);
    query.order = vec![Order::new(reference_to(user, "age"), Default::default())];
    assert!(message(plan(&Operation::Fetch(query.clone()))).contains("ordered by what is selected only"));
    query.order[0].by = reference_to(user, "name").into();
    let plan = plan_of(&Operation::Fetch(query));
    assert!(plan.distinct);
    let Action::Fetch(terms) = plan.action else { panic!("{:?}", plan.action) };
    assert_eq!(terms[0].expr, PlanExpr::Column(Column { table: 0, field: 1 }));
}

#[test]
fn a_list_has_no_order() {
    let user = &models().user;
    let mut query = Query::new(user.clone());
    query.order = vec![Order::new(reference_to(user, "tags"), Default::default())];
    assert!(message(plan(&Operation::Fetch(query))).starts_with("User.tags: a list"));
}
