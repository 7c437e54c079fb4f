//! The SQL functions that SQLite lacks: checked integers and floats, exact decimals, patterns, and in [`scalar`] those of one
//! value.
//! `ommi-sql` writes calls of them; each connection has them all. NULL in any argument gives NULL.

mod path;
mod scalar;

use std::ffi::CStr;
use std::sync::Arc;

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, Signed, Zero};
use ommi_core::query::{LikeToken, parse_like};
use parking_lot::Mutex;
use quick_cache::unsync::Cache;
use regex::{Regex, RegexBuilder};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Error, Result, ffi};

use crate::guard::Guard;
use crate::value::decimal_text;

/// How many compiled patterns a connection keeps for each function.
const PATTERNS: usize = 64;

/// The digits after the point of a quotient that does not end.
const QUOTIENT_DIGITS: i64 = 20;

/// What an integer operation gives: nothing for a division by zero.
type Integer = fn(i64, i64) -> std::result::Result<Option<i64>, Overflow>;
type Decimal = fn(&BigDecimal, &BigDecimal) -> Option<BigDecimal>;
type Float = fn(f64, f64) -> f64;

struct Overflow;

const INTEGER: [(&CStr, Integer); 5] = [
    (c"ommi_int_add", |left, right| left.checked_add(right).map(Some).ok_or(Overflow)),
    (c"ommi_int_sub", |left, right| left.checked_sub(right).map(Some).ok_or(Overflow)),
    (c"ommi_int_mul", |left, right| left.checked_mul(right).map(Some).ok_or(Overflow)),
    (c"ommi_int_div", |left, right| match right {
        0 => Ok(None),
        right => left.checked_div(right).map(Some).ok_or(Overflow),
    }),
    (c"ommi_int_rem", |left, right| Ok(if right == 0 { None } else { Some(left.wrapping_rem(right)) })),
];

const DECIMAL: [(&CStr, Decimal); 5] = [
    (c"ommi_decimal_add", |left, right| Some(left + right)),
    (c"ommi_decimal_sub", |left, right| Some(left - right)),
    (c"ommi_decimal_mul", |left, right| Some(left * right)),
    (c"ommi_decimal_div", |left, right| (!right.is_zero()).then(|| quotient(left, right))),
    (c"ommi_decimal_rem", |left, right| (!right.is_zero()).then(|| left % right)),
];

/// Division by zero is not a number, which is NULL.
const FLOAT: [(&CStr, Float); 5] = [
    (c"ommi_float_add", |left, right| left + right),
    (c"ommi_float_sub", |left, right| left - right),
    (c"ommi_float_mul", |left, right| left * right),
    (c"ommi_float_div", |left, right| if right == 0.0 { f64::NAN } else { left / right }),
    (c"ommi_float_rem", |left, right| left % right),
];

/// Makes the functions known to a connection, which its guard stops.
pub(crate) fn register(connection: &Connection, guard: &Arc<Guard>) -> Result<()> {
    for (name, operation) in INTEGER {
        define(connection, name, move |left, right| integer(left, right, operation))?;
    }
    for (name, operation) in DECIMAL {
        define(connection, name, move |left, right| decimal(left, right, operation))?;
    }
    for (name, operation) in FLOAT {
        define(connection, name, move |left, right| float(left, right, operation))?;
    }
    scalar::register(connection)?;
    path::register(connection)?;
    define_pattern(connection, guard, c"ommi_regex", |pattern| Ok(RegexBuilder::new(pattern)))?;
    define_pattern(connection, guard, c"ommi_like", like)?;
    define_pattern(connection, guard, c"ommi_ilike", |pattern| {
        let mut builder = like(pattern)?;
        builder.case_insensitive(true);
        Ok(builder)
    })
}

/// Defines a function of two arguments, neither of which is NULL.
fn define(
    connection: &Connection,
    name: &'static CStr,
    function: impl Fn(ValueRef<'_>, ValueRef<'_>) -> Result<Value> + Send + 'static,
) -> Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function(name, 2, flags, move |context: &Context<'_>| {
        match (context.get_raw(0), context.get_raw(1)) {
            (ValueRef::Null, _) | (_, ValueRef::Null) => Ok(Value::Null),
            (left, right) => function(left, right),
        }
    })
}

fn integer(left: ValueRef<'_>, right: ValueRef<'_>, operation: Integer) -> Result<Value> {
    match operation(as_integer(left)?, as_integer(right)?) {
        Ok(Some(value)) => Ok(Value::Integer(value)),
        Ok(None) => Ok(Value::Null),
        Err(Overflow) => Err(failed("integer overflow: the result does not fit in 64 bits")),
    }
}

pub(crate) fn as_integer(value: ValueRef<'_>) -> Result<i64> {
    match value {
        ValueRef::Integer(value) => Ok(value),
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => {
            Err(failed("integer arithmetic met a value that is no integer"))
        }
    }
}

