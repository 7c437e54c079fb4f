//! Dates, times and spans between Python's `datetime` module and the engine's civil types.

use jiff::civil;
use jiff::{SignedDuration, Timestamp, tz};
use ommi::core::value::Cell;
use ommi::core::{Error, Result};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyDate, PyDateAccess, PyDateTime, PyDelta, PyDeltaAccess, PyTime, PyTimeAccess, PyTzInfo, PyTzInfoAccess,
};

use super::read::wrong_type;
use crate::error::from_python;

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// A datetime: an instant when it is aware, a civil time when it is naive.
pub(super) fn read_datetime(value: &Bound<'_, PyAny>) -> Result<Cell<'static>> {
    let datetime = value.cast::<PyDateTime>().map_err(|_| wrong_type(value, "a datetime"))?;
    let civil = civil::DateTime::new(
        datetime.get_year() as i16,
        datetime.get_month() as i8,
        datetime.get_day() as i8,
        datetime.get_hour() as i8,
        datetime.get_minute() as i8,
        datetime.get_second() as i8,
        (datetime.get_microsecond() * 1000) as i32,
    )
    .map_err(out_of_range)?;
    let offset = match datetime.get_tzinfo() {
        None => None,
        Some(_) => utc_offset(value)?,
    };
    match offset {
        None => Ok(Cell::DateTime(civil)),
        Some(offset) => {
            let utc = civil.checked_sub(offset).map_err(out_of_range)?;
            if utc.year() < 1 {
                return Err(Error::validation("the datetime is before year 1 in UTC"));
            }
            tz::Offset::UTC.to_timestamp(utc).map(Cell::Timestamp).map_err(out_of_range)
        }
    }
}

/// A datetime that has to be aware.
pub(super) fn read_aware(value: &Bound<'_, PyAny>) -> Result<Cell<'static>> {
    match read_datetime(value)? {
        Cell::DateTime(_) => Err(Error::validation("expected a datetime with a time zone, got one without")),
        instant => Ok(instant),
    }
}

/// A datetime that has to be naive.
pub(super) fn read_naive(value: &Bound<'_, PyAny>) -> Result<Cell<'static>> {
    match read_datetime(value)? {
        Cell::Timestamp(_) => Err(Error::validation("expected a datetime without a time zone, got one with")),
        civil => Ok(civil),
    }
}

/// A `tzinfo` may say None, which makes the datetime naive.
fn utc_offset(value: &Bound<'_, PyAny>) -> Result<Option<SignedDuration>> {
    let offset = value.call_method0(intern!(value.py(), "utcoffset")).map_err(from_python)?;
    if offset.is_none() {
        return Ok(None);
    }
    let delta = offset.cast::<PyDelta>().map_err(|_| wrong_type(&offset, "a timedelta from utcoffset()"))?;
    let seconds = i64::from(delta.get_days()) * SECONDS_PER_DAY + i64::from(delta.get_seconds());
    Ok(Some(
        SignedDuration::from_secs(seconds) + SignedDuration::from_micros(delta.get_microseconds().into()),
    ))
}

pub(super) fn read_date(value: &Bound<'_, PyAny>) -> Result<Cell<'static>> {
    let date = value.cast::<PyDate>().map_err(|_| wrong_type(value, "a date"))?;
    if value.is_instance_of::<PyDateTime>() {
        return Err(wrong_type(value, "a date"));
    }
    civil::Date::new(date.get_year() as i16, date.get_month() as i8, date.get_day() as i8)
        .map(Cell::Date)
        .map_err(out_of_range)
}

pub(super) fn read_time(value: &Bound<'_, PyAny>) -> Result<Cell<'static>> {
    let time = value.cast::<PyTime>().map_err(|_| wrong_type(value, "a time"))?;
    if time.get_tzinfo().is_some() {
        return Err(Error::validation("a time of day with a time zone cannot be stored; use a datetime"));
    }
    civil::Time::new(
        time.get_hour() as i8,
        time.get_minute() as i8,
        time.get_second() as i8,
        (time.get_microsecond() * 1000) as i32,
    )
    .map(Cell::Time)
    .map_err(out_of_range)
}

pub(super) fn read_timedelta(value: &Bound<'_, PyAny>) -> Result<Cell<'static>> {
    let delta = value.cast::<PyDelta>().map_err(|_| wrong_type(value, "a timedelta"))?;
    let seconds = i64::from(delta.get_days()) * SECONDS_PER_DAY + i64::from(delta.get_seconds());
    seconds
        .checked_mul(MICROS_PER_SECOND)
        .and_then(|micros| micros.checked_add(delta.get_microseconds().into()))
        .map(Cell::Duration)
        .ok_or_else(|| Error::validation("the timedelta has more microseconds than 64 bits hold"))
}

fn out_of_range(error: jiff::Error) -> Error {
    Error::validation("the date or time is out of range").with_source(error)
}

pub(super) fn build_datetime<'py>(
    py: Python<'py>,
    value: civil::DateTime,
    zone: Option<&Bound<'py, PyTzInfo>>,
) -> PyResult<Bound<'py, PyAny>> {
    PyDateTime::new(
        py,
        value.year().into(),
        value.month() as u8,
        value.day() as u8,
        value.hour() as u8,
        value.minute() as u8,
        value.second() as u8,
        (value.subsec_nanosecond() / 1000) as u32,
        zone,
    )
    .map(Bound::into_any)
}

pub(super) fn build_timestamp(py: Python<'_>, value: Timestamp) -> PyResult<Bound<'_, PyAny>> {
    let utc = PyTzInfo::utc(py)?;
    build_datetime(py, tz::Offset::UTC.to_datetime(value), Some(&utc))
}

pub(super) fn build_date(py: Python<'_>, value: civil::Date) -> PyResult<Bound<'_, PyAny>> {
    PyDate::new(py, value.year().into(), value.month() as u8, value.day() as u8).map(Bound::into_any)
}

pub(super) fn build_time(py: Python<'_>, value: civil::Time) -> PyResult<Bound<'_, PyAny>> {
    let micros = (value.subsec_nanosecond() / 1000) as u32;
    PyTime::new(py, value.hour() as u8, value.minute() as u8, value.second() as u8, micros, None)
        .map(Bound::into_any)
}

pub(super) fn build_timedelta(py: Python<'_>, micros: i64) -> PyResult<Bound<'_, PyAny>> {
    let day = SECONDS_PER_DAY * MICROS_PER_SECOND;
    let (days, rest) = (micros.div_euclid(day), micros.rem_euclid(day));
    let (seconds, micros) = (rest / MICROS_PER_SECOND, rest % MICROS_PER_SECOND);
    PyDelta::new(py, days as i32, seconds as i32, micros as i32, false).map(Bound::into_any)
}
