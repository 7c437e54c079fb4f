//! Which statements a database may refuse for a reference that is kept again when they end: where it does not check
//! references at the end, those that touch both ends of one. Of everything else a refusal is a difference.

use ommi_core::driver::Capabilities;
use ommi_core::schema::{Action, ModelDef, ModelId};

use super::put;
use super::step::{Ground, Step};

/// One thing that a statement may do to rows of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Touch {
    model: ModelId,
    what: What,
    /// Whether it is done because of another row, and not because the statement says so.
    along: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Added,
    Removed,
    /// The field at this position gets another value.
    Set(usize),
}

/// A reference between two of the models.
struct Link {
    from: ModelId,
    fields: Vec<usize>,
    to: ModelId,
    target_fields: Vec<usize>,
    on_delete: Action,
    on_update: Action,
}

/// Whether the database may refuse the step because of a reference that is kept when the statement ends.
pub(super) fn may_refuse_early(step: &Step, ground: &Ground<'_>) -> bool {
    let able = ground.able;
    if !able.foreign_keys || (able.references_at_statement_end && able.cascades_before_checks) {
        return false;
    }
    let links: Vec<Link> = ground.models.iter().flat_map(|model| links(model)).collect();
    let touched = touched(step, &links);
    links.iter().any(|link| is_checked_early(link, &touched, able))
}

fn links(model: &ModelDef) -> Vec<Link> {
    let link = |reference: &ommi_core::schema::ReferenceDef| {
        let (target, target_fields) = reference.resolve().ok()?;
        Some(Link {
            from: model.id(),
            fields: reference.fields.clone(),
            to: target.id(),
            target_fields: target_fields.clone(),
            on_delete: reference.on_delete,
            on_update: reference.on_update,
        })
    };
    model.references().iter().filter_map(link).collect()
}

/// What a statement may do, with what follows from it along references.
fn touched(step: &Step, links: &[Link]) -> Vec<Touch> {
    let direct = |model: &ModelDef, what| Touch { model: model.id(), what, along: false };
    let mut touched = match step {
        Step::Rows(_) | Step::Count(_) | Step::Exists(_) => Vec::new(),
        // A single row may refer to itself everywhere.
        Step::Add(model, rows) if rows.len() > 1 => vec![direct(model, What::Added)],
        Step::Add(..) => Vec::new(),
        Step::Put(model, _, conflict) => {
            let set = put::set(conflict).map(What::Set);
            std::iter::once(What::Added).chain(set).map(|what| direct(model, what)).collect()
        }
        Step::Change(query, values) => {
            values.iter().map(|(field, _)| direct(&query.model, What::Set(*field))).collect()
        }
        Step::Remove(query) => vec![direct(&query.model, What::Removed)],
    };
    let mut position = 0;
    while let Some(touch) = touched.get(position).copied() {
        for follow in links.iter().flat_map(|link| follows(link, touch)) {
            if !touched.contains(&follow) {
                touched.push(follow);
            }
        }
        position += 1;
    }
    touched
}

/// What happens to referring rows.
fn follows(link: &Link, touch: Touch) -> Vec<Touch> {
    let follow = |what| Touch { model: link.from, what, along: true };
    let set = || link.fields.iter().map(|field| follow(What::Set(*field))).collect();
    match (reaction(link, touch), touch.what) {
        (Some(Action::Cascade), What::Removed) => vec![follow(What::Removed)],
        (Some(Action::Cascade), What::Set(_) | What::Added) | (Some(Action::SetNull), _) => set(),
        (Some(Action::Restrict) | None, _) => Vec::new(),
    }
}

/// What the reference says of a change of the row that it leads to; nothing where it is not about what changes.
fn reaction(link: &Link, touch: Touch) -> Option<Action> {
    if touch.model != link.to {
        return None;
    }
    match touch.what {
        What::Added => None,
        What::Removed => Some(link.on_delete),
        What::Set(field) => link.target_fields.contains(&field).then_some(link.on_update),
    }
}

