//! The rows of all tables at one moment. A copy costs next to nothing: maps share what did not change.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use ommi_core::value::Value;
use ommi_core::{Error, ErrorKind, Result};
use rpds::RedBlackTreeMapSync;

use super::{Key, Sorted, TableDef};
use crate::error;

/// A row: a value for each column of its table.
pub(crate) type Row = Arc<[Value]>;

/// Tells a table's rows apart, in the order in which they were added.
pub(crate) type RowId = u64;

/// All tables by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    tables: BTreeMap<String, Table>,
}

impl State {
    /// The table of this name.
    pub(crate) fn table(&self, name: &str) -> Result<&Table> {
        self.tables.get(name).ok_or_else(|| error::no_table(name))
    }

    pub(crate) fn table_mut(&mut self, name: &str) -> Result<&mut Table> {
        self.tables.get_mut(name).ok_or_else(|| error::no_table(name))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.tables.contains_key(name)
    }

    pub(crate) fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values()
    }

    pub(crate) fn add(&mut self, table: Table) {
        self.tables.insert(table.def.name.clone(), table);
    }

    pub(crate) fn drop(&mut self, name: &str) -> Option<Table> {
        self.tables.remove(name)
    }
}

/// One table.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) def: Arc<TableDef>,
    pub(crate) rows: RedBlackTreeMapSync<RowId, Row>,
    /// Which row has which values, for each of the definition's uniques.
    pub(crate) keys: Vec<RedBlackTreeMapSync<Key, RowId>>,
    next_row: RowId,
    /// The next number to generate. All copies share it, so that none is ever given twice.
    next_number: Arc<AtomicI64>,
}

impl Table {
    pub(crate) fn new(def: TableDef) -> Self {
        Self {
            keys: def.uniques.iter().map(|_| RedBlackTreeMapSync::new_sync()).collect(),
            def: Arc::new(def),
            rows: RedBlackTreeMapSync::new_sync(),
            next_row: 0,
            next_number: Arc::new(AtomicI64::new(1)),
        }
    }

    /// An identity for a new row.
    pub(crate) fn new_row(&mut self) -> RowId {
        self.next_row += 1;
        self.next_row
    }

    /// The next generated number.
    ///
    /// # Errors
    /// `Query` where all are used up.
    pub(crate) fn generate(&self) -> Result<i64> {
        let next =
            self.next_number.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |next| next.checked_add(1));
        next.map_err(|_| Error::new(ErrorKind::Query, "there is no greater key left to generate"))
    }

    /// Never generates `number`, nor a smaller one.
    pub(crate) fn skip(&self, number: i64) {
        self.next_number.fetch_max(number.saturating_add(1), Ordering::Relaxed);
    }

    /// The row whose columns have these values together, where a unique watches over the columns.
    pub(crate) fn find(&self, columns: &[usize], values: &[Value]) -> Option<RowId> {
        let unique = self.def.uniques.iter().position(|unique| {
            unique.columns.len() == columns.len() && unique.columns.iter().all(|own| columns.contains(own))
        })?;
        let value_of = |own: &usize| columns.iter().zip(values).find(|(column, _)| *column == own);
        let key: Option<Key> = self.def.uniques[unique]
            .columns
            .iter()
            .map(|own| value_of(own).map(|(_, value)| Sorted(value.clone())))
            .collect();
        self.keys[unique].get(&key?).copied()
    }
}

/// The values of some columns, unless one of them is NULL.
pub(crate) fn known_values(row: &Row, columns: &[usize]) -> Option<Vec<Value>> {
    let values: Vec<Value> = columns.iter().map(|column| row[*column].clone()).collect();
    (!values.iter().any(Value::is_null)).then_some(values)
}
