//! `GroupKeys`: what rows are grouped by.

use ommi_core::query::Expr;

use super::{Refusal, Selectable};

/// What `group_by` takes: a column, something computed, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "rows cannot be grouped by `{Self}`",
    label = "expected a column, a computed value, or a tuple of them"
)]
pub trait GroupKeys {
    #[doc(hidden)]
    fn into_core(self) -> Result<Vec<Expr>, Refusal>;
}

impl<S: Selectable> GroupKeys for S {
    fn into_core(self) -> Result<Vec<Expr>, Refusal> {
        Ok(vec![self.to_built()?])
    }
}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<$($name: Selectable),+> GroupKeys for ($($name,)+) {
            #[allow(non_snake_case)]
            fn into_core(self) -> Result<Vec<Expr>, Refusal> {
                let ($($name,)+) = self;
                Ok(vec![$($name.to_built()?),+])
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
