//! Validators: what a model's fields are, as the JSON schema that a collection checks its documents by.
//!
//! A property says in its `description` which type of Ommi's it is, and `_id` in its `title` which column: that is how
//! the schema is read back.

use mongodb::bson::{Bson, Document, doc};
use ommi_core::schema::{FieldDef, FieldType, ModelDef};

use crate::value::{KeyLayout, field_name, key_layout, stored_name};

/// The validator of a model's collection.
pub(super) fn validator(model: &ModelDef) -> Document {
    let mut properties = Document::new();
    let mut required = Vec::new();
    if let KeyLayout::Composite = key_layout(model) {
        let name = |field: &usize| field_name(&model.fields()[*field].column).into_owned();
        let parts: Vec<String> = model.key().iter().map(name).collect();
        properties.insert("_id", doc! { "bsonType": "object", "required": parts });
    }
    for (position, field) in model.fields().iter().enumerate() {
        let name = stored_name(model, position);
        let mut rule = property(field);
        if name == "_id" {
            rule.insert("title", &field.column);
        } else if !field.nullable {
            required.push(Bson::from(name.as_ref()));
        }
        properties.insert(name, rule);
    }
    let mut schema = doc! { "bsonType": "object" };
    if !required.is_empty() {
        schema.insert("required", required);
    }
    schema.insert("properties", properties);
    doc! { "$jsonSchema": schema }
}

/// The rule of one field.
pub(super) fn property(field: &FieldDef) -> Document {
    let mut rule = Document::new();
    let mut types = bson_types(&field.ty).to_vec();
    if !types.is_empty() {
        if field.nullable {
            // A missing field is NULL, and so is what other programs write.
            types.push("null");
        }
        rule.insert("bsonType", types);
    }
    if let (Some(length), FieldType::Text) = (field.max_length, &field.ty) {
        rule.insert("maxLength", i64::from(length));
    }
    rule.insert("description", field.ty.to_string());
    rule
}

/// The types of BSON that values of a type are stored as, and those that hold the same; none where any may be.
fn bson_types(ty: &FieldType) -> &'static [&'static str] {
    match ty {
        FieldType::Bool => &["bool"],
        FieldType::Int | FieldType::Duration => &["long", "int"],
        FieldType::Float => &["double"],
        FieldType::Text
        | FieldType::DateTime
        | FieldType::NaiveDateTime
        | FieldType::Date
        | FieldType::Time => &["string"],
        FieldType::Bytes | FieldType::Uuid => &["binData"],
        FieldType::Decimal => &["decimal"],
        FieldType::Timestamp => &["date"],
        FieldType::Json => &[],
        FieldType::List(_) => &["array"],
    }
}
