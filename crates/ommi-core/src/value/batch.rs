//! `RowBatch`: many rows in three allocations, filled by drivers on any thread and visited once by a face.

use jiff::civil;
use uuid::Uuid;

use super::Cell;
use crate::Result;

/// Receives rows one by one as a driver reads them.
pub trait RowSink {
    /// Takes one row; the cells are valid only during the call.
    ///
    /// # Errors
    /// An error stops the read and is handed to whoever asked for it.
    fn row(&mut self, cells: &[Cell<'_>]) -> Result<()>;

    /// Forgets all rows so far: the driver begins again from the first one.
    fn restart(&mut self);
}

/// Rows of one width, stored compactly: no allocation per cell.
#[derive(Debug, Default, Clone)]
pub struct RowBatch {
    width: usize,
    rows: usize,
    cells: Vec<Packed>,
    text: String,
    bytes: Vec<u8>,
}

/// A cell whose text and bytes live in the batch.
#[derive(Debug, Clone, Copy)]
enum Packed {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Span),
    Bytes(Span),
    Decimal(Span),
    Uuid(Span),
    DateTime(civil::DateTime),
    Timestamp(jiff::Timestamp),
    Date(civil::Date),
    Time(civil::Time),
    Duration(i64),
    Json(Span),
}

/// Where a cell's text or bytes begin and how long they are.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: usize,
    length: u32,
}

impl RowBatch {
    /// An empty batch for rows of `width` cells, with room for `rows` of them.
    pub fn with_capacity(width: usize, rows: usize) -> Self {
        Self { width, cells: Vec::with_capacity(width * rows), ..Self::default() }
    }

    /// The number of cells in each row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The number of rows.
    #[inline]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// True where there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The memory that the rows use, in bytes: what bounds a batch of large values.
    pub fn byte_size(&self) -> usize {
        self.cells.len() * size_of::<Packed>() + self.text.len() + self.bytes.len()
    }

    /// Adds one cell; a row is complete after `width` of them (see [`end_row`](Self::end_row)).
    ///
    /// Text and bytes longer than 4 GiB do not occur: every driver's limit is lower.
    #[inline]
    pub fn push(&mut self, cell: Cell<'_>) {
        let packed = match cell {
            Cell::Null => Packed::Null,
            Cell::Bool(value) => Packed::Bool(value),
            Cell::Int(value) => Packed::Int(value),
            Cell::Float(value) => Packed::Float(value),
            Cell::Text(value) => Packed::Text(self.keep_text(value)),
            Cell::Bytes(value) => Packed::Bytes(self.keep_bytes(value)),
            Cell::Decimal(value) => Packed::Decimal(self.keep_text(value)),
            Cell::Uuid(value) => Packed::Uuid(self.keep_bytes(value.as_bytes())),
            Cell::DateTime(value) => Packed::DateTime(value),
            Cell::Timestamp(value) => Packed::Timestamp(value),
            Cell::Date(value) => Packed::Date(value),
            Cell::Time(value) => Packed::Time(value),
            Cell::Duration(value) => Packed::Duration(value),
            Cell::Json(value) => Packed::Json(self.keep_text(value)),
        };
        self.cells.push(packed);
    }

    /// Completes a row of cells given to [`push`](Self::push).
    #[inline]
    pub fn end_row(&mut self) {
        self.rows += 1;
        debug_assert_eq!(self.cells.len(), self.rows * self.width, "a row has another width than its batch");
    }

    /// Adds a whole row.
    #[inline]
    pub fn push_row(&mut self, cells: &[Cell<'_>]) {
        for cell in cells {
            self.push(*cell);
        }
        self.end_row();
    }

    /// Drops the cells of a row that was begun and not completed, after a value in it was refused.
    pub fn abandon_row(&mut self) {
        self.cells.truncate(self.rows * self.width);
    }

    /// The cell at `row` and `column`, or `None` outside of the batch.
    #[inline]
    pub fn get(&self, row: usize, column: usize) -> Option<Cell<'_>> {
        if column >= self.width {
            return None;
        }
        self.cells.get(row * self.width + column).map(|packed| self.unpack(*packed))
    }

    /// The cells of one row, in column order; empty past the last row.
    #[inline]
    pub fn row(&self, row: usize) -> impl ExactSizeIterator<Item = Cell<'_>> + Clone + '_ {
        let start = (row * self.width).min(self.cells.len());
        let end = (start + self.width).min(self.cells.len());
        self.cells[start..end].iter().map(|packed| self.unpack(*packed))
    }

    /// Forgets all rows and keeps the memory.
    pub fn clear(&mut self) {
        self.rows = 0;
        self.cells.clear();
        self.text.clear();
        self.bytes.clear();
    }

    #[inline]
    fn keep_text(&mut self, value: &str) -> Span {
        let start = self.text.len();
        self.text.push_str(value);
        Span { start, length: value.len() as u32 }
    }

    #[inline]
    fn keep_bytes(&mut self, value: &[u8]) -> Span {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(value);
        Span { start, length: value.len() as u32 }
    }

    #[inline]
    fn text_at(&self, span: Span) -> &str {
        &self.text[span.start..span.start + span.length as usize]
    }

    #[inline]
    fn bytes_at(&self, span: Span) -> &[u8] {
        &self.bytes[span.start..span.start + span.length as usize]
    }

    #[inline]
    fn unpack(&self, packed: Packed) -> Cell<'_> {
        match packed {
            Packed::Null => Cell::Null,
            Packed::Bool(value) => Cell::Bool(value),
            Packed::Int(value) => Cell::Int(value),
            Packed::Float(value) => Cell::Float(value),
            Packed::Text(span) => Cell::Text(self.text_at(span)),
            Packed::Bytes(span) => Cell::Bytes(self.bytes_at(span)),
            Packed::Decimal(span) => Cell::Decimal(self.text_at(span)),
            Packed::Uuid(span) => Cell::Uuid(Uuid::from_slice(self.bytes_at(span)).unwrap_or_default()),
            Packed::DateTime(value) => Cell::DateTime(value),
            Packed::Timestamp(value) => Cell::Timestamp(value),
            Packed::Date(value) => Cell::Date(value),
            Packed::Time(value) => Cell::Time(value),
            Packed::Duration(value) => Cell::Duration(value),
            Packed::Json(span) => Cell::Json(self.text_at(span)),
        }
    }
}

impl RowSink for RowBatch {
    #[inline]
    fn row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        self.width = cells.len();
        self.push_row(cells);
        Ok(())
    }

    fn restart(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_as_they_went_in() {
        let uuid = Uuid::from_u128(7);
        let cells = [Cell::Int(1), Cell::Text("ada"), Cell::Null, Cell::Uuid(uuid), Cell::Bytes(b"\0x")];
        let mut batch = RowBatch::with_capacity(cells.len(), 2);
        batch.push_row(&cells);
        batch.push_row(&cells);
        assert_eq!(batch.len(), 2);
        assert_eq!(batch.row(1).collect::<Vec<_>>(), cells);
        assert_eq!(batch.get(0, 1), Some(Cell::Text("ada")));
        assert_eq!(batch.get(2, 0), None);
    }

    #[test]
    fn an_abandoned_row_leaves_no_cells() {
        let mut batch = RowBatch::with_capacity(2, 1);
        batch.push(Cell::Int(1));
        batch.abandon_row();
        batch.push_row(&[Cell::Int(2), Cell::Int(3)]);
        assert_eq!(batch.row(0).collect::<Vec<_>>(), [Cell::Int(2), Cell::Int(3)]);
    }
}
