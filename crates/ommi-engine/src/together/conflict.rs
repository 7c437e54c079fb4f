//! What a conflict is about and what it sets, checked before anything is sent.

use std::sync::Arc;

use ommi_core::query::{Assignment, Conflict, Expr, Operator, Resolution};
use ommi_core::schema::ModelDef;
use ommi_core::{Error, Result};

use super::found;

pub(super) fn names(model: &ModelDef, fields: &[usize]) -> String {
    let name = |field: &usize| model.fields().get(*field).map_or("?", |field| field.name.as_str());
    fields.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// Whether rows are told apart by exactly these fields.
pub(super) fn check_target(model: &ModelDef, target: &[usize]) -> Result<()> {
    let sorted = |fields: &[usize]| {
        let mut fields = fields.to_vec();
        fields.sort_unstable();
        fields
    };
    let unique_fields = (0..model.fields().len()).filter(|field| model.fields()[*field].unique);
    let indexes = model.indexes().iter().filter(|index| index.unique).map(|index| index.fields.clone());
    let mut sets: Vec<Vec<usize>> = vec![model.key().to_vec()];
    sets.extend(unique_fields.map(|field| vec![field]));
    sets.extend(indexes);
    if sets.iter().any(|set| sorted(set) == sorted(target)) {
        return Ok(());
    }
    let known: Vec<String> = sets.iter().map(|set| names(model, set)).collect();
    let message = format!(
        "rows are not told apart by ({}); a conflict is about the key or unique fields: ({})",
        names(model, target),
        known.join("), (")
    );
    Err(Error::validation(message).with_model(model.name()))
}

/// Where the target's values stand in the rows.
pub(super) fn cells_of(model: &ModelDef, fields: &[usize], target: &[usize]) -> Result<Vec<usize>> {
    let cells: Vec<usize> =
        target.iter().filter_map(|wanted| fields.iter().position(|field| field == wanted)).collect();
    let is_generated = model.generated_key().is_some_and(|key| target == [key]);
    match cells.len() == target.len() || is_generated {
        true => Ok(cells),
        false => {
            let message = format!("rows are known by {}, so that has to be given", names(model, target));
            Err(Error::validation(message).with_model(model.name()))
        }
    }
}

/// What is set, and the row's next version where it has one: whoever read it before is told when he saves it.
fn counted(model: &Arc<ModelDef>, mut set: Vec<Assignment>) -> Vec<Assignment> {
    if let Some(field) = model.version()
        && !set.is_empty()
        && set.iter().all(|assignment| assignment.field != field)
    {
        let version = Expr::Column(found::column(model, field));
        let value = Expr::Apply(Operator::Add, vec![version, Expr::Value(1.into())]);
        set.push(Assignment { field, value });
    }
    set
}

/// What is set in rows that are there, their next version included.
pub(super) fn assignments(
    model: &Arc<ModelDef>,
    fields: &[usize],
    conflict: &Conflict,
) -> Result<Vec<Assignment>> {
    resolved(model, fields, conflict).map(|set| counted(model, set))
}

fn resolved(model: &Arc<ModelDef>, fields: &[usize], conflict: &Conflict) -> Result<Vec<Assignment>> {
    let given = |field: usize| Expr::Given(found::column(model, field));
    let refuse = |message: String| Err(Error::validation(message).with_model(model.name()));
    match &conflict.resolution {
        Resolution::Ignore => Ok(Vec::new()),
        Resolution::Replace => {
            let stays = |field: &usize| {
                let is_known_by = model.key().contains(field) || conflict.target.contains(field);
                is_known_by || model.version() == Some(*field)
            };
            let others = fields.iter().copied().filter(|field| !stays(field));
            Ok(others.map(|field| Assignment { field, value: given(field) }).collect())
        }
        Resolution::Update(set) if set.is_empty() => {
            refuse("an update on conflict needs at least one value; ignore the conflict instead".to_owned())
        }
        Resolution::Update(set) => {
            let is_missing = |expr: &Expr| match expr {
                Expr::Given(column) => column.model.id() != model.id() || !fields.contains(&column.field),
                _another => false,
            };
            if let Some(assignment) = set.iter().find(|assignment| model.key().contains(&assignment.field)) {
                let name = model.fields().get(assignment.field).map_or("", |field| field.name.as_str());
                let message = "a row that is there keeps its key: leave it out of what is set";
                return Err(Error::validation(message).with_model(model.name()).with_field(name));
            }
            match set.iter().find(|assignment| assignment.value.any(is_missing)) {
                Some(_) => refuse("a value is used that the rows do not give".to_owned()),
                None => Ok(set.clone()),
            }
        }
    }
}
