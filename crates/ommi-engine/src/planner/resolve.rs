//! Which models an operation names, and which of its fields it equates: what joins are made from.

use std::sync::Arc;

use ommi_core::query::{ColumnRef, Expr, Operator, Projection, Query};
use ommi_core::schema::{ModelDef, ModelId};

/// Two fields that every found row has equal.
pub(super) type Equality = [(ModelId, usize); 2];

/// The models that a query names: its own first, then the others in written order. (An update's expressions
/// see the query's own model only.)
pub(super) fn mentioned(query: &Query) -> Vec<Arc<ModelDef>> {
    let mut models = vec![query.model.clone()];
    if let Some(filter) = &query.filter {
        in_expr(filter, &mut models);
    }
    if let Some(groups) = &query.groups {
        groups.keys.iter().chain(&groups.having).for_each(|expr| in_expr(expr, &mut models));
    }
    for order in &query.order {
        in_expr(&order.by, &mut models);
    }
    for column in query.limit_by.iter().flat_map(|limit_by| &limit_by.columns) {
        note(column, &mut models);
    }
    match &query.projection {
        Projection::Model => {}
        Projection::ModelWith(columns) => columns.iter().for_each(|column| note(column, &mut models)),
        Projection::Values(values) => values.iter().for_each(|value| in_expr(value, &mut models)),
    }
    models
}

/// The equalities between fields of two models that hold for every row of the query.
pub(super) fn equalities(query: &Query) -> Vec<Equality> {
    let mut found = Vec::new();
    if let Some(filter) = &query.filter {
        in_conjunction(filter, &mut found);
    }
    found
}

fn in_expr(expr: &Expr, models: &mut Vec<Arc<ModelDef>>) {
    if let Expr::Column(column) = expr {
        note(column, models);
    }
    expr.parts().into_iter().for_each(|part| in_expr(part, models));
}

fn note(column: &ColumnRef, models: &mut Vec<Arc<ModelDef>>) {
    if !models.iter().any(|model| model.id() == column.model.id()) {
        models.push(column.model.clone());
    }
}

fn in_conjunction(expr: &Expr, found: &mut Vec<Equality>) {
    match expr {
        Expr::And(parts) => parts.iter().for_each(|part| in_conjunction(part, found)),
        Expr::Apply(Operator::Eq, operands) => {
            if let [Expr::Column(left), Expr::Column(right)] = operands.as_slice() {
                found.push([(left.model.id(), left.field), (right.model.id(), right.field)]);
            }
        }
        Expr::Column(_)
        | Expr::Value(_)
        | Expr::List(_)
        | Expr::Apply(..)
        | Expr::Or(_)
        | Expr::Not(_)
        | Expr::Aggregate(_)
        | Expr::Case(_)
        | Expr::Path(_)
        | Expr::Random
        | Expr::Subquery(_)
        | Expr::Given(_) => {}
    }
}
