//! Joins along references.

use ommi_core::plan::{Action, Column, PlanExpr};
use ommi_core::query::{Direction, Order, Projection};

use super::*;
use crate::testing::models::reference_to;

fn tables(plan: &Plan) -> Vec<&str> {
    plan.tables.iter().map(|table| table.name()).collect()
}

#[test]
fn a_predicate_on_what_the_model_refers_to_is_a_plain_join() {
    let plan = planned(eq(&models().country, "name", "Chad")).unwrap().plan;
    assert_eq!(tables(&plan), ["User", "Country"]);
    assert!(!plan.semi_join);
    assert_eq!(plan.joins[0].on, [(Column { table: 0, field: 8 }, Column { table: 1, field: 0 })]);
}

#[test]
fn a_predicate_on_what_refers_to_the_model_finds_each_row_once() {
    let plan = planned(eq(&models().post, "title", "x")).unwrap().plan;
    assert!(plan.semi_join);
    assert_eq!(plan.joins[0].on, [(Column { table: 0, field: 0 }, Column { table: 1, field: 2 })]);
}

#[test]
fn a_selected_field_of_a_joined_model_multiplies_rows() {
    let mut query = Query::new(models().user.clone()).filter(eq(&models().user, "id", 1));
    query.projection = Projection::columns([reference_to(&models().post, "title")]);
    let plan = plan_of(&Operation::Fetch(query));
    assert!(!plan.semi_join);
    assert_eq!(plan.reach, ommi_core::plan::Reach::Unlimited);
}

#[test]
fn an_association_model_is_found_by_the_relation() {
    let plan = planned(eq(&models().role, "name", "admin")).unwrap().plan;
    assert_eq!(tables(&plan), ["User", "UserRole", "Role"]);
    assert_eq!((plan.joins[0].table, plan.joins[1].table), (1, 2));
    assert!(plan.semi_join);
}

#[test]
fn a_model_in_between_is_found_by_references() {
    let query = Query::new(models().post.clone()).filter(eq(&models().country, "name", "Chad"));
    let plan = plan_of(&Operation::Fetch(query));
    assert_eq!(tables(&plan), ["Post", "User", "Country"]);
    assert!(!plan.semi_join);
}

#[test]
fn without_a_way_there_is_an_error_that_names_both() {
    let outcome = message(planned(eq(&models().lonely, "id", 1)));
    assert_eq!(
        outcome,
        "User: no reference leads from User to Lonely; add one, or name the model in between"
    );
}

#[test]
fn two_references_are_ambiguous_until_the_query_says_which() {
    let (user, follow) = (&models().user, &models().follow);
    let outcome = message(planned(eq(follow, "follower", 1)));
    assert!(outcome.contains("more than one reference: Follow.follower and Follow.followed"), "{outcome}");
    let said = Expr::binary(Operator::Eq, column(follow, "followed"), column(user, "id"));
    let plan = planned(eq(follow, "follower", 1).and(said)).unwrap().plan;
    assert_eq!(plan.joins[0].on, [(Column { table: 0, field: 0 }, Column { table: 1, field: 1 })]);
}

#[test]
fn whole_rows_have_no_order_by_a_field_of_many() {
    let mut query = Query::new(models().user.clone());
    let by = |model, field| Order::new(reference_to(model, field), Direction::Ascending);
    query.order = vec![by(&models().post, "title")];
    let outcome = message(plan(&Operation::Fetch(query.clone())));
    assert!(outcome.contains("no place in an order by Post.title"), "{outcome}");
    query.order = vec![by(&models().country, "name")];
    let plan = plan_of(&Operation::Fetch(query));
    assert_eq!(plan.order[0].by.expr, PlanExpr::Column(Column { table: 1, field: 1 }));
}

#[test]
fn extra_columns_of_a_joined_model_multiply_rows() {
    let mut query = Query::new(models().role.clone()).filter(eq(&models().user_role, "user_id", 1));
    query.projection = Projection::ModelWith(vec![reference_to(&models().user_role, "user_id")]);
    let plan = plan_of(&Operation::Fetch(query));
    assert!(!plan.semi_join);
    let Action::Fetch(terms) = plan.action else { panic!("{:?}", plan.action) };
    assert_eq!(terms.last().unwrap().expr, PlanExpr::Column(Column { table: 1, field: 0 }));
}
