//! Values on their way into SQLite and back: one pair of `encode` and `decode`.

use std::cell::OnceCell;

use bigdecimal::BigDecimal;
use ommi_core::driver::{Param, Transform};
use ommi_core::query::{LikeToken, parse_like};
use ommi_core::schema::FieldType;
use ommi_core::value::time_text::{self, Moment};
use ommi_core::value::{Cell, Value, normalized_decimal};
use ommi_core::{Error, ErrorKind, Result};
use rusqlite::types;

use crate::error::Failure;
use crate::statement::{Binder, Row, Storage, Stored};

/// Binds one cell to the placeholder `index`, counted from 1.
///
/// # Errors
/// `Validation` for what SQLite cannot hold: NaN, text with NUL, years before 0, more than 10^9 bytes.
pub(crate) fn encode<'v>(binder: &mut Binder<'_, 'v>, index: usize, cell: Cell<'v>) -> Result<()> {
    let mut buffer = [0; time_text::LENGTH];
    let outcome = match cell {
        Cell::Null => binder.null(index),
        Cell::Bool(value) => binder.integer(index, i64::from(value)),
        Cell::Int(value) | Cell::Duration(value) => binder.integer(index, value),
        Cell::Float(value) => binder.real(index, not_nan(value)?),
        Cell::Text(value) | Cell::Json(value) => binder.text(index, without_nul(value)?),
        Cell::Decimal(value) => binder.text(index, value),
        Cell::Bytes(value) => binder.blob(index, value),
        Cell::Uuid(value) => binder.text_copy(index, value.hyphenated().encode_lower(&mut [0; 36])),
        Cell::DateTime(value) => {
            binder.text_copy(index, fits(time_text::write_datetime(value, &mut buffer))?)
        }
        Cell::Timestamp(value) => {
            binder.text_copy(index, fits(time_text::write_timestamp(value, &mut buffer))?)
        }
        Cell::Date(value) => binder.text_copy(index, fits(time_text::write_date(value, &mut buffer))?),
        Cell::Time(value) => binder.text_copy(index, fits(time_text::write_time(value, &mut buffer))?),
    };
    outcome.map_err(refused)
}

/// Binds one parameter to the placeholder `index`, counted from 1.
///
/// # Errors
/// As [`encode`], and `Validation` for a `like` pattern that ends in a lone backslash.
pub(crate) fn encode_param<'v>(
    binder: &mut Binder<'_, 'v>,
    index: usize,
    param: &'v Param,
    transform: Transform,
) -> Result<()> {
    let outcome = match (param, transform) {
        (Param::Scalar(value), Transform::Plain) => return encode_value(binder, index, value),
        (Param::Scalar(Value::Null), Transform::PrefixEnd | Transform::LikeToGlob) => binder.null(index),
        (Param::Scalar(Value::Text(value)), Transform::PrefixEnd) => match prefix_end(value) {
            Some(end) => binder.text_copy(index, &end),
            None => binder.null(index),
        },
        (Param::Scalar(Value::Text(value)), Transform::LikeToGlob) => {
            binder.text_copy(index, &like_to_glob(value)?)
        }
        (Param::Scalar(other), Transform::PrefixEnd | Transform::LikeToGlob) => {
            return Err(Error::validation(format!("expected text as a pattern, got {}", other.kind_name())));
        }
        (Param::List(values), Transform::Plain | Transform::PrefixEnd | Transform::LikeToGlob) => {
            binder.list(index, values.iter().map(list_item).collect::<Result<_>>()?)
        }
        (
            _,
            Transform::RegexToPostgres
            | Transform::IlikeToPostgres
            | Transform::RegexToMysql
            | Transform::IlikeToMysql,
        ) => {
            return Err(Error::new(
                ErrorKind::Internal,
                "a statement for SQLite has a pattern of another database",
            ));
        }
    };
    outcome.map_err(refused)
}

