//! Rows on their way in: every cell is checked against its field before anything is sent.

use ommi_core::schema::{FieldDef, FieldType, ModelDef};
use ommi_core::value::{Cell, RowBatch, Value};
use ommi_core::{Error, ErrorKind, Result};

use crate::limits::Limits;

/// The rows in the form that the fields store: as they came, unless an integer stands for a float or a decimal.
///
/// # Errors
/// `Validation` naming the model, the field and the row of the first cell that does not fit; `Unsupported` for one that
/// the database cannot hold.
pub(crate) fn checked(
    model: &ModelDef,
    fields: &[usize],
    rows: RowBatch,
    limits: &Limits,
) -> Result<RowBatch> {
    let rows = with_first_versions(model, fields, rows);
    match check_rows(model, fields, &rows, limits, |_, _| false)? {
        Fit::AsItIs => Ok(rows),
        Fit::Converted => {
            let definitions: Vec<&FieldDef> = fields.iter().map(|field| &model.fields()[*field]).collect();
            converted(model, &definitions, &rows)
        }
    }
}

/// Checks rows as [`checked`] does, without the cells that take their value later: `is_open` knows them by row and
/// field.
pub(crate) fn check_rows(
    model: &ModelDef,
    fields: &[usize],
    rows: &RowBatch,
    limits: &Limits,
    is_open: impl Fn(usize, usize) -> bool,
) -> Result<Fit> {
    if rows.is_empty() {
        return Ok(Fit::AsItIs);
    }
    if rows.width() != fields.len() {
        let message = format!("rows of {} cells were given for {} fields", rows.width(), fields.len());
        return Err(Error::new(ErrorKind::Internal, message).with_model(model.name()));
    }
    let definitions: Vec<&FieldDef> = fields.iter().map(|field| &model.fields()[*field]).collect();
    let longest: Vec<_> = fields.iter().map(|field| limits.longest(model, *field)).collect();
    let mut fit = Fit::AsItIs;
    for row in 0..rows.len() {
        for (((cell, field), longest), position) in rows.row(row).zip(&definitions).zip(&longest).zip(fields)
        {
            let length = longest.map_or(Ok(()), |longest| limits.check_length(&cell, longest));
            match length.and_then(|()| check(field, &cell, limits)) {
                Ok(Fit::AsItIs) => {}
                Ok(Fit::Converted) => fit = Fit::Converted,
                Err(_) if is_open(row, *position) => {}
                Err(error) => return Err(place(error, model, field, row, rows.len())),
            }
        }
    }
    Ok(fit)
}

/// The rows, with 1 for a version that does not count yet.
fn with_first_versions(model: &ModelDef, fields: &[usize], rows: RowBatch) -> RowBatch {
    let place = model.version().and_then(|version| fields.iter().position(|field| *field == version));
    let Some(place) = place else { return rows };
    let counts = |row: usize| !matches!(rows.get(row, place), Some(Cell::Null | Cell::Int(0)));
    if (0..rows.len()).all(counts) {
        return rows;
    }
    let mut counted = RowBatch::with_capacity(rows.width(), rows.len());
    for row in 0..rows.len() {
        for (column, cell) in rows.row(row).enumerate() {
            counted.push(if column == place && !counts(row) { Cell::Int(1) } else { cell });
        }
        counted.end_row();
    }
    counted
}

/// How cells fit their fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// They are stored as they came.
    AsItIs,
    /// One of them is stored as another number.
    Converted,
}

fn check(field: &FieldDef, cell: &Cell<'_>, limits: &Limits) -> Result<Fit> {
    let as_it_is = match (&field.ty, cell) {
        (_, Cell::Null) => field.nullable || field.auto,
        (FieldType::Text, Cell::Text(text)) => !text.contains('\0') && is_short(field, text),
        (FieldType::Decimal, Cell::Decimal(text)) if is_canonical(text) => {
            limits.check_decimal_text(text)?;
            true
        }
        (FieldType::Float, Cell::Float(value)) => {
            limits.check_float(*value)?;
            true
        }
        (FieldType::Timestamp, Cell::Timestamp(value)) => {
            limits.check_instant(*value, &field.ty)?;
            true
        }
        (FieldType::Bool, Cell::Bool(_))
        | (FieldType::Int, Cell::Int(_))
        | (FieldType::Bytes, Cell::Bytes(_))
        | (FieldType::Uuid, Cell::Uuid(_))
        | (FieldType::DateTime, Cell::DateTime(_) | Cell::Timestamp(_))
        | (FieldType::NaiveDateTime, Cell::DateTime(_))
        | (FieldType::Date, Cell::Date(_))
        | (FieldType::Time, Cell::Time(_))
        | (FieldType::Duration, Cell::Duration(_))
        | (FieldType::Json | FieldType::List(_), Cell::Json(_)) => true,
        (_a_field_of_another_type, _cell) => false,
    };
    if as_it_is {
        return Ok(Fit::AsItIs);
    }
    // The one rule for values decides the rest, and words the refusal.
    let value = match cell {
        Cell::Decimal(text) => decimal(text)?,
        other => other.to_value()?,
    };
    let is_number = matches!(value, Value::Int(_) | Value::Decimal(_));
    limits.check(&field.check(value)?, &field.ty)?;
    Ok(if is_number { Fit::Converted } else { Fit::AsItIs })
}

/// Whether a decimal's text is the only one of its number: equal decimals must be equal text.
fn is_canonical(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "1"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole)
        && all_digits(fraction)
        && !fraction.ends_with('0')
        && (whole == "0" || !whole.starts_with('0'))
        && text != "-0"
}

fn decimal(text: &str) -> Result<Value> {
    match text.parse::<bigdecimal::BigDecimal>() {
        Ok(value) => Ok(Value::from(value)),
        Err(_) => Err(Error::validation("expected a decimal, got one that is not a finite number")),
    }
}

/// Bytes bound characters from above, so that short text is not counted.
fn is_short(field: &FieldDef, text: &str) -> bool {
    field.max_length.is_none_or(|limit| text.len() <= limit as usize)
}

fn converted(model: &ModelDef, fields: &[&FieldDef], rows: &RowBatch) -> Result<RowBatch> {
    let mut stored = RowBatch::with_capacity(rows.width(), rows.len());
    let mut digits = String::new();
    for row in 0..rows.len() {
        for (cell, field) in rows.row(row).zip(fields) {
            let value = match (cell, &field.ty) {
                (Cell::Int(value), FieldType::Float | FieldType::Decimal) => {
                    Value::Int(value).coerce(&field.ty)
                }
                (Cell::Decimal(text), FieldType::Decimal) => decimal(text),
                (cell, _) => {
                    stored.push(cell);
                    continue;
                }
            };
            let value = value.map_err(|error| place(error, model, field, row, rows.len()))?;
            stored.push(value.as_cell(&mut digits));
        }
        stored.end_row();
    }
    Ok(stored)
}

fn place(error: Error, model: &ModelDef, field: &FieldDef, row: usize, rows: usize) -> Error {
    let error = match rows {
        1 => error,
        _ => {
            let message = format!("{} (row {} of {rows})", error.message(), row + 1);
            error.with_message(message)
        }
    };
    error.with_model(model.name()).with_field(&field.name)
}
