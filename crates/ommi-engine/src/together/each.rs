//! Updates of many rows, each to values of its own, in few statements.

use std::collections::HashMap;
use std::sync::Arc;

use ommi_core::driver::BoxFuture;
use ommi_core::query::{Assignment, Case, Expr, Operation};
use ommi_core::schema::{FieldType, ModelDef};
use ommi_core::value::{RowBatch, Value};
use ommi_core::{Error, Result};

use super::found::{at_once, column, equals, of_key, of_keys, values};
use crate::cache::Prepared;
use crate::insert;
use crate::relations::RelationKey;
use crate::session::Session;

/// So many rows get values of their own by one statement, which looks for the row among all of them.
const CHOICES: usize = 64;

/// One row, by fields that nobody shares, and what it is set to: the same fields in every change.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) key: Vec<Value>,
    pub(super) set: Vec<Assignment>,
}

/// Changes rows that are known by the fields `by`; gives the number of those that were there. The session's transaction
/// makes it one.
pub(super) async fn update_each(
    session: &Session,
    model: &Arc<ModelDef>,
    by: &[usize],
    changes: &[Change],
) -> Result<u64> {
    let Some(first) = changes.first() else { return Ok(0) };
    if changes.len() > 1 && is_same_of_all(changes) && !is_alone(model, &first.set) {
        let mut updated = 0;
        for part in changes.chunks(at_once(by)) {
            let keys: Vec<_> = part.iter().map(|change| change.key.clone()).collect();
            let query = of_keys(model, by, &keys)?;
            updated += session.write(Operation::Update(query, first.set.clone())).await?;
        }
        return Ok(updated);
    }
    let together = if is_alone(model, &first.set) || has_twice(changes) { 1 } else { CHOICES };
    let mut updated = 0;
    for part in changes.chunks(together) {
        updated += match part {
            [change] => {
                let query = of_key(model, by, &change.key);
                session.write(Operation::Update(query, change.set.clone())).await?
            }
            part => session.write(by_choice(model, by, part)?).await?,
        };
    }
    Ok(updated)
}

/// Whether each row needs a statement of its own: where it is told apart from others by a value that is set, so that
/// the order in which rows get theirs matters, and where values have no type that a choice could be made among.
fn is_alone(model: &ModelDef, set: &[Assignment]) -> bool {
    let is_in = |fields: &[usize], field: usize| fields.contains(&field);
    set.iter().map(|assignment| assignment.field).any(|field| {
        let definition = &model.fields()[field];
        definition.unique
            || matches!(definition.ty, FieldType::Json | FieldType::List(_))
            || is_in(model.key(), field)
            || model.indexes().iter().any(|index| index.unique && is_in(&index.fields, field))
    })
}

fn is_same_of_all(changes: &[Change]) -> bool {
    let is_same = |one: &Change, other: &Change| {
        let pairs = one.set.iter().zip(&other.set);
        pairs.into_iter().all(|(one, other)| one.field == other.field && one.value == other.value)
    };
    changes.windows(2).all(|pair| is_same(&pair[0], &pair[1]))
}

/// Whether a row is changed more than once: each change then sees the one before.
fn has_twice(changes: &[Change]) -> bool {
    let mut seen = HashMap::with_capacity(changes.len());
    changes.iter().any(|change| seen.insert(RelationKey::of_values(&change.key), ()).is_some())
}

/// One update in which each row chooses its values by its key.
fn by_choice(model: &Arc<ModelDef>, by: &[usize], changes: &[Change]) -> Result<Operation> {
    let keys: Vec<_> = changes.iter().map(|change| change.key.clone()).collect();
    let chosen = |place: usize, field: usize| {
        let mut branches: Vec<_> = changes
            .iter()
            .map(|change| (is_row(model, by, &change.key), change.set[place].value.clone()))
            .collect();
        // Filled up to a power of two: few shapes serve every number of rows.
        if let Some(last) = branches.last().cloned() {
            branches.resize(changes.len().next_power_of_two(), last);
        }
        let value = Expr::from(Case { branches, otherwise: Some(Expr::Column(column(model, field))) });
        Assignment { field, value }
    };
    let fields =
        changes.first().into_iter().flat_map(|change| &change.set).map(|assignment| assignment.field);
    let set = fields.enumerate().map(|(place, field)| chosen(place, field)).collect();
    Ok(Operation::Update(of_keys(model, by, &keys)?, set))
}

