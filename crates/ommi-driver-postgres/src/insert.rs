//! Adding rows: one by the statement itself, several by one statement over arrays, many by [COPY](crate::copy).

use std::pin::pin;

use futures_util::{StreamExt, future};
use ommi_core::driver::Statement;
use ommi_core::schema::FieldType;
use ommi_core::value::{Cell, RowBatch};
use ommi_core::{Error, Result};
use ommi_sql::postgres::Insert;
use tokio_postgres::RowStream;
use tokio_postgres::types::{Kind, Type};

use crate::cells::{OneCell, OneColumn};
use crate::connection::Connection;
use crate::error;
use crate::execute::{Within, all_or_none, prepared};
use crate::statement::{Compiled, Part, Prepared};
use crate::value::{Item, Raw, Reader, Scratch};

/// From so many rows on COPY is the quickest way.
const COPY_FROM: usize = 500;

/// The name of the first type that the server does not know from its beginning.
const FIRST_FOREIGN_TYPE: u32 = 10_000;

/// Adds all rows or none; gives their generated keys where the statement returns them.
pub(crate) async fn insert(
    connection: &Connection,
    statement: &Statement,
    rows: &RowBatch,
    within: Within,
) -> Result<Vec<i64>> {
    let plan = Compiled::of(statement).and_then(|compiled| compiled.details.insert.as_ref());
    let adding = Adding { connection, statement, rows, within, plan };
    let outcome = match adding.keys() {
        _ if rows.is_empty() => return Ok(Vec::new()),
        Keys::Unknown => adding.add().await,
        Keys::Given => adding.with_given_keys().await,
        Keys::Missing(count) => adding.with_missing_keys(count).await,
    };
    outcome.map_err(|error| error.with_statement(&statement.text))
}

/// Rows on their way in.
pub(crate) struct Adding<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) statement: &'a Statement,
    pub(crate) rows: &'a RowBatch,
    within: Within,
    plan: Option<&'a Insert>,
}

/// What the rows say of a key that the database would generate.
enum Keys {
    /// Nothing.
    Unknown,
    /// Every row gives it.
    Given,
    /// So many rows give NULL for it.
    Missing(usize),
}

