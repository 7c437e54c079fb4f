//! Running queries: at once on the calling thread where that is short, else in batches.

use std::future::poll_fn;
use std::sync::Arc;

use ommi_core::driver::{BoxFuture, FetchOptions, RowStream};
use ommi_core::query::{Expr, Operation, Operator, Query};
use ommi_core::schema::ModelDef;
use ommi_core::value::{Cell, RowBatch, RowSink};
use ommi_core::{Error, ErrorKind, Result};
use ommi_engine::Session;

use super::{Reader, no_result};

/// Every row of the query.
pub(crate) async fn fetch_all<R: Reader>(
    session: &Session,
    query: Query,
    reader: &R,
    batch_rows: Option<usize>,
) -> Result<Vec<R::Item>> {
    let may_be_short = may_be_short(&query);
    let operation = Operation::Fetch(query);
    if may_be_short {
        let mut sink = Collect { reader, batch: reader.start(), rows: Vec::new() };
        if let Some(outcome) = session.fetch_now(&operation, &mut sink) {
            outcome?;
            load_eagerly(reader, &sink.batch, session).await?;
            return Ok(sink.rows);
        }
    }
    let mut rows = Vec::new();
    let mut stream = session.fetch(operation, options(batch_rows));
    while let Some(batch) = next(&mut stream).await {
        let shared = hydrate(reader, &batch?, &mut rows)?;
        load_eagerly(reader, &shared, session).await?;
    }
    Ok(rows)
}

/// The rows that an update or a delete was about.
pub(crate) async fn fetch_written<R: Reader>(
    session: &Session,
    operation: Operation,
    reader: &R,
) -> Result<Vec<R::Item>> {
    let mut rows = Vec::new();
    let mut stream = session.write_returning(operation);
    while let Some(batch) = next(&mut stream).await {
        let shared = hydrate(reader, &batch?, &mut rows)?;
        load_eagerly(reader, &shared, session).await?;
    }
    Ok(rows)
}

/// The first row of the query.
#[inline]
pub(crate) async fn fetch_first<R: Reader>(
    session: &Session,
    query: Query,
    reader: &R,
) -> Result<Option<R::Item>> {
    match first_now(session, query, reader) {
        Attempt::Found(row) => Ok(Some(row)),
        Attempt::Missing(_) => Ok(None),
        Attempt::Failed(error) => Err(error),
        attempt => Box::pin(attempt.complete(session, reader)).await,
    }
}

/// The only row that is wanted of the query, which there must be.
#[inline]
pub(crate) async fn fetch_one<R: Reader>(session: &Session, query: Query, reader: &R) -> Result<R::Item> {
    match first_now(session, query, reader) {
        Attempt::Found(row) => Ok(row),
        Attempt::Missing(model) => Err(no_result(&model)),
        Attempt::Failed(error) => Err(error),
        attempt => Box::pin(attempt.complete_one(session, reader)).await,
    }
}

/// What became of a read on the calling thread.
pub(crate) enum Attempt<T> {
    /// The row.
    Found(T),
    /// There is no such row of this model.
    Missing(Arc<ModelDef>),
    /// An error.
    Failed(Error),
    /// These have to be loaded before the row is handed out.
    Loading(T, Vec<BoxFuture<Result<()>>>),
    /// It has to be done by a stream.
    Later(Box<Operation>),
}

impl<T> Attempt<T> {
    /// The row, after what has to be awaited for it.
    pub(crate) async fn complete<R>(self, session: &Session, reader: &R) -> Result<Option<T>>
    where
        R: Reader<Item = T>,
    {
        match self {
            Attempt::Found(row) => Ok(Some(row)),
            Attempt::Missing(_) => Ok(None),
            Attempt::Failed(error) => Err(error),
            Attempt::Loading(row, loads) => {
                for load in loads {
                    load.await?;
                }
                Ok(Some(row))
            }
            Attempt::Later(operation) => first_of_stream(session, *operation, reader).await,
        }
    }

