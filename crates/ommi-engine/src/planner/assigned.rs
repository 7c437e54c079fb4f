//! What an update may set where databases check row by row: the outcome must not depend on the row that one of them
//! comes to first.

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::plan::{Action, Plan, PlanExpr, Reach};
use ommi_core::schema::ModelDef;

use crate::limits::Limits;

/// Refuses what the database cannot do in one statement; `is_of_one` says that a limit leaves one row of it.
///
/// # Errors
/// `Unsupported`, naming the field.
pub(super) fn check(plan: &Plan, is_of_one: bool, limits: &Limits) -> Result<()> {
    let Action::Update(assignments) = &plan.action else { return Ok(()) };
    let model = plan.model();
    let is_of_one = is_of_one || plan.reach == Reach::Unique;
    for (field, value) in assignments {
        let place =
            |error: ommi_core::Error| error.with_model(model.name()).with_field(&model.fields()[*field].name);
        if !is_of_one && is_in_unique(model, *field) && is_computed(value) {
            limits.check_computed_unique().map_err(place)?;
        }
        if is_referred_to_by_own_rows(model, *field)? {
            limits.check_own_references().map_err(place)?;
        }
    }
    Ok(())
}

/// Whether rows are told apart by the field, alone or with others.
fn is_in_unique(model: &ModelDef, field: usize) -> bool {
    model.fields()[field].unique
        || model.key().contains(&field)
        || model.indexes().iter().any(|index| index.unique && index.fields.contains(&field))
}

/// Whether rows of the same model refer to the field.
fn is_referred_to_by_own_rows(model: &Arc<ModelDef>, field: usize) -> Result<bool> {
    for reference in model.references() {
        let (target, fields) = reference.resolve().map_err(|error| error.with_model(model.name()))?;
        if target.id() == model.id() && fields.contains(&field) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a value differs from row to row.
fn is_computed(value: &PlanExpr) -> bool {
    value.any(|part| matches!(part, PlanExpr::Column(_) | PlanExpr::Key(_) | PlanExpr::Aggregate(_)))
}
