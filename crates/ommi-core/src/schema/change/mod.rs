//! One step from a schema to another: what it does, what undoes it, what it may cost, and a sentence about it.

mod words;

use super::{ColumnDef, MaxLength, TableDef, TableIndex, TableReference};
use crate::value::Value;

/// A change of a schema, the same for every database.
///
/// `fill` is what stands afterwards in rows that have nothing in a column that is required then: in those that a new
/// column meets, in those that have NULL, and in those that meet a dropped column when the drop is undone. Without
/// it, such rows are an error.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Creates a table with all that it has. Tables that it refers to exist before.
    CreateTable(TableDef),
    /// Drops a table with its rows.
    DropTable(TableDef),
    /// Gives a table another name.
    RenameTable {
        /// Its name before.
        from: String,
        /// Its name afterwards.
        to: String,
    },
    /// Adds a column behind the others.
    AddColumn {
        /// The table.
        table: String,
        /// The new column.
        column: ColumnDef,
        /// For rows that exist.
        fill: Option<Value>,
    },
    /// Drops a column with its values.
    DropColumn {
        /// The table.
        table: String,
        /// The column as it was.
        column: ColumnDef,
        /// For rows that exist when this is undone.
        fill: Option<Value>,
    },
    /// Changes whether a column is required, its default and its longest text.
    AlterColumn {
        /// The table.
        table: String,
        /// The column before.
        from: ColumnDef,
        /// The column afterwards: of the same name and type.
        to: ColumnDef,
        /// For rows that have NULL in it.
        fill: Option<Value>,
    },
    /// Gives a column another name.
    RenameColumn {
        /// The table.
        table: String,
        /// The column's name before.
        from: String,
        /// Its name afterwards.
        to: String,
    },
    /// Creates an index.
    AddIndex {
        /// The table.
        table: String,
        /// The index.
        index: TableIndex,
    },
    /// Drops the index that does the same, whatever it is called.
    DropIndex {
        /// The table.
        table: String,
        /// The index.
        index: TableIndex,
    },
    /// Lets the database watch over a reference.
    AddReference {
        /// The table that refers.
        table: String,
        /// The reference.
        reference: TableReference,
    },
    /// Lets the database watch over a reference no longer.
    DropReference {
        /// The table that refers.
        table: String,
        /// The reference.
        reference: TableReference,
    },
}

/// The worst that a change can do, in the order of its gravity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Risk {
    /// It is done at once, whatever the table holds.
    Safe,
    /// The table's rows are read while others wait to write.
    Locks,
    /// The table's rows are written anew while others wait.
    Rewrites,
    /// Values are gone afterwards, and undoing it does not bring them back.
    LosesData,
}

impl Risk {
    /// The risk in a word, as output and files have it.
    pub fn name(self) -> &'static str {
        match self {
            Risk::Safe => "safe",
            Risk::Locks => "locks",
            Risk::Rewrites => "rewrites",
            Risk::LosesData => "loses data",
        }
    }
}

impl Change {
    /// The change that gives the schema back as it was before this one.
    #[must_use]
    pub fn inverse(&self) -> Self {
        match self.clone() {
            Change::CreateTable(table) => Change::DropTable(table),
            Change::DropTable(table) => Change::CreateTable(table),
            Change::RenameTable { from, to } => Change::RenameTable { from: to, to: from },
            Change::AddColumn { table, column, fill } => Change::DropColumn { table, column, fill },
            Change::DropColumn { table, column, fill } => Change::AddColumn { table, column, fill },
            Change::AlterColumn { table, from, to, fill } => {
                Change::AlterColumn { table, from: to, to: from, fill }
            }
            Change::RenameColumn { table, from, to } => Change::RenameColumn { table, from: to, to: from },
            Change::AddIndex { table, index } => Change::DropIndex { table, index },
            Change::DropIndex { table, index } => Change::AddIndex { table, index },
            Change::AddReference { table, reference } => Change::DropReference { table, reference },
            Change::DropReference { table, reference } => Change::AddReference { table, reference },
        }
    }

    /// The changes that undo these: their inverses, the last one first.
    pub fn undoing(changes: &[Self]) -> Vec<Self> {
        changes.iter().rev().map(Self::inverse).collect()
    }

    /// The worst that it can do, on a large table of the database that takes it hardest but SQLite, which writes a table
    /// anew for many a change.
    pub fn risk(&self) -> Risk {
        match self {
            Change::DropTable(_) | Change::DropColumn { .. } => Risk::LosesData,
            Change::CreateTable(_)
            | Change::RenameTable { .. }
            | Change::RenameColumn { .. }
            | Change::DropIndex { .. }
            | Change::DropReference { .. } => Risk::Safe,
            Change::AddColumn { column, fill, .. } => match fill {
                Some(_) => Risk::Rewrites,
                None if column.max_length.is_some() => Risk::Locks,
                None => Risk::Safe,
            },
            Change::AlterColumn { from, to, fill, .. } => {
                let tightens = from.nullable && !to.nullable;
                if tightens && fill.is_some() {
                    Risk::Rewrites
                } else if tightens
                    || to.max_length.is_some()
                        && !MaxLength::are_like(from.max_length.as_ref(), to.max_length.as_ref())
                {
                    Risk::Locks
                } else {
                    Risk::Safe
                }
            }
            Change::AddIndex { .. } | Change::AddReference { .. } => Risk::Locks,
        }
    }

    /// The table that it works on, by its name before the change.
    pub fn table(&self) -> &str {
        match self {
            Change::CreateTable(table) | Change::DropTable(table) => &table.name,
            Change::RenameTable { from, .. } => from,
            Change::AddColumn { table, .. }
            | Change::DropColumn { table, .. }
            | Change::AlterColumn { table, .. }
            | Change::RenameColumn { table, .. }
            | Change::AddIndex { table, .. }
            | Change::DropIndex { table, .. }
            | Change::AddReference { table, .. }
            | Change::DropReference { table, .. } => table,
        }
    }
}
