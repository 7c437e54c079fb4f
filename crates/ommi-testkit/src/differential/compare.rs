//! Whether two outcomes are the same.

use ommi_core::driver::Capabilities;
use ommi_core::query::{Projection, Query};
use ommi_core::value::Value;
use ommi_core::{Error, ErrorKind, Result};

use super::step::{Outcome, Step};
use crate::oracle::broken_rules;
use crate::run::Row;

/// What two outcomes say of each other.
pub(super) enum Verdict {
    Same,
    /// One failed and the other did not, and both were allowed to: only the rest of a case that goes on from there
    /// cannot be compared.
    Unclear,
    Different,
}

/// Compares what the database and the oracle gave.
pub(super) fn verdict(
    step: &Step,
    found: &Result<Outcome>,
    expected: &Result<Outcome>,
    able: &Capabilities,
) -> Verdict {
    let is_row_by_row =
        !able.references_at_statement_end || (!able.cascades_before_checks && step.is_of_many());
    let is_early = |kind: ErrorKind| kind == ErrorKind::ForeignKeyViolation && is_row_by_row;
    let is_overflow =
        |kind: ErrorKind| kind == ErrorKind::Query && !able.conditions_in_order && step.computes_beside();
    match (found, expected) {
        (Ok(found), Ok(expected)) if is_same(step, found, expected) => Verdict::Same,
        (Err(found), Err(expected)) if is_same_error(step, found, expected) => Verdict::Same,
        (Err(found), Err(_)) if is_early(found.kind()) => Verdict::Same,
        (Err(error), Ok(_)) if is_early(error.kind()) => Verdict::Unclear,
        (Ok(_), Err(error)) | (Err(error), Ok(_) | Err(_)) if is_overflow(error.kind()) => Verdict::Unclear,
        _ => Verdict::Different,
    }
}

/// Whether the database's error is one that the oracle gives too. A statement may break several rules: the error is
/// about one of them, and where it changes several rows, any of them.
fn is_same_error(step: &Step, found: &Error, expected: &Error) -> bool {
    let is_rule = is_rule(found.kind());
    if expected.kind() == ErrorKind::Query && step.is_of_many() && is_rule {
        // Rows before the one that cannot be computed broke it.
        return true;
    }
    let is_kind = |rule: &Error| rule.kind() == found.kind();
    if !is_rule || !(step.is_of_many() || is_kind(expected)) {
        return is_kind(expected);
    }
    // Rows of another model that follow have columns of their own, which not every database tells.
    let names_columns = matches!(found.kind(), ErrorKind::UniqueViolation | ErrorKind::NotNullViolation)
        && !found.columns().is_empty();
    broken_rules(expected).any(|rule| is_kind(rule) && (!names_columns || rule.columns() == found.columns()))
}

/// Whether an error is about a rule that rows have to keep.
fn is_rule(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::UniqueViolation
            | ErrorKind::ForeignKeyViolation
            | ErrorKind::NotNullViolation
            | ErrorKind::CheckViolation
    )
}

fn is_same(step: &Step, found: &Outcome, expected: &Outcome) -> bool {
    match (found, expected) {
        (Outcome::Rows(found), Outcome::Rows(expected)) => {
            step.query().is_some_and(|query| same_rows(query, found, expected))
        }
        (Outcome::Count(found), Outcome::Count(expected)) => found == expected,
        (Outcome::Exists(found), Outcome::Exists(expected)) => found == expected,
        (Outcome::Written(found), Outcome::Written(expected)) => found == expected,
        (Outcome::Keys(found), Outcome::Keys(expected)) => found == expected,
        _ => false,
    }
}

/// The same rows; in the same order as far as the query asks for one.
fn same_rows(query: &Query, found: &[Row], expected: &[Row]) -> bool {
    let keys = |rows: &[Row]| -> Option<Vec<Vec<String>>> {
        let positions: Vec<usize> =
            query.order.iter().map(|key| position(query, &key.column)).collect::<Option<_>>()?;
        let key = |row: &Row| positions.iter().map(|position| text(&row[*position])).collect();
        Some(rows.iter().map(key).collect())
    };
    sorted(found) == sorted(expected) && keys(found) == keys(expected)
}

/// Where a column stands in what is fetched.
fn position(query: &Query, column: &ommi_core::query::ColumnRef) -> Option<usize> {
    match &query.projection {
        Projection::Model | Projection::ModelWith(_) => {
            (column.model.id() == query.model.id()).then_some(column.field)
        }
        Projection::Columns(columns) => columns
            .iter()
            .position(|known| known.model.id() == column.model.id() && known.field == column.field),
    }
}

/// Rows in words, in an order of their own.
pub(super) fn sorted(rows: &[Row]) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(text).collect()).collect();
    rows.sort();
    rows
}

/// A value in words that tell everything that counts: also how many digits a decimal has, and not the sign of zero.
fn text(value: &Value) -> String {
    match value {
        Value::Float(0.0) => "Float(0.0)".to_owned(),
        Value::Decimal(decimal) => format!("Decimal({})", decimal.to_plain_string()),
        other => format!("{other:?}"),
    }
}
