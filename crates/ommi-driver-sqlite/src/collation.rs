//! The collation `ommi_decimal`: decimals kept as text, in the order of their values.

use std::cmp::Ordering;

use rusqlite::Connection;

use crate::value::is_plain_decimal;

/// Makes the collation known to a connection.
pub(crate) fn register(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_collation(c"ommi_decimal", compare)
}

/// Compares two decimals in plain notation. Text that is no decimal, which only a foreign writer can have
/// stored, comes after all numbers, by its bytes.
fn compare(left: &str, right: &str) -> Ordering {
    match (is_plain_decimal(left.as_bytes()), is_plain_decimal(right.as_bytes())) {
        (true, true) => compare_numbers(left, right),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => left.cmp(right),
    }
}

fn compare_numbers(left: &str, right: &str) -> Ordering {
    let (left, right) = (Parts::of(left), Parts::of(right));
    match (left.negative, right.negative) {
        (false, false) => left.compare_size(&right),
        (true, true) => right.compare_size(&left),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    }
}

struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        let is_zero = whole.is_empty() && fraction.is_empty();
        Self { negative: digits.len() < text.len() && !is_zero, whole, fraction }
    }

    fn compare_size(&self, other: &Self) -> Ordering {
        let by_length = self.whole.len().cmp(&other.whole.len());
        by_length.then_with(|| self.whole.cmp(other.whole)).then_with(|| self.fraction.cmp(other.fraction))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bigdecimal::BigDecimal;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_in_order_and_come_before_other_text() {
        let ordered =
            ["-100.5", "-9", "-0.1", "0", "0.05", "0.1", "1", "9.99", "10", "123456789012345678901", "x"];
        for (position, left) in ordered.iter().enumerate() {
            for (other, right) in ordered.iter().enumerate() {
                assert_eq!(compare(left, right), position.cmp(&other), "{left} and {right}");
            }
        }
        assert_eq!(compare("-0", "0.00"), Ordering::Equal);
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_the_values(a in any::<i64>(), x in 0_i64..12, b in any::<i64>(), y in 0_i64..12) {
            let (left, right) = (BigDecimal::new(a.into(), x), BigDecimal::new(b.into(), y));
            prop_assert_eq!(compare(&left.to_plain_string(), &right.to_plain_string()), left.cmp(&right));
        }
    }
}
