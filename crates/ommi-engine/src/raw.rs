//! Statements that programs write themselves, run where all others are.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use ommi_core::driver::{BoxFuture, FetchOptions, Param, Params, Raw, RowStream};
use ommi_core::value::{RowBatch, Value};
use ommi_core::{Error, ErrorKind, Result};

use crate::cache::Prepared;
use crate::query_cache;
use crate::session::Session;

impl Session {
    /// The rows of a statement in the database's own language. The values are those of `raw.names`.
    ///
    /// Errors come as the stream's first and only item: `Unsupported` where the database takes no such statements, `Validation`
    /// for names and values that do not fit, `Query` for rows of another width.
    pub fn fetch_raw(&self, raw: Raw, values: Vec<Value>, options: FetchOptions) -> RowStream {
        let session = self.clone();
        let width = raw.columns.len();
        let prepared = self.prepare_raw(&raw, values);
        let only_reads = only_reads(&raw.text);
        let rows = async move {
            let (prepared, params) = prepared?;
            let _turn = session.make_ready(&prepared).await?;
            let written = if only_reads { None } else { session.writing_anything() };
            let rows = session.counted().fetch(prepared.statement.clone(), params, options);
            Ok::<_, Error>(query_cache::until_ended(written, rows))
        };
        let rows = stream::once(rows).try_flatten();
        self.judged_rows(Box::pin(rows.map(move |batch| batch.and_then(|batch| of_width(batch, width)))))
    }

    /// Runs a statement in the database's own language that changes rows; gives their number.
    ///
    /// # Errors
    /// As for [`fetch_raw`](Self::fetch_raw); what the database says.
    pub fn write_raw(&self, raw: Raw, values: Vec<Value>) -> BoxFuture<Result<u64>> {
        let session = self.clone();
        let prepared = self.check_writable().and_then(|()| self.prepare_raw(&raw, values));
        self.limited(Box::pin(async move {
            let (prepared, params) = prepared?;
            let _turn = session.make_ready(&prepared).await?;
            let written = session.writing_anything();
            let outcome = session.counted().write(prepared.statement.clone(), params).await;
            query_cache::ended(written, &outcome);
            session.judged(outcome).await
        }))
    }

    fn prepare_raw(&self, raw: &Raw, values: Vec<Value>) -> Result<(Arc<Prepared>, Params)> {
        self.check_open()?;
        let driver = self.handle().driver();
        if !driver.capabilities().raw_statements {
            return Err(Error::unsupported(format!(
                "{} takes no statements of a program's own (capability: raw_statements)",
                driver.name()
            )));
        }
        if raw.names.len() != values.len() {
            return Err(Error::new(ErrorKind::Internal, "a statement has not as many values as names"));
        }
        let models = raw.model.iter().cloned().collect();
        let prepared = self.handle().plans().raw(&key(raw), models, || driver.raw(raw))?;
        Ok((prepared, values.into_iter().map(Param::Scalar).collect()))
    }
}

/// What makes two statements the same.
fn key(raw: &Raw) -> Vec<u8> {
    let model = raw.model.as_ref().map_or(0, |model| model.id().get());
    let mut key = vec![RAW];
    key.extend(model.to_le_bytes());
    for part in raw.names.iter().chain([&raw.text]) {
        key.extend((part.len() as u64).to_le_bytes());
        key.extend(part.as_bytes());
    }
    key.extend(format!("{:?}", raw.columns).into_bytes());
    key
}

/// No shape of an operation begins so.
const RAW: u8 = 0;

/// Whether a statement that gives rows writes none, as far as its first word says.
fn only_reads(text: &str) -> bool {
    text.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("select"))
}

fn of_width(batch: RowBatch, width: usize) -> Result<RowBatch> {
    if batch.is_empty() || batch.width() == width {
        return Ok(batch);
    }
    Err(Error::query(format!(
        "the statement gives {} columns, and {width} are expected of it",
        batch.width()
    )))
}
