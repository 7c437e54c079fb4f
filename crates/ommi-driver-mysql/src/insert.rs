//! Adding rows: many with one statement, all or none, with the generated keys in the rows' order.
//!
//! MariaDB returns the keys of a statement's rows in the order of the rows (`INSERT ... RETURNING`). MySQL tells only
//! the first generated key of a statement. The others follow it at the distance of `auto_increment_increment`, whatever
//! `innodb_autoinc_lock_mode` is: the number of rows of `INSERT ... VALUES` is known beforehand, so that InnoDB
//! takes all keys of the statement at once. That holds only while every row lets its key be generated; rows that bring
//! one are therefore added by statements of their own.

use std::ops::Range;
use std::sync::Arc;

use mysql_async::Value;
use ommi_core::driver::Statement;
use ommi_core::schema::FieldType;
use ommi_core::value::{Cell, RowBatch};
use ommi_core::{Error, ErrorKind, Result};
use ommi_sql::Flavour;
use ommi_sql::mysql::Insert;

use crate::compiled::{details, variant};
use crate::connection::Connection;
use crate::execute::located;
use crate::operation::Flight;
use crate::value::encode_cell;

/// The most placeholders of one statement.
const PLACEHOLDERS: usize = 65_535;

/// The most rows of one statement. A longer statement saves nothing more, and costs to be prepared.
const ROWS: usize = 1000;

/// What a packet holds beside the values, and each value beside its bytes, at the most.
const OVERHEAD: usize = 1024;
const VALUE_OVERHEAD: usize = 16;

/// Where several statements are all or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frame {
    /// In a transaction of their own.
    Transaction,
    /// Behind a savepoint of the transaction around them.
    Savepoint,
}

impl Frame {
    fn begin(self) -> &'static str {
        match self {
            Frame::Transaction => "START TRANSACTION",
            Frame::Savepoint => "SAVEPOINT `ommi insert`",
        }
    }

    fn keep(self) -> &'static str {
        match self {
            Frame::Transaction => "COMMIT",
            Frame::Savepoint => "RELEASE SAVEPOINT `ommi insert`",
        }
    }

    fn undo(self) -> &'static str {
        match self {
            Frame::Transaction => "ROLLBACK",
            Frame::Savepoint => "ROLLBACK TO SAVEPOINT `ommi insert`",
        }
    }
}

/// Adds rows; gives the generated keys in the rows' order, or nothing where the statement returns no key.
pub(crate) async fn insert(
    connection: &mut Connection,
    statement: Arc<Statement>,
    rows: &RowBatch,
    frame: Frame,
    flight: &Flight,
) -> Result<Vec<i64>> {
    let statement = variant(statement, connection.server().flavour);
    let job = Job::new(connection, &statement, rows)?;
    let parts = job.parts()?;
    match parts.as_slice() {
        [] => Ok(Vec::new()),
        [part] => {
            let values = job.values(part.clone())?;
            let mut keys = Vec::with_capacity(if statement.returns_key { rows.len() } else { 0 });
            job.run(connection, part, values, &mut keys).await?;
            Ok(keys)
        }
        parts => {
            job.check()?;
            connection.command(frame.begin()).await?;
            match job.run_all(connection, parts, flight).await {
                Ok(keys) => {
                    flight.must_finish();
                    connection.command(frame.keep()).await?;
                    Ok(keys)
                }
                Err(error) => {
                    let _ = connection.command(frame.undo()).await;
                    Err(error)
                }
            }
        }
    }
}

/// Rows on their way into a table.
struct Job<'a> {
    statement: &'a Statement,
    insert: &'a Insert,
    rows: &'a RowBatch,
    max_packet: usize,
    /// The distance of generated keys where only the first one is told.
    step: Option<u64>,
}

impl<'a> Job<'a> {
    fn new(connection: &Connection, statement: &'a Statement, rows: &'a RowBatch) -> Result<Self> {
        let insert = details(statement).and_then(|details| details.insert.as_ref()).ok_or_else(|| {
            Error::new(ErrorKind::Internal, "rows are added by statements that were compiled from a plan")
        })?;
        let server = connection.server();
        let tells_all = match server.flavour {
            Flavour::MariaDb { returning } => returning,
            Flavour::MySql => false,
        };
        let step = (statement.returns_key && !tells_all).then_some(server.key_step);
        Ok(Self { statement, insert, rows, max_packet: server.max_packet, step })
    }