fn decimal(left: ValueRef<'_>, right: ValueRef<'_>, operation: Decimal) -> Result<Value> {
    let result = operation(&as_decimal(left)?, &as_decimal(right)?);
    Ok(result.map_or(Value::Null, |value| Value::Text(decimal_text(&value))))
}

pub(crate) fn as_decimal(value: ValueRef<'_>) -> Result<BigDecimal> {
    let parsed = match value {
        ValueRef::Integer(value) => Some(value.into()),
        ValueRef::Real(value) => value.to_string().parse().ok(),
        ValueRef::Text(text) => std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()),
        ValueRef::Null | ValueRef::Blob(_) => None,
    };
    parsed.ok_or_else(|| failed("decimal arithmetic met a value that is no number"))
}

/// A quotient rounded half away from zero, by a divisor that is not zero.
fn quotient(left: &BigDecimal, right: &BigDecimal) -> BigDecimal {
    let ((dividend, left_scale), (divisor, right_scale)) =
        (left.as_bigint_and_scale(), right.as_bigint_and_scale());
    let shift = QUOTIENT_DIGITS + right_scale - left_scale;
    let power = |digits: i64| BigInt::from(10).pow(u32::try_from(digits).unwrap_or(0));
    let (dividend, divisor) = (dividend.as_ref() * power(shift), divisor.as_ref() * power(-shift));
    // One half more than nothing in the direction of the result: what is cut off then rounds.
    let half = divisor.abs() * dividend.signum();
    BigDecimal::new((dividend * 2 + half) / (divisor * 2), QUOTIENT_DIGITS)
}

fn float(left: ValueRef<'_>, right: ValueRef<'_>, operation: Float) -> Result<Value> {
    let (left, right) = (as_float(left)?, as_float(right)?);
    let result = operation(left, right);
    if result.is_infinite() && left.is_finite() && right.is_finite() {
        return Err(failed("float overflow: the result is greater than any float"));
    }
    // SQLite has no NaN.
    Ok(if result.is_nan() { Value::Null } else { Value::Real(result) })
}

pub(crate) fn as_float(value: ValueRef<'_>) -> Result<f64> {
    match value {
        ValueRef::Integer(value) => Ok(value as f64),
        ValueRef::Real(value) => Ok(value),
        ValueRef::Null | ValueRef::Text(_) | ValueRef::Blob(_) => {
            Err(failed("float arithmetic met a value that is no number"))
        }
    }
}

/// Defines a function of a text and a pattern that `prepare` turns into a regular expression.
fn define_pattern(
    connection: &Connection,
    guard: &Arc<Guard>,
    name: &'static CStr,
    prepare: impl Fn(&str) -> Result<RegexBuilder> + Send + 'static,
) -> Result<()> {
    // SQLite calls the function from the thread that uses the connection: the lock is never contended.
    let compiled: Mutex<Cache<String, Regex>> = Mutex::new(Cache::new(PATTERNS));
    let guard = guard.clone();
    define(connection, name, move |text, pattern| {
        let (Ok(text), Ok(pattern)) = (text.as_str(), pattern.as_str()) else {
            return Err(failed("a pattern was compared with a value that is not valid text"));
        };
        let mut compiled = compiled.lock();
        if let Some(regex) = compiled.get(pattern) {
            return Ok(Value::Integer(regex.is_match(text).into()));
        }
        // To compile a pattern can take 100 ms: not on the thread of whoever asks.
        if guard.is_brief() {
            return Err(Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_INTERRUPT), None));
        }
        let regex = prepare(pattern)?.build().map_err(|error| failed(error.to_string()))?;
        let found = regex.is_match(text);
        compiled.insert(pattern.to_owned(), regex);
        Ok(Value::Integer(found.into()))
    })
}

/// A `like` pattern, over the whole text, as a regular expression.
fn like(pattern: &str) -> Result<RegexBuilder> {
    let mut source = String::with_capacity(pattern.len() * 2 + 4);
    source.push_str(r"\A");
    for token in parse_like(pattern).map_err(|error| failed(error.message()))? {
        match token {
            LikeToken::Any => source.push_str(".*"),
            LikeToken::One => source.push('.'),
            LikeToken::Literal(character) => {
                source.push_str(&regex::escape(character.encode_utf8(&mut [0; 4])))
            }
        }
    }
    source.push_str(r"\z");
    let mut builder = RegexBuilder::new(&source);
    builder.dot_matches_new_line(true);
    Ok(builder)
}