#[inline]
fn encode_value<'v>(binder: &mut Binder<'_, 'v>, index: usize, value: &'v Value) -> Result<()> {
    let cell = match value {
        Value::Null => Cell::Null,
        Value::Bool(value) => Cell::Bool(*value),
        Value::Int(value) => Cell::Int(*value),
        Value::Float(value) => Cell::Float(*value),
        Value::Text(value) => Cell::Text(value),
        Value::Bytes(value) => Cell::Bytes(value),
        Value::Decimal(value) => return binder.text_copy(index, &decimal_text(value)).map_err(refused),
        Value::Uuid(value) => Cell::Uuid(*value),
        Value::DateTime(value) => Cell::DateTime(*value),
        Value::Timestamp(value) => Cell::Timestamp(*value),
        Value::Date(value) => Cell::Date(*value),
        Value::Time(value) => Cell::Time(*value),
        Value::Duration(value) => Cell::Duration(*value),
        Value::Json(value) => Cell::Json(value),
    };
    encode(binder, index, cell)
}

/// A list's item in the form that rusqlite's `rarray` hands to SQLite: the same as `encode` binds.
fn list_item(value: &Value) -> Result<types::Value> {
    let mut buffer = [0; time_text::LENGTH];
    let text = |text: &str| types::Value::Text(text.to_owned());
    Ok(match value {
        Value::Null => types::Value::Null,
        Value::Bool(value) => types::Value::Integer(i64::from(*value)),
        Value::Int(value) | Value::Duration(value) => types::Value::Integer(*value),
        Value::Float(value) => types::Value::Real(not_nan(*value)?),
        Value::Text(value) | Value::Json(value) => text(without_nul(value)?),
        Value::Bytes(value) => types::Value::Blob(value.clone()),
        Value::Decimal(value) => types::Value::Text(decimal_text(value)),
        Value::Uuid(value) => text(value.hyphenated().encode_lower(&mut [0; 36])),
        Value::DateTime(value) => text(fits(time_text::write_datetime(*value, &mut buffer))?),
        Value::Timestamp(value) => text(fits(time_text::write_timestamp(*value, &mut buffer))?),
        Value::Date(value) => text(fits(time_text::write_date(*value, &mut buffer))?),
        Value::Time(value) => text(fits(time_text::write_time(*value, &mut buffer))?),
    })
}

/// A decimal as it is stored: plain digits, the same for equal numbers.
pub(crate) fn decimal_text(value: &BigDecimal) -> String {
    normalized_decimal(value).to_plain_string()
}

fn refused(code: i32) -> Error {
    Failure { code, message: format!("SQLite refused a value, code {code}") }.into_error()
}

fn fits<T>(written: Result<T, time_text::Refusal>) -> Result<T> {
    written.map_err(Error::validation)
}

fn not_nan(value: f64) -> Result<f64> {
    if value.is_nan() {
        return Err(Error::validation(
            "NaN cannot be stored in SQLite, which keeps it as NULL: use NULL instead",
        ));
    }
    Ok(value)
}

fn without_nul(text: &str) -> Result<&str> {
    if text.as_bytes().contains(&0) {
        return Err(Error::validation("text with a NUL character cannot be stored: remove it or use bytes"));
    }
    Ok(text)
}

