//! Whether two outcomes are the same.

use ommi_core::query::{Expr, Projection, Query};
use ommi_core::value::Value;
use ommi_core::{Error, ErrorKind, Result};
use ommi_engine::Session;

use super::early::may_refuse_early;
use super::overflow::Overflow;
use super::step::{Ground, Outcome, Step};
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

/// What may come out differently without meaning anything else: each for a capability that the database does not
/// declare.
pub(super) struct Doubt {
    /// A reference may be checked before the end of the statement.
    is_early: bool,
    /// References are checked along with the other rules of a row, which comes first.
    is_mixed: bool,
    /// Conditions may be computed in another order.
    overflow: Overflow,
}

impl Doubt {
    /// Found out before the step is run.
    pub(super) fn of(step: &Step, ground: &Ground<'_>, oracle: &Session) -> Self {
        let is_mixed = !ground.able.references_at_statement_end;
        Self {
            is_early: may_refuse_early(step, ground),
            is_mixed,
            overflow: Overflow::of(step, ground, oracle),
        }
    }

    /// Whether the database may fail so where the oracle does not, or does in another way.
    fn allows(&self, error: &Error) -> bool {
        (self.is_early && error.kind() == ErrorKind::ForeignKeyViolation)
            || (error.kind() == ErrorKind::Query && self.overflow.may_be_met())
    }
}

/// Compares what the database and the oracle gave.
pub(super) fn verdict(
    step: &Step,
    found: &Result<Outcome>,
    expected: &Result<Outcome>,
    doubt: &Doubt,
) -> Verdict {
    match (found, expected) {
        (Ok(found), Ok(expected)) if is_same(step, found, expected) => Verdict::Same,
        (Err(found), Err(expected)) if is_same_error(step, found, expected, doubt) => Verdict::Same,
        // Both undo the statement.
        (Err(found), Err(_)) if doubt.allows(found) => Verdict::Same,
        (Err(found), Ok(_)) if doubt.allows(found) => Verdict::Unclear,
        (Ok(_) | Err(_), Err(expected))
            if doubt.overflow.may_be_missed() && expected.kind() == ErrorKind::Query =>
        {
            Verdict::Unclear
        }
        _ => Verdict::Different,
    }
}

/// Whether the database's error is one that the oracle gives too. A statement may break several rules: the error is
/// about one of them, and where it changes several rows, any of them.
fn is_same_error(step: &Step, found: &Error, expected: &Error, doubt: &Doubt) -> bool {
    let is_rule = is_rule(found.kind());
    if expected.kind() == ErrorKind::Query && step.is_of_many() && is_rule {
        // Rows before the one that cannot be computed broke it.
        return true;
    }
    let is_kind = |rule: &Error| rule.kind() == found.kind();
    let is_mixed = doubt.is_mixed && found.kind() == ErrorKind::ForeignKeyViolation;
    if !is_rule || !(step.is_of_many() || is_mixed || is_kind(expected)) {
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
        (Outcome::Stored(found), Outcome::Stored(expected)) => found == expected,
        _ => false,
    }
}

/// The same rows; in the same order as far as the query asks for one.
fn same_rows(query: &Query, found: &[Row], expected: &[Row]) -> bool {
    let keys = |rows: &[Row]| -> Option<Vec<Vec<String>>> {
        let positions: Vec<usize> =
            query.order.iter().map(|key| position(query, &key.by)).collect::<Option<_>>()?;
        let key = |row: &Row| positions.iter().map(|position| text(&row[*position])).collect();
        Some(rows.iter().map(key).collect())
    };
    // The first rows of each kind are in order, and kinds stand in any.
    sorted(found) == sorted(expected) && (query.limit_by.is_some() || keys(found) == keys(expected))
}

/// Where something that is sorted by stands in what is fetched.
fn position(query: &Query, by: &Expr) -> Option<usize> {
    match (&query.projection, by) {
        (Projection::Values(values), by) => values.iter().position(|value| value == by),
        (Projection::Model | Projection::ModelWith(_), Expr::Column(column)) => {
            (column.model.id() == query.model.id()).then_some(column.field)
        }
        (
            Projection::Model | Projection::ModelWith(_),
            Expr::Value(_)
            | Expr::List(_)
            | Expr::Apply(..)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Not(_)
            | Expr::Aggregate(_)
            | Expr::Case(_)
            | Expr::Path(_)
            | Expr::Random
            | Expr::Subquery(_)
            | Expr::Given(_),
        ) => None,
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
