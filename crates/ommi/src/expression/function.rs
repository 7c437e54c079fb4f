//! Functions of columns and of computed values, and `case`.

use std::marker::PhantomData;

use ommi_core::query::{self, Expr};

use super::{Computed, IntoPredicate, Operand, Refusal};
use crate::stored::Scalar;

/// The functions of columns and of computed values: written once, given to both as methods. NULL gives NULL.
macro_rules! functions {
    () => {
        /// The text in small letters, letter by letter.
        pub fn lower(self) -> $crate::Computed<String>
        where
            T::Base: $crate::Textual,
        {
            $crate::Computed::function(Operator::Lower, [self.built()])
        }

        /// The text in capital letters, letter by letter.
        pub fn upper(self) -> $crate::Computed<String>
        where
            T::Base: $crate::Textual,
        {
            $crate::Computed::function(Operator::Upper, [self.built()])
        }

        /// The number of the text's characters, as code points, or of the list's items.
        pub fn length(self) -> $crate::Computed<i64>
        where
            T::Base: $crate::Measured,
        {
            $crate::Computed::function(Operator::Length, [self.built()])
        }

        /// The text without the white space at both ends.
        pub fn trim(self) -> $crate::Computed<String>
        where
            T::Base: $crate::Textual,
        {
            $crate::Computed::function(Operator::Trim, [self.built()])
        }

        /// The number without its sign. That of the smallest integer does not fit and is an error.
        pub fn abs(self) -> $crate::Computed<T::Base>
        where
            T::Base: $crate::Number,
        {
            $crate::Computed::function(Operator::Abs, [self.built()])
        }

        /// The float or decimal with so many digits after the point, 0 to 15, half away from zero.
        pub fn round(self, digits: u8) -> $crate::Computed<T::Base>
        where
            T::Base: $crate::Fractional,
        {
            let digits = Expr::Value(i64::from(digits).into());
            $crate::Computed::function(Operator::Round, [self.built(), Ok(digits)])
        }

        /// The year of the date; of an instant in UTC.
        pub fn year(self) -> $crate::Computed<i64>
        where
            T::Base: $crate::Dated,
        {
            $crate::Computed::function(Operator::Year, [self.built()])
        }

        /// The month of the date, from 1; of an instant in UTC.
        pub fn month(self) -> $crate::Computed<i64>
        where
            T::Base: $crate::Dated,
        {
            $crate::Computed::function(Operator::Month, [self.built()])
        }

        /// The day of the date's month, from 1; of an instant in UTC.
        pub fn day(self) -> $crate::Computed<i64>
        where
            T::Base: $crate::Dated,
        {
            $crate::Computed::function(Operator::Day, [self.built()])
        }

        /// The hour of the time of day, from 0; of an instant in UTC.
        pub fn hour(self) -> $crate::Computed<i64>
        where
            T::Base: $crate::Timed,
        {
            $crate::Computed::function(Operator::Hour, [self.built()])
        }

        /// This, or the other value where this is NULL.
        pub fn coalesce<V, K>(self, other: V) -> $crate::Computed<T::Base>
        where
            V: Operand<T::Base, K>,
        {
            let other = self.placed(other.into_built());
            $crate::Computed::function(Operator::Coalesce, [self.built(), other])
        }
    };
}

pub(super) use functions;

/// One of several values, by what holds of the row: made by [`case()`].
#[derive(Debug)]
pub struct Case<T> {
    built: Result<query::Case, Refusal>,
    value: PhantomData<fn() -> T>,
}

/// One of several values of type `T`: that of the first predicate that holds.
///
/// ```
/// use ommi::{Model, case, prelude::*};
///
/// #[derive(Model)]
/// struct User {
///     id: i64,
///     name: String,
///     nick: Option<String>,
///     age: i32,
/// }
///
/// # #[tokio::main]
/// # async fn main() -> ommi::Result<()> {
/// let db = Ommi::connect("sqlite://:memory:").await?;
/// db.add(&mut User { name: "Ada".into(), nick: None, age: 36, ..User::new() }).await?;
///
/// let size = case::<String>().when(User::AGE.lt(18), "minor").when(User::AGE.gt(99), "sage").otherwise("adult");
/// let shown = User::NICK.coalesce(User::NAME.lower());
/// let row = db.find::<User>().select((shown, size)).one().await?;
/// assert_eq!(row, (Some("ada".into()), Some("adult".into())));
/// # Ok(())
/// # }
/// ```
pub fn case<T: Scalar>() -> Case<T> {
    Case { built: Ok(query::Case { branches: Vec::new(), otherwise: None }), value: PhantomData }
}

impl<T: Scalar> Case<T> {
    /// The value where the predicate holds, and none before it does.
    #[must_use]
    pub fn when<V, K>(mut self, predicate: impl IntoPredicate, value: V) -> Self
    where
        V: Operand<T, K>,
    {
        self.built = self.built.and_then(|mut case| {
            case.branches.push((predicate.into_predicate().into_built()?, value.into_built()?));
            Ok(case)
        });
        self
    }

    /// The value where no predicate holds.
    pub fn otherwise<V, K>(self, value: V) -> Computed<T>
    where
        V: Operand<T, K>,
    {
        Computed::from_built(self.built.and_then(|mut case| {
            case.otherwise = Some(value.into_built()?);
            Ok(Expr::from(case))
        }))
    }

    /// NULL where no predicate holds.
    pub fn end(self) -> Computed<T> {
        Computed::from_built(self.built.map(Expr::from))
    }
}