/// Whether a reference may be looked at when one end of it is changed already and the other one is not yet.
fn is_checked_early(link: &Link, touched: &[Touch], able: &Capabilities) -> bool {
    let reactions = || touched.iter().filter_map(|touch| reaction(link, *touch));
    let is_left = touched.iter().any(|touch| touch.model == link.to && touch.what == What::Added)
        || reactions().any(|action| action == Action::Restrict);
    let referring = || touched.iter().filter(|touch| touch.model == link.from);
    let is_end = |touch: &&Touch| match touch.what {
        What::Added | What::Removed => true,
        What::Set(field) => link.fields.contains(&field),
    };
    // What the statement itself does is done before the checks at its end.
    let counts = |touch: &Touch| touch.along || !able.references_at_statement_end;
    if is_left && referring().filter(is_end).any(counts) {
        return true;
    }
    // A row that changes otherwise may be looked at as a whole, before it follows by this reference.
    let is_beside = |touch: &Touch| match touch.what {
        What::Set(field) => !link.fields.contains(&field),
        What::Added | What::Removed => false,
    };
    reactions().next().is_some() && referring().any(is_beside)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ommi_core::query::{Expr, Query};
    use ommi_core::schema::FieldDef;
    use ommi_core::value::Value;

    use super::*;
    use crate::models;

    /// Whether the step may be refused early: checked row by row, checked before cascades, checked at the end.
    fn refused(models: &[Arc<ModelDef>], step: &Step) -> [bool; 3] {
        let driver = ommi_driver_memory::MemoryDriver::new(ommi_driver_memory::MemoryConfig::default());
        let at_end = ommi_core::driver::Driver::capabilities(&driver).clone();
        let before_cascades = Capabilities { cascades_before_checks: false, ..at_end.clone() };
        let row_by_row = Capabilities { references_at_statement_end: false, ..before_cascades.clone() };
        [row_by_row, before_cascades, at_end]
            .map(|able| may_refuse_early(step, &Ground { models, rows: &Vec::new(), able: &able }))
    }

    fn remove(model: &Arc<ModelDef>) -> Step {
        Step::Remove(Query::new(model.clone()))
    }

    fn set(model: &Arc<ModelDef>, field: usize) -> Step {
        Step::Change(Query::new(model.clone()), vec![(field, Expr::Value(Value::Int(1)))])
    }

    #[test]
    fn rows_of_one_statement_that_refer_to_each_other() {
        let person = models::person(Action::Restrict, Action::Restrict);
        let all = [person.clone()];
        let add = |rows: usize| Step::Add(person.clone(), vec![Vec::new(); rows]);
        assert_eq!(refused(&all, &remove(&person)), [true, false, false]);
        assert_eq!(refused(&all, &add(2)), [true, false, false]);
        assert_eq!(refused(&all, &add(1)), [false; 3]);
        let own_reference = person.references()[0].fields[0];
        assert_eq!(refused(&all, &set(&person, own_reference)), [false; 3]);
        assert_eq!(refused(&all, &Step::Count(Query::new(person.clone()))), [false; 3]);
    }

    #[test]
    fn rows_that_go_by_one_reference_and_stand_by_another() {
        let user = models::user();
        let visit = models::built(
            ModelDef::builder("Visit")
                .field(models::id())
                .field(FieldDef::new("host_id", ommi_core::schema::FieldType::Int))
                .field(FieldDef::new("guest_id", ommi_core::schema::FieldType::Int))
                .reference(["host_id"], models::to(&user, Action::Restrict))
                .reference(["guest_id"], models::to(&user, Action::Cascade)),
        );
        let all = [user.clone(), visit.clone()];
        assert_eq!(refused(&all, &remove(&user)), [true, true, false]);
        assert_eq!(refused(&all, &remove(&visit)), [false; 3]);
    }

    #[test]
    fn rows_that_change_and_follow_others_that_change() {
        let person = models::person(Action::Cascade, Action::Restrict);
        assert_eq!(refused(std::slice::from_ref(&person), &set(&person, 0)), [true, true, false]);
        let boss = person.references()[0].fields[0];
        assert_eq!(refused(std::slice::from_ref(&person), &set(&person, boss)), [false; 3]);
    }

    #[test]
    fn rows_that_follow_by_two_references() {
        let user = models::user();
        let follow = |action| ommi_core::schema::ReferenceDef {
            on_update: action,
            ..models::to(&user, Action::Restrict)
        };
        let visit = |guest| {
            models::built(
                ModelDef::builder("Visit")
                    .field(models::id())
                    .field(FieldDef::new("host_id", ommi_core::schema::FieldType::Int))
                    .field(FieldDef::new("guest_id", ommi_core::schema::FieldType::Int))
                    .reference(["host_id"], follow(Action::Cascade))
                    .reference(["guest_id"], follow(guest)),
            )
        };
        for guest in [Action::Cascade, Action::Restrict] {
            assert_eq!(refused(&[user.clone(), visit(guest)], &set(&user, 0)), [true, true, false]);
        }
    }

    #[test]
    fn a_reference_that_only_refuses_or_only_follows_is_not_in_doubt() {
        let user = models::user();
        for action in [Action::Restrict, Action::Cascade, Action::SetNull] {
            let visit = models::pointing("Visit", &user, action);
            let all = [user.clone(), visit.clone()];
            for step in [remove(&user), remove(&visit), set(&user, 0), set(&visit, 1)] {
                assert_eq!(refused(&all, &step), [false; 3], "{action:?} {step:?}");
            }
        }
    }
}
