//! `Order`: what rows and groups are sorted by.

use ommi_core::query::{self, Direction};

use super::{Aggregate, Built, Computed, Field, Refusal};
use crate::model::Model;
use crate::stored::{Ordered, Stored};

/// A sort key: `User::NAME.asc()`.
#[derive(Debug, Clone)]
#[must_use = "an order does nothing until it is given to `order_by`"]
pub struct Order {
    by: Built,
    direction: Direction,
}

impl Order {
    pub(crate) fn by(by: Built, direction: Direction) -> Self {
        Self { by, direction }
    }

    fn into_core(self) -> Result<query::Order, Refusal> {
        Ok(query::Order::new(self.by?, self.direction))
    }
}

/// What `order_by` takes: a sort key, a column or something computed (ascending), a tuple or a `Vec` of sort keys.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an order",
    label = "expected `User::NAME.asc()`, `User::NAME.desc()`, or several in a tuple"
)]
pub trait Orders {
    #[doc(hidden)]
    fn into_core(self) -> Result<Vec<query::Order>, Refusal>;
}

impl Orders for Order {
    fn into_core(self) -> Result<Vec<query::Order>, Refusal> {
        Ok(vec![Order::into_core(self)?])
    }
}

impl<M: Model, T: Stored> Orders for Field<M, T>
where
    T::Base: Ordered,
{
    fn into_core(self) -> Result<Vec<query::Order>, Refusal> {
        Orders::into_core(self.asc())
    }
}

impl<T: Stored> Orders for Computed<T>
where
    T::Base: Ordered,
{
    fn into_core(self) -> Result<Vec<query::Order>, Refusal> {
        Orders::into_core(self.asc())
    }
}

impl<T: Stored> Orders for Aggregate<T>
where
    T::Base: Ordered,
{
    fn into_core(self) -> Result<Vec<query::Order>, Refusal> {
        Orders::into_core(self.asc())
    }
}

impl Orders for Vec<Order> {
    fn into_core(self) -> Result<Vec<query::Order>, Refusal> {
        self.into_iter().map(Order::into_core).collect()
    }
}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<$($name: Orders),+> Orders for ($($name,)+) {
            #[allow(non_snake_case)]
            fn into_core(self) -> Result<Vec<query::Order>, Refusal> {
                let ($($name,)+) = self;
                let mut all = Vec::new();
                $(all.extend($name.into_core()?);)+
                Ok(all)
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
