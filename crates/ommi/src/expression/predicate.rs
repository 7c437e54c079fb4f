//! `Predicate`: what decides whether a row counts.

use std::ops::{BitAnd, BitOr, Not};

use ommi_core::query::{Expr, Operator};

use super::{Built, Field};
use crate::model::Model;

/// A condition on rows, combined by `&`, `|` and `!`.
///
/// A predicate may name columns of several models: those that the query is not about are joined through their
/// references.
#[derive(Debug, Clone)]
#[must_use = "a predicate does nothing until it is given to `filter`"]
pub struct Predicate(Built);

impl Predicate {
    pub(crate) fn from_built(built: Built) -> Self {
        Self(built)
    }

    pub(crate) fn into_built(self) -> Built {
        self.0
    }
}

/// What can decide whether a row counts: a [`Predicate`], or a column of `bool`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a predicate",
    label = "expected a comparison, or a column of type `bool`",
    note = "compare the column: `User::AGE.ge(18)`"
)]
pub trait IntoPredicate {
    /// The predicate.
    fn into_predicate(self) -> Predicate;
}

impl IntoPredicate for Predicate {
    fn into_predicate(self) -> Predicate {
        self
    }
}

impl<M: Model> IntoPredicate for Field<M, bool> {
    fn into_predicate(self) -> Predicate {
        Predicate(Ok(Expr::Apply(Operator::IsTrue, vec![Expr::Column(self.column())])))
    }
}

impl<M: Model> IntoPredicate for Field<M, Option<bool>> {
    fn into_predicate(self) -> Predicate {
        Predicate(Ok(Expr::Apply(Operator::IsTrue, vec![Expr::Column(self.column())])))
    }
}

/// `&`, `|` and `!` on something that is a predicate.
macro_rules! combinations {
    ($ty:ty $(, $model:ident)?) => {
        impl<$($model: Model,)? P: IntoPredicate> BitAnd<P> for $ty {
            type Output = Predicate;

            fn bitand(self, other: P) -> Predicate {
                let other = other.into_predicate().0;
                Predicate(self.into_predicate().0.and_then(|left| Ok(left.and(other?))))
            }
        }

        impl<$($model: Model,)? P: IntoPredicate> BitOr<P> for $ty {
            type Output = Predicate;

            fn bitor(self, other: P) -> Predicate {
                let other = other.into_predicate().0;
                Predicate(self.into_predicate().0.and_then(|left| Ok(left.or(other?))))
            }
        }

        impl$(<$model: Model>)? Not for $ty {
            type Output = Predicate;

            fn not(self) -> Predicate {
                Predicate(self.into_predicate().0.map(Expr::negate))
            }
        }
    };
}

combinations!(Predicate);
combinations!(Field<M, bool>, M);
combinations!(Field<M, Option<bool>>, M);