/// The smallest text greater than all that begin with `prefix`; `None` where there is none.
fn prefix_end(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        // The range skips the surrogates, which are no characters; so does the order of UTF-8.
        if let Some(next) = (last..=char::MAX).nth(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

/// A `like` pattern as a GLOB pattern, which is case-sensitive and can use an index.
fn like_to_glob(pattern: &str) -> Result<String> {
    let mut glob = String::with_capacity(pattern.len() + 8);
    for token in parse_like(pattern)? {
        match token {
            LikeToken::Any => glob.push('*'),
            LikeToken::One => glob.push('?'),
            LikeToken::Literal(special @ ('*' | '?' | '[')) => glob.extend(['[', special, ']']),
            LikeToken::Literal(other) => glob.push(other),
        }
    }
    Ok(glob)
}

/// Text that a row's cells borrow where SQLite's own does not have the right form: numbers that a foreign table
/// holds as decimals. Empty, and free, for all others.
#[derive(Default)]
pub(crate) struct Scratch(OnceCell<Vec<OnceCell<String>>>);

impl Scratch {
    fn keep(&self, column: usize, columns: usize, text: String) -> &str {
        let slots = self.0.get_or_init(|| vec![OnceCell::new(); columns]);
        slots.get(column).map_or("", |slot| slot.get_or_init(|| text))
    }
}

/// What a column is expected to hold, and how it is called in messages.
pub(crate) struct Expected<'a> {
    pub(crate) types: &'a [FieldType],
    pub(crate) labels: &'a [String],
}

/// Reads the value of one column as its type.
///
/// # Errors
/// `Query`, naming the column: another storage class than the type's, or text that is no such value.
#[inline]
pub(crate) fn decode<'a>(
    row: Row<'a>,
    column: usize,
    expected: &Expected<'_>,
    scratch: &'a Scratch,
) -> Result<Cell<'a>> {
    let stored = row.get(column);
    let storage = stored.storage();
    let ty = expected.types.get(column);
    let cell = match (ty, storage) {
        (_, Storage::Null) => Some(Cell::Null),
        (Some(FieldType::Int) | None, Storage::Integer) => Some(Cell::Int(stored.integer())),
        (Some(FieldType::Text) | None, Storage::Text) => text(stored).map(Cell::Text),
        (Some(FieldType::Float) | None, Storage::Real) => Some(Cell::Float(stored.real())),
        (Some(FieldType::Float), Storage::Integer) => exact_float(stored.integer()),
        (Some(FieldType::Bytes) | None, Storage::Blob) => Some(Cell::Bytes(stored.blob())),
        (Some(FieldType::Bool), Storage::Integer) => match stored.integer() {
            0 => Some(Cell::Bool(false)),
            1 => Some(Cell::Bool(true)),
            _ => None,
        },
        (Some(FieldType::Duration), Storage::Integer) => Some(Cell::Duration(stored.integer())),
        (Some(FieldType::Uuid), Storage::Text) => {
            uuid::Uuid::try_parse_ascii(stored.text()).ok().map(Cell::Uuid)
        }
        (Some(FieldType::DateTime), Storage::Text) => {
            time_text::read_moment(stored.text()).map(|moment| match moment {
                Moment::Local(value) => Cell::DateTime(value),
                Moment::Instant(value) => Cell::Timestamp(value),
            })
        }
        (Some(FieldType::NaiveDateTime), Storage::Text) => match time_text::read_moment(stored.text()) {
            Some(Moment::Local(value)) => Some(Cell::DateTime(value)),
            Some(Moment::Instant(_)) | None => None,
        },
        (Some(FieldType::Timestamp), Storage::Text) => match time_text::read_moment(stored.text()) {
            Some(Moment::Instant(value)) => Some(Cell::Timestamp(value)),
            Some(Moment::Local(_)) | None => None,
        },
        (Some(FieldType::Date), Storage::Text) => time_text::read_date(stored.text()).map(Cell::Date),
        (Some(FieldType::Time), Storage::Text) => time_text::read_time(stored.text()).map(Cell::Time),
        (Some(FieldType::Json | FieldType::List(_)), Storage::Text) => text(stored).map(Cell::Json),
        (Some(FieldType::Decimal), Storage::Text | Storage::Integer | Storage::Real) => {
            decimal(stored, storage, |text| scratch.keep(column, expected.types.len(), text))
        }
        (Some(_), Storage::Integer | Storage::Real | Storage::Text | Storage::Blob) => None,
    };
    cell.ok_or_else(|| mismatch(stored, column, expected, storage))
}

#[inline]
fn text(stored: Stored<'_>) -> Option<&str> {
    std::str::from_utf8(stored.text()).ok()
}

fn exact_float(value: i64) -> Option<Cell<'static>> {
    let float = value as f64;
    (float as i128 == i128::from(value)).then_some(Cell::Float(float))
}