    /// The rows of each statement.
    fn parts(&self) -> Result<Vec<Range<usize>>> {
        let most_rows = ROWS.min(PLACEHOLDERS / self.statement.inputs.len().max(1)).max(1);
        let mut parts = Vec::new();
        let (mut start, mut size) = (0, OVERHEAD);
        for row in 0..self.rows.len() {
            let row_size = self.size_of(row);
            if row_size + OVERHEAD > self.max_packet {
                return Err(self.too_large(row));
            }
            let is_full = row - start >= most_rows || size + row_size > self.max_packet;
            let is_other_kind =
                self.step.is_some() && row > start && self.gives_key(row) != self.gives_key(start);
            if row > start && (is_full || is_other_kind) {
                parts.push(start..row);
                (start, size) = (row, OVERHEAD);
            }
            size += row_size;
        }
        if start < self.rows.len() {
            parts.push(start..self.rows.len());
        }
        Ok(parts)
    }

    /// The most bytes that a row takes in a packet.
    fn size_of(&self, row: usize) -> usize {
        let size = |cell: Cell<'_>| match cell {
            Cell::Text(text) | Cell::Decimal(text) | Cell::Json(text) => text.len(),
            Cell::Bytes(bytes) => bytes.len(),
            Cell::DateTime(_) | Cell::Timestamp(_) => 32,
            Cell::Null
            | Cell::Bool(_)
            | Cell::Int(_)
            | Cell::Float(_)
            | Cell::Uuid(_)
            | Cell::Date(_)
            | Cell::Time(_)
            | Cell::Duration(_) => 0,
        };
        self.rows.row(row).map(|cell| size(cell) + VALUE_OVERHEAD).sum::<usize>() + self.insert.row.len()
    }

    fn too_large(&self, row: usize) -> Error {
        let message = format!(
            "row {} of {} is larger than the server takes in one packet ({} bytes): raise max_allowed_packet on the \
             server",
            row + 1,
            self.rows.len(),
            self.max_packet
        );
        Error::validation(message)
    }

    /// Whether a row brings its key instead of having it generated.
    fn gives_key(&self, row: usize) -> bool {
        let key = self.insert.given_key.and_then(|key| self.rows.get(row, key));
        key.is_some_and(|key| key != Cell::Null)
    }

    /// Refuses what no column can hold, before anything of several statements is sent.
    fn check(&self) -> Result<()> {
        let is_fallible = |ty: &FieldType| match ty {
            FieldType::Float
            | FieldType::Decimal
            | FieldType::DateTime
            | FieldType::NaiveDateTime
            | FieldType::Timestamp
            | FieldType::Date
            | FieldType::Time => true,
            FieldType::Bool
            | FieldType::Int
            | FieldType::Text
            | FieldType::Bytes
            | FieldType::Uuid
            | FieldType::Duration
            | FieldType::Json
            | FieldType::List(_) => false,
        };
        for (column, ty) in self.statement.inputs.iter().enumerate().filter(|(_, ty)| is_fallible(ty)) {
            for row in 0..self.rows.len() {
                encode_cell(self.rows.get(row, column).unwrap_or(Cell::Null), ty)?;
            }
        }
        Ok(())
    }

    fn values(&self, part: Range<usize>) -> Result<Vec<Value>> {
        let types = &self.statement.inputs;
        let mut values = Vec::with_capacity(part.len() * types.len());
        for row in part {
            for (cell, ty) in self.rows.row(row).zip(types) {
                values.push(encode_cell(cell, ty)?);
            }
        }
        Ok(values)
    }

    async fn run_all(
        &self,
        connection: &mut Connection,
        parts: &[Range<usize>],
        flight: &Flight,
    ) -> Result<Vec<i64>> {
        let mut keys = Vec::with_capacity(if self.statement.returns_key { self.rows.len() } else { 0 });
        for part in parts {
            flight.check()?;
            let values = self.values(part.clone())?;
            self.run(connection, part, values, &mut keys).await?;
        }
        Ok(keys)
    }

    /// Adds the rows of one statement and notes their keys.
    async fn run(
        &self,
        connection: &mut Connection,
        part: &Range<usize>,
        values: Vec<Value>,
        keys: &mut Vec<i64>,
    ) -> Result<()> {
        let statement = self.statement;
        let text = self.insert.text(part.len());
        let before = keys.len();
        let outcome = match (statement.returns_key, self.step) {
            (true, None) => read_keys(connection, statement, part.len(), &text, values, keys).await,
            (false, _) | (true, Some(_)) => {
                connection.execute((statement.id(), part.len()), &text, values).await
            }
        };
        if let Err(error) = outcome {
            return Err(located(connection, error, statement).await);
        }
        if let Some(step) = self.step {
            self.note_keys(connection.last_insert_id(), step, part, keys)?;
        }
        if statement.returns_key && keys.len() - before != part.len() {
            return Err(Error::new(
                ErrorKind::Internal,
                "the server returned another number of keys than of rows",
            ));
        }
        Ok(())
    }

    /// The keys of rows of which the server told the first generated one.
    fn note_keys(&self, first: u64, step: u64, part: &Range<usize>, keys: &mut Vec<i64>) -> Result<()> {
        for (position, row) in part.clone().enumerate() {
            let given = self.insert.given_key.and_then(|key| self.rows.get(row, key));
            let key = match given {
                Some(Cell::Int(key)) => Some(key),
                _generated => first
                    .checked_add(position as u64 * step)
                    .and_then(|key| i64::try_from(key).ok())
                    .filter(|_| first != 0),
            };
            keys.push(
                key.ok_or_else(|| Error::query("the server generated no key that fits 64 signed bits"))?,
            );
        }
        Ok(())
    }
}

