//! Fetches, counts and tests for existence.

use std::sync::Arc;

use ommi_core::driver::{Param, Statement};
use ommi_core::plan::{Action, Plan, Term};
use ommi_core::value::{Cell, RowBatch, RowSink, Value};
use ommi_core::{Error, Result};

use super::bound::Bound;
use super::found::Found;
use crate::data::{Row, State, fits};
use crate::error::broken_plan;
use crate::meaning::{Scope, evaluate};

/// What looks through at most so many combinations of rows runs on the thread of whoever asks.
const SHORT: usize = 2000;

/// A batch is full with so many bytes, however few rows they are.
const BATCH_BYTES: usize = 1 << 20;

/// What a read gives, to be taken row by row. It holds the rows, not the database.
#[derive(Debug)]
pub(crate) struct Results {
    rows: std::vec::IntoIter<Vec<Row>>,
    /// The table and the position of each column.
    columns: Vec<(usize, usize)>,
}

/// Runs a read.
pub(crate) fn read(plan: &Plan, params: &[Param], state: &State) -> Result<Results> {
    let bound = Bound::new(plan, params, state)?;
    match &plan.action {
        Action::Fetch(terms) => fetch(&bound, terms),
        Action::Count(terms) => {
            let count = count(&bound, terms)?;
            Ok(Results::computed(vec![Arc::from([Value::Int(i64::try_from(count).unwrap_or(i64::MAX))])], 1))
        }
        Action::Exists => {
            let exists = Value::Bool(count(&bound, &[])? > 0);
            Ok(Results::computed(vec![Arc::from([exists])], 1))
        }
        Action::Update(_) | Action::Delete | Action::Insert { .. } => {
            Err(broken_plan("a write was given to a read"))
        }
    }
}

fn fetch(bound: &Bound<'_>, terms: &[Term]) -> Result<Results> {
    if let Some(grouping) = &bound.plan.grouping {
        let groups = bound.found_groups(grouping)?;
        let rows = groups.iter().map(|group| computed(terms, &bound.over_group(group)));
        return Ok(Results::computed(rows.collect::<Result<_>>()?, terms.len()));
    }
    let mut found = bound.found(bound.plan.distinct.then_some(terms))?;
    if let Some(limit_by) = &bound.plan.limit_by {
        found = bound.first_of_each(found, limit_by)?;
    }
    if let Some(columns) =
        terms.iter().map(|term| bound.plan.column_of(&term.expr)).collect::<Option<Vec<_>>>()
    {
        let columns = columns.iter().map(|column| Ok((column.table, bound.position(*column)?)));
        let columns = columns.collect::<Result<_>>()?;
        let rows = found.into_iter().map(|found| found.rows).collect::<Vec<_>>();
        return Ok(Results { rows: rows.into_iter(), columns });
    }
    let rows = found.iter().map(|found| computed(terms, &bound.over(&found.rows)));
    Ok(Results::computed(rows.collect::<Result<_>>()?, terms.len()))
}

impl Bound<'_> {
    /// What a subquery finds: the value that it fetches of each row or group, or something for each that exists.
    pub(super) fn values_found(&self) -> Result<Vec<Value>> {
        let terms = match &self.plan.action {
            Action::Fetch(terms) => terms.as_slice(),
            Action::Exists
            | Action::Count(_)
            | Action::Update(_)
            | Action::Delete
            | Action::Insert { .. } => &[],
        };
        let value =
            |scope: &dyn Fn(&Term) -> Result<Value>| terms.first().map_or(Ok(Value::Bool(true)), scope);
        if let Some(grouping) = &self.plan.grouping {
            let groups = self.found_groups(grouping)?;
            let of_group =
                |group| value(&|term| Ok(evaluate(&term.expr, &self.over_group(group))?.into_owned()));
            return groups.iter().map(of_group).collect();
        }
        let found = self.found(self.plan.distinct.then_some(terms))?;
        let of_row =
            |found: &Found| value(&|term| Ok(evaluate(&term.expr, &self.over(&found.rows))?.into_owned()));
        found.iter().map(of_row).collect()
    }
}

fn computed(terms: &[Term], scope: &impl Scope) -> Result<Row> {
    terms.iter().map(|term| Ok(evaluate(&term.expr, scope)?.into_owned())).collect()
}

/// The number of rows or groups; of a plan that is distinct, of different combinations: whole rows differ by their key.
fn count(bound: &Bound<'_>, terms: &[Term]) -> Result<usize> {
    let plan = bound.plan;
    if let Some(grouping) = &plan.grouping {
        return Ok(bound.found_groups(grouping)?.len());
    }
    let whole = Term::key(plan.model());
    let told_by = if terms.is_empty() { &whole } else { terms };
    Ok(bound.found(plan.distinct.then_some(told_by))?.len())
}

/// Whether what a plan looks through is little.
pub(crate) fn is_short(plan: &Plan, state: &State) -> bool {
    let sizes =
        plan.tables.iter().map(|model| state.table(model.table()).map_or(1, |table| table.rows.size()));
    sizes.fold(1, |product: usize, size| product.saturating_mul(size.max(1))) <= SHORT
}

impl Results {
    /// Rows of so many values that are in no table.
    fn computed(rows: Vec<Row>, width: usize) -> Self {
        let rows: Vec<Vec<Row>> = rows.into_iter().map(|row| vec![row]).collect();
        Self { rows: rows.into_iter(), columns: (0..width).map(|position| (0, position)).collect() }
    }

    /// The next rows; nothing after the last one.
    pub(crate) fn batch(&mut self, statement: &Statement, rows: usize) -> Result<Option<RowBatch>> {
        let mut batch = RowBatch::with_capacity(self.columns.len(), rows.min(self.rows.len()));
        let mut decimal = String::new();
        while batch.len() < rows.max(1) && batch.byte_size() < BATCH_BYTES {
            let Some(row) = self.rows.next() else { break };
            for place in 0..self.columns.len() {
                batch.push(self.value(statement, &row, place)?.as_cell(&mut decimal));
            }
            batch.end_row();
        }
        Ok((!batch.is_empty()).then_some(batch))
    }

    /// Hands all rows over.
    pub(crate) fn into_sink(mut self, statement: &Statement, sink: &mut dyn RowSink) -> Result<()> {
        while let Some(row) = self.rows.next() {
            let mut decimals = vec![String::new(); self.columns.len()];
            let mut cells: Vec<Cell<'_>> = Vec::with_capacity(self.columns.len());
            for (place, decimal) in decimals.iter_mut().enumerate() {
                cells.push(self.value(statement, &row, place)?.as_cell(decimal));
            }
            sink.row(&cells)?;
        }
        Ok(())
    }

    fn value<'r>(&self, statement: &Statement, row: &'r [Row], place: usize) -> Result<&'r Value> {
        let (table, position) = self.columns[place];
        let value = &row[table][position];
        match statement.columns.get(place) {
            Some(ty) if !fits(value, ty) => {
                let message = format!("expected {}, the database holds {}", ty.describe(), value.kind_name());
                let error = Error::query(message);
                Err(match statement.labels.get(place).and_then(|label| label.rsplit_once('.')) {
                    Some((model, field)) => error.with_model(model).with_field(field),
                    None => error,
                })
            }
            Some(_) | None => Ok(value),
        }
    }
}
