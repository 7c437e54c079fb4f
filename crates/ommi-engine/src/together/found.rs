//! Rows by the values of some fields: how they are asked for, and what is read of them.

use std::sync::Arc;

use futures_util::TryStreamExt;
use ommi_core::driver::FetchOptions;
use ommi_core::query::{ColumnRef, Expr, Lock, Operation, Operator, Query};
use ommi_core::schema::ModelDef;
use ommi_core::value::{RowBatch, Value};
use ommi_core::{Error, ErrorKind, Result};

use crate::relations::is_one_of;
use crate::session::Session;

/// So many rows are found by one statement.
pub(super) const AT_ONCE: usize = 500;

/// So many, where more than one field tells them apart.
pub(super) const COMPOSITE_AT_ONCE: usize = 64;

/// How many rows of these fields are found by one statement.
pub(super) fn at_once(fields: &[usize]) -> usize {
    if fields.len() == 1 { AT_ONCE } else { COMPOSITE_AT_ONCE }
}

/// The rows that have one of these combinations of values; none of them holds NULL.
pub(super) fn of_keys(model: &Arc<ModelDef>, fields: &[usize], keys: &[Vec<Value>]) -> Result<Query> {
    Ok(Query::new(model.clone()).filter(is_one_of(model, fields, keys)?))
}

/// The row that has this combination of values.
pub(super) fn of_key(model: &Arc<ModelDef>, fields: &[usize], key: &[Value]) -> Query {
    let query = Query::new(model.clone());
    fields.iter().zip(key).fold(query, |query, (field, value)| query.filter(equals(model, *field, value)))
}

/// Whether a field has a value.
pub(super) fn equals(model: &Arc<ModelDef>, field: usize, value: &Value) -> Expr {
    Expr::binary(Operator::Eq, Expr::Column(column(model, field)), Expr::Value(value.clone()))
}

pub(super) fn column(model: &Arc<ModelDef>, field: usize) -> ColumnRef {
    ColumnRef { model: model.clone(), field }
}

/// All rows of a query, in memory.
pub(super) async fn all(session: &Session, mut query: Query, lock: bool) -> Result<Vec<RowBatch>> {
    let has_locks = session.handle().driver().capabilities().row_locks;
    query.lock = (lock && has_locks).then_some(Lock::Wait);
    session.fetch(Operation::Fetch(query), FetchOptions::default()).try_collect().await
}

/// The values of some cells of a row.
pub(super) fn values(
    batch: &RowBatch,
    row: usize,
    cells: impl IntoIterator<Item = usize>,
) -> Result<Vec<Value>> {
    let value = |cell| batch.get(row, cell).ok_or_else(narrow)?.to_value();
    cells.into_iter().map(value).collect()
}

fn narrow() -> Error {
    Error::new(ErrorKind::Internal, "the driver gave rows of fewer cells than were asked for")
}
