//! The operators of dynamic columns, and what is calculated from them.

use std::ops::{Add, Div, Mul, Rem, Sub};

use ommi_core::query::{Expr, Operator};
use ommi_core::value::Value;

use super::Column;
use crate::expression::Predicate;

/// The comparisons of [`Field`](crate::Field), for columns and calculations without a Rust type.
macro_rules! dynamic_operators {
    (@binary $($(#[$doc:meta])* $method:ident $operator:ident),+ $(,)?) => {$(
        $(#[$doc])*
        pub fn $method(&self, value: impl DynamicOperand) -> Predicate {
            Predicate::from_built(Ok(Expr::binary(Operator::$operator, self.expr(), value.into_expr())))
        }
    )+};
    (@function $($(#[$doc:meta])* $method:ident $operator:ident),+ $(,)?) => {$(
        $(#[$doc])*
        pub fn $method(&self) -> $crate::Calculation {
            $crate::Calculation::of(Operator::$operator, vec![self.expr()])
        }
    )+};
    () => {
        dynamic_operators! { @binary
            /// Equal; a NULL value tests for NULL.
            eq Eq,
            /// Not equal; a NULL value tests for the opposite of NULL.
            ne Ne,
            /// Less than.
            lt Lt,
            /// Less than or equal.
            le Le,
            /// Greater than.
            gt Gt,
            /// Greater than or equal.
            ge Ge,
            /// Text that holds the value, or a list that has it as an item.
            contains Contains,
            /// The opposite of [`contains`](Self::contains).
            not_contains NotContains,
            /// Text that begins with the value.
            starts_with StartsWith,
            /// Text that ends with the value.
            ends_with EndsWith,
            /// Text that the pattern describes: `%` is any run of characters, `_` any one.
            like Like,
            /// As [`like`](Self::like), without regard to case.
            ilike ILike,
            /// Text in which the regular expression is found.
            regex Regex,
        }

        dynamic_operators! { @function
            /// The text in small letters, letter by letter.
            lower Lower,
            /// The text in capital letters, letter by letter.
            upper Upper,
            /// The number of the text's characters, as code points.
            length Length,
            /// The text without the white space at both ends.
            trim Trim,
            /// The number without its sign.
            abs Abs,
            /// The year of a date; of an instant in UTC.
            year Year,
            /// The month of a date, from 1; of an instant in UTC.
            month Month,
            /// The day of a date's month, from 1; of an instant in UTC.
            day Day,
            /// The hour of a time of day, from 0; of an instant in UTC.
            hour Hour,
        }

        /// The float or decimal with so many digits after the point, 0 to 15, half away from zero.
        pub fn round(&self, digits: u8) -> $crate::Calculation {
            let digits = Expr::Value(i64::from(digits).into());
            $crate::Calculation::of(Operator::Round, vec![self.expr(), digits])
        }

        /// This, or the other value where this is NULL.
        pub fn coalesce(&self, other: impl DynamicOperand) -> $crate::Calculation {
            $crate::Calculation::of(Operator::Coalesce, vec![self.expr(), other.into_expr()])
        }

        /// At least `low` and at most `high`.
        pub fn between(&self, low: impl DynamicOperand, high: impl DynamicOperand) -> Predicate {
            let operands = vec![self.expr(), low.into_expr(), high.into_expr()];
            Predicate::from_built(Ok(Expr::Apply(Operator::Between, operands)))
        }

        /// One of the values.
        pub fn in_<V: Into<Value>>(&self, values: impl IntoIterator<Item = V>) -> Predicate {
            let list = Expr::List(values.into_iter().map(Into::into).collect());
            Predicate::from_built(Ok(Expr::Apply(Operator::In, vec![self.expr(), list])))
        }

        /// None of the values.
        pub fn not_in<V: Into<Value>>(&self, values: impl IntoIterator<Item = V>) -> Predicate {
            let list = Expr::List(values.into_iter().map(Into::into).collect());
            Predicate::from_built(Ok(Expr::Apply(Operator::NotIn, vec![self.expr(), list])))
        }

        /// NULL.
        pub fn is_null(&self) -> Predicate {
            Predicate::from_built(Ok(Expr::Apply(Operator::IsNull, vec![self.expr()])))
        }

        /// Not NULL.
        pub fn is_not_null(&self) -> Predicate {
            Predicate::from_built(Ok(Expr::Apply(Operator::IsNotNull, vec![self.expr()])))
        }
    };
}

pub(super) use dynamic_operators;

/// A value, column or calculation beside a dynamic column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand beside a column",
    label = "expected a value that a column holds, a `Column`, or a calculation"
)]
pub trait DynamicOperand {
    #[doc(hidden)]
    fn into_expr(self) -> Expr;
}

impl<T: Into<Value>> DynamicOperand for T {
    fn into_expr(self) -> Expr {
        Expr::Value(self.into())
    }
}

impl DynamicOperand for Column {
    fn into_expr(self) -> Expr {
        self.expr()
    }
}

impl DynamicOperand for &Column {
    fn into_expr(self) -> Expr {
        self.expr()
    }
}

impl DynamicOperand for Calculation {
    fn into_expr(self) -> Expr {
        self.0
    }
}

/// What arithmetic on dynamic columns and functions of them give.
#[derive(Debug, Clone)]
pub struct Calculation(Expr);

impl Calculation {
    dynamic_operators!();

    pub(super) fn of(operator: Operator, operands: Vec<Expr>) -> Self {
        Self(Expr::Apply(operator, operands))
    }

    fn expr(&self) -> Expr {
        self.0.clone()
    }
}

macro_rules! arithmetic {
    ($($operator:ident $method:ident),+) => {$(
        impl<V: DynamicOperand> $operator<V> for Column {
            type Output = Calculation;

            fn $method(self, value: V) -> Calculation {
                Calculation(Expr::Apply(Operator::$operator, vec![self.expr(), value.into_expr()]))
            }
        }

        impl<V: DynamicOperand> $operator<V> for Calculation {
            type Output = Calculation;

            fn $method(self, value: V) -> Calculation {
                Calculation(Expr::Apply(Operator::$operator, vec![self.0, value.into_expr()]))
            }
        }
    )+};
}

arithmetic!(Add add, Sub sub, Mul mul, Div div, Rem rem);
