//! Adding many rows by COPY. It returns nothing, so the keys that it generates have to be known otherwise.

use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::{BufMut, BytesMut};
use futures_util::{SinkExt, StreamExt, future};
use ommi_core::value::Cell;
use ommi_core::{Error, Result};
use ommi_sql::postgres::Insert;
use tokio_postgres::CopyInSink;
use tokio_postgres::types::Type;

use crate::error::{self, internal};
use crate::insert::Adding;
use crate::statement::{Compiled, Form, Part, Prepared};
use crate::value::{encode_cell, encode_sized};

/// COPY's data goes out in pieces of about this size.
const PIECE: usize = 1 << 16;

/// Where the rows of a statement and those of others mixed, so many runs do not try it again.
const CAUTION: u32 = 16;

const SET: &str = "SAVEPOINT \"ommi copy\"";
const KEEP: &str = "RELEASE \"ommi copy\"";
const UNDO: &str = "ROLLBACK TO \"ommi copy\"; RELEASE \"ommi copy\"";

impl Adding<'_> {
    /// Adds rows by COPY. `None` where they need a generated key and it comes from no sequence.
    pub(crate) async fn copy(&self, plan: &Insert) -> Result<Option<Vec<i64>>> {
        let probe = self.part(Part::Probe, &plan.probe).await?;
        if self.rows.width() == 0 {
            return Ok(None);
        }
        if !self.statement.returns_key || plan.given_key.is_some() {
            self.send(Part::Copy, &plan.copy, &probe.types, None).await?;
            return Ok(Some(self.given_keys(plan)));
        }
        if let Some(keys) = self.copy_in_a_row(plan, &probe).await? {
            return Ok(Some(keys));
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

    /// Lets the database generate the keys while it adds the rows: where its sequence has moved by as many as there
    /// are rows, they are what it gave. `None` where others took some in between, and nothing was added.
    ///
    /// That saves the round trip in which as many keys are asked for, and sending them back.
    async fn copy_in_a_row(&self, plan: &Insert, probe: &Prepared) -> Result<Option<Vec<i64>>> {
        let Some((text, mixed)) = plan.last_key.as_deref().zip(self.mixed()) else { return Ok(None) };
        if mixed.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |runs| runs.checked_sub(1)).is_ok() {
            return Ok(None);
        }
        let inside = self.inside();
        let work = async {
            let set = self.connection.command(SET);
            let sent = async {
                let Some(before) = inside.last_key(text).await? else { return Ok(None) };
                inside.send(Part::Copy, &plan.copy, &probe.types, None).await?;
                Ok(inside.last_key(text).await?.map(|after| (before, after)))
            };
            let (set, sent) = future::join(set, sent).await;
            set?;
            let count = self.rows.len() as i64;
            let keys = sent?.filter(|(before, after)| after.checked_sub(*before) == Some(count));
            if keys.is_none() {
                mixed.store(CAUTION, Ordering::Relaxed);
            }
            self.connection.command(if keys.is_some() { KEEP } else { UNDO }).await?;
            Ok(keys.map(|(before, after)| (before + 1..=after).collect()))
        };
        self.all_or_none(work).await
    }

    /// In how many runs of this statement it is not to be expected that its rows get their keys one after the other.
    fn mixed(&self) -> Option<&AtomicU32> {
        Compiled::of(self.statement).map(|compiled| &compiled.mixed)
    }

    /// The last key that was generated; `None` where that tells nothing of the rows' keys.
    async fn last_key(&self, text: &str) -> Result<Option<i64>> {
        let prepared = self.part(Part::LastKey, text).await?;
        let outcome = self.connection.run(&prepared, text, std::iter::empty::<i64>()).await;
        let stream = outcome.map_err(|failure| error::of(failure).with_statement(text))?;
        let mut stream = pin!(stream);
        let mut last = None;
        while let Some(row) = stream.next().await {
            last = row.and_then(|row| row.try_get(0)).map_err(error::of)?;
        }
        Ok(last)
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
}
