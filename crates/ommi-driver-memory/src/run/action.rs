//! What becomes of rows whose target goes or changes: they go or change along, or lose it.

use std::collections::VecDeque;

use ommi_core::Result;
use ommi_core::value::Value;

use super::work::{Change, Work, with_values};
use crate::data::{Action, Reference, Row, RowId, Sorted, Table, known_values};

impl Work {
    /// Follows the references to the changed rows, and to the rows that change by that, to the end.
    pub(super) fn follow(&mut self, changes: Vec<Change>) -> Result<()> {
        let mut changes: VecDeque<Change> = changes.into();
        while let Some(change) = changes.pop_front() {
            for step in self.steps(&change) {
                changes.push_back(self.set(&step.table, step.id, step.row)?);
            }
        }
        Ok(())
    }

    /// What a change does to the rows that refer to it.
    fn steps(&self, change: &Change) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        let Some(before) = &change.before else { return steps };
        for table in self.state.tables() {
            for reference in table.def.references.iter().filter(|reference| reference.target == change.table)
            {
                let Some(moved) = self.moved(reference, before, change.after.as_ref()) else { continue };
                for (id, row) in referring(table, reference, &moved.from) {
                    // A row may refer to the same one in several ways.
                    let earlier = steps.iter().position(|step| step.id == id && step.table == table.def.name);
                    let row = earlier.map_or(Some(row), |earlier| steps[earlier].row.as_ref()).cloned();
                    let Some(step) = row.and_then(|row| step(table, reference, id, &row, &moved)) else {
                        continue;
                    };
                    match earlier {
                        Some(earlier) => steps[earlier] = step,
                        None => steps.push(step),
                    }
                }
            }
        }
        steps
    }

    /// The values that a reference points at, if they went or changed.
    fn moved(&self, reference: &Reference, before: &Row, after: Option<&Row>) -> Option<Moved> {
        let target = self.state.table(&reference.target).ok()?;
        let columns = target_columns(target, reference)?;
        let from = known_values(before, &columns)?;
        let to = after.map(|after| columns.iter().map(|column| after[*column].clone()).collect::<Vec<_>>());
        let same = |to: &Vec<Value>| {
            to.iter().zip(&from).all(|(to, from)| Sorted(to.clone()) == Sorted(from.clone()))
        };
        (!to.as_ref().is_some_and(same)).then_some(Moved { from, to })
    }
}

/// A row to be put in place of another one.
struct Step {
    table: String,
    id: RowId,
    row: Option<Row>,
}

/// Values that rows refer to and that are no more; what they became where they changed.
struct Moved {
    from: Vec<Value>,
    to: Option<Vec<Value>>,
}

fn step(table: &Table, reference: &Reference, id: RowId, row: &Row, moved: &Moved) -> Option<Step> {
    let columns = reference.columns.iter().copied();
    let action = if moved.to.is_some() { reference.on_update } else { reference.on_delete };
    let row = match (action, &moved.to) {
        // Whether that is allowed shows when the statement is over.
        (Action::Restrict, _) => return None,
        (Action::Cascade, None) => None,
        (Action::Cascade, Some(to)) => Some(with_values(row, columns.zip(to.iter().cloned()))),
        (Action::SetNull, _) => Some(with_values(row, columns.map(|column| (column, Value::Null)))),
    };
    Some(Step { table: table.def.name.clone(), id, row })
}

/// The rows of a table that refer to these values.
pub(super) fn referring<'a>(
    table: &'a Table,
    reference: &'a Reference,
    values: &'a [Value],
) -> impl Iterator<Item = (RowId, &'a Row)> {
    let refers = move |row: &Row| {
        reference
            .columns
            .iter()
            .zip(values)
            .all(|(column, value)| Sorted(row[*column].clone()) == Sorted(value.clone()))
    };
    table.rows.iter().filter(move |(_, row)| refers(row)).map(|(id, row)| (*id, row))
}

/// The positions of the columns that a reference points at.
pub(super) fn target_columns(target: &Table, reference: &Reference) -> Option<Vec<usize>> {
    reference.target_columns.iter().map(|column| target.def.position(column)).collect()
}
