//! Dates, times and spans of time, in microseconds: what is finer is cut off on the way in.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, civil};
use ommi_core::schema::FieldType;
use ommi_core::value::{Cell, Value};
use ommi_core::{Error, Result};

use super::{Dated, Ordered, Scalar, Stored, Timed, kind};
use crate::__private::unexpected;

macro_rules! temporal {
    ($ty:ty, $field:ident, $variant:ident, $name:literal, $cut:expr) => {
        impl Stored for $ty {
            type Base = Self;
            type Kind = Self;

            fn field_type() -> FieldType {
                FieldType::$field
            }

            #[inline]
            fn from_cell(cell: Cell<'_>) -> Result<Self> {
                match cell {
                    Cell::$variant(value) => Ok(value),
                    other => Err(unexpected(other, $name)),
                }
            }

            fn to_value(&self) -> Result<Value> {
                let cut: fn(Self) -> Result<Self> = $cut;
                Ok(Value::$variant(cut(*self)?))
            }
        }

        impl Scalar for $ty {}
        impl Ordered for $ty {}
    };
}

temporal!(civil::Date, Date, Date, "a date", Ok);
temporal!(civil::Time, Time, Time, "a time", |time| {
    let nanosecond = time.subsec_nanosecond() / 1000 * 1000;
    time.with().subsec_nanosecond(nanosecond).build().map_err(out_of_range)
});
temporal!(civil::DateTime, NaiveDateTime, DateTime, "a date and time without a zone", |moment| {
    let nanosecond = moment.subsec_nanosecond() / 1000 * 1000;
    moment.with().subsec_nanosecond(nanosecond).build().map_err(out_of_range)
});
temporal!(Timestamp, Timestamp, Timestamp, "a date and time with a zone", |moment| {
    // `as_microsecond` cuts towards zero; earlier than 1970 that would be later than the moment itself.
    let nanoseconds = moment.as_nanosecond().div_euclid(1000) * 1000;
    Timestamp::from_nanosecond(nanoseconds).map_err(out_of_range)
});

impl Dated for civil::Date {}
impl Dated for civil::DateTime {}
impl Dated for Timestamp {}
impl Timed for civil::Time {}
impl Timed for civil::DateTime {}
impl Timed for Timestamp {}

impl Stored for SignedDuration {
    type Base = Self;
    type Kind = kind::Span;

    fn field_type() -> FieldType {
        FieldType::Duration
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self> {
        match cell {
            Cell::Duration(microseconds) => Ok(SignedDuration::from_micros(microseconds)),
            other => Err(unexpected(other, "a duration")),
        }
    }

    fn to_value(&self) -> Result<Value> {
        i64::try_from(self.as_nanos().div_euclid(1000)).map(Value::Duration).map_err(out_of_range)
    }
}

impl Scalar for SignedDuration {}
impl Ordered for SignedDuration {}

impl Stored for Duration {
    type Base = Self;
    type Kind = kind::Span;

    fn field_type() -> FieldType {
        FieldType::Duration
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self> {
        match cell {
            Cell::Duration(microseconds) => {
                u64::try_from(microseconds).map(Duration::from_micros).map_err(|_| {
                    Error::query("the database holds a negative duration; use `jiff::SignedDuration`")
                })
            }
            other => Err(unexpected(other, "a duration")),
        }
    }

    fn to_value(&self) -> Result<Value> {
        i64::try_from(self.as_micros()).map(Value::Duration).map_err(out_of_range)
    }
}

impl Scalar for Duration {}
impl Ordered for Duration {}

fn out_of_range(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::validation("the time is outside of what a column holds").with_source(error)
}
