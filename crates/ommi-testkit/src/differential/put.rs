//! Rows that are added while others like them may be there.

use std::sync::Arc;

use ommi_core::driver::Capabilities;
use ommi_core::query::{Assignment, ColumnRef, Conflict, Expr, Resolution};
use ommi_core::schema::ModelDef;

use super::step::is_referred_to;
use super::tape::Tape;

/// By what rows of the model are known to be there, and what happens to those.
pub(super) fn conflict(tape: &mut Tape<'_>, model: &Arc<ModelDef>, able: &Capabilities) -> Conflict {
    let unique = (0..model.fields().len()).filter(|field| model.fields()[*field].unique);
    let indexes = model.indexes().iter().filter(|index| index.unique).map(|index| index.fields.clone());
    let targets: Vec<Vec<usize>> =
        std::iter::once(model.key().to_vec()).chain(unique.map(|field| vec![field])).chain(indexes).collect();
    let target = tape.pick(&targets).cloned().unwrap_or_default();
    let may_be_set = |field: &usize| {
        !model.key().contains(field)
            && !target.contains(field)
            && (able.own_references_follow || !is_referred_to(model, *field))
    };
    let fields: Vec<usize> = (0..model.fields().len()).filter(may_be_set).collect();
    let set: Vec<Assignment> = fields
        .into_iter()
        .filter(|_| tape.chance(60))
        .map(|field| Assignment { field, value: Expr::Given(ColumnRef { model: model.clone(), field }) })
        .collect();
    let resolution = if set.is_empty() { Resolution::Ignore } else { Resolution::Update(set) };
    Conflict { target, resolution }
}

/// The conflict as people write it.
pub(super) fn told(model: &ModelDef, conflict: &Conflict) -> String {
    let name = |field: usize| model.fields()[field].name.as_str();
    let target: Vec<&str> = conflict.target.iter().map(|field| name(*field)).collect();
    let set: Vec<&str> = set(conflict).map(name).collect();
    format!("on ({}) set ({})", target.join(", "), set.join(", "))
}

/// The fields that are set in a row that is there.
pub(super) fn set(conflict: &Conflict) -> impl Iterator<Item = usize> {
    let set: &[Assignment] = match &conflict.resolution {
        Resolution::Update(set) => set,
        Resolution::Ignore | Resolution::Replace => &[],
    };
    set.iter().map(|assignment| assignment.field)
}
