//! Predicates come in a form that SQLite's indexes serve, as its query planner says.

use std::sync::Arc;

use ommi_core::plan::{Action, Plan, PlanExpr};
use ommi_core::query::Operator;
use ommi_core::schema::{FieldDef, FieldType, ModelDef};

use crate::database::{database, prepared};
use crate::models::{apply, column, param, plan};

fn indexed() -> Arc<ModelDef> {
    ModelDef::builder("Indexed")
        .field(FieldDef::new("id", FieldType::Int))
        .field(FieldDef::new("name", FieldType::Text))
        .field(FieldDef::new("active", FieldType::Bool))
        .index(None, ["name"], false)
        .index(None, ["active"], false)
        .build()
        .unwrap()
}

fn search(field: &str, operator: Operator, operands: usize) -> String {
    let model = indexed();
    let column = column(0, &model, field);
    let subject = model.fields()[column.field].ty.clone();
    let filter =
        apply(operator, subject, std::iter::once(PlanExpr::Column(column)).chain((0..operands).map(param)));
    let plan = Plan { filter: Some(filter), ..plan(&model, Action::Count(Vec::new())) };
    let connection = database(&[&model]);
    let text = format!("EXPLAIN QUERY PLAN {}", prepared(&connection, &plan).text);
    connection
        .query_row(
            &text,
            rusqlite::params_from_iter(vec![None::<i64>; 9].into_iter().take(text.matches('?').count())),
            |row| row.get(3),
        )
        .unwrap()
}

#[test]
fn a_prefix_is_a_range_with_two_ends() {
    assert_eq!(
        search("name", Operator::StartsWith, 1),
        "SEARCH Indexed USING COVERING INDEX ix_Indexed_name (name>? AND name<?)"
    );
}

#[test]
fn equality_membership_truth_and_ranges_search() {
    let by_name = "SEARCH Indexed USING COVERING INDEX ix_Indexed_name (name=?)";
    assert_eq!(search("name", Operator::Eq, 1), by_name);
    assert_eq!(search("name", Operator::In, 1), by_name);
    assert_eq!(
        search("active", Operator::IsTrue, 0),
        "SEARCH Indexed USING COVERING INDEX ix_Indexed_active (active=?)"
    );
    assert_eq!(
        search("name", Operator::Between, 2),
        "SEARCH Indexed USING COVERING INDEX ix_Indexed_name (name>? AND name<?)"
    );
    assert_eq!(search("id", Operator::In, 1), "SEARCH Indexed USING INTEGER PRIMARY KEY (rowid=?)");
}
