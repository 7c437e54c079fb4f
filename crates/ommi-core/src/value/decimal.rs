//! The one form of a decimal, so that equal numbers are equal text in every database.

use bigdecimal::BigDecimal;

/// `value` without trailing zeros; zero has no sign and no exponent.
pub fn normalized(value: &BigDecimal) -> BigDecimal {
    value.normalized()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_decimals_have_one_text() {
        for (left, right) in [("1.10", "1.1"), ("100", "1E2"), ("-0.0", "0")] {
            let text = |source: &str| normalized(&source.parse().unwrap()).to_plain_string();
            assert_eq!(text(left), text(right));
        }
    }
}
