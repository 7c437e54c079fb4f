//! `Column`: a field of a model that is known only while the program runs.

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::query::{ColumnRef, Direction, Expr, Operator};
use ommi_core::schema::ModelDef;
use ommi_core::value::Value;

use super::calculation::dynamic_operators;
use super::{DynamicOperand, Row};
use crate::expression::{Assignment, IntoPredicate, Order, Predicate};

/// A column by the name of its field. It has the operators of [`Field`](crate::Field); whether the types fit is found out
/// when the query runs. See [`Row`] for an example.
///
/// # Errors
/// `Validation` when there is no field of that name, listing those that there are.
pub fn column(model: &Arc<ModelDef>, field: &str) -> Result<Column> {
    let field = model.require_field(field)?;
    Ok(Column(ColumnRef { model: model.clone(), field }))
}

/// A column of a model that is known only while the program runs: made by [`column()`].
#[derive(Debug, Clone)]
pub struct Column(ColumnRef);

impl Column {
    dynamic_operators!();

    /// The same rows in the order of this column, smallest first, NULLs before all.
    pub fn asc(&self) -> Order {
        Order::by(Ok(self.expr()), Direction::Ascending)
    }

    /// The same rows in the order of this column, largest first, NULLs after all.
    pub fn desc(&self) -> Order {
        Order::by(Ok(self.expr()), Direction::Descending)
    }

    /// Sets the column, in an update.
    pub fn set(&self, value: impl DynamicOperand) -> Assignment<Row> {
        Assignment::new(self.0.field, Ok(value.into_expr()))
    }

    /// True, for a column of `bool`; false and NULL are not.
    pub fn is_true(&self) -> Predicate {
        Predicate::from_built(Ok(Expr::Apply(Operator::IsTrue, vec![self.expr()])))
    }

    pub(super) fn expr(&self) -> Expr {
        Expr::Column(self.0.clone())
    }
}

impl IntoPredicate for Column {
    fn into_predicate(self) -> Predicate {
        self.is_true()
    }
}
