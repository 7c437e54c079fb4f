//! Adding rows of which some may be there already.
//!
//! Databases do this by statements of their own whose meanings differ: in MySQL's any unique key decides, PostgreSQL's
//! refuses two rows of one statement that meet, MongoDB's takes one row. So rows are looked for and locked, and then
//! added or changed, in one transaction; a race for a new row is decided by its unique fields.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ommi_core::driver::BoxFuture;
use ommi_core::query::{Assignment, Conflict, Operation, Projection, Query};
use ommi_core::schema::ModelDef;
use ommi_core::value::{Cell, RowBatch, Value};
use ommi_core::{Error, ErrorKind, Result};

use super::after_rollback;
use super::conflict::{assignments, cells_of, check_target, names};
use super::each::{Change, update_each};
use super::found::{self, all, at_once, of_key, of_keys};
use super::given::with_given;
use crate::cache::Prepared;
use crate::graph::GraphRows;
use crate::insert;
use crate::relations::RelationKey;
use crate::session::Session;

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Whether it was added; else one like it was there.
    pub added: bool,
    /// The generated key of the row that is there now, where the model has one.
    pub key: Option<i64>,
}

/// Rows on their way in.
struct Upsert {
    model: Arc<ModelDef>,
    /// Positions of the fields that rows have cells for.
    fields: Vec<usize>,
    rows: RowBatch,
    target: Vec<usize>,
    /// Which cells are the target's values; none where the database generates them.
    cells: Vec<usize>,
    /// What is set in a row that is there; nothing where it is left alone.
    set: Vec<Assignment>,
    /// Rows that are looked for at once: no two of them meet.
    parts: Vec<Vec<usize>>,
}

impl Session {
    /// Adds rows, or does what `conflict` says where a row with the same values in its target is there; each row sees
    /// those before it. All of it is done or nothing. Gives what became of each row.
    ///
    /// A row that meets another one in fields beside the target is a `UniqueViolation`.
    ///
    /// # Errors
    /// `Validation` for a target that is neither the key nor unique, before anything is sent; otherwise as for
    /// [`insert`](Self::insert).
    pub fn upsert(
        &self,
        model: Arc<ModelDef>,
        fields: Vec<usize>,
        rows: RowBatch,
        conflict: Conflict,
    ) -> BoxFuture<Result<Vec<Stored>>> {
        let session = self.clone();
        let upsert = self.prepare_upsert(model, fields, rows, conflict);
        self.limited(Box::pin(async move {
            let (upsert, prepared) = upsert?;
            if upsert.rows.is_empty() {
                return Ok(Vec::new());
            }
            drop(session.make_ready(&prepared).await?);
            let upsert = Arc::new(upsert);
            let racer = upsert.clone();
            let work = |session: Session| -> BoxFuture<Result<Vec<Stored>>> {
                let upsert = upsert.clone();
                Box::pin(async move { upsert.run(&session).await })
            };
            session.as_one(|error| racer.is_race(error), work).await
        }))
    }

    /// As [`upsert`](Self::upsert), for rows of several models, all or none; what becomes of the rows of each, in their order.
    ///
    /// # Errors
    /// As for [`upsert`](Self::upsert).
    pub fn upsert_each(&self, mut rows: Vec<(GraphRows, Conflict)>) -> BoxFuture<Result<Vec<Vec<Stored>>>> {
        let session = self.clone();
        let upsert = |session: &Session, (rows, conflict): (GraphRows, Conflict)| {
            let fields = rows.fields();
            session.upsert(rows.model, fields, rows.rows, conflict)
        };
        Box::pin(async move {
            if rows.len() == 1
                && let Some(rows) = rows.pop()
            {
                return Ok(vec![upsert(&session, rows).await?]);
            }
            let transaction = session.atomic().await?;
            let mut stored = Vec::with_capacity(rows.len());
            for rows in rows {
                match upsert(&transaction.session(), rows).await {
                    Ok(outcome) => stored.push(outcome),
                    Err(error) => return Err(after_rollback(error, transaction.rollback().await)),
                }
            }
            transaction.commit().await?;
            Ok(stored)
        })
    }