fn is_row(model: &Arc<ModelDef>, by: &[usize], key: &[Value]) -> Expr {
    let mut parts: Vec<Expr> =
        by.iter().zip(key).map(|(field, value)| equals(model, *field, value)).collect();
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            Expr::And(parts)
        }
        None => Expr::Value(Value::Bool(false)),
    }
}

/// Rows that get values of their own.
struct Changes {
    model: Arc<ModelDef>,
    changes: Vec<Change>,
}

impl Session {
    /// Sets these fields of many rows, each row to values of its own, in few statements: rows have cells for the key's
    /// fields and then for these. Gives the number of the rows that were there. All of it is done or nothing.
    ///
    /// # Errors
    /// `Validation` for values that do not fit, for no fields and for fields of the key, before anything is sent;
    /// otherwise as for [`write`](Self::write).
    pub fn update_each(
        &self,
        model: Arc<ModelDef>,
        fields: Vec<usize>,
        rows: RowBatch,
    ) -> BoxFuture<Result<u64>> {
        let session = self.clone();
        let prepared = self.prepare_each(model, fields, rows);
        self.limited(Box::pin(async move {
            let Some((changes, prepared)) = prepared? else { return Ok(0) };
            drop(session.make_ready(&prepared).await?);
            let changes = Arc::new(changes);
            let work = |session: Session| -> BoxFuture<Result<u64>> {
                let changes = changes.clone();
                Box::pin(async move {
                    let Changes { model, changes } = changes.as_ref();
                    update_each(&session, model, model.key(), changes).await
                })
            };
            session.as_one(|_| false, work).await
        }))
    }

    fn prepare_each(
        &self,
        model: Arc<ModelDef>,
        fields: Vec<usize>,
        rows: RowBatch,
    ) -> Result<Option<(Changes, Arc<Prepared>)>> {
        self.check_open()?;
        self.check_writable()?;
        if let Some(field) = fields.iter().find(|field| model.key().contains(field)) {
            let message = "rows are known by their key here, so that it cannot be set";
            let name = &model.fields()[*field].name;
            return Err(Error::validation(message).with_model(model.name()).with_field(name));
        }
        let all: Vec<usize> = model.key().iter().chain(&fields).copied().collect();
        let rows = insert::checked(&model, &all, rows, self.handle().limits())?;
        let width = model.key().len();
        let mut changes = Vec::with_capacity(rows.len());
        for row in 0..rows.len() {
            let key = values(&rows, row, 0..width)?;
            if key.iter().any(Value::is_null) {
                let message = "a row without a key was never added, so there is nothing to update";
                return Err(Error::validation(message).with_model(model.name()));
            }
            let new = values(&rows, row, width..all.len())?;
            let set = fields.iter().zip(new);
            let set =
                set.map(|(field, value)| Assignment { field: *field, value: Expr::Value(value) }).collect();
            changes.push(Change { key, set });
        }
        // Planned for what is wrong with the fields, also where there is no row.
        let first =
            changes.first().map_or((Vec::new(), Vec::new()), |first| (first.key.clone(), first.set.clone()));
        if first.1.is_empty() && !fields.is_empty() {
            return Ok(None);
        }
        let operation = Operation::Update(of_key(&model, model.key(), &first.0), first.1);
        let (prepared, _) = self.prepare(&operation, true)?;
        Ok(Some((Changes { model, changes }, prepared)))
    }
}
