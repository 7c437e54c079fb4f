//! The indexes of a model's collection.

use mongodb::bson::{Bson, Document, doc};
use ommi_core::schema::{FieldType, ModelDef};
use ommi_core::{Error, Result};

use crate::value::{KeyLayout, key_layout, stored_name};

/// An index as it is made.
struct Wanted {
    name: String,
    fields: Vec<usize>,
    unique: bool,
    /// The field whose hash is indexed.
    hashed: Option<usize>,
}

impl Wanted {
    fn new(name: String, fields: Vec<usize>, unique: bool) -> Self {
        Self { name, fields, unique, hashed: None }
    }
}

/// All indexes beside that of `_id`: of unique fields, of a composite key (whose `_id` finds whole keys only), those that
/// the model asks for, of references, which are followed from both ends, and of the shard key, which a collection needs
/// before it can be spread.
///
/// # Errors
/// `Unsupported` for a unique one over nested values or lists.
pub(super) fn indexes(model: &ModelDef) -> Result<Vec<Document>> {
    let mut wanted: Vec<Wanted> =
        (0..model.fields().len()).filter_map(|field| unique_field(model, field)).collect();
    if key_layout(model) == KeyLayout::Composite {
        let name = format!("pk_{}", model.table());
        wanted.push(Wanted::new(name, model.key().to_vec(), false));
    }
    for index in model.indexes() {
        push(&mut wanted, Wanted::new(index.name.clone(), index.fields.clone(), index.unique));
    }
    for reference in model.references() {
        wanted.extend(of_reference(model, &reference.fields, &wanted));
    }
    wanted.extend(of_shard_key(model, &wanted));
    wanted.iter().map(|index| written(model, index)).collect()
}

/// The indexes that are over this field alone.
///
/// # Errors
/// As [`indexes`].
pub(super) fn indexes_of_field(model: &ModelDef, field: usize) -> Result<Vec<Document>> {
    let mut wanted: Vec<Wanted> = unique_field(model, field).into_iter().collect();
    for index in model.indexes().iter().filter(|index| index.fields == [field]) {
        push(&mut wanted, Wanted::new(index.name.clone(), vec![field], index.unique));
    }
    if model.references().iter().any(|reference| reference.fields == [field]) {
        wanted.extend(of_reference(model, &[field], &wanted));
    }
    wanted.iter().map(|index| written(model, index)).collect()
}

/// Adds an index; MongoDB refuses a second one that is the same but for its name, as where a unique field has a unique index.
fn push(wanted: &mut Vec<Wanted>, index: Wanted) {
    if !wanted.iter().any(|known| known.fields == index.fields && known.unique == index.unique) {
        wanted.push(index);
    }
}

fn unique_field(model: &ModelDef, field: usize) -> Option<Wanted> {
    let definition = &model.fields()[field];
    let name = format!("uq_{}_{}", model.table(), definition.column);
    (definition.unique && model.key() != [field]).then(|| Wanted::new(name, vec![field], true))
}

/// Nothing where another index begins with these fields.
fn of_reference(model: &ModelDef, fields: &[usize], known: &[Wanted]) -> Option<Wanted> {
    if model.key() == fields || known.iter().any(|index| index.fields.starts_with(fields)) {
        return None;
    }
    let columns: Vec<_> = fields.iter().map(|field| model.fields()[*field].column.as_str()).collect();
    let name = format!("ix_{}_{}", model.table(), columns.join("_"));
    Some(Wanted::new(name, fields.to_vec(), false))
}

/// Nothing where another index begins with the shard key, as that of `_id` may.
fn of_shard_key(model: &ModelDef, known: &[Wanted]) -> Option<Wanted> {
    let fields: Vec<usize> = model.shard().iter().map(|part| part.field).collect();
    let hashed = model.shard().iter().find(|part| part.hashed).map(|part| part.field);
    let serves = |index: &Wanted| index.fields.starts_with(&fields) && !is_partial(model, index);
    if hashed.is_none() && (model.key() == fields || known.iter().any(serves)) || fields.is_empty() {
        return None;
    }
    Some(Wanted { hashed, ..Wanted::new(format!("sk_{}", model.table()), fields, false) })
}

/// Whether rows are left out of the index: those that lack a value, so that NULLs may repeat.
fn is_partial(model: &ModelDef, index: &Wanted) -> bool {
    index.unique && index.fields.iter().any(|field| model.fields()[*field].nullable)
}

fn written(model: &ModelDef, index: &Wanted) -> Result<Document> {
    let is_nested =
        |field: &&usize| matches!(model.fields()[**field].ty, FieldType::Json | FieldType::List(_));
    if let Some(nested) = index.fields.iter().find(is_nested).filter(|_| index.unique) {
        let message = "MongoDB's unique indexes compare the items of lists, not the lists: make the field text, or not \
                       unique";
        let field = &model.fields()[*nested].name;
        return Err(Error::unsupported(message).with_model(model.name()).with_field(field));
    }
    let mut key = Document::new();
    let mut known = Document::new();
    for field in &index.fields {
        let name = stored_name(model, *field);
        if model.fields()[*field].nullable {
            known.insert(name.as_ref(), doc! { "$exists": true });
        }
        let kind = if index.hashed == Some(*field) { Bson::from("hashed") } else { Bson::from(1) };
        key.insert(name, kind);
    }
    let mut written = doc! { "key": key, "name": &index.name };
    if index.unique {
        written.insert("unique", true);
        if is_partial(model, index) {
            written.insert("partialFilterExpression", known);
        }
    }
    Ok(written)
}