pub(crate) fn failed(message: impl Into<String>) -> Error {
    Error::UserFunctionError(message.into().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluate(expression: &str) -> std::result::Result<Value, String> {
        let connection = Connection::open_in_memory().unwrap();
        let guard = Guard::new(crate::guard::Flag::default(), std::time::Duration::ZERO);
        register(&connection, &guard).unwrap();
        connection
            .query_row(&format!("SELECT {expression}"), [], |row| row.get(0))
            .map_err(|error| error.to_string())
    }

    fn text(value: &str) -> std::result::Result<Value, String> {
        Ok(Value::Text(value.into()))
    }

    #[test]
    fn every_function_that_statements_use_is_there() {
        for (name, arguments) in ommi_sql::sqlite::FUNCTIONS {
            let nulls = vec!["NULL"; *arguments as usize].join(", ");
            assert_eq!(evaluate(&format!("{name}({nulls})")), Ok(Value::Null), "{name}");
        }
    }

    #[test]
    fn integers_never_become_floats() {
        assert_eq!(evaluate("ommi_int_add(9223372036854775806, 1)"), Ok(Value::Integer(i64::MAX)));
        for overflow in [
            "ommi_int_add(9223372036854775807, 1)",
            "ommi_int_mul(4611686018427387904, 2)",
            "ommi_int_div(-9223372036854775808, -1)",
        ] {
            assert!(evaluate(overflow).unwrap_err().contains("integer overflow"), "{overflow}");
        }
        assert_eq!(evaluate("ommi_int_rem(-9223372036854775808, -1)"), Ok(Value::Integer(0)));
        assert_eq!(evaluate("ommi_int_div(-7, 2)"), Ok(Value::Integer(-3)));
        assert_eq!(evaluate("ommi_int_rem(-7, 2)"), Ok(Value::Integer(-1)));
        assert_eq!(evaluate("ommi_int_div(1, 0)"), Ok(Value::Null));
        assert_eq!(evaluate("ommi_int_add(NULL, 1)"), Ok(Value::Null));
    }

    #[test]
    fn decimals_are_exact_and_canonical() {
        assert_eq!(evaluate("ommi_decimal_add('0.1', '0.2')"), text("0.3"));
        assert_eq!(evaluate("ommi_decimal_mul('1.50', '2')"), text("3"));
        assert_eq!(evaluate("ommi_decimal_div('1', '3')"), text("0.33333333333333333333"));
        assert_eq!(evaluate("ommi_decimal_div('-2', '3')"), text("-0.66666666666666666667"));
        assert_eq!(
            evaluate("ommi_decimal_div('1', '-200000000000000000000')"),
            text("-0.00000000000000000001")
        );
        assert_eq!(evaluate("ommi_decimal_div('1', '200000000000000000001')"), text("0"));
        assert_eq!(
            evaluate("ommi_decimal_div('0.000000000000000000000001', '0.0000000000000000000000005')"),
            text("2")
        );
        assert_eq!(
            evaluate("ommi_decimal_div('12345678901234567890123456789012345', '0.1')"),
            text("123456789012345678901234567890123450")
        );
        assert_eq!(evaluate("ommi_decimal_rem('-7.5', '2')"), text("-1.5"));
        assert_eq!(evaluate("ommi_decimal_div('1', '0.00')"), Ok(Value::Null));
        assert!(evaluate("ommi_decimal_add('x', '1')").is_err());
    }

    #[test]
    fn floats_do_not_overflow_silently() {
        assert_eq!(evaluate("ommi_float_add(0.5, 0.25)"), Ok(Value::Real(0.75)));
        assert_eq!(evaluate("ommi_float_div(1.0, 4)"), Ok(Value::Real(0.25)));
        for nothing in
            ["ommi_float_div(1.0, 0.0)", "ommi_float_sub(9e999, 9e999)", "ommi_float_mul(9e999, 0.0)"]
        {
            assert_eq!(evaluate(nothing), Ok(Value::Null), "{nothing}");
        }
        for overflow in
            ["ommi_float_mul(1e200, 1e200)", "ommi_float_sub(-1e308, 1e308)", "ommi_float_div(1e300, 1e-300)"]
        {
            assert!(evaluate(overflow).unwrap_err().contains("float overflow"), "{overflow}");
        }
        assert_eq!(evaluate("ommi_float_add(9e999, 1.0)"), Ok(Value::Real(f64::INFINITY)));
    }

    #[test]
    fn float_remainders_have_the_sign_of_the_dividend() {
        assert_eq!(evaluate("ommi_float_rem(-7.5, 2.0)"), Ok(Value::Real(-1.5)));
        assert_eq!(evaluate("ommi_float_rem(1.0, 0.0)"), Ok(Value::Null));
    }

    #[test]
    fn patterns_mean_what_the_query_language_says() {
        let holds = |expression: &str| evaluate(expression) == Ok(Value::Integer(1));
        assert!(holds("ommi_ilike('STRASSE ÄÖ', 'strasse _ö')"));
        assert!(holds(r"ommi_ilike('100%', '100\%')") && !holds(r"ommi_ilike('1000', '100\%')"));
        assert!(holds("ommi_like('a' || char(10) || 'b', 'a%b')") && !holds("ommi_like('AB', 'a%')"));
        assert!(holds("ommi_regex('xaby', 'a.')") && !holds("ommi_regex('xaby', '^a')"));
        assert!(evaluate("ommi_regex('x', '(')").is_err());
    }
}