/// A decimal in plain notation: as stored where it is plain already, rewritten where a foreign table holds a
/// number or an exponent.
fn decimal<'a>(
    stored: Stored<'a>,
    storage: Storage,
    keep: impl FnOnce(String) -> &'a str,
) -> Option<Cell<'a>> {
    match storage {
        Storage::Integer => Some(Cell::Decimal(keep(stored.integer().to_string()))),
        Storage::Real => {
            let value = stored.real();
            // Rust writes the shortest digits that mean just this double, and never an exponent.
            value.is_finite().then(|| Cell::Decimal(keep(value.to_string())))
        }
        Storage::Text => {
            let text = text(stored)?;
            if is_plain_decimal(text.as_bytes()) {
                return Some(Cell::Decimal(text));
            }
            text.trim().parse::<BigDecimal>().ok().map(|value| Cell::Decimal(keep(decimal_text(&value))))
        }
        Storage::Null | Storage::Blob => None,
    }
}

/// `-?digits` or `-?digits.digits`.
pub(crate) fn is_plain_decimal(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let mut point = None;
    for (position, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {}
            b'.' if point.is_none() => point = Some(position),
            _ => return false,
        }
    }
    match point {
        None => !digits.is_empty(),
        Some(position) => position > 0 && position + 1 < digits.len(),
    }
}

#[cold]
fn mismatch(stored: Stored<'_>, column: usize, expected: &Expected<'_>, storage: Storage) -> Error {
    let label = expected.labels.get(column).map_or("", String::as_str);
    let wanted = expected.types.get(column).map_or_else(|| "text".to_owned(), FieldType::describe);
    let found = match storage {
        Storage::Null => "NULL",
        Storage::Integer => "an integer",
        Storage::Real => "a float",
        Storage::Text if text(stored).is_none() => "text that is not valid UTF-8",
        Storage::Text => "text",
        Storage::Blob => "bytes",
    };
    let right_class = match expected.types.get(column) {
        None
        | Some(FieldType::Text | FieldType::Int | FieldType::Bytes | FieldType::Json | FieldType::List(_)) => {
            false
        }
        Some(FieldType::Bool | FieldType::Duration) => storage == Storage::Integer,
        Some(FieldType::Float) => storage == Storage::Integer,
        Some(FieldType::Decimal) => storage != Storage::Blob,
        Some(
            FieldType::Uuid
            | FieldType::DateTime
            | FieldType::NaiveDateTime
            | FieldType::Timestamp
            | FieldType::Date
            | FieldType::Time,
        ) => storage == Storage::Text,
    };
    let tail = if right_class { " that is no such value" } else { "" };
    let error = Error::query(format!("expected {wanted}, the database holds {found}{tail}"));
    match label.rsplit_once('.') {
        Some((model, field)) => error.with_model(model).with_field(field),
        None if label.is_empty() => error.with_field(format!("column {}", column + 1)),
        None => error.with_field(label),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prefix_is_the_next_text() {
        assert_eq!(prefix_end("ab").as_deref(), Some("ac"));
        assert_eq!(prefix_end("a\u{10FFFF}").as_deref(), Some("b"));
        assert_eq!(prefix_end("\u{D7FF}").as_deref(), Some("\u{E000}"));
        assert_eq!(prefix_end("\u{10FFFF}"), None);
        assert_eq!(prefix_end(""), None);
    }

    #[test]
    fn like_patterns_become_globs_that_mean_the_same() {
        assert_eq!(like_to_glob(r"a%_\%*?[]").unwrap(), "a*?%[*][?][[]]");
        assert!(like_to_glob("\\").is_err());
    }

    #[test]
    fn plain_decimals_are_told_from_others() {
        for plain in ["0", "-1", "10.25", "-0.5"] {
            assert!(is_plain_decimal(plain.as_bytes()), "{plain}");
        }
        for other in ["", "-", ".5", "5.", "1e3", "+1", " 1", "1.2.3", "NaN"] {
            assert!(!is_plain_decimal(other.as_bytes()), "{other}");
        }
    }
}