/// Runs an insert that returns its rows' keys.
async fn read_keys(
    connection: &mut Connection,
    statement: &Statement,
    rows: usize,
    text: &str,
    values: Vec<Value>,
    keys: &mut Vec<i64>,
) -> Result<()> {
    connection.start((statement.id(), rows), text, values).await?;
    let mut is_whole = true;
    loop {
        match connection.rows().next().await {
            Ok(Some(row)) => match row.as_ref(0) {
                Some(Value::Int(key)) => keys.push(*key),
                _beyond_or_no_integer => is_whole = false,
            },
            Ok(None) => {
                connection.end_work(Ok(()))?;
                break;
            }
            Err(error) => return connection.end_work(Err(error)),
        }
    }
    match is_whole {
        true => Ok(()),
        false => Err(Error::query("the server generated a key that does not fit 64 signed bits")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ommi_core::plan::Reach;

    fn parts_and_keys(cells: &[Cell<'_>], firsts: &[u64]) -> (Vec<Range<usize>>, Vec<i64>) {
        let mut statement = Statement::new("", Reach::Unique);
        statement.inputs = vec![FieldType::Int];
        statement.returns_key = true;
        let insert =
            Insert { head: String::new(), row: "(?)".into(), tail: String::new(), given_key: Some(0) };
        let mut rows = RowBatch::with_capacity(1, cells.len());
        cells.iter().for_each(|cell| rows.push_row(&[*cell]));
        let job =
            Job { statement: &statement, insert: &insert, rows: &rows, max_packet: 1 << 20, step: Some(2) };
        let parts = job.parts().unwrap();
        let mut keys = Vec::new();
        for (part, first) in parts.iter().zip(firsts) {
            job.note_keys(*first, 2, part, &mut keys).unwrap();
        }
        (parts, keys)
    }

    #[test]
    fn rows_that_bring_their_key_go_by_statements_of_their_own() {
        let cells = [Cell::Null, Cell::Null, Cell::Int(100), Cell::Null];
        let (parts, keys) = parts_and_keys(&cells, &[11, 0, 101]);
        assert_eq!(parts, [0..2, 2..3, 3..4]);
        assert_eq!(keys, [11, 13, 100, 101], "generated keys follow each other at the server's distance");
    }

    #[test]
    fn a_statement_has_so_many_rows_and_no_more() {
        let cells = vec![Cell::Null; 2 * ROWS + 1];
        let (parts, _) = parts_and_keys(&cells, &[]);
        assert_eq!(parts, [0..ROWS, ROWS..2 * ROWS, 2 * ROWS..2 * ROWS + 1]);
    }
}
