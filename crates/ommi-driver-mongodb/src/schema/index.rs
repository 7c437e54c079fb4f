//! The indexes of a model's collection.

use mongodb::bson::{Document, doc};
use ommi_core::schema::{FieldType, ModelDef};
use ommi_core::{Error, Result};

use crate::value::{KeyLayout, key_layout, stored_name};

/// An index as it is made.
struct Wanted {
    name: String,
    fields: Vec<usize>,
    unique: bool,
}

/// All indexes beside that of `_id`: of unique fields, of a composite key (whose `_id` finds whole keys only), those that
/// the model asks for, and of references, which are followed from both ends.
///
/// # Errors
/// `Unsupported` for a unique one over nested values or lists.
pub(super) fn indexes(model: &ModelDef) -> Result<Vec<Document>> {
    let mut wanted: Vec<Wanted> =
        (0..model.fields().len()).filter_map(|field| unique_field(model, field)).collect();
    if key_layout(model) == KeyLayout::Composite {
        let name = format!("pk_{}", model.table());
        wanted.push(Wanted { name, fields: model.key().to_vec(), unique: false });
    }
    for index in model.indexes() {
        push(
            &mut wanted,
            Wanted { name: index.name.clone(), fields: index.fields.clone(), unique: index.unique },
        );
    }
    for reference in model.references() {
        wanted.extend(of_reference(model, &reference.fields, &wanted));
    }
    wanted.iter().map(|index| written(model, index)).collect()
}

/// The indexes that are over this field alone.
///
/// # Errors
/// As [`indexes`].
pub(super) fn indexes_of_field(model: &ModelDef, field: usize) -> Result<Vec<Document>> {
    let mut wanted: Vec<Wanted> = unique_field(model, field).into_iter().collect();
    for index in model.indexes().iter().filter(|index| index.fields == [field]) {
        push(&mut wanted, Wanted { name: index.name.clone(), fields: vec![field], unique: index.unique });
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
    (definition.unique && model.key() != [field]).then(|| Wanted { name, fields: vec![field], unique: true })
}

/// Nothing where another index begins with these fields.
fn of_reference(model: &ModelDef, fields: &[usize], known: &[Wanted]) -> Option<Wanted> {
    if model.key() == fields || known.iter().any(|index| index.fields.starts_with(fields)) {
        return None;
    }
    let columns: Vec<_> = fields.iter().map(|field| model.fields()[*field].column.as_str()).collect();
    let name = format!("ix_{}_{}", model.table(), columns.join("_"));
    Some(Wanted { name, fields: fields.to_vec(), unique: false })
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
        key.insert(name, 1);
    }
    let mut written = doc! { "key": key, "name": &index.name };
    if index.unique {
        written.insert("unique", true);
        if !known.is_empty() {
            // NULLs may repeat: rows that have one are not in the index.
            written.insert("partialFilterExpression", known);
        }
    }
    Ok(written)
}