    /// As [`complete`](Self::complete), where there must be a row.
    pub(crate) async fn complete_one<R>(self, session: &Session, reader: &R) -> Result<T>
    where
        R: Reader<Item = T>,
    {
        let model = match &self {
            Attempt::Missing(model) => Some(model.clone()),
            Attempt::Later(operation) => Some(operation.model().clone()),
            Attempt::Found(_) | Attempt::Failed(_) | Attempt::Loading(..) => None,
        };
        match (self.complete(session, reader).await?, model) {
            (Some(row), _) => Ok(row),
            (None, Some(model)) => Err(no_result(&model)),
            (None, None) => Err(Error::new(ErrorKind::Internal, "a row that was found is gone")),
        }
    }
}

/// Reads the first row on the calling thread. It is no future: what it builds stays where it is until the row is
/// there, and the future around it stays small.
#[inline(always)]
pub(crate) fn first_now<R: Reader>(session: &Session, mut query: Query, reader: &R) -> Attempt<R::Item> {
    // A key finds one row at most: a limit would only be one more parameter.
    if !is_by_key(&query) {
        query.limit = Some(query.limit.map_or(1, |limit| limit.min(1)));
    }
    let operation = Operation::Fetch(query);
    let mut sink = First { reader, batch: None, row: None };
    match session.fetch_now(&operation, &mut sink) {
        Some(Ok(())) => {}
        Some(Err(error)) => return Attempt::Failed(error),
        None => return Attempt::Later(Box::new(operation)),
    }
    match (sink.row, sink.batch) {
        (Some(row), Some(batch)) => {
            let loads = reader.eager(&batch, session);
            if loads.is_empty() { Attempt::Found(row) } else { Attempt::Loading(row, loads) }
        }
        (Some(row), None) => Attempt::Found(row),
        (None, _) => Attempt::Missing(operation.model().clone()),
    }
}

/// The first row of a read that takes longer.
async fn first_of_stream<R: Reader>(
    session: &Session,
    operation: Operation,
    reader: &R,
) -> Result<Option<R::Item>> {
    let mut stream = session.fetch(operation, options(None));
    while let Some(batch) = next(&mut stream).await {
        let mut rows = Vec::new();
        let shared = hydrate(reader, &batch?, &mut rows)?;
        load_eagerly(reader, &shared, session).await?;
        if let Some(row) = rows.into_iter().next() {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// The one number that a count returns.
pub(crate) async fn fetch_number(session: &Session, operation: Operation) -> Result<u64> {
    match single_cell(session, operation).await? {
        Some(Single::Number(number)) => Ok(u64::try_from(number).unwrap_or(0)),
        other => Err(no_single(other.is_some())),
    }
}

/// The one answer that an exists returns.
pub(crate) async fn fetch_truth(session: &Session, operation: Operation) -> Result<bool> {
    match single_cell(session, operation).await? {
        Some(Single::Truth(truth)) => Ok(truth),
        other => Err(no_single(other.is_some())),
    }
}

/// Runs an update or a delete.
pub(crate) async fn write(session: &Session, operation: Operation) -> Result<u64> {
    match session.write_now(&operation) {
        Some(outcome) => outcome,
        None => session.write(operation).await,
    }
}

pub(super) fn options(batch_rows: Option<usize>) -> FetchOptions {
    batch_rows.map_or_else(FetchOptions::default, |batch_rows| FetchOptions { batch_rows })
}

pub(super) async fn next(stream: &mut RowStream) -> Option<Result<RowBatch>> {
    poll_fn(|context| stream.as_mut().poll_next(context)).await
}

/// All batches of a stream.
pub(crate) async fn collected(mut stream: RowStream) -> Result<Vec<RowBatch>> {
    let mut batches = Vec::new();
    while let Some(batch) = next(&mut stream).await {
        batches.push(batch?);
    }
    Ok(batches)
}

/// Adds what the rows of a batch become; gives what they share.
pub(crate) fn hydrate<R: Reader>(reader: &R, batch: &RowBatch, rows: &mut Vec<R::Item>) -> Result<R::Batch> {
    let mut shared = reader.start();
    let mut cells: Vec<Cell<'_>> = Vec::with_capacity(batch.width());
    rows.reserve(batch.len());
    for row in 0..batch.len() {
        cells.clear();
        cells.extend(batch.row(row));
        rows.push(reader.read(&cells, &mut shared)?);
    }
    Ok(shared)
}

async fn load_eagerly<R: Reader>(reader: &R, batch: &R::Batch, session: &Session) -> Result<()> {
    for load in reader.eager(batch, session) {
        load.await?;
    }
    Ok(())
}

/// Whether it is worth asking for the rows at once: only what is bounded or looked up is ever given so.
fn may_be_short(query: &Query) -> bool {
    let looked_up = match &query.filter {
        Some(Expr::Apply(Operator::Eq, _) | Expr::And(_)) => true,
        Some(
            Expr::Apply(..)
            | Expr::Column(_)
            | Expr::Value(_)
            | Expr::List(_)
            | Expr::Or(_)
            | Expr::Not(_)
            | Expr::Aggregate(_)
            | Expr::Case(_)
            | Expr::Path(_)
            | Expr::Random
            | Expr::Subquery(_)
            | Expr::Given(_),
        )
        | None => false,
    };
    query.limit.is_some() || looked_up
}

/// Whether the filter is equality of the one field of the key.
#[inline]
fn is_by_key(query: &Query) -> bool {
    let Some(Expr::Apply(Operator::Eq, operands)) = &query.filter else { return false };
    match operands.as_slice() {
        [Expr::Column(column), Expr::Value(_)] => {
            query.model.key() == [column.field] && column.model.id() == query.model.id()
        }
        _ => false,
    }
}

/// Keeps every row.
struct Collect<'a, R: Reader> {
    reader: &'a R,
    batch: R::Batch,
    rows: Vec<R::Item>,
}

impl<R: Reader> RowSink for Collect<'_, R> {
    fn row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        self.rows.push(self.reader.read(cells, &mut self.batch)?);
        Ok(())
    }

    fn restart(&mut self) {
        self.rows.clear();
        self.batch = self.reader.start();
    }
}

