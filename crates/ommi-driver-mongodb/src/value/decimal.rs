//! Decimals: canonical text in Ommi, Decimal128 in BSON, which has 34 digits.

use mongodb::bson::Decimal128;
use ommi_core::{Error, Result};

/// The most digits.
pub(crate) const DIGITS: u32 = 34;

/// The smallest and the largest power of ten that the digits as a whole number are multiplied by.
const EXPONENTS: std::ops::RangeInclusive<i64> = -6176..=6111;

/// The number of a decimal's text in plain notation.
///
/// # Errors
/// `Unsupported` where it has more digits, or is too small or too large; `Validation` for what is no number.
pub(super) fn read(text: &str) -> Result<Decimal128> {
    let (sign, plain) = text.strip_prefix('-').map_or(("", text), |plain| ("-", plain));
    // Most numbers are short, and mean what they say.
    if plain.len() <= DIGITS as usize {
        return text.parse().map_err(|_| no_number());
    }
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let joined = [whole, fraction].concat();
    let digits = joined.trim_start_matches('0').trim_end_matches('0');
    if digits.is_empty() {
        return "0".parse().map_err(|_| no_number());
    }
    let dropped = joined.len() - joined.trim_end_matches('0').len();
    let exponent = dropped as i64 - fraction.len() as i64;
    // A number of few digits and many zeros before the point has some of the zeros among its digits.
    let zeros = usize::try_from(exponent - EXPONENTS.end()).unwrap_or(0);
    let exponent = exponent.min(*EXPONENTS.end());
    if digits.len() + zeros > DIGITS as usize || !EXPONENTS.contains(&exponent) {
        return Err(too_long(digits.len()));
    }
    format!("{sign}{digits}{}E{exponent}", "0".repeat(zeros)).parse().map_err(|_| no_number())
}

/// The number in plain notation without trailing zeros; nothing where it is NaN or infinite.
pub(super) fn write(number: Decimal128) -> Option<String> {
    let text = number.to_string();
    if text.contains('E') {
        let number: bigdecimal::BigDecimal = text.parse().ok()?;
        return Some(number.normalized().to_plain_string());
    }
    if text.ends_with(|last: char| !last.is_ascii_digit()) {
        return None;
    }
    Some(trimmed(text))
}

/// Without zeros behind the last digit that counts.
pub(super) fn trimmed(mut text: String) -> String {
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    if text == "-0" { "0".to_owned() } else { text }
}

#[cold]
fn too_long(digits: usize) -> Error {
    Error::unsupported(format!(
        "the decimal has {digits} digits that count, or is too large or too small, and MongoDB holds {DIGITS}; round \
         it, or store it as text"
    ))
}

#[cold]
fn no_number() -> Error {
    Error::validation("expected a decimal, got one that is not a finite number")
}
