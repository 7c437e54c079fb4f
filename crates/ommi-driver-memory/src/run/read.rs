//! Fetches, counts and tests for existence.

use std::sync::Arc;

use ommi_core::driver::{Param, Statement};
use ommi_core::plan::{Action, Column, Plan};
use ommi_core::value::{Cell, RowBatch, RowSink, Value};
use ommi_core::{Error, Result};

use super::bound::Bound;
use crate::data::{Row, State, fits};
use crate::error::broken_plan;

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
    let one = |value: Value| Results::new(vec![vec![Arc::from([value])]], vec![(0, 0)]);
    match &plan.action {
        Action::Fetch(columns) => {
            let found = bound.found(plan.distinct.then_some(columns.as_slice()))?;
            let rows = found.into_iter().map(|found| found.rows).collect();
            Ok(Results::new(rows, positions(&bound, columns)?))
        }
        Action::Count(columns) => {
            let columns = counted(plan, columns);
            let count = bound.found(plan.distinct.then_some(&columns))?.len();
            Ok(one(Value::Int(i64::try_from(count).unwrap_or(i64::MAX))))
        }
        Action::Exists => Ok(one(Value::Bool(!bound.found(None)?.is_empty()))),
        Action::Update(_) | Action::Delete | Action::Insert { .. } => {
            Err(broken_plan("a write was given to a read"))
        }
    }
}

/// What `distinct` counts the combinations of: whole rows differ by their key.
fn counted(plan: &Plan, columns: &[Column]) -> Vec<Column> {
    if columns.is_empty() {
        return plan.model().key().iter().map(|field| Column { table: 0, field: *field }).collect();
    }
    columns.to_vec()
}

fn positions(bound: &Bound<'_>, columns: &[Column]) -> Result<Vec<(usize, usize)>> {
    columns.iter().map(|column| Ok((column.table, bound.position(*column)?))).collect()
}

/// Whether what a plan looks through is little.
pub(crate) fn is_short(plan: &Plan, state: &State) -> bool {
    let sizes =
        plan.tables.iter().map(|model| state.table(model.table()).map_or(1, |table| table.rows.size()));
    sizes.fold(1, |product: usize, size| product.saturating_mul(size.max(1))) <= SHORT
}

impl Results {
    fn new(rows: Vec<Vec<Row>>, columns: Vec<(usize, usize)>) -> Self {
        Self { rows: rows.into_iter(), columns }
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
