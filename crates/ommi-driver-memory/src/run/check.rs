//! What must hold when a statement is over: required values, lengths, unique values, references.

use ommi_core::value::Value;
use ommi_core::{Error, Result};

use super::action::{referring, target_columns};
use super::work::Work;
use crate::data::{Key, Row, RowId, Sorted, State, Table, known_values};
use crate::error;

impl Work {
    /// The new state, in which every rule holds.
    ///
    /// # Errors
    /// The first rule that is broken; its source is [`BrokenRules`](crate::BrokenRules), with the others.
    pub(super) fn finish(mut self) -> Result<State> {
        let touched = std::mem::take(&mut self.touched);
        for ((table, id), before) in &touched {
            if let Some(before) = before {
                self.state.table_mut(table)?.forget(*id, before);
            }
        }
        let mut broken = Vec::new();
        for (table, id) in touched.keys() {
            self.state.table_mut(table)?.admit(*id, &mut broken);
        }
        for ((table, id), before) in &touched {
            check_references(&self.state, table, *id, &mut broken)?;
            if let Some(before) = before {
                check_referring(&self.state, table, before, &mut broken)?;
            }
        }
        error::first_of(broken)?;
        Ok(self.state)
    }
}

impl Table {
    /// Forgets the values of a row that goes or changes.
    fn forget(&mut self, id: RowId, row: &Row) {
        for (unique, keys) in self.def.uniques.iter().zip(&mut self.keys) {
            if let Some(key) = key_of(row, &unique.columns)
                && keys.get(&key) == Some(&id)
            {
                keys.remove_mut(&key);
            }
        }
    }

    /// Checks a row that is new or changed, if it is there, and takes note of its values.
    fn admit(&mut self, id: RowId, broken: &mut Vec<Error>) {
        let Some(row) = self.rows.get(&id).cloned() else { return };
        for (position, (column, value)) in self.def.columns.iter().zip(row.iter()).enumerate() {
            if value.is_null() && (!column.nullable || self.def.key.contains(&position)) {
                broken.push(error::not_null(&column.name));
            }
            if let (Some(limit), Value::Text(text)) = (column.max_length, value)
                && text.chars().count() > limit as usize
            {
                let constraint = format!("ck_{}_{}", self.def.name, column.name);
                broken.push(error::too_long(constraint, &column.name, limit));
            }
            if let (true, Value::Int(number)) = (column.generated, value) {
                self.skip(*number);
            }
        }
        let def = self.def.clone();
        for (unique, keys) in def.uniques.iter().zip(&mut self.keys) {
            let Some(key) = key_of(&row, &unique.columns) else { continue };
            if keys.contains_key(&key) {
                broken.push(error::taken(&unique.name, def.names(&unique.columns)));
            } else {
                keys.insert_mut(key, id);
            }
        }
    }

    /// Adds a unique over columns of the rows that are there.
    ///
    /// # Errors
    /// `UniqueViolation` where two rows have the same values in them.
    pub(crate) fn watch(&mut self, unique: crate::data::Unique) -> Result<()> {
        let mut keys = rpds::RedBlackTreeMapSync::new_sync();
        for (id, row) in self.rows.iter() {
            let Some(key) = key_of(row, &unique.columns) else { continue };
            if keys.contains_key(&key) {
                return Err(error::taken(&unique.name, self.def.names(&unique.columns)));
            }
            keys.insert_mut(key, *id);
        }
        self.keys.push(keys);
        std::sync::Arc::make_mut(&mut self.def).uniques.push(unique);
        Ok(())
    }
}

/// The values of a unique's columns, unless one of them is NULL.
fn key_of(row: &Row, columns: &[usize]) -> Option<Key> {
    known_values(row, columns).map(|values| values.into_iter().map(Sorted).collect())
}

/// What a row refers to is there.
fn check_references(state: &State, table: &str, id: RowId, broken: &mut Vec<Error>) -> Result<()> {
    let table = state.table(table)?;
    let Some(row) = table.rows.get(&id) else { return Ok(()) };
    for reference in &table.def.references {
        let Some(values) = known_values(row, &reference.columns) else { continue };
        let target = state.table(&reference.target)?;
        let found = target_columns(target, reference).and_then(|columns| target.find(&columns, &values));
        if found.is_none() {
            broken.push(error::dangling(&reference.name, table.def.names(&reference.columns)));
        }
    }
    Ok(())
}

/// Nothing refers any more to what a row was, unless another one is that now.
fn check_referring(state: &State, name: &str, before: &Row, broken: &mut Vec<Error>) -> Result<()> {
    let target = state.table(name)?;
    for table in state.tables() {
        for reference in table.def.references.iter().filter(|reference| reference.target == name) {
            let columns = target_columns(target, reference);
            let Some(values) = columns.as_ref().and_then(|columns| known_values(before, columns)) else {
                continue;
            };
            let is_there = columns.and_then(|columns| target.find(&columns, &values)).is_some();
            if !is_there && referring(table, reference, &values).next().is_some() {
                broken.push(error::dangling(&reference.name, table.def.names(&reference.columns)));
            }
        }
    }
    Ok(())
}