impl Adding<'_> {
    fn keys(&self) -> Keys {
        let Some(position) = self.plan.and_then(|plan| plan.given_key) else { return Keys::Unknown };
        let is_missing = |row: &usize| matches!(self.rows.get(*row, position), Some(Cell::Null));
        match (0..self.rows.len()).filter(is_missing).count() {
            0 => Keys::Given,
            count => Keys::Missing(count),
        }
    }

    /// Adds rows of which some give a key: the others get new ones first, beyond those that are given.
    async fn with_missing_keys(&self, count: usize) -> Result<Vec<i64>> {
        let (Some(plan), Some(position)) = (self.plan, self.plan.and_then(|plan| plan.given_key)) else {
            return self.add().await;
        };
        let inside = self.inside();
        let work = async {
            inside.advance().await?;
            let Some(text) = plan.allocate.as_deref() else { return inside.add().await };
            let Some(new) = inside.allocate(text, count).await? else { return inside.add().await };
            let rows = with_keys(self.rows, position, &new);
            Adding { rows: &rows, ..inside }.add().await
        };
        self.all_or_none(work).await
    }

    /// The same in a transaction.
    pub(crate) fn inside(&self) -> Self {
        Adding { within: Within::Transaction, ..*self }
    }

    /// Runs `work` in the transaction that there is, or in one of its own.
    pub(crate) async fn all_or_none<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        match self.within {
            Within::Transaction => work.await,
            Within::Autocommit => all_or_none(self.connection, work).await,
        }
    }

    /// The greatest of the keys that the rows give where the database would generate them.
    fn greatest_key(&self) -> Option<i64> {
        let position = self.plan?.given_key?;
        let key = |row| match self.rows.get(row, position) {
            Some(Cell::Int(key)) => Some(key),
            _no_key => None,
        };
        (0..self.rows.len()).filter_map(key).max()
    }

    /// Adds rows with their keys, and sees to it that none of these is generated later.
    async fn with_given_keys(&self) -> Result<Vec<i64>> {
        let inside = self.inside();
        let work = async {
            let keys = inside.add().await?;
            inside.advance().await?;
            Ok(keys)
        };
        self.all_or_none(work).await
    }

    async fn advance(&self) -> Result<()> {
        let (Some(text), Some(key)) =
            (self.plan.and_then(|plan| plan.advance.as_deref()), self.greatest_key())
        else {
            return Ok(());
        };
        let prepared = self.part(Part::Advance, text).await?;
        let advanced = self.connection.execute(&prepared, text, [key].iter()).await;
        advanced.map(drop).map_err(|failure| error::of(failure).with_statement(text))
    }

    async fn add(&self) -> Result<Vec<i64>> {
        let single = prepared(self.connection, self.statement, self.within).await?;
        if self.rows.len() == 1 {
            return self.one_by_one(&single).await;
        }
        let Some(plan) = self.plan else { return self.all(&single).await };
        // Behind a pooler COPY's statement could be prepared in another session than it runs in.
        if self.rows.len() >= COPY_FROM
            && self.connection.keeps_statements()
            && let Some(keys) = self.copy(plan).await?
        {
            return Ok(keys);
        }
        let is_known = |ty: &Type| match ty.kind() {
            Kind::Array(_) => Item::of_array(ty).is_some(),
            _scalar => ty.oid() < FIRST_FOREIGN_TYPE,
        };
        if single.params().iter().all(is_known) {
            self.many(plan, &single).await
        } else {
            self.all(&single).await
        }
    }

    /// Adds rows by as many runs of the statement, all or none.
    async fn all(&self, single: &Prepared) -> Result<Vec<i64>> {
        self.all_or_none(self.one_by_one(single)).await
    }

    /// The runs are sent without waiting for each other, a few hundred at a time.
    async fn one_by_one(&self, single: &Prepared) -> Result<Vec<i64>> {
        let mut keys = Vec::with_capacity(if self.statement.returns_key { self.rows.len() } else { 0 });
        for start in (0..self.rows.len()).step_by(256) {
            self.connection.check_wanted()?;
            let runs = (start..self.rows.len().min(start + 256)).map(|row| self.row(single, row));
            for outcome in future::join_all(runs).await {
                keys.extend(outcome?);
            }
        }
        Ok(keys)
    }

    async fn row(&self, single: &Prepared, row: usize) -> Result<Option<i64>> {
        let cells: Vec<_> = self.rows.row(row).map(OneCell).collect();
        let outcome = self.connection.run(single, &self.statement.text, cells.into_iter()).await;
        let stream = outcome.map_err(error::of)?;
        if self.statement.returns_key {
            return Ok(keys_of(stream, 1).await?.pop());
        }
        let mut stream = pin!(stream);
        while let Some(row) = stream.next().await {
            row.map_err(error::of)?;
        }
        Ok(None)
    }

    /// Adds rows by one statement over an array for each column.
    async fn many(&self, plan: &Insert, single: &Prepared) -> Result<Vec<i64>> {
        let names: Vec<&str> = single.params().iter().map(Type::name).collect();
        let text = plan.many(&names);
        let prepared = self.part(Part::Many, &text).await?;
        let outcome = if self.rows.width() == 0 {
            self.connection.run(&prepared, &text, [self.rows.len() as i64].iter()).await
        } else {
            let column = |(column, ty): (usize, &Type)| OneColumn {
                rows: self.rows,
                column,
                literals: Item::of_array(ty),
            };
            let columns: Vec<_> = single.params().iter().enumerate().map(column).collect();
            self.connection.run(&prepared, &text, columns.into_iter()).await
        };
        let stream = outcome.map_err(|failure| error::of(failure).with_statement(&text))?;
        if self.statement.returns_key {
            return keys_of(stream, self.rows.len()).await;
        }
        let mut stream = pin!(stream);
        while let Some(row) = stream.next().await {
            row.map_err(error::of)?;
        }
        Ok(Vec::new())
    }

    /// So many new keys, which come as one array; `None` where there is no sequence.
    pub(crate) async fn allocate(&self, text: &str, count: usize) -> Result<Option<Vec<i64>>> {
        let text = format!("SELECT array_agg(key) FROM ({text}) AS keys (key)");
        let prepared = self.part(Part::Allocate, &text).await?;
        let outcome = self.connection.run(&prepared, &text, [count as i64].iter()).await;
        let stream = outcome.map_err(|failure| error::of(failure).with_statement(&text))?;
        let mut keys = None;
        let mut stream = pin!(stream);
        while let Some(row) = stream.next().await {
            let row = row.map_err(error::of)?;
            let found: Vec<Option<i64>> = row.try_get(0).map_err(error::of)?;
            keys = found.into_iter().collect::<Option<Vec<i64>>>();
        }
        Ok(keys)
    }

    pub(crate) async fn part(&self, part: Part, text: &str) -> Result<std::sync::Arc<Prepared>> {
        self.connection.check_wanted()?;
        self.connection.prepared(self.statement.id(), part, text, &[], self.within.is_transaction()).await
    }
}

/// The rows with new keys where they give none.
fn with_keys(rows: &RowBatch, position: usize, new: &[i64]) -> RowBatch {
    let mut complete = RowBatch::with_capacity(rows.width(), rows.len());
    let mut new = new.iter();
    for row in 0..rows.len() {
        for (column, cell) in rows.row(row).enumerate() {
            complete.push(match (cell, column == position) {
                (Cell::Null, true) => new.next().map_or(Cell::Null, |key| Cell::Int(*key)),
                (cell, _) => cell,
            });
        }
        complete.end_row();
    }
    complete
}

/// The generated keys of a statement's rows.
async fn keys_of(stream: RowStream, count: usize) -> Result<Vec<i64>> {
    let mut keys = Vec::with_capacity(count);
    let mut stream = pin!(stream);
    while let Some(row) = stream.next().await {
        let row = row.map_err(error::of)?;
        let ty = row.columns().first().map_or(Type::INT8, |column| column.type_().clone());
        let raw: Raw<'_> = row.try_get(0).map_err(error::of)?;
        let mut scratch = Scratch::default();
        let key = raw.0.and_then(|raw| Reader::new(Some(&FieldType::Int), &ty).read(raw, &mut scratch));
        let Some(Cell::Int(key)) = key else {
            return Err(Error::query("the database generated a key that is no integer"));
        };
        keys.push(key);
    }
    Ok(keys)
}
