//! What the planner makes of operations.

mod joining;
mod shapes;
mod typing;

use ommi_core::Result;
use ommi_core::plan::Plan;
use ommi_core::query::{Expr, Operation, Operator, Query};

use super::Planned;
use crate::limits::tests::free;
use crate::testing::{column, eq, models, value};

fn fetch(predicate: Expr) -> Operation {
    Operation::Fetch(Query::new(models().user.clone()).filter(predicate))
}

fn plan(operation: &Operation) -> Result<Planned> {
    super::plan(operation, &free())
}

fn planned(predicate: Expr) -> Result<Planned> {
    plan(&fetch(predicate))
}

fn plan_of(operation: &Operation) -> Plan {
    plan(operation).unwrap().plan
}

fn message(outcome: Result<Planned>) -> String {
    outcome.unwrap_err().to_string()
}

mod reach {
    use super::*;
    use ommi_core::plan::Reach;

    #[test]
    fn a_key_a_unique_field_and_a_unique_index_reach_one_row() {
        let user = &models().user;
        for predicate in [
            eq(user, "id", 1),
            eq(user, "email", "a"),
            eq(user, "name", "a").and(eq(user, "age", 3)),
            Expr::binary(Operator::Eq, value(1), column(user, "id")).and(column(user, "active")),
        ] {
            assert_eq!(planned(predicate).unwrap().plan.reach, Reach::Unique);
        }
    }

    #[test]
    fn nothing_else_does() {
        let user = &models().user;
        for predicate in [
            eq(user, "name", "a"),
            eq(user, "id", 1).or(eq(user, "id", 2)),
            eq(user, "id", 1).negate(),
            Expr::binary(Operator::Eq, column(user, "id"), column(user, "age")),
            Expr::binary(Operator::Gt, column(user, "id"), value(1)),
        ] {
            assert_eq!(planned(predicate).unwrap().plan.reach, Reach::Unlimited);
        }
    }

    #[test]
    fn a_limit_and_a_count_are_limited() {
        let query = Query { limit: Some(3), ..Query::new(models().user.clone()) };
        assert_eq!(plan_of(&Operation::Fetch(query)).reach, Reach::Limited);
        assert_eq!(plan_of(&Operation::Count(Query::new(models().user.clone()))).reach, Reach::Limited);
    }

    #[test]
    fn a_write_by_key_reaches_one_row() {
        let query = Query::new(models().user.clone()).filter(eq(&models().user, "id", 1));
        assert_eq!(plan_of(&Operation::Delete(query)).reach, Reach::Unique);
    }
}
