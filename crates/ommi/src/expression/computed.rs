//! `Computed`: a value worked out by the database from columns and values.

use std::marker::PhantomData;

use super::aggregate::aggregates;
use super::function::functions;
use super::methods::{comparisons, ordering, text_operators};
use super::{Built, Comparand, Named, Operand, Order, Predicate};
use crate::stored::Stored;
use ommi_core::query::{Expr, Function, Operator};

/// What arithmetic on columns and functions of them give: `User::AGE + 1`, `User::NAME.lower()`. It is compared like a column, and columns can be set to it.
///
/// Integers are checked: a result that does not fit in 64 bits is an error. Division of integers truncates, division by
/// zero gives NULL. Texts are joined by `+`.
#[derive(Debug)]
pub struct Computed<T> {
    built: Built,
    value: PhantomData<fn() -> T>,
}

impl<T> Clone for Computed<T> {
    fn clone(&self) -> Self {
        Self { built: self.built.clone(), value: PhantomData }
    }
}

impl<T: Stored> Computed<T> {
    comparisons!();
    text_operators!();
    ordering!();
    aggregates!();
    functions!();

    pub(super) fn function(operator: Operator, operands: impl IntoIterator<Item = Built>) -> Self {
        Self::from_built(operands.into_iter().collect::<Result<_, _>>().map(|all| Expr::Apply(operator, all)))
    }

    pub(super) fn from_built(built: Built) -> Self {
        Self { built, value: PhantomData }
    }

    pub(crate) fn new(operator: Operator, left: Built, right: Built) -> Self {
        Self::function(operator, [left, right])
    }

    pub(crate) fn built(self) -> Built {
        self.built
    }

    fn placed(&self, operand: Built) -> Built {
        operand
    }
}
