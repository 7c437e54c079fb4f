//! Dates, times and intervals between their binary form (microseconds and days since 2000) and jiff's types.

use jiff::civil::{Date, DateTime, Time, date};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use ommi_core::{Error, Result};

const DAY: i64 = 86_400_000_000;

/// 2000-01-01 in microseconds and in days since 1970.
const EPOCH: i64 = 946_684_800_000_000;

const YEAR: &str =
    "dates before the year 1 cannot be stored the same in every database: the years are 1 to 9999";
const FRACTION: &str = "PostgreSQL's times hold microseconds: round the value first";

pub(crate) fn encode_timestamp(value: Timestamp) -> Result<i64> {
    if value.subsec_nanosecond() % 1000 != 0 {
        return Err(Error::validation(FRACTION));
    }
    let micros = value.as_microsecond();
    // 0001-01-01 UTC.
    if micros < -62_135_596_800_000_000 {
        return Err(Error::validation(YEAR));
    }
    Ok(micros - EPOCH)
}

pub(crate) fn encode_datetime(value: DateTime) -> Result<i64> {
    Ok(i64::from(encode_date(value.date())?) * DAY + encode_time(value.time())?)
}

pub(crate) fn encode_date(value: Date) -> Result<i32> {
    if value.year() < 1 {
        return Err(Error::validation(YEAR));
    }
    let days = value.duration_since(date(2000, 1, 1)).as_hours() / 24;
    i32::try_from(days).map_err(|_| Error::validation(YEAR))
}

pub(crate) fn encode_time(value: Time) -> Result<i64> {
    let nanoseconds = value.duration_since(Time::midnight()).as_nanos();
    if nanoseconds % 1000 != 0 {
        return Err(Error::validation(FRACTION));
    }
    i64::try_from(nanoseconds / 1000).map_err(|_| Error::validation(FRACTION))
}

/// `None` for infinity, years before 1 and moments past jiff's last one.
pub(crate) fn decode_timestamp(micros: i64) -> Option<Timestamp> {
    let value = Timestamp::from_microsecond(micros.checked_add(EPOCH)?).ok()?;
    (micros >= -62_135_596_800_000_000 - EPOCH).then_some(value)
}

/// `None` for infinity and years other than 1 to 9999.
pub(crate) fn decode_datetime(micros: i64) -> Option<DateTime> {
    // Most moments are instants of UTC as well, which is the quick way.
    if let Some(instant) = decode_timestamp(micros) {
        return Some(Offset::UTC.to_datetime(instant));
    }
    let days = i32::try_from(micros.div_euclid(DAY)).ok()?;
    Some(decode_date(days)?.to_datetime(decode_time(micros.rem_euclid(DAY))?))
}

/// `None` for infinity and years other than 1 to 9999.
pub(crate) fn decode_date(days: i32) -> Option<Date> {
    let value =
        date(2000, 1, 1).checked_add(SignedDuration::from_hours(i64::from(days).checked_mul(24)?)).ok()?;
    (value.year() >= 1).then_some(value)
}

/// `None` for 24:00 and damage.
pub(crate) fn decode_time(micros: i64) -> Option<Time> {
    if !(0..DAY).contains(&micros) {
        return None;
    }
    let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
    let part = |value: i64| i8::try_from(value).ok();
    Time::new(
        part(seconds / 3600)?,
        part(seconds / 60 % 60)?,
        part(seconds % 60)?,
        i32::try_from(micros).ok()? * 1000,
    )
    .ok()
}

/// Microseconds of an interval; `None` where it has months, which are no fixed time, or is too long.
pub(crate) fn decode_interval(micros: i64, days: i32, months: i32) -> Option<i64> {
    if months != 0 {
        return None;
    }
    i64::from(days).checked_mul(DAY)?.checked_add(micros)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_limits_are_the_years_1_and_9999() {
        let last = date(9999, 12, 31).at(23, 59, 59, 999_999_000);
        let first = date(1, 1, 1).at(0, 0, 0, 0);
        for moment in [first, last, date(2000, 1, 1).at(0, 0, 0, 0)] {
            assert_eq!(decode_datetime(encode_datetime(moment).unwrap()), Some(moment));
            assert_eq!(decode_date(encode_date(moment.date()).unwrap()), Some(moment.date()));
        }
        assert!(encode_date(date(0, 12, 31)).is_err());
        assert_eq!(decode_date(encode_date(date(1, 1, 1)).unwrap() - 1), None);
        assert_eq!(decode_datetime(encode_datetime(first).unwrap() - 1), None);
        assert_eq!(decode_timestamp(encode_datetime(first).unwrap() - 1), None);
        for infinite in [i64::MIN, i64::MAX] {
            assert_eq!((decode_timestamp(infinite), decode_datetime(infinite)), (None, None));
        }
        assert_eq!((decode_date(i32::MAX), decode_date(i32::MIN)), (None, None));
        assert_eq!((decode_time(DAY), decode_time(-1)), (None, None));
    }

    #[test]
    fn months_are_no_fixed_time() {
        assert_eq!(decode_interval(5, 1, 0), Some(DAY + 5));
        assert_eq!(decode_interval(5, 0, 1), None);
        assert_eq!(decode_interval(i64::MAX, 1, 0), None);
    }

    #[test]
    fn what_would_lose_digits_is_refused() {
        assert!(encode_time(jiff::civil::time(0, 0, 0, 1)).is_err());
        assert!(encode_timestamp(Timestamp::new(0, 1).unwrap()).is_err());
    }

    proptest! {
        #[test]
        fn moments_come_back(micros in -62_135_596_800_000_000_i64..253_402_207_200_000_000) {
            let instant = Timestamp::from_microsecond(micros).unwrap();
            prop_assert_eq!(decode_timestamp(encode_timestamp(instant).unwrap()), Some(instant));
            let local = Offset::UTC.to_datetime(instant);
            prop_assert_eq!(decode_datetime(encode_datetime(local).unwrap()), Some(local));
            prop_assert_eq!(encode_datetime(local).unwrap(), encode_timestamp(instant).unwrap());
            prop_assert_eq!(decode_time(encode_time(local.time()).unwrap()), Some(local.time()));
        }
    }
}
