//! Which models belong together, and in which order tables come and go: those referred to first.

use std::collections::HashSet;
use std::sync::Arc;

use ommi_core::Result;
use ommi_core::schema::{ModelDef, ModelId};

/// The models, all that they refer to, directly or not, and the association models of their relations. Each is
/// there once, the given ones first.
///
/// # Errors
/// `Schema` naming the model whose reference leads nowhere.
pub(crate) fn closure(models: &[Arc<ModelDef>]) -> Result<Vec<Arc<ModelDef>>> {
    let mut found: Vec<Arc<ModelDef>> = Vec::new();
    let mut ids = HashSet::new();
    let mut add = |found: &mut Vec<Arc<ModelDef>>, model: Arc<ModelDef>| {
        if ids.insert(model.id()) {
            found.push(model);
        }
    };
    models.iter().for_each(|model| add(&mut found, model.clone()));
    let mut position = 0;
    while let Some(model) = found.get(position).cloned() {
        for target in referred(&model)? {
            add(&mut found, target);
        }
        for through in model.relations().iter().filter_map(|relation| relation.through.as_ref()) {
            add(&mut found, through.resolve().map_err(|error| error.with_model(model.name()))?);
        }
        position += 1;
    }
    Ok(found)
}

/// The models in an order in which each comes after those that it refers to; circles are cut where they are met.
///
/// # Errors
/// As for [`closure`].
pub(crate) fn by_reference(models: &[Arc<ModelDef>]) -> Result<Vec<Arc<ModelDef>>> {
    let wanted: HashSet<ModelId> = models.iter().map(|model| model.id()).collect();
    let mut seen = HashSet::new();
    let mut ordered = Vec::with_capacity(models.len());
    for model in models {
        visit(model, &wanted, &mut seen, &mut ordered)?;
    }
    Ok(ordered)
}

/// Puts everything that `start` refers to into the order, then `start`. Without recursion: chains may be long.
fn visit(
    start: &Arc<ModelDef>,
    wanted: &HashSet<ModelId>,
    seen: &mut HashSet<ModelId>,
    ordered: &mut Vec<Arc<ModelDef>>,
) -> Result<()> {
    if !seen.insert(start.id()) {
        return Ok(());
    }
    let mut path = vec![(start.clone(), referred(start)?)];
    while let Some((_, waiting)) = path.last_mut() {
        match waiting.pop() {
            Some(target) if wanted.contains(&target.id()) && seen.insert(target.id()) => {
                let targets = referred(&target)?;
                path.push((target, targets));
            }
            Some(_) => {}
            None => ordered.extend(path.pop().map(|(model, _)| model)),
        }
    }
    Ok(())
}

fn referred(model: &Arc<ModelDef>) -> Result<Vec<Arc<ModelDef>>> {
    let resolve = |reference: &ommi_core::schema::ReferenceDef| reference.resolve().map(|(target, _)| target);
    let targets: Result<Vec<_>> = model.references().iter().map(resolve).collect();
    targets.map_err(|error| error.with_model(model.name()))
}
