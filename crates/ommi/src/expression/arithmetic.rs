//! `+ - * / %` on columns and computed values, on either side of a number.

use std::ops::{Add, Div, Mul, Rem, Sub};

use bigdecimal::BigDecimal;
use ommi_core::query::{Expr, Operator};

use super::{Aggregate, Built, Computed, Field};
use crate::model::Model;
use crate::stored::{Addable, Number, Stored};

/// What may stand on the right of an arithmetic operator: a number or text, a column or a computed value of that kind.
#[diagnostic::on_unimplemented(
    message = "no arithmetic between a column of type `{T}` and `{Self}`",
    label = "expected a value, a column or an expression of type `{T}`"
)]
pub trait Term<T> {
    #[doc(hidden)]
    fn into_term(self) -> Built;
}

impl<T: Addable> Term<T> for T {
    fn into_term(self) -> Built {
        Ok(Expr::Value(self.to_value()?))
    }
}

impl Term<String> for &str {
    fn into_term(self) -> Built {
        Ok(Expr::Value(self.into()))
    }
}

impl Term<f64> for i32 {
    fn into_term(self) -> Built {
        Ok(Expr::Value(self.into()))
    }
}

impl Term<BigDecimal> for i64 {
    fn into_term(self) -> Built {
        Ok(Expr::Value(BigDecimal::from(self).into()))
    }
}

impl<T: Addable, M: Model, U: Stored<Kind = T::Kind>> Term<T> for Field<M, U> {
    fn into_term(self) -> Built {
        Ok(Expr::Column(self.column()))
    }
}

impl<T: Addable, U: Stored<Kind = T::Kind>> Term<T> for Computed<U> {
    fn into_term(self) -> Built {
        self.built()
    }
}

impl<T: Addable, U: Stored<Kind = T::Kind>> Term<T> for Aggregate<U> {
    fn into_term(self) -> Built {
        self.built()
    }
}

macro_rules! operators {
    ($($operator:ident $method:ident $bound:ident),+) => {$(
        impl<M: Model, T: Stored, V> $operator<V> for Field<M, T>
        where
            T::Base: $bound,
            V: Term<T::Base>,
        {
            type Output = Computed<T::Base>;

            fn $method(self, other: V) -> Self::Output {
                Computed::new(Operator::$operator, Ok(Expr::Column(self.column())), other.into_term())
            }
        }

        impl<T: Stored, V> $operator<V> for Aggregate<T>
        where
            T::Base: $bound,
            V: Term<T::Base>,
        {
            type Output = Computed<T::Base>;

            fn $method(self, other: V) -> Self::Output {
                Computed::new(Operator::$operator, self.built(), other.into_term())
            }
        }

        impl<T: $bound, V: Term<T>> $operator<V> for Computed<T> {
            type Output = Computed<T>;

            fn $method(self, other: V) -> Self::Output {
                Computed::new(Operator::$operator, self.built(), other.into_term())
            }
        }
    )+};
}

operators!(Add add Addable, Sub sub Number, Mul mul Number, Div div Number, Rem rem Number);

/// `100 - User::AGE`: the value is on the left.
macro_rules! reversed {
    ($operator:ident $method:ident: $($ty:ty),+) => {$(
        impl<M: Model, U: Stored<Base = $ty>> $operator<Field<M, U>> for $ty {
            type Output = Computed<$ty>;

            fn $method(self, other: Field<M, U>) -> Self::Output {
                Computed::new(Operator::$operator, Term::<$ty>::into_term(self), Ok(Expr::Column(other.column())))
            }
        }

        impl $operator<Computed<$ty>> for $ty {
            type Output = Computed<$ty>;

            fn $method(self, other: Computed<$ty>) -> Self::Output {
                Computed::new(Operator::$operator, Term::<$ty>::into_term(self), other.built())
            }
        }
    )+};
}

macro_rules! reversed_numbers {
    ($($operator:ident $method:ident),+) => {
        $(reversed!($operator $method: i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, BigDecimal);)+
    };
}

reversed_numbers!(Add add, Sub sub, Mul mul, Div div, Rem rem);
