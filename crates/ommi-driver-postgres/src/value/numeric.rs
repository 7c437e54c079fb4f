//! `numeric` between its binary form (digits in base 10,000) and canonical text: plain notation without trailing
//! zeros.

use bytes::{BufMut, BytesMut};
use ommi_core::{Error, Result};

const NEGATIVE: u16 = 0x4000;
const POSITIVE: u16 = 0x0000;

/// What the type holds: so many digits before the point and after it.
const WHOLE: usize = 131_072;
const FRACTION: usize = 16_383;

/// Writes plain decimal text: `-?digits(.digits)?`.
///
/// # Errors
/// `Validation` for more digits than the type holds, `Internal` for text that is no such number.
pub(crate) fn encode(text: &str, out: &mut BytesMut) -> Result<()> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (NEGATIVE, digits),
        None => (POSITIVE, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return Err(Error::validation("expected a decimal, got one that is not a finite number"));
    }
    let whole = whole.trim_start_matches('0');
    if whole.len() > WHOLE || fraction.len() > FRACTION {
        return Err(Error::validation(format!(
            "the decimal is too long: PostgreSQL holds {WHOLE} digits before the point and {FRACTION} after it"
        )));
    }
    let groups = Groups::of(whole, fraction);
    let is_zero = groups.count == 0;
    out.put_u16(groups.count as u16);
    out.put_i16(if is_zero { 0 } else { groups.weight });
    out.put_u16(if is_zero { POSITIVE } else { sign });
    out.put_u16(fraction.len() as u16);
    for group in groups.first..groups.first + groups.count {
        out.put_u16(groups.get(group));
    }
    Ok(())
}

/// The digits of a number in groups of four around the point, without groups of zeros at either end.
struct Groups<'a> {
    whole: &'a [u8],
    fraction: &'a [u8],
    /// Groups before the point.
    before: usize,
    first: usize,
    count: usize,
    weight: i16,
}

impl<'a> Groups<'a> {
    fn of(whole: &'a str, fraction: &'a str) -> Self {
        let before = whole.len().div_ceil(4);
        let total = before + fraction.len().div_ceil(4);
        let mut groups = Self {
            whole: whole.as_bytes(),
            fraction: fraction.as_bytes(),
            before,
            first: 0,
            count: 0,
            weight: 0,
        };
        let first = (0..total).find(|group| groups.get(*group) != 0).unwrap_or(total);
        let end = (first..total).rev().find(|group| groups.get(*group) != 0).map_or(first, |last| last + 1);
        groups.first = first;
        groups.count = end - first;
        // At most 32,768 groups: the lengths were checked.
        groups.weight = (before as i32 - 1 - first as i32) as i16;
        groups
    }

    fn get(&self, group: usize) -> u16 {
        let digit = |byte: u8| u16::from(byte - b'0');
        if group < self.before {
            let end = self.whole.len() - (self.before - 1 - group) * 4;
            return self.whole[end.saturating_sub(4)..end]
                .iter()
                .fold(0, |sum, byte| sum * 10 + digit(*byte));
        }
        let start = (group - self.before) * 4;
        (start..start + 4)
            .fold(0, |sum, place| sum * 10 + self.fraction.get(place).map_or(0, |byte| digit(*byte)))
    }
}

/// Reads a number as canonical text into `text`, which is cleared. `None` where it is NaN, infinite or damaged.
pub(crate) fn decode<'t>(raw: &[u8], text: &'t mut String) -> Option<&'t str> {
    text.clear();
    let field = |at: usize| raw.get(at..at + 2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    let (count, weight, sign) = (usize::from(field(0)?), field(2)? as i16, field(4)?);
    if !matches!(sign, POSITIVE | NEGATIVE) || raw.len() != 8 + count * 2 {
        return None;
    }
    if sign == NEGATIVE {
        text.push('-');
    }
    let weight = i32::from(weight);
    let group = |place: i32| {
        // The group of 10,000 to the power of `weight - index`.
        usize::try_from(place)
            .ok()
            .filter(|place| *place < count)
            .map_or(Some(0), |place| field(8 + place * 2))
    };
    if weight < 0 {
        text.push('0');
    }
    for place in 0..=weight {
        let digits = group(place)?;
        if digits > 9999 {
            return None;
        }
        if place == 0 { push_number(text, digits) } else { push_padded(text, digits) }
    }
    let after = i32::try_from(count).ok()? - 1 - weight;
    if after > 0 {
        text.push('.');
        for place in weight + 1..=weight + after {
            let digits = group(place)?;
            if digits > 9999 {
                return None;
            }
            push_padded(text, digits);
        }
        let kept = text.trim_end_matches('0').trim_end_matches('.').len();
        text.truncate(kept);
    }
    if text.is_empty() || text == "-" || text == "-0" {
        text.replace_range(.., "0");
    }
    Some(text)
}

fn push_number(text: &mut String, number: u16) {
    let mut place = 1000;
    while place > 1 && number < place {
        place /= 10;
    }
    push_places(text, number, place);
}

fn push_padded(text: &mut String, number: u16) {
    push_places(text, number, 1000);
}

fn push_places(text: &mut String, number: u16, mut place: u16) {
    while place > 0 {
        text.push(char::from(b'0' + (number / place % 10) as u8));
        place /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bigdecimal::BigDecimal;
    use ommi_core::value::normalized_decimal;
    use proptest::prelude::*;

    fn roundtrip(text: &str) -> String {
        let mut out = BytesMut::new();
        encode(text, &mut out).unwrap();
        let mut read = String::new();
        decode(&out, &mut read).unwrap().to_owned()
    }

    #[test]
    fn numbers_come_back_in_canonical_form() {
        for (written, read) in [
            ("0", "0"),
            ("-0", "0"),
            ("0.000", "0"),
            ("1", "1"),
            ("10000", "10000"),
            ("100000000", "100000000"),
            ("-12345.6789", "-12345.6789"),
            ("0.00001", "0.00001"),
            ("0.00010000", "0.0001"),
            ("12345678901234567890.12345678901234567890", "12345678901234567890.1234567890123456789"),
        ] {
            assert_eq!(roundtrip(written), read, "{written}");
        }
    }

    #[test]
    fn what_is_too_long_or_no_number_is_refused() {
        let mut out = BytesMut::new();
        assert!(encode(&"9".repeat(WHOLE), &mut out).is_ok());
        assert!(encode(&"9".repeat(WHOLE + 1), &mut out).is_err());
        for wrong in ["", "-", ".5", "NaN", "1e5", "1.x"] {
            assert!(encode(wrong, &mut out).is_err(), "{wrong}");
        }
    }

    #[test]
    fn nan_and_damage_are_nothing() {
        let mut text = String::new();
        assert_eq!(decode(&[0, 0, 0, 0, 0xC0, 0, 0, 0], &mut text), None);
        assert_eq!(decode(&[0, 1, 0, 0, 0, 0, 0, 0], &mut text), None);
        assert_eq!(decode(&[], &mut text), None);
    }

    proptest! {
        #[test]
        fn any_decimal_comes_back(digits in "-?[0-9]{1,40}(\\.[0-9]{1,40})?") {
            let expected = normalized_decimal(&digits.parse::<BigDecimal>().unwrap()).to_plain_string();
            prop_assert_eq!(roundtrip(&digits), expected);
        }

        #[test]
        fn no_bytes_make_reading_panic(raw in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = decode(&raw, &mut String::new());
        }
    }
}
