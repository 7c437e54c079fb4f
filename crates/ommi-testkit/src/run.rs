//! `Run`: operations on a session, waited for, with rows as values. Reads are made in both ways that a session
//! knows, and must agree.

use std::sync::Arc;

use futures_util::TryStreamExt;
use ommi_core::driver::FetchOptions;
use ommi_core::query::{Assignment, Expr, Operation, Query};
use ommi_core::schema::ModelDef;
use ommi_core::value::{RowBatch, Value};
use ommi_core::{Error, Result};
use ommi_engine::Session;

use crate::db::now;

/// The values of one row.
pub(crate) type Row = Vec<Value>;

/// Operations, waited for.
pub(crate) trait Run {
    /// The rows that a query finds.
    fn rows(&self, query: Query) -> Result<Vec<Row>>;
    /// The first field of the rows that a query finds, as integers.
    fn ids(&self, query: Query) -> Result<Vec<i64>>;
    /// The first field of the rows that a query finds.
    fn values(&self, query: Query) -> Result<Vec<Value>>;
    fn count(&self, query: Query) -> Result<i64>;
    fn exists(&self, query: Query) -> Result<bool>;
    /// Updates the rows that a query finds, fields by name.
    fn change(&self, query: Query, values: &[(&str, Expr)]) -> Result<u64>;
    /// Deletes the rows that a query finds.
    fn remove(&self, query: Query) -> Result<u64>;
    /// Adds one row, fields by name; gives its generated key, or 0.
    fn add(&self, model: &Arc<ModelDef>, values: &[(&str, Value)]) -> Result<i64>;
    /// Adds rows of the named fields; gives their generated keys.
    fn add_all(&self, model: &Arc<ModelDef>, fields: &[&str], rows: &[Row]) -> Result<Vec<i64>>;
}

impl Run for Session {
    fn rows(&self, query: Query) -> Result<Vec<Row>> {
        let is_ordered = !query.order.is_empty();
        read(self, Operation::Fetch(query), is_ordered)
    }

    fn ids(&self, query: Query) -> Result<Vec<i64>> {
        let integer = |value| match value {
            Value::Int(value) => Ok(value),
            other => Err(Error::query(format!("the first field is {}", other.kind_name()))),
        };
        self.values(query)?.into_iter().map(integer).collect()
    }

    fn values(&self, query: Query) -> Result<Vec<Value>> {
        Ok(self.rows(query)?.into_iter().map(|mut row| row.swap_remove(0)).collect())
    }

    fn count(&self, query: Query) -> Result<i64> {
        match read(self, Operation::Count(query), true)?.as_slice() {
            [row] if matches!(row.as_slice(), [Value::Int(_)]) => match row[0] {
                Value::Int(count) => Ok(count),
                _ => unreachable!("matched above"),
            },
            other => Err(Error::query(format!("a count gave {other:?}"))),
        }
    }

    fn exists(&self, query: Query) -> Result<bool> {
        match read(self, Operation::Exists(query), true)?.concat().as_slice() {
            [Value::Bool(exists)] => Ok(*exists),
            other => Err(Error::query(format!("exists gave {other:?}"))),
        }
    }

    fn change(&self, query: Query, values: &[(&str, Expr)]) -> Result<u64> {
        let assign = |(name, value): &(&str, Expr)| {
            Ok(Assignment { field: query.model.require_field(name)?, value: value.clone() })
        };
        let assignments = values.iter().map(assign).collect::<Result<Vec<_>>>()?;
        now(self.write(Operation::Update(query, assignments)))
    }

    fn remove(&self, query: Query) -> Result<u64> {
        now(self.write(Operation::Delete(query)))
    }

    fn add(&self, model: &Arc<ModelDef>, values: &[(&str, Value)]) -> Result<i64> {
        let (names, row): (Vec<&str>, Row) = values.iter().cloned().unzip();
        Ok(self.add_all(model, &names, &[row])?.first().copied().unwrap_or(0))
    }

    fn add_all(&self, model: &Arc<ModelDef>, fields: &[&str], rows: &[Row]) -> Result<Vec<i64>> {
        let positions = fields.iter().map(|name| model.require_field(name)).collect::<Result<Vec<_>>>()?;
        now(self.insert(model.clone(), positions, batch(fields.len(), rows)))
    }
}

/// Rows as a batch.
pub(crate) fn batch(width: usize, rows: &[Row]) -> RowBatch {
    let mut batch = RowBatch::with_capacity(width, rows.len());
    let mut decimal = String::new();
    for row in rows {
        for value in row {
            batch.push(value.as_cell(&mut decimal));
        }
        batch.end_row();
    }
    batch
}

/// The values of a batch.
pub(crate) fn unpacked(batch: &RowBatch) -> Result<Vec<Row>> {
    (0..batch.len()).map(|row| batch.row(row).map(|cell| cell.to_value()).collect()).collect()
}

/// Reads by a stream, then on this thread where that is possible.
fn read(session: &Session, operation: Operation, is_ordered: bool) -> Result<Vec<Row>> {
    let streamed = streamed(session, operation.clone());
    let mut batch = RowBatch::default();
    let at_once = match session.fetch_now(&operation, &mut batch) {
        None => return streamed,
        Some(outcome) => outcome.and_then(|()| unpacked(&batch)),
    };
    match (streamed, at_once) {
        (Ok(streamed), Ok(at_once)) => {
            let sorted = |rows: &[Row]| {
                let mut rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
                if !is_ordered {
                    rows.sort();
                }
                rows
            };
            assert_eq!(sorted(&streamed), sorted(&at_once), "fetch and fetch_now disagree");
            Ok(streamed)
        }
        (Err(streamed), Err(at_once)) => {
            assert_eq!(streamed.kind(), at_once.kind(), "fetch and fetch_now fail differently");
            Err(streamed)
        }
        (streamed, at_once) => {
            panic!("fetch gave {streamed:?} and fetch_now {at_once:?}")
        }
    }
}

/// The first value of the first row that a query finds.
pub(crate) async fn first(session: &Session, query: Query) -> Result<Option<Value>> {
    let rows = session.fetch(Operation::Fetch(query), FetchOptions::default());
    let batches: Vec<RowBatch> = rows.try_collect().await?;
    batches.iter().find_map(|batch| batch.get(0, 0)).map(|cell| cell.to_value()).transpose()
}

/// Reads by a stream alone, for cases in which something else changes the rows meanwhile.
pub(crate) fn streamed(session: &Session, operation: Operation) -> Result<Vec<Row>> {
    let batches: Vec<RowBatch> = now(session.fetch(operation, FetchOptions::default()).try_collect())?;
    let rows = batches.iter().map(unpacked).collect::<Result<Vec<_>>>()?;
    Ok(rows.concat())
}
