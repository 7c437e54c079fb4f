//! Pages by their last row: the rows that come after one in the order of a query. However far they are, an index finds them,
//! and rows that others add or remove meanwhile move no page.

use super::{ColumnRef, Direction, Expr, Operator, Order, Projection, Query};
use crate::value::Value;
use crate::{Error, Result};

impl Query {
    /// Leaves the rows that come after one whose value in a field of the model `value` gives. The order, as it is so far, is completed
    /// by the key, so that no two rows share a place in it.
    ///
    /// # Errors
    /// `Query` for an order by anything but fields of the model, and for groups and distinct values, which are no rows;
    /// `Validation` for a row without a key; what `value` says.
    pub fn after(&mut self, value: impl Fn(usize) -> Result<Value>) -> Result<()> {
        let is_distinct = self.distinct && matches!(self.projection, Projection::Values(_));
        if self.is_grouped() || is_distinct {
            let message = "`after` goes on behind a row, and neither groups nor distinct values are rows";
            return Err(Error::query(message).with_model(self.model.name()));
        }
        self.sort_by_key_too();
        let mut beyond: Option<Expr> = None;
        for (place, order) in self.order.iter().enumerate().rev() {
            let column = self.own_column(order)?;
            let last = value(column.field)?;
            if last.is_null() && self.model.key().contains(&column.field) {
                return Err(Error::validation("`after` takes a row that is stored, and this one has no key")
                    .with_model(self.model.name())
                    .with_field(&column.definition().name));
            }
            let from = from(column, order.direction, &last).filter(|_| place == 0 && beyond.is_some());
            let own = after_or_same(column, order.direction, last, beyond.take());
            beyond = Some(match from {
                Some(from) => from.and(own),
                None => own,
            });
        }
        if let Some(beyond) = beyond {
            self.narrow(beyond);
        }
        Ok(())
    }

    fn sort_by_key_too(&mut self) {
        for field in self.model.key() {
            let key = Expr::Column(ColumnRef { model: self.model.clone(), field: *field });
            if !self.order.iter().any(|order| order.by == key) {
                self.order.push(Order::new(key, Direction::Ascending));
            }
        }
    }

    fn own_column<'a>(&self, order: &'a Order) -> Result<&'a ColumnRef> {
        match &order.by {
            Expr::Column(column) if column.model.id() == self.model.id() => Ok(column),
            _computed_or_of_another => Err(Error::query(format!(
                "`after` needs an order by fields of {}: the last row tells nothing else",
                self.model.name()
            ))
            .with_model(self.model.name())),
        }
    }
}

/// What holds of the row and of all after it, and lets an index begin there; nothing where NULLs are in the way.
fn from(column: &ColumnRef, direction: Direction, last: &Value) -> Option<Expr> {
    let compared = |operator| Some(Expr::binary(operator, column.clone().into(), Expr::Value(last.clone())));
    match direction {
        _ if last.is_null() => None,
        Direction::Ascending => compared(Operator::Ge),
        Direction::Descending if column.definition().nullable => None,
        Direction::Descending => compared(Operator::Le),
    }
}

/// The rows beyond the value, and of those with the same value the ones that `rest` says. NULLs are first when ascending.
fn after_or_same(column: &ColumnRef, direction: Direction, last: Value, rest: Option<Expr>) -> Expr {
    let field = || Expr::Column(column.clone());
    let value = || Expr::Value(last.clone());
    let beyond = match direction {
        Direction::Ascending if last.is_null() => Expr::Apply(Operator::IsNotNull, vec![field()]),
        Direction::Ascending => Expr::binary(Operator::Gt, field(), value()),
        Direction::Descending if last.is_null() => Expr::Value(Value::Bool(false)),
        Direction::Descending if column.definition().nullable => {
            let smaller = Expr::binary(Operator::Lt, field(), value());
            smaller.or(Expr::Apply(Operator::IsNull, vec![field()]))
        }
        Direction::Descending => Expr::binary(Operator::Lt, field(), value()),
    };
    match rest {
        Some(rest) => beyond.or(Expr::binary(Operator::Eq, field(), value()).and(rest)),
        None => beyond,
    }
}
