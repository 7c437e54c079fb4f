//! `Computed`: a value worked out by the database from columns and values.

use std::marker::PhantomData;

use super::methods::{comparisons, text_operators};
use super::{Built, Comparand, Operand, Predicate};
use crate::stored::Stored;
use ommi_core::query::{Expr, Operator};

/// What arithmetic on columns gives: `User::AGE + 1`. It is compared like a column, and columns can be set to it.
///
/// Integers are checked: a result that does not fit in 64 bits is an error. Division of integers truncates, division by
/// zero gives NULL. Texts are joined by `+`.
#[derive(Debug, Clone)]
pub struct Computed<T> {
    built: Built,
    value: PhantomData<fn() -> T>,
}

impl<T: Stored> Computed<T> {
    comparisons!();
    text_operators!();

    pub(crate) fn new(operator: Operator, left: Built, right: Built) -> Self {
        let built = left.and_then(|left| Ok(Expr::Apply(operator, vec![left, right?])));
        Self { built, value: PhantomData }
    }

    pub(crate) fn built(self) -> Built {
        self.built
    }

    fn placed(&self, operand: Built) -> Built {
        operand
    }
}
