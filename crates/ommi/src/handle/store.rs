//! Adding, saving, deleting and reloading models and dynamic rows.

use std::sync::Arc;

use ommi_core::query::{Caching, ColumnRef, Expr, Operator, Query};
use ommi_core::schema::ModelDef;
use ommi_core::value::{RowBatch, Value};
use ommi_core::{Error, ErrorKind, Result};
use ommi_engine::{RowState, Saving, Session};

use super::entity::Entity;
use crate::expression::{Key, Refusal};
use crate::find::{Attempt, Whole, fetch_first, fetch_truth, first_now, no_result, write};
use crate::model::Model;

/// The query that finds the row of a key.
#[inline]
fn by_key<M: Model>(key: impl Key<M::Key>) -> Result<Query> {
    let model = M::definition();
    let mut filter: Option<Expr> = None;
    let mut refused: Option<Refusal> = None;
    let mut fields = model.key().iter();
    key.into_values(&mut |value| match (value, fields.next()) {
        (Ok(value), Some(field)) => {
            let equals = equals(model, *field, value);
            filter = Some(match filter.take() {
                Some(filter) => filter.and(equals),
                None => equals,
            });
        }
        (Ok(_), None) => {}
        (Err(refusal), _) => {
            refused.get_or_insert(refusal);
        }
    });
    match refused {
        Some(refusal) => Err(refusal.into_error().with_model(model.name())),
        None => Ok(Query { filter, ..Query::new(model.clone()) }),
    }
}

/// Reads the row of a key on the calling thread, if that can be done at once.
pub(super) fn get_now<M: Model>(session: &Session, key: impl Key<M::Key>) -> Attempt<M> {
    match by_key::<M>(key) {
        Ok(query) => first_now(session, query, &Whole::<M>::new()),
        Err(error) => Attempt::Failed(error),
    }
}

/// Reads the row of a key when it cannot.
pub(super) async fn get_later<M: Model>(session: &Session, attempt: Attempt<M>) -> Result<M> {
    attempt.complete_one(session, &Whole::<M>::new()).await
}

/// The query that finds an entity's own row.
fn of_entity<E: Entity>(entity: &E) -> Result<Query> {
    check_key(entity)?;
    let model = entity.model();
    model.key().iter().try_fold(Query::new(model.clone()), |query, field| {
        Ok(query.filter(equals(model, *field, value_of(entity, *field)?)))
    })
}

fn check_key<E: Entity>(entity: &E) -> Result<()> {
    let model = entity.model();
    if entity.is_key_blank() && model.generated_key().is_some() {
        let message = "the key is not generated yet: add the model first";
        return Err(Error::validation(message).with_model(model.name()));
    }
    Ok(())
}

fn equals(model: &Arc<ModelDef>, field: usize, value: Value) -> Expr {
    let column = ColumnRef { model: model.clone(), field };
    Expr::Apply(Operator::Eq, vec![Expr::Column(column), Expr::Value(value)])
}

fn value_of<E: Entity>(entity: &E, field: usize) -> Result<Value> {
    entity.value(field).map_err(|error| place(entity.model(), field, error))
}

pub(super) fn place(model: &ModelDef, field: usize, error: Error) -> Error {
    let error = error.with_model(model.name());
    match model.fields().get(field) {
        Some(field) => error.with_field(&field.name),
        None => error,
    }
}

/// Adds all entities or none. They are of one model.
pub(super) async fn add_all<E: Entity>(session: &Session, entities: &mut [E]) -> Result<()> {
    let Some(model) = entities.first().map(|entity| entity.model().clone()) else { return Ok(()) };
    if entities.iter().any(|entity| entity.model().id() != model.id()) {
        return Err(
            Error::validation("all rows that are added together are of one model").with_model(model.name())
        );
    }
    let generates = model.generated_key().is_some();
    let (mut waiting, mut given): (Vec<&mut E>, Vec<&mut E>) =
        entities.iter_mut().partition(|entity| generates && entity.is_key_blank());
    if given.is_empty() {
        return insert(session, &model, &mut waiting, true).await;
    }
    if waiting.is_empty() {
        return insert(session, &model, &mut given, false).await;
    }
    // Two kinds of rows are two statements, and still all or none. Given keys go first: the database then generates
    // others.
    let tx = session.atomic().await?;
    let within = tx.session();
    let outcome = async {
        insert(&within, &model, &mut given, false).await?;
        insert(&within, &model, &mut waiting, true).await
    };
    match outcome.await {
        Ok(()) => tx.commit().await,
        Err(error) => {
            tx.rollback().await?;
            Err(error)
        }
    }
}

/// Adds the entities by one statement, with or without the field of the generated key.
async fn insert<E: Entity>(
    session: &Session,
    model: &Arc<ModelDef>,
    entities: &mut [&mut E],
    generate: bool,
) -> Result<()> {
    let skipped = model.generated_key().filter(|_| generate);
    let fields: Vec<usize> = (0..model.fields().len()).filter(|field| Some(*field) != skipped).collect();
    let mut rows = RowBatch::with_capacity(fields.len(), entities.len());
    for entity in entities.iter() {
        for field in &fields {
            entity.write(*field, &mut rows).map_err(|error| place(model, *field, error))?;
        }
        rows.end_row();
    }
    let keys = session.insert(model.clone(), fields, rows).await?;
    if generate && keys.len() != entities.len() {
        let message = format!("the driver gave {} keys for {} rows", keys.len(), entities.len());
        return Err(Error::new(ErrorKind::Internal, message).with_model(model.name()));
    }
    let mut shared = E::shared();
    for (position, entity) in entities.iter_mut().enumerate() {
        let key = keys.get(position).copied().filter(|_| generate);
        entity.stored(key, &mut shared)?;
    }
    Ok(())
}

/// Writes over the entity's row, or adds it.
pub(super) async fn save<E: Entity>(session: &Session, entity: &mut E) -> Result<()> {
    if entity.model().generated_key().is_some() && entity.is_key_blank() {
        return add_all(session, std::slice::from_mut(entity)).await;
    }
    let state = state_of(entity)?;
    let (rows, version) = match state.saving(entity.before())? {
        Saving::Unchanged => return Ok(()),
        Saving::Check(exists) => (fetch_truth(session, exists).await?.into(), None),
        Saving::Write { update, version } => (write(session, update).await?, version),
    };
    if !state.found(rows)? {
        return add_all(session, std::slice::from_mut(entity)).await;
    }
    if let Some((field, value)) = &version {
        entity.take(*field, value)?;
    }
    entity.stored(None, &mut E::shared())
}

/// An entity's row as it is to be.
fn state_of<E: Entity>(entity: &E) -> Result<RowState> {
    let model = entity.model().clone();
    let values = (0..model.fields().len()).map(|field| value_of(entity, field)).collect::<Result<_>>()?;
    Ok(RowState { model, values })
}

/// Removes the entity's row.
pub(super) async fn delete<E: Entity>(session: &Session, entity: &E) -> Result<()> {
    check_key(entity)?;
    let state = state_of(entity)?;
    let rows = write(session, state.deleting()).await?;
    if state.found(rows)? { Ok(()) } else { Err(no_result(entity.model())) }
}

/// Reads the model anew.
pub(super) async fn reload<M: Model>(session: &Session, model: &mut M) -> Result<()> {
    let query = Query { caching: Caching::Never, ..of_entity(model)? };
    let found = fetch_first(session, query, &Whole::<M>::new()).await?;
    *model = found.ok_or_else(|| no_result(M::definition()))?;
    Ok(())
}
