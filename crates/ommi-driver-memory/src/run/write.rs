//! Updates and deletes.

use std::collections::BTreeSet;

use ommi_core::Result;
use ommi_core::driver::Param;
use ommi_core::plan::{Action, Column, Plan, PlanExpr};

use super::bound::Bound;
use super::found::Found;
use super::work::{Work, with_values};
use crate::data::{Row, RowId, State};
use crate::error::broken_plan;
use crate::meaning::evaluate;

/// Runs an update or a delete: the new state, and how many rows were found.
pub(crate) fn write(plan: &Plan, params: &[Param], state: &State) -> Result<(State, u64)> {
    let bound = Bound::new(plan, params, state)?;
    let rows: Vec<(RowId, Option<Row>)> = match &plan.action {
        Action::Update(assignments) => {
            let updated = |found: &Found| Ok((found.id, Some(updated(&bound, assignments, found)?)));
            found(&bound)?.iter().map(updated).collect::<Result<_>>()?
        }
        Action::Delete => found(&bound)?.iter().map(|found| (found.id, None)).collect(),
        Action::Fetch(_) | Action::Count(_) | Action::Exists | Action::Insert { .. } => {
            return Err(broken_plan("what is no update and no delete was given to a write"));
        }
    };
    let count = rows.len() as u64;
    let mut work = Work::on(state);
    let mut changes = Vec::with_capacity(rows.len());
    for (id, row) in rows {
        changes.push(work.set(plan.model().table(), id, row)?);
    }
    work.follow(changes)?;
    Ok((work.finish()?, count))
}

/// The rows of the first table that are found, each once.
fn found(bound: &Bound<'_>) -> Result<Vec<Found>> {
    let mut found = bound.found(None)?;
    let mut seen = BTreeSet::new();
    found.retain(|found| seen.insert(found.id));
    Ok(found)
}

/// A row with its new values, all of them computed from the row as it was.
fn updated(bound: &Bound<'_>, assignments: &[(usize, PlanExpr)], found: &Found) -> Result<Row> {
    let scope = bound.over(&found.rows);
    let mut values = Vec::with_capacity(assignments.len());
    for (field, value) in assignments {
        let position = bound.position(Column { table: 0, field: *field })?;
        values.push((position, evaluate(value, &scope)?.into_owned()));
    }
    Ok(with_values(&found.rows[0], values))
}
