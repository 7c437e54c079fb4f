//! `Aggregate`: one value made of many rows.

use std::marker::PhantomData;

use ommi_core::query::{self, Expr, Function, Operator};

use super::function::functions;
use super::methods::{comparisons, ordering, text_operators};
use super::{Built, Comparand, IntoPredicate, Named, Operand, Order, Predicate, Refusal};
use crate::stored::{Scalar, Stored};

/// What is made of the values of a group's rows, or of all rows that a query finds: `User::AGE.avg()`, [`count()`].
///
/// NULLs do not take part: a sum, a mean, a smallest and a greatest value of nothing are `None`, a count of nothing is 0.
/// It is selected, compared in `having`, and sorted by.
///
/// ```
/// use ommi::{FromRow, Model, count, prelude::*};
///
/// #[derive(Model, Debug, Clone)]
/// struct User {
///     id: i64,
///     city: Option<String>,
///     age: i32,
/// }
///
/// #[derive(FromRow, Debug, PartialEq)]
/// struct City {
///     city: Option<String>,
///     people: i64,
///     mean: Option<f64>,
/// }
///
/// # #[tokio::main]
/// # async fn main() -> ommi::Result<()> {
/// let db = Ommi::connect("sqlite://:memory:").await?;
/// let user = |city: &str, age| User { city: Some(city.into()), age, ..User::new() };
/// db.add_all(&mut [user("Paris", 30), user("Paris", 40), user("Rome", 50)]).await?;
///
/// let pairs: Vec<(Option<String>, i64)> = db
///     .find::<User>()
///     .select((User::CITY, count()))
///     .group_by(User::CITY)
///     .having(count().gt(1))
///     .order_by(count().desc())
///     .all()
///     .await?;
/// assert_eq!(pairs, [(Some("Paris".into()), 2)]);
///
/// let cities: Vec<City> = db
///     .find::<User>()
///     .select((User::CITY, count().named("people"), User::AGE.avg().named("mean")))
///     .group_by(User::CITY)
///     .order_by(User::CITY)
///     .into_struct::<City>()
///     .all()
///     .await?;
/// assert_eq!(cities[0], City { city: Some("Paris".into()), people: 2, mean: Some(35.0) });
///
/// let all = db.find::<User>().select((User::AGE.sum(), User::CITY.count().distinct())).one().await?;
/// assert_eq!(all, (Some(120), 2)); // without groups: of all rows
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Aggregate<T> {
    made: Result<query::Aggregate, Refusal>,
    value: PhantomData<fn() -> T>,
}

/// The number of rows. For the number of a column's values that are not NULL, see [`Field::count`](super::Field::count).
pub fn count() -> Aggregate<i64> {
    Aggregate { made: Ok(query::Aggregate::rows()), value: PhantomData }
}

impl<T> Aggregate<T> {
    /// Equal values take part once.
    #[must_use]
    pub fn distinct(mut self) -> Self {
        if let Ok(made) = &mut self.made {
            made.distinct = true;
        }
        self
    }

    /// Only rows for which the predicate holds take part.
    #[must_use]
    pub fn filter(mut self, predicate: impl IntoPredicate) -> Self {
        self.made = self.made.and_then(|mut made| {
            let predicate = predicate.into_predicate().into_built()?;
            made.filter = Some(match made.filter.take() {
                Some(filter) => filter.and(predicate),
                None => predicate,
            });
            Ok(made)
        });
        self
    }

    pub(super) fn of(function: Function, subject: Built) -> Self {
        Self { made: subject.map(|subject| query::Aggregate::of(function, subject)), value: PhantomData }
    }

    pub(super) fn built(self) -> Built {
        self.made.map(Expr::from)
    }
}

impl<T> Clone for Aggregate<T> {
    fn clone(&self) -> Self {
        Self { made: self.made.clone(), value: PhantomData }
    }
}

impl<T: Stored> Aggregate<T> {
    comparisons!();
    text_operators!();
    ordering!();
    functions!();

    fn placed(&self, operand: Built) -> Built {
        operand
    }
}

/// Numbers, and what their sum and their mean are.
#[diagnostic::on_unimplemented(message = "`{Self}` has no sum and no mean", label = "not a number")]
pub trait Summed: Scalar {
    /// What holds a sum.
    type Sum: Scalar + Send;
    /// What holds a mean.
    type Mean: Scalar + Send;
}

/// The aggregates of columns and of computed values: written once, given to both as methods.
macro_rules! aggregates {
    () => {
        /// The number of values that are not NULL.
        pub fn count(self) -> $crate::Aggregate<i64> {
            $crate::Aggregate::of(Function::Count, self.built())
        }

        /// The sum. Integers that do not fit in 64 bits as a whole are an error; decimals are exact.
        pub fn sum(self) -> $crate::Aggregate<Option<<T::Base as $crate::Summed>::Sum>>
        where
            T::Base: $crate::Summed,
        {
            $crate::Aggregate::of(Function::Sum, self.built())
        }

        /// The mean: of integers and floats an `f64`, of decimals a decimal rounded to 20 digits after the point.
        pub fn avg(self) -> $crate::Aggregate<Option<<T::Base as $crate::Summed>::Mean>>
        where
            T::Base: $crate::Summed,
        {
            $crate::Aggregate::of(Function::Avg, self.built())
        }

        /// The smallest value: of numbers, text and times. Other types are refused when the query runs.
        pub fn min(self) -> $crate::Aggregate<Option<T::Base>>
        where
            T::Base: $crate::Ordered,
        {
            $crate::Aggregate::of(Function::Min, self.built())
        }

        /// The greatest value: of numbers, text and times. Other types are refused when the query runs.
        pub fn max(self) -> $crate::Aggregate<Option<T::Base>>
        where
            T::Base: $crate::Ordered,
        {
            $crate::Aggregate::of(Function::Max, self.built())
        }
    };
}

pub(super) use aggregates;
