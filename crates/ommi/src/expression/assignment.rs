//! `Assignment`: a column and what an update sets it to.

use std::fmt;
use std::marker::PhantomData;

use ommi_core::query;

use super::{Built, Refusal};

/// A column of `M` and its new value: made by [`Field::set`](super::Field::set), run by `update`.
#[must_use = "an assignment does nothing until it is given to `update`"]
pub struct Assignment<M> {
    field: usize,
    value: Built,
    model: PhantomData<fn() -> M>,
}

impl<M> Assignment<M> {
    pub(crate) fn new(field: usize, value: Built) -> Self {
        Self { field, value, model: PhantomData }
    }

    pub(crate) fn into_core(self) -> Result<query::Assignment, Refusal> {
        Ok(query::Assignment { field: self.field, value: self.value? })
    }
}

impl<M> Clone for Assignment<M> {
    fn clone(&self) -> Self {
        Self { field: self.field, value: self.value.clone(), model: PhantomData }
    }
}

impl<M> fmt::Debug for Assignment<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assignment").field("field", &self.field).field("value", &self.value).finish()
    }
}

/// What `update` takes: one assignment, a tuple, an array or a `Vec` of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an update of `{M}`",
    label = "expected assignments of `{M}`'s own columns",
    note = "for example `.update(User::AGE.set(36))`, or several in a tuple"
)]
pub trait Assignments<M> {
    #[doc(hidden)]
    fn into_core(self) -> Result<Vec<query::Assignment>, Refusal>;
}

impl<M> Assignments<M> for Assignment<M> {
    fn into_core(self) -> Result<Vec<query::Assignment>, Refusal> {
        Ok(vec![self.into_core()?])
    }
}

impl<M> Assignments<M> for Vec<Assignment<M>> {
    fn into_core(self) -> Result<Vec<query::Assignment>, Refusal> {
        self.into_iter().map(Assignment::into_core).collect()
    }
}

impl<M, const N: usize> Assignments<M> for [Assignment<M>; N] {
    fn into_core(self) -> Result<Vec<query::Assignment>, Refusal> {
        self.into_iter().map(Assignment::into_core).collect()
    }
}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<M, $($name: Assignments<M>),+> Assignments<M> for ($($name,)+) {
            #[allow(non_snake_case)]
            fn into_core(self) -> Result<Vec<query::Assignment>, Refusal> {
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
tuples!(A B C D E F G);
tuples!(A B C D E F G H);