    /// Finds the row that has the same values as the one given in the conflict's target, after what the conflict says;
    /// adds the given one where there is none. Gives the row's fields, and whether it was added.
    ///
    /// # Errors
    /// As for [`upsert`](Self::upsert); `Validation` where the target's values are NULL or not given.
    pub fn find_or_add(
        &self,
        model: Arc<ModelDef>,
        fields: Vec<usize>,
        row: RowBatch,
        conflict: Conflict,
    ) -> BoxFuture<Result<(RowBatch, bool)>> {
        let session = self.clone();
        let upsert = self.prepare_upsert(model, fields, row, conflict).and_then(|(upsert, prepared)| {
            let key = upsert.only_key()?;
            Ok((upsert, prepared, key))
        });
        self.limited(Box::pin(async move {
            let (upsert, prepared, key) = upsert?;
            drop(session.make_ready(&prepared).await?);
            let only_finds = upsert.set.is_empty();
            let query = of_key(&upsert.model, &upsert.target, &key);
            if only_finds && let Some(row) = row_of(&session, query.clone()).await? {
                return Ok((row, false));
            }
            let upsert = Arc::new(upsert);
            let racer = upsert.clone();
            let work = |session: Session| -> BoxFuture<Result<(RowBatch, bool)>> {
                let (upsert, query) = (upsert.clone(), query.clone());
                Box::pin(async move {
                    let stored = upsert.run(&session).await?;
                    let row = row_of(&session, query).await?.ok_or_else(|| gone(&upsert.model))?;
                    Ok((row, stored.first().is_some_and(|stored| stored.added)))
                })
            };
            session.as_one(|error| racer.is_race(error), work).await
        }))
    }

    /// Checks everything that is known before anything is sent.
    fn prepare_upsert(
        &self,
        model: Arc<ModelDef>,
        fields: Vec<usize>,
        rows: RowBatch,
        conflict: Conflict,
    ) -> Result<(Upsert, Arc<Prepared>)> {
        let prepared = self.prepare_insert(&model, &fields)?;
        check_target(&model, &conflict.target)?;
        let rows = insert::checked(&model, &fields, rows, self.handle().limits())?;
        let cells = cells_of(&model, &fields, &conflict.target)?;
        let set = assignments(&model, &fields, &conflict)?;
        let parts = parts(&rows, &cells, at_once(&conflict.target));
        let upsert = Upsert { model, fields, rows, target: conflict.target, cells, set, parts };
        self.check_set(&upsert)?;
        Ok((upsert, prepared))
    }

    /// Plans the change of the first row, for what is wrong with it.
    fn check_set(&self, upsert: &Upsert) -> Result<()> {
        if upsert.set.is_empty() || upsert.rows.is_empty() || upsert.cells.is_empty() {
            return Ok(());
        }
        let Change { key, set } = upsert.change(0)?;
        let operation = Operation::Update(of_key(&upsert.model, &upsert.target, &key), set);
        self.prepare(&operation, true).map(drop)
    }
}

impl Upsert {
    /// The values of the target; `None` where one of them is NULL, which is never the same as another.
    fn key(&self, row: usize) -> Result<Option<Vec<Value>>> {
        let key = found::values(&self.rows, row, self.cells.iter().copied())?;
        Ok(if key.is_empty() || key.iter().any(Value::is_null) { None } else { Some(key) })
    }

    /// The key of the one row, which has to be there.
    fn only_key(&self) -> Result<Vec<Value>> {
        let key = if self.rows.len() == 1 { self.key(0)? } else { None };
        key.ok_or_else(|| {
            let names = names(&self.model, &self.target);
            let message = format!("the row is looked for by {names}, so that needs a value");
            Error::validation(message).with_model(self.model.name())
        })
    }

    /// What happens to the row that is there.
    fn change(&self, row: usize) -> Result<Change> {
        let value = |column: &ommi_core::query::ColumnRef| {
            let cell = self.fields.iter().position(|field| *field == column.field);
            cell.and_then(|cell| self.rows.get(row, cell)).unwrap_or(Cell::Null).to_value()
        };
        let assign = |assignment: &Assignment| {
            Ok(Assignment { field: assignment.field, value: with_given(&assignment.value, &value)? })
        };
        let set = self.set.iter().map(assign).collect::<Result<_>>()?;
        Ok(Change { key: found::values(&self.rows, row, self.cells.iter().copied())?, set })
    }

