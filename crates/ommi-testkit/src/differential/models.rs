//! Sets of models, made from a number: keys of one and of several fields, every type, unique fields and indexes,
//! references along circles and to oneself.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use ommi_core::schema::{Action, FieldDef, FieldType, ModelBuilder, ModelDef, ModelLink, ReferenceDef};
use ommi_core::{Error, ErrorKind, Result};

use super::tape::{Tape, numbers};

/// Models that refer to each other, found by their position once all are made.
type Known = Arc<OnceLock<Vec<Arc<ModelDef>>>>;

/// What is decided of a model before its fields are made.
struct Outline {
    name: String,
    /// The key's fields, and whether there is but one that the database may generate.
    key: Vec<FieldDef>,
}

/// The models of a set.
///
/// # Errors
/// Where they make no sense, which is a mistake here.
pub(super) fn models(set: u64) -> Result<Vec<Arc<ModelDef>>> {
    let choices = numbers(set, 400);
    let mut tape = Tape::new(&choices);
    let count = 1 + tape.below(4);
    // Models either refer to later ones, in circles, or to themselves. SQLite cannot drop tables that do both.
    let circles = tape.chance(40);
    let outlines: Vec<Outline> = (0..count).map(|number| outline(&mut tape, set, number)).collect();
    let known: Known = Arc::default();
    let mut linked = HashSet::new();
    let models = (0..count)
        .map(|number| model(&mut tape, &outlines, number, &known, (circles, &mut linked)))
        .collect::<Result<Vec<_>>>()?;
    Ok(known.get_or_init(|| models).clone())
}

fn outline(tape: &mut Tape<'_>, set: u64, number: usize) -> Outline {
    let field = |name: &str, ty| FieldDef::new(name, ty);
    let key = match tape.below(10) {
        0..=4 => vec![field("id", FieldType::Int)],
        5 => vec![field("code", FieldType::Text)],
        6 => vec![field("code", FieldType::Uuid)],
        7 => vec![field("left", FieldType::Int), field("right", FieldType::Text)],
        8 => vec![field("left", FieldType::Bool), field("right", FieldType::Date)],
        _ => {
            let types = keyable();
            vec![field("code", types[tape.below(types.len())].clone())]
        }
    };
    Outline { name: format!("d{set:x}_{number}"), key }
}

/// Types that keys, unique fields and indexes can have everywhere.
fn keyable() -> Vec<FieldType> {
    vec![
        FieldType::Int,
        FieldType::Text,
        FieldType::Bytes,
        FieldType::Decimal,
        FieldType::Uuid,
        FieldType::DateTime,
        FieldType::NaiveDateTime,
        FieldType::Timestamp,
        FieldType::Date,
        FieldType::Time,
        FieldType::Duration,
    ]
}

fn every_type() -> Vec<FieldType> {
    let lists = [FieldType::Int, FieldType::Text, FieldType::Bool, FieldType::Float];
    let lists = lists.into_iter().map(|item| FieldType::List(Box::new(item)));
    let more = [
        FieldType::Int,
        FieldType::Text,
        FieldType::Bool,
        FieldType::Float,
        FieldType::Decimal,
        FieldType::Text,
        FieldType::Json,
    ];
    keyable().into_iter().chain(more).chain(lists).collect()
}

fn model(
    tape: &mut Tape<'_>,
    outlines: &[Outline],
    number: usize,
    known: &Known,
    (circles, linked): (bool, &mut HashSet<(usize, usize)>),
) -> Result<Arc<ModelDef>> {
    let Outline { name, key } = &outlines[number];
    let mut builder = key.iter().cloned().fold(ModelDef::builder(name), ModelBuilder::field);
    builder = builder.key(key.iter().map(|field| field.name.clone()));
    let mut indexable = Vec::new();
    for position in 0..1 + tape.below(5) {
        let types = every_type();
        let ty = types[tape.below(types.len())].clone();
        let mut field = FieldDef::new(format!("f{position}"), ty.clone());
        field.nullable = !tape.chance(35);
        let is_keyable = keyable().contains(&ty);
        field.unique = is_keyable && tape.chance(12);
        if ty == FieldType::Text && tape.chance(25) {
            field.max_length = Some(1 + tape.below(8) as u32);
        }
        if is_keyable {
            indexable.push(field.name.clone());
        }
        builder = builder.field(field);
    }
    for reference in 0..tape.below(3) {
        let target = tape.below(outlines.len());
        let pair = (number.min(target), number.max(target));
        let is_left_out = if circles { target == number } else { target > number };
        if is_left_out {
            continue;
        }
        // Two ways between two models have to be told apart in each query: not often.
        if linked.insert(pair) || tape.chance(15) {
            builder = refer(tape, builder, &outlines[target], (reference, target), known);
        }
    }
    if !indexable.is_empty() && tape.chance(40) {
        let first = indexable[tape.below(indexable.len())].clone();
        let second = indexable[tape.below(indexable.len())].clone();
        let fields = if first == second { vec![first] } else { vec![first, second] };
        builder = builder.index(None, fields, tape.chance(30));
    }
    builder.build()
}

/// Adds fields that refer to the key of a model.
fn refer(
    tape: &mut Tape<'_>,
    mut builder: ModelBuilder,
    outline: &Outline,
    (reference, target): (usize, usize),
    known: &Known,
) -> ModelBuilder {
    let nullable = !tape.chance(30);
    let mut names = Vec::new();
    for key in &outline.key {
        let mut field = FieldDef::new(format!("r{reference}_{}", key.name), key.ty.clone());
        (field.nullable, field.max_length) = (nullable, key.max_length);
        names.push(field.name.clone());
        builder = builder.field(field);
    }
    let mut actions = vec![Action::Restrict, Action::Cascade];
    if nullable {
        actions.push(Action::SetNull);
    }
    let mut action = || actions[tape.below(actions.len())];
    let (on_delete, on_update) = (action(), action());
    let known = known.clone();
    let link = ModelLink::new(outline.name.clone(), move || {
        let found = known.get().and_then(|models| models.get(target)).cloned();
        found.ok_or_else(|| Error::new(ErrorKind::Schema, "the model is not made yet"))
    });
    let reference =
        ReferenceDef { fields: Vec::new(), target: link, target_fields: Vec::new(), on_delete, on_update };
    builder.reference(names, reference)
}

/// The same table without references.
///
/// # Errors
/// Where it makes no sense, which is a mistake here.
pub(super) fn without_references(model: &ModelDef) -> Result<Arc<ModelDef>> {
    let names = |fields: &[usize]| fields.iter().map(|field| model.fields()[*field].name.clone()).collect();
    let named: Vec<String> = names(model.key());
    let mut builder = ModelDef::builder(model.name()).table(model.table()).key(named);
    builder = model.fields().iter().cloned().fold(builder, ModelBuilder::field);
    for index in model.indexes() {
        let named: Vec<String> = names(&index.fields);
        builder = builder.index(Some(index.name.clone()), named, index.unique);
    }
    builder.build()
}

/// Whether no two rows may have the same value in a field, alone or with others.
pub(super) fn is_in_unique(model: &ModelDef, field: usize) -> bool {
    model.key().contains(&field)
        || model.fields()[field].unique
        || model.indexes().iter().any(|index| index.unique && index.fields.contains(&field))
}
