//! Adding what may be there already, and writing many models at once.

use ommi_core::query::Conflict;
use ommi_core::value::{Cell, RowBatch};
use ommi_core::{Error, ErrorKind, Result};
use ommi_engine::Session;

use super::entity::Entity;
use super::store::place;
use crate::find::{Whole, hydrate};
use crate::model::Model;

/// Adds entities or does what the conflict says; gives which were added.
pub(super) async fn upsert_all<E: Entity>(
    session: &Session,
    entities: &mut [E],
    conflict: Result<Conflict>,
) -> Result<Vec<bool>> {
    let conflict = conflict?;
    let Some(first) = entities.first() else { return Ok(Vec::new()) };
    let model = first.model().clone();
    if entities.iter().any(|entity| entity.model().id() != model.id()) {
        let message = "all rows that are added together are of one model";
        return Err(Error::validation(message).with_model(model.name()));
    }
    let fields = given_fields(entities);
    let rows = rows(entities, &fields)?;
    let stored = session.upsert(model, fields, rows, conflict).await?;
    let mut shared = E::shared();
    for (entity, stored) in entities.iter_mut().zip(&stored) {
        entity.stored(stored.key, &mut shared)?;
    }
    Ok(stored.iter().map(|stored| stored.added).collect())
}

/// The row of the conflict's target, and whether it was added.
pub(super) async fn find_or_add<M: Model>(
    session: &Session,
    model: M,
    conflict: Result<Conflict>,
) -> Result<(M, bool)> {
    let conflict = conflict?;
    let models = std::slice::from_ref(&model);
    let fields = given_fields(models);
    let rows = rows(models, &fields)?;
    let (row, added) = session.find_or_add(M::definition().clone(), fields, rows, conflict).await?;
    let mut found = Vec::with_capacity(1);
    hydrate(&Whole::<M>::new(), &row, &mut found)?;
    match found.pop() {
        Some(model) => Ok((model, added)),
        None => Err(Error::new(ErrorKind::Internal, "a row that was found is gone")),
    }
}

/// Writes these fields of every model to its row; gives the number of rows that were there.
pub(super) async fn update_many<M: Model>(
    session: &Session,
    models: &[M],
    fields: Vec<usize>,
) -> Result<u64> {
    let definition = M::definition();
    let all: Vec<usize> = definition.key().iter().chain(&fields).copied().collect();
    let rows = rows(models, &all)?;
    session.update_each(definition.clone(), fields, rows).await
}

/// Every field, but the generated key where no entity has one.
fn given_fields<E: Entity>(entities: &[E]) -> Vec<usize> {
    let Some(model) = entities.first().map(Entity::model) else { return Vec::new() };
    let are_blank = entities.iter().all(Entity::is_key_blank);
    let skipped = model.generated_key().filter(|_| are_blank);
    (0..model.fields().len()).filter(|field| Some(*field) != skipped).collect()
}

fn rows<E: Entity>(entities: &[E], fields: &[usize]) -> Result<RowBatch> {
    let mut rows = RowBatch::with_capacity(fields.len(), entities.len());
    for entity in entities {
        let model = entity.model();
        let blank = model.generated_key().filter(|_| entity.is_key_blank());
        for field in fields {
            if Some(*field) == blank {
                rows.push(Cell::Null);
                continue;
            }
            entity.write(*field, &mut rows).map_err(|error| place(model, *field, error))?;
        }
        rows.end_row();
    }
    Ok(rows)
}
