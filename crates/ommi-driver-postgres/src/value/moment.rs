//! Dates and times as text: `YYYY-MM-DD`, `HH:MM:SS.ffffff`, both with a space between, and `+00:00` behind an
//! instant. Written in one form, so that text order is time order; read in the forms that other programs write.

use jiff::civil::{Date, DateTime, Time};
use jiff::{Timestamp, tz::Offset};

/// The longest text that is written.
pub(crate) const LENGTH: usize = "YYYY-MM-DD HH:MM:SS.ffffff+00:00".len();

/// Room for one written text.
pub(crate) type Buffer = [u8; LENGTH];

/// Why a date or time cannot be stored.
pub(crate) type Refusal = &'static str;

const YEAR: Refusal = "PostgreSQL's dates hold the years 0 to 9999";
const FRACTION: Refusal = "PostgreSQL's times hold microseconds: round the value first";

pub(crate) fn write_datetime(moment: DateTime, buffer: &mut Buffer) -> Result<&str, Refusal> {
    put_datetime(moment, buffer)?;
    as_text(&buffer[..26])
}

pub(crate) fn write_timestamp(moment: Timestamp, buffer: &mut Buffer) -> Result<&str, Refusal> {
    put_datetime(Offset::UTC.to_datetime(moment), buffer)?;
    buffer[26..].copy_from_slice(b"+00:00");
    as_text(&buffer[..])
}

fn as_text(bytes: &[u8]) -> Result<&str, Refusal> {
    std::str::from_utf8(bytes).map_err(|_| YEAR)
}

fn put_datetime(moment: DateTime, buffer: &mut Buffer) -> Result<(), Refusal> {
    put_date(moment.date(), buffer)?;
    buffer[10] = b' ';
    put_time(moment.time(), &mut buffer[11..26])
}

fn put_date(date: Date, buffer: &mut Buffer) -> Result<(), Refusal> {
    let year = u32::try_from(date.year()).map_err(|_| YEAR)?;
    put(year, &mut buffer[..4]);
    buffer[4] = b'-';
    put(date.month() as u32, &mut buffer[5..7]);
    buffer[7] = b'-';
    put(date.day() as u32, &mut buffer[8..10]);
    Ok(())
}

fn put_time(time: Time, buffer: &mut [u8]) -> Result<(), Refusal> {
    let nanoseconds = time.subsec_nanosecond() as u32;
    if !nanoseconds.is_multiple_of(1000) {
        return Err(FRACTION);
    }
    put(time.hour() as u32, &mut buffer[..2]);
    buffer[2] = b':';
    put(time.minute() as u32, &mut buffer[3..5]);
    buffer[5] = b':';
    put(time.second() as u32, &mut buffer[6..8]);
    buffer[8] = b'.';
    put(nanoseconds / 1000, &mut buffer[9..15]);
    Ok(())
}

fn put(mut number: u32, digits: &mut [u8]) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// A moment as it was found: with a zone or without one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Moment {
    Local(DateTime),
    Instant(Timestamp),
}

/// Reads a date.
#[inline]
fn read_date(text: &[u8]) -> Option<Date> {
    if text.len() != 10 || text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    let year = number(&text[..2])? * 100 + number(&text[2..4])?;
    Date::new(i16::try_from(year).ok()?, small(&text[5..7])?, small(&text[8..10])?).ok()
}

/// Reads a time of day: `HH:MM`, with seconds, with a fraction of up to six digits.
#[inline]
fn read_time(text: &[u8]) -> Option<Time> {
    if text.len() < 5 || text[2] != b':' {
        return None;
    }
    let (hour, minute) = (small(&text[..2])?, small(&text[3..5])?);
    let (mut second, mut nanosecond) = (0, 0);
    if text.len() > 5 {
        if text.len() < 8 || text[5] != b':' {
            return None;
        }
        second = small(&text[6..8])?;
        if text.len() > 8 {
            nanosecond = read_fraction(&text[8..])?;
        }
    }
    // A leap second is no time of ours, nor is 24:00.
    Time::new(hour, minute, second, nanosecond).ok()
}