/// Keeps the first row.
struct First<'a, R: Reader> {
    reader: &'a R,
    batch: Option<R::Batch>,
    row: Option<R::Item>,
}

impl<R: Reader> RowSink for First<'_, R> {
    #[inline]
    fn row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        if self.row.is_none() {
            let batch = self.batch.insert(self.reader.start());
            self.row = Some(self.reader.read(cells, batch)?);
        }
        Ok(())
    }

    fn restart(&mut self) {
        self.row = None;
        self.batch = None;
    }
}

/// Keeps the only cell of the only row.
struct SingleCell(Option<Single>);

/// What such a cell holds.
#[derive(Debug, Clone, Copy)]
enum Single {
    Number(i64),
    Truth(bool),
}

impl Single {
    fn of(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Int(number) => Some(Single::Number(number)),
            Cell::Bool(truth) => Some(Single::Truth(truth)),
            _neither => None,
        }
    }
}

impl RowSink for SingleCell {
    fn row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        self.0 = cells.first().copied().and_then(Single::of);
        Ok(())
    }

    fn restart(&mut self) {
        self.0 = None;
    }
}

async fn single_cell(session: &Session, operation: Operation) -> Result<Option<Single>> {
    let mut sink = SingleCell(None);
    if let Some(outcome) = session.fetch_now(&operation, &mut sink) {
        outcome?;
        return Ok(sink.0);
    }
    let mut single = None;
    let mut stream = session.fetch(operation, options(None));
    while let Some(batch) = next(&mut stream).await {
        single = batch?.get(0, 0).and_then(Single::of).or(single);
    }
    Ok(single)
}

#[cold]
fn no_single(found: bool) -> Error {
    let what = if found { "another kind of answer" } else { "no answer" };
    Error::new(ErrorKind::Internal, format!("the driver gave {what} to a count or an exists"))
}
