//! `Order`: what rows are sorted by.

use ommi_core::query::{self, ColumnRef, Direction};

use super::Field;
use crate::model::Model;
use crate::stored::{Ordered, Stored};

/// A sort key: `User::NAME.asc()`.
#[derive(Debug, Clone)]
#[must_use = "an order does nothing until it is given to `order_by`"]
pub struct Order(query::Order);

impl Order {
    pub(crate) fn by(column: ColumnRef, direction: Direction) -> Self {
        Self(query::Order { column, direction })
    }
}

/// What `order_by` takes: a sort key, a column (ascending), a tuple or a `Vec` of sort keys.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an order",
    label = "expected `User::NAME.asc()`, `User::NAME.desc()`, or several in a tuple"
)]
pub trait Orders {
    #[doc(hidden)]
    fn into_core(self) -> Vec<query::Order>;
}

impl Orders for Order {
    fn into_core(self) -> Vec<query::Order> {
        vec![self.0]
    }
}

impl<M: Model, T: Stored> Orders for Field<M, T>
where
    T::Base: Ordered,
{
    fn into_core(self) -> Vec<query::Order> {
        vec![self.asc().0]
    }
}

impl Orders for Vec<Order> {
    fn into_core(self) -> Vec<query::Order> {
        self.into_iter().map(|order| order.0).collect()
    }
}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<$($name: Orders),+> Orders for ($($name,)+) {
            #[allow(non_snake_case)]
            fn into_core(self) -> Vec<query::Order> {
                let ($($name,)+) = self;
                let mut all = Vec::new();
                $(all.extend($name.into_core());)+
                all
            }
        }
    };
}

tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
