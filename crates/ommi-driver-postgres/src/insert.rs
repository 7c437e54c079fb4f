//! Adding rows: one by the statement itself, several by one statement over arrays, many by COPY.

use std::pin::pin;

use bytes::{BufMut, BytesMut};
use futures_util::{SinkExt, StreamExt, future};
use ommi_core::driver::Statement;
use ommi_core::schema::FieldType;
use ommi_core::value::{Cell, RowBatch};
use ommi_core::{Error, Result};
use ommi_sql::postgres::Insert;
use tokio_postgres::types::{Kind, Type};
use tokio_postgres::{CopyInSink, RowStream};

use crate::cells::{OneCell, OneColumn};
use crate::connection::Connection;
use crate::error::{self, internal};
use crate::execute::{Within, all_or_none, prepared};
use crate::statement::{Compiled, Form, Part, Prepared};
use crate::value::{Item, Raw, Reader, Scratch, encode_cell, encode_sized};

/// From so many rows on COPY is the quickest way.
const COPY_FROM: usize = 500;

/// COPY's data goes out in pieces of about this size.
const PIECE: usize = 1 << 16;

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
struct Adding<'a> {
    connection: &'a Connection,
    statement: &'a Statement,
    rows: &'a RowBatch,
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
        let inside = Adding { within: Within::Transaction, ..*self };
        let work = async {
            inside.advance().await?;
            let Some(text) = plan.allocate.as_deref() else { return inside.add().await };
            let Some(new) = inside.allocate(text, count).await? else { return inside.add().await };
            let rows = with_keys(self.rows, position, &new);
            Adding { rows: &rows, ..inside }.add().await
        };
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
        let inside = Adding { within: Within::Transaction, ..*self };
        let work = async {
            let keys = inside.add().await?;
            inside.advance().await?;
            Ok(keys)
        };
        match self.within {
            Within::Transaction => work.await,
            Within::Autocommit => all_or_none(self.connection, work).await,
        }
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
        match self.within {
            Within::Transaction => self.one_by_one(single).await,
            Within::Autocommit => all_or_none(self.connection, self.one_by_one(single)).await,
        }
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

    /// Adds rows by COPY. `None` where they need a generated key and it comes from no sequence.
    async fn copy(&self, plan: &Insert) -> Result<Option<Vec<i64>>> {
        let probe = self.part(Part::Probe, &plan.probe).await?;
        if self.rows.width() == 0 {
            return Ok(None);
        }
        if !self.statement.returns_key || plan.given_key.is_some() {
            self.send(Part::Copy, &plan.copy, &probe.types, None).await?;
            return Ok(Some(self.given_keys(plan)));
        }
        let (Some(text), Some(key_probe), Some(allocate)) =
            (&plan.copy_with_key, &plan.key_probe, &plan.allocate)
        else {
            return Ok(None);
        };
        let key = self.part(Part::KeyProbe, key_probe).await?;
        let Some(key) = key.types.first() else { return Ok(None) };
        let Some(keys) = self.allocate(allocate, self.rows.len()).await? else { return Ok(None) };
        self.connection.check_wanted()?;
        self.send(Part::CopyWithKey, text, &probe.types, Some((key, &keys))).await?;
        Ok(Some(keys))
    }

    /// The keys that the rows give, where these are asked for.
    fn given_keys(&self, plan: &Insert) -> Vec<i64> {
        let Some(position) = plan.given_key.filter(|_| self.statement.returns_key) else { return Vec::new() };
        let key = |row| match self.rows.get(row, position) {
            Some(Cell::Int(key)) => key,
            _no_key => 0,
        };
        (0..self.rows.len()).map(key).collect()
    }

    /// So many new keys, which come as one array; `None` where there is no sequence.
    async fn allocate(&self, text: &str, count: usize) -> Result<Option<Vec<i64>>> {
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

    async fn send(
        &self,
        part: Part,
        text: &str,
        types: &[Type],
        keys: Option<(&Type, &[i64])>,
    ) -> Result<()> {
        let sent = async {
            let prepared = self.part(part, text).await?;
            let sink: CopyInSink<bytes::Bytes> = match &prepared.form {
                Form::Named(named) => self.connection.client.copy_in(named).await.map_err(error::of)?,
                Form::Text(_) => return Err(internal("COPY needs a statement that stays prepared")),
            };
            let mut sink = pin!(sink);
            let mut data = BytesMut::with_capacity(PIECE + 4096);
            data.put_slice(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0");
            for row in 0..self.rows.len() {
                self.write_row(row, types, keys.map(|(ty, keys)| (ty, keys[row])), &mut data)?;
                if data.len() >= PIECE {
                    self.connection.check_wanted()?;
                    sink.send(data.split().freeze()).await.map_err(error::of)?;
                    data.reserve(PIECE + 4096);
                }
            }
            data.put_i16(-1);
            sink.send(data.freeze()).await.map_err(error::of)?;
            self.connection.check_wanted()?;
            sink.finish().await.map_err(error::of)
        };
        sent.await.map(drop).map_err(|error: Error| error.with_statement(text))
    }

    fn write_row(
        &self,
        row: usize,
        types: &[Type],
        key: Option<(&Type, i64)>,
        data: &mut BytesMut,
    ) -> Result<()> {
        let width = self.rows.width() + usize::from(key.is_some());
        data.put_i16(i16::try_from(width).map_err(|_| internal("a row has too many columns"))?);
        if let Some((ty, key)) = key {
            encode_sized(data, |data| encode_cell(Cell::Int(key), ty, data))?;
        }
        for (cell, ty) in self.rows.row(row).zip(types) {
            encode_sized(data, |data| encode_cell(cell, ty, data))?;
        }
        Ok(())
    }

    async fn part(&self, part: Part, text: &str) -> Result<std::sync::Arc<Prepared>> {
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
