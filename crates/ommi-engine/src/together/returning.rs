//! Updates and deletes that give the rows they were about.
//!
//! Rows are read and locked, written by their keys, and after an update read again, in one transaction: databases that
//! return rows from a write disagree about which writes, and in which order.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use ommi_core::driver::{BoxFuture, RowStream};
use ommi_core::query::{Assignment, ColumnRef, Expr, Operation, Projection, Query};
use ommi_core::schema::ModelDef;
use ommi_core::value::{RowBatch, Value};
use ommi_core::{Error, ErrorKind, Result};

use super::found::{self, all, at_once, column, of_key, of_keys};
use crate::cache::Prepared;
use crate::relations::RelationKey;
use crate::session::Session;

/// A write and what is returned of its rows.
struct Written {
    query: Query,
    /// What is set; nothing of a delete.
    set: Option<Vec<Assignment>>,
    /// What is returned of each row: expressions over its model.
    wanted: Vec<Expr>,
}

impl Session {
    /// Runs an update or a delete, and gives what the projection of its query asks of each row: as it is after the
    /// update, as it was before the delete. Rows come in the query's order. Nothing is given before all is done.
    ///
    /// # Errors
    /// As for [`write`](Self::write); `Query` for a projection that is not of the written rows alone.
    pub fn write_returning(&self, operation: Operation) -> RowStream {
        let session = self.clone();
        let prepared = self.prepare_written(operation);
        let work: BoxFuture<Result<Vec<RowBatch>>> = self.limited(Box::pin(async move {
            let (written, prepared) = prepared?;
            drop(session.make_ready(&prepared).await?);
            let written = Arc::new(written);
            let work = |session: Session| -> BoxFuture<Result<Vec<RowBatch>>> {
                let written = written.clone();
                Box::pin(async move { written.run(&session).await })
            };
            session.as_one(|_| false, work).await
        }));
        Box::pin(stream::once(work).map_ok(|batches| stream::iter(batches).map(Ok)).try_flatten())
    }

    /// Checks what is known before anything is sent: the write as it is, and the read of what it is about.
    fn prepare_written(&self, operation: Operation) -> Result<(Written, Arc<Prepared>)> {
        let (query, set) = match operation {
            Operation::Update(query, set) => (query, Some(set)),
            Operation::Delete(query) => (query, None),
            Operation::Fetch(_) | Operation::Count(_) | Operation::Exists(_) | Operation::Insert { .. } => {
                return Err(Error::new(
                    ErrorKind::Internal,
                    "only updates and deletes return what they wrote",
                ));
            }
        };
        self.check_writable()?;
        let wanted = wanted(&query)?;
        let plain = Query { projection: Projection::Model, ..query.clone() };
        let write = match &set {
            Some(set) => Operation::Update(plain, set.clone()),
            None => Operation::Delete(plain),
        };
        let (prepared, _) = self.prepare(&write, true)?;
        let read = Query::new(query.model.clone());
        let values = Projection::Values(wanted.clone());
        self.prepare(&Operation::Fetch(Query { projection: values, ..read }), true)?;
        let written = Written { query, set, wanted };
        let (first, _) = written.look();
        self.prepare(&Operation::Fetch(first), true)?;
        Ok((written, prepared))
    }
}

impl Written {
    fn model(&self) -> &Arc<ModelDef> {
        &self.query.model
    }

    /// The read that comes first, and how many of its cells are no key. Of an update it tells the keys as they are and,
    /// where they are computed, as they will be.
    fn look(&self) -> (Query, usize) {
        let key = self.model().key().iter();
        let keys = key.map(|field| Expr::Column(column(self.model(), *field)));
        let (values, width) = match &self.set {
            None => (self.wanted.iter().cloned().chain(keys).collect(), self.wanted.len()),
            Some(_) => (self.computed_keys().cloned().chain(keys).collect(), self.computed_keys().count()),
        };
        (Query { projection: Projection::Values(values), distinct: false, ..self.query.clone() }, width)
    }

    /// What a field of the key is set to.
    fn new_key(&self, field: usize) -> Option<&Expr> {
        self.set
            .iter()
            .flatten()
            .find(|assignment| assignment.field == field)
            .map(|assignment| &assignment.value)
    }

    fn computed_keys(&self) -> impl Iterator<Item = &Expr> {
        let new = self.model().key().iter().filter_map(|field| self.new_key(*field));
        new.filter(|value| !matches!(value, Expr::Value(_)))
    }

