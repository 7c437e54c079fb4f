//! Models for the tests.

use std::sync::Arc;

use ommi_core::schema::{FieldDef, FieldType, ModelDef, ModelLink, ReferenceDef};
use ommi_core::value::Value;

/// A generated key, a unique field that may be NULL, an index, a length and a default.
pub(crate) fn user() -> Arc<ModelDef> {
    ModelDef::builder("User")
        .table("users")
        .field(FieldDef::new("id", FieldType::Int).column("user_id"))
        .field(FieldDef::new("name", FieldType::Text).max_length(5))
        .field(FieldDef::new("email", FieldType::Text).nullable().unique())
        .field(FieldDef::new("age", FieldType::Int).default(7))
        .index(None, ["name", "age"], false)
        .build()
        .unwrap()
}

/// A key of two fields, one of which refers to a user.
pub(crate) fn visit() -> Arc<ModelDef> {
    let user = user();
    let reference = ReferenceDef {
        fields: Vec::new(),
        target: ModelLink::new("User", move || Ok(user.clone())),
        target_fields: Vec::new(),
        on_delete: Default::default(),
        on_update: Default::default(),
    };
    ModelDef::builder("Visit")
        .table("visits")
        .field(FieldDef::new("place", FieldType::Text))
        .field(FieldDef::new("user_id", FieldType::Int))
        .field(FieldDef::new("at", FieldType::NaiveDateTime).nullable())
        .key(["place", "user_id"])
        .reference(["user_id"], reference)
        .build()
        .unwrap()
}

/// Names that MongoDB would read otherwise than as names.
pub(crate) fn odd() -> Arc<ModelDef> {
    let text = |name: &str, column: &str| FieldDef::new(name, FieldType::Text).column(column).nullable();
    ModelDef::builder("Odd")
        .table("odd$table")
        .field(FieldDef::new("key", FieldType::Int))
        .field(text("dollar", "$where"))
        .field(text("path", "a.b"))
        .field(text("id", "_id").unique())
        .field(text("escaped", "%24where"))
        .field(FieldDef::new("data", FieldType::Json).nullable())
        .key(["key"])
        .build()
        .unwrap()
}

pub(crate) fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

pub(crate) fn json(value: &str) -> Value {
    Value::Json(value.to_owned())
}
