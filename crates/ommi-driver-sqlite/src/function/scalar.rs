//! Functions of one value: letters, lengths, signs, digits, and the parts of dates and times.

use std::ffi::CStr;

use bigdecimal::RoundingMode;
use jiff::civil::{Date, Time};
use ommi_core::query::letters;
use ommi_core::value::time_text;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Result};

use super::{as_decimal, as_float, as_integer, define, failed};
use crate::value::decimal_text;

/// From here on every float is a whole number.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// Makes the functions known to a connection.
pub(super) fn register(connection: &Connection) -> Result<()> {
    define_one(connection, c"ommi_lower", |value| mapped(value, letters::small))?;
    define_one(connection, c"ommi_upper", |value| mapped(value, letters::capital))?;
    define_one(connection, c"ommi_length", |value| {
        let characters = text(value)?.chars().count();
        Ok(Value::Integer(i64::try_from(characters).unwrap_or(i64::MAX)))
    })?;
    define_one(connection, c"ommi_decimal_abs", |value| {
        Ok(Value::Text(decimal_text(&as_decimal(value)?.abs())))
    })?;
    define_one(connection, c"ommi_year", |value| of_date(value, |date| date.year().into()))?;
    define_one(connection, c"ommi_month", |value| of_date(value, |date| date.month().into()))?;
    define_one(connection, c"ommi_day", |value| of_date(value, |date| date.day().into()))?;
    define_one(connection, c"ommi_hour", |value| of_time(value, |time| time.hour().into()))?;
    define(connection, c"ommi_float_round", |value, digits| {
        Ok(Value::Real(float_rounded(as_float(value)?, as_integer(digits)?)))
    })?;
    define(connection, c"ommi_decimal_round", |value, digits| {
        let rounded = as_decimal(value)?.with_scale_round(as_integer(digits)?, RoundingMode::HalfUp);
        Ok(Value::Text(decimal_text(&rounded)))
    })
}

/// Defines a function of one argument that is not NULL.
fn define_one(
    connection: &Connection,
    name: &'static CStr,
    function: impl Fn(ValueRef<'_>) -> Result<Value> + Send + 'static,
) -> Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function(name, 1, flags, move |context| match context.get_raw(0) {
        ValueRef::Null => Ok(Value::Null),
        value => function(value),
    })
}

fn text(value: ValueRef<'_>) -> Result<&str> {
    value.as_str().map_err(|_| failed("a function of texts met a value that is no valid text"))
}

fn mapped(value: ValueRef<'_>, mapping: fn(char) -> char) -> Result<Value> {
    Ok(Value::Text(text(value)?.chars().map(mapping).collect()))
}

/// Half away from zero. Where it has no digits to lose a float stays as it is.
fn float_rounded(number: f64, digits: i64) -> f64 {
    let power = (0..digits).fold(1.0, |power, _| power * 10.0);
    if number.abs() >= WHOLE / power {
        return number;
    }
    let shifted = number * power;
    ((shifted * 2.0).trunc() - shifted.trunc()) / power
}

fn of_date(value: ValueRef<'_>, part: fn(Date) -> i64) -> Result<Value> {
    let text = text(value)?.as_bytes();
    let date = time_text::read_date(text).or_else(|| moment(text).map(|moment| moment.date()));
    let date = date.ok_or_else(|| failed("a function of dates met a text that is no date"))?;
    Ok(Value::Integer(part(date)))
}

fn of_time(value: ValueRef<'_>, part: fn(Time) -> i64) -> Result<Value> {
    let text = text(value)?.as_bytes();
    let time = time_text::read_time(text).or_else(|| moment(text).map(|moment| moment.time()));
    let time = time.ok_or_else(|| failed("a function of times met a text that is no time"))?;
    Ok(Value::Integer(part(time)))
}

/// A date and time of day, an instant as in UTC.
fn moment(text: &[u8]) -> Option<jiff::civil::DateTime> {
    match time_text::read_moment(text)? {
        time_text::Moment::Local(moment) => Some(moment),
        time_text::Moment::Instant(instant) => Some(jiff::tz::Offset::UTC.to_datetime(instant)),
    }
}