    async fn run(&self, session: &Session) -> Result<Vec<RowBatch>> {
        let (look, width) = self.look();
        let found = all(session, look, true).await?;
        let mut keys = Vec::new();
        for batch in &found {
            for row in 0..batch.len() {
                keys.push(found::values(batch, row, width..batch.width())?);
            }
        }
        let model = self.model();
        for part in keys.chunks(at_once(model.key())) {
            let query = match part {
                [key] => of_key(model, model.key(), key),
                part => of_keys(model, model.key(), part)?,
            };
            session
                .write(match &self.set {
                    Some(set) => Operation::Update(query, set.clone()),
                    None => Operation::Delete(query),
                })
                .await?;
        }
        match &self.set {
            None => found.iter().map(|batch| narrowed(batch, width)).collect(),
            Some(_) => self.updated(session, &self.keys_after(&found, &keys)?).await,
        }
    }

    /// The keys of the rows after the update.
    fn keys_after(&self, found: &[RowBatch], before: &[Vec<Value>]) -> Result<Vec<Vec<Value>>> {
        if self.model().key().iter().all(|field| self.new_key(*field).is_none()) {
            return Ok(before.to_vec());
        }
        let rows = found.iter().flat_map(|batch| (0..batch.len()).map(move |row| (batch, row)));
        let after = |((batch, row), before): ((&RowBatch, usize), &Vec<Value>)| {
            let mut computed = found::values(batch, row, 0..self.computed_keys().count())?.into_iter();
            let new = |(field, old): (&usize, &Value)| match self.new_key(*field) {
                None => old.clone(),
                Some(Expr::Value(value)) => value.clone(),
                Some(_) => computed.next().unwrap_or(Value::Null),
            };
            Ok(self.model().key().iter().zip(before).map(new).collect())
        };
        rows.zip(before).map(after).collect()
    }

    /// The rows of these keys as they are now, in the keys' order.
    async fn updated(&self, session: &Session, keys: &[Vec<Value>]) -> Result<Vec<RowBatch>> {
        let (model, width) = (self.model(), self.wanted.len());
        let key_columns = || model.key().iter().map(|field| Expr::Column(column(model, *field)));
        let mut done = Vec::new();
        for part in keys.chunks(at_once(model.key())) {
            let mut query = of_keys(model, model.key(), part)?;
            query.projection = Projection::Values(self.wanted.iter().cloned().chain(key_columns()).collect());
            let found = all(session, query, false).await?;
            let mut places = HashMap::with_capacity(part.len());
            for batch in &found {
                for row in 0..batch.len() {
                    let key = found::values(batch, row, width..batch.width())?;
                    places.insert(RelationKey::of_values(&key), (batch, row));
                }
            }
            let mut rows = RowBatch::with_capacity(width, part.len());
            for (batch, row) in part.iter().filter_map(|key| places.get(&RelationKey::of_values(key))) {
                batch.row(*row).take(width).for_each(|cell| rows.push(cell));
                rows.end_row();
            }
            done.push(rows);
        }
        Ok(done)
    }
}

/// The batch without what stands after the first cells.
fn narrowed(batch: &RowBatch, width: usize) -> Result<RowBatch> {
    let mut rows = RowBatch::with_capacity(width, batch.len());
    for row in 0..batch.len() {
        batch.row(row).take(width).for_each(|cell| rows.push(cell));
        rows.end_row();
    }
    Ok(rows)
}

/// What is returned of each row.
fn wanted(query: &Query) -> Result<Vec<Expr>> {
    let model = &query.model;
    let wanted: Vec<Expr> = match &query.projection {
        Projection::Model => {
            (0..model.fields().len()).map(|field| Expr::Column(column(model, field))).collect()
        }
        Projection::ModelWith(_) => {
            return Err(Error::new(ErrorKind::Internal, "a write returns no columns for relations"));
        }
        Projection::Values(values) => values.clone(),
    };
    let is_foreign = |column: &ColumnRef| column.model.id() != model.id();
    let is_of_others = |expr: &Expr| matches!(expr, Expr::Column(column) if is_foreign(column));
    match wanted.iter().any(|expr| expr.has_aggregate() || expr.any(is_of_others)) {
        true => {
            let message = format!(
                "a write returns its own rows: fields of {} and what is computed of them",
                model.name()
            );
            Err(Error::query(message).with_model(model.name()))
        }
        false => Ok(wanted),
    }
}