    /// Whether somebody else added one of the rows between the look and the insert.
    fn is_race(&self, error: &Error) -> bool {
        let fields = self.model.fields();
        let mut target: Vec<&str> = self.target.iter().map(|field| fields[*field].column.as_str()).collect();
        let mut violated: Vec<&str> = error.columns().iter().map(String::as_str).collect();
        target.sort_unstable();
        violated.sort_unstable();
        error.is_unique_violation() && target == violated
    }

    async fn run(&self, session: &Session) -> Result<Vec<Stored>> {
        let mut stored = vec![Stored { added: true, key: None }; self.rows.len()];
        for part in &self.parts {
            self.run_part(session, part, &mut stored).await?;
        }
        Ok(stored)
    }

    async fn run_part(&self, session: &Session, part: &[usize], stored: &mut [Stored]) -> Result<()> {
        let there = self.look(session, part).await?;
        let (mut new, mut changes) = (Vec::new(), Vec::new());
        let mut batch = RowBatch::with_capacity(self.rows.width(), part.len());
        for row in part {
            let known = self.key(*row)?.and_then(|key| there.get(&RelationKey::of_values(&key)));
            match known {
                Some(key) => {
                    stored[*row] = Stored { added: false, key: *key };
                    if !self.set.is_empty() {
                        changes.push(self.change(*row)?);
                    }
                }
                None => {
                    self.rows.row(*row).for_each(|cell| batch.push(cell));
                    batch.end_row();
                    new.push(*row);
                }
            }
        }
        if !new.is_empty() {
            let keys = session.insert(self.model.clone(), self.fields.clone(), batch).await?;
            for (row, key) in new.iter().zip(keys) {
                stored[*row].key = Some(key);
            }
        }
        update_each(session, &self.model, &self.target, &changes).await.map(drop)
    }

    /// The rows of a part that are there, by their target, with their generated keys.
    async fn look(&self, session: &Session, part: &[usize]) -> Result<HashMap<RelationKey, Option<i64>>> {
        let mut keys = Vec::with_capacity(part.len());
        for row in part {
            keys.extend(self.key(*row)?);
        }
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let generated = self.model.generated_key();
        let mut query = of_keys(&self.model, &self.target, &keys)?;
        let columns = self.target.iter().chain(&generated);
        query.projection = Projection::columns(columns.map(|field| found::column(&self.model, *field)));
        let width = self.target.len();
        let mut there = HashMap::with_capacity(keys.len());
        for batch in all(session, query, true).await? {
            for row in 0..batch.len() {
                let key = match batch.get(row, width) {
                    Some(Cell::Int(key)) => Some(key),
                    _no_generated_key => None,
                };
                let values = found::values(&batch, row, 0..width)?;
                there.insert(RelationKey::of_values(&values), key);
            }
        }
        Ok(there)
    }
}

/// The one row of a query.
async fn row_of(session: &Session, query: Query) -> Result<Option<RowBatch>> {
    let batches = all(session, query, false).await?;
    Ok(batches.into_iter().find(|batch| !batch.is_empty()))
}

fn gone(model: &ModelDef) -> Error {
    let message = "the row went away while it was looked for; ask again";
    Error::new(ErrorKind::Conflict, message).with_model(model.name())
}

/// Rows in their order, in parts of which none has two rows of the same target.
fn parts(rows: &RowBatch, cells: &[usize], most: usize) -> Vec<Vec<usize>> {
    let (mut parts, mut current, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for row in 0..rows.len() {
        let key = || cells.iter().filter_map(|cell| rows.get(row, *cell));
        let is_known = !cells.is_empty() && !key().any(|cell| cell == Cell::Null);
        let is_new = !is_known || seen.insert(RelationKey::of_cells(key()));
        if !is_new || current.len() == most {
            parts.push(std::mem::take(&mut current));
            seen.clear();
            if is_known {
                seen.insert(RelationKey::of_cells(key()));
            }
        }
        current.push(row);
    }
    if !current.is_empty() {
        parts.push(current);
    }
    parts
}