/// Reads a date and time, joined by a space or `T`, with `Z` or `±HH:MM` behind an instant.
#[inline]
pub(crate) fn read_moment(text: &[u8]) -> Option<Moment> {
    if text.len() < 16 || !matches!(text[10], b' ' | b'T') {
        return None;
    }
    let date = read_date(&text[..10])?;
    let rest = &text[11..];
    let zone = rest.iter().position(|byte| matches!(byte, b'Z' | b'+' | b'-')).unwrap_or(rest.len());
    let moment = date.to_datetime(read_time(&rest[..zone])?);
    match &rest[zone..] {
        [] => Some(Moment::Local(moment)),
        b"Z" | b"+00:00" => Offset::UTC.to_timestamp(moment).ok().map(Moment::Instant),
        [sign, hours @ .., b':', m1, m2] if hours.len() == 2 => {
            let seconds = i32::try_from(number(hours)? * 3600 + number(&[*m1, *m2])? * 60).ok()?;
            let offset = Offset::from_seconds(if *sign == b'-' { -seconds } else { seconds }).ok()?;
            offset.to_timestamp(moment).ok().map(Moment::Instant)
        }
        _ => None,
    }
}

/// `.f` to `.ffffff` in nanoseconds; digits beyond microseconds must be zero.
fn read_fraction(text: &[u8]) -> Option<i32> {
    let (b'.', digits) = text.split_first()? else { return None };
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    let mut fraction = 0_i32;
    for place in 0..9 {
        let digit = digits.get(place).copied().unwrap_or(b'0').wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        fraction = fraction * 10 + i32::from(digit);
    }
    (fraction % 1000 == 0).then_some(fraction)
}

#[inline]
fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |sum, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit <= 9).then_some(sum * 10 + u32::from(digit))
    })
}

#[inline]
fn small(digits: &[u8]) -> Option<i8> {
    i8::try_from(number(digits)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn moments_are_written_in_one_form() {
        let mut buffer = [0; LENGTH];
        let moment = jiff::civil::date(2026, 1, 2).at(3, 4, 5, 6_000);
        assert_eq!(write_datetime(moment, &mut buffer), Ok("2026-01-02 03:04:05.000006"));
        let instant = Timestamp::from_microsecond(-1).unwrap();
        assert_eq!(write_timestamp(instant, &mut buffer), Ok("1969-12-31 23:59:59.999999+00:00"));
    }

    #[test]
    fn what_would_lose_digits_is_refused() {
        let mut buffer = [0; LENGTH];
        let midnight = jiff::civil::date(2026, 1, 1).at(0, 0, 0, 1);
        assert!(write_datetime(midnight, &mut buffer).is_err());
        assert!(write_datetime(jiff::civil::date(-1, 1, 1).at(0, 0, 0, 0), &mut buffer).is_err());
    }

    #[test]
    fn foreign_forms_are_read_and_nonsense_is_not() {
        let noon = jiff::civil::date(2026, 5, 6).at(12, 0, 0, 0);
        assert_eq!(read_moment(b"2026-05-06 12:00"), Some(Moment::Local(noon)));
        assert_eq!(read_moment(b"2026-05-06T12:00:00"), Some(Moment::Local(noon)));
        let instant = Offset::UTC.to_timestamp(noon).unwrap();
        assert_eq!(read_moment(b"2026-05-06T12:00:00Z"), Some(Moment::Instant(instant)));
        assert_eq!(read_moment(b"2026-05-06 14:00:00.0+02:00"), Some(Moment::Instant(instant)));
        for wrong in [
            "2026-05-06",
            "2026-13-06 12:00",
            "2026-05-06 25:00",
            "2026-05-06 12:00:60",
            "2026-05-06 12:00+2",
            "",
        ] {
            assert_eq!(read_moment(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!(read_time(b"12:00:00.1234567"), None, "finer than a microsecond");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(seconds in -62_167_219_200_i64..253_402_207_200, micros in 0_i32..1_000_000) {
            let instant = Timestamp::new(seconds, 0).unwrap() + jiff::SignedDuration::from_micros(micros.into());
            let mut buffer = [0; LENGTH];
            let text = write_timestamp(instant, &mut buffer).unwrap().to_owned();
            prop_assert_eq!(read_moment(text.as_bytes()), Some(Moment::Instant(instant)));
            let local = Offset::UTC.to_datetime(instant);
            let text = write_datetime(local, &mut buffer).unwrap().to_owned();
            prop_assert_eq!(read_moment(text.as_bytes()), Some(Moment::Local(local)));
        }

        #[test]
        fn no_text_makes_reading_panic(text in ".{0,40}") {
            let _ = (read_moment(text.as_bytes()), read_time(text.as_bytes()), read_date(text.as_bytes()));
        }
    }
}
