//! Models whose rows may go, or change, along with other rows of the same model: where a database follows references
//! row by row, what a delete finds later depends on what it removed before.

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::schema::{Action, ModelDef};

/// Whether a row that goes can take others of the same model with it, directly or by way of other models.
pub(crate) fn goes_along(model: &Arc<ModelDef>) -> Result<bool> {
    leads_back(model, |action| action == Action::Cascade)
}

/// Whether a row that goes can take others of the same model with it, or change them.
pub(crate) fn is_followed(model: &Arc<ModelDef>) -> Result<bool> {
    leads_back(model, |action| action != Action::Restrict)
}

/// Whether the model's own references lead back to it over references along which rows go; the first one, by which
/// its own rows follow, has to do what `own` says.
fn leads_back(model: &Arc<ModelDef>, own: fn(Action) -> bool) -> Result<bool> {
    let mut seen: Vec<Arc<ModelDef>> = Vec::new();
    let mut waiting = targets(model, own)?;
    while let Some(next) = waiting.pop() {
        if next.id() == model.id() {
            return Ok(true);
        }
        if !seen.iter().any(|known| known.id() == next.id()) {
            waiting.extend(targets(&next, |action| action == Action::Cascade)?);
            seen.push(next);
        }
    }
    Ok(false)
}

/// The models that a model refers to by references whose action on a delete is `wanted`.
fn targets(model: &Arc<ModelDef>, wanted: fn(Action) -> bool) -> Result<Vec<Arc<ModelDef>>> {
    let references = model.references().iter().filter(|reference| wanted(reference.on_delete));
    references
        .map(|reference| reference.resolve().map(|(target, _)| target))
        .collect::<Result<_>>()
        .map_err(|error| error.with_model(model.name()))
}
