//! A column as a field of a model.

use ommi::schema::{Action, ColumnDef, ColumnDefault, ColumnType, FieldType};
use ommi::value::Value;

use crate::arguments::Style;
use crate::write::values;

/// A field, in the words of no language yet.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) column: String,
    pub(super) ty: FieldType,
    pub(super) nullable: bool,
    pub(super) is_key: bool,
    pub(super) auto: bool,
    pub(super) unique: bool,
    /// Whether an index is over this field alone.
    pub(super) indexed: bool,
    pub(super) max_length: Option<u32>,
    pub(super) default: Option<Value>,
    pub(super) target: Option<Target>,
}

/// The field that another one refers to.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) class: String,
    pub(super) field: String,
    pub(super) on_delete: Action,
    pub(super) on_update: Action,
}

/// The field type that a model of the style has for the column; the first of those that fit.
pub(super) fn field_type(column: &ColumnDef, style: Style) -> Option<FieldType> {
    let fits = match &column.ty {
        ColumnType::Field(ty) => std::slice::from_ref(ty),
        ColumnType::Found { fits, .. } => fits.as_slice(),
    };
    // What may be with a zone or without is a type of Python alone.
    let is_known = |ty: &&FieldType| style != Style::Rust || **ty != FieldType::DateTime;
    fits.iter().find(is_known).cloned()
}

/// The default as a value that a model can say; nothing where the database computes it.
pub(super) fn default(column: &ColumnDef, ty: &FieldType) -> Option<Value> {
    let found = column.default.as_ref()?;
    if let ColumnDefault::Value(value) = found {
        return Some(value.clone()).filter(|value| is_plain(value, ty));
    }
    let ColumnDefault::Found { constant: Some(constant), .. } = found else { return None };
    let mut candidates = values(constant);
    candidates.extend([Value::Bool(true), Value::Bool(false)]);
    candidates.into_iter().find(|value| {
        is_plain(value, ty)
            && ColumnDefault::are_like(Some(found), Some(&ColumnDefault::Value(value.clone())))
    })
}

/// Whether both languages write the value of this type as a literal.
fn is_plain(value: &Value, ty: &FieldType) -> bool {
    match (ty, value) {
        (FieldType::Bool, Value::Bool(_))
        | (FieldType::Int, Value::Int(_))
        | (FieldType::Text, Value::Text(_)) => true,
        (FieldType::Float, Value::Float(value)) => value.is_finite(),
        _other => false,
    }
}

/// `cascade` and `set_null`, where something else than a refusal happens.
pub(super) fn action(action: Action) -> Option<&'static str> {
    match action {
        Action::Restrict => None,
        Action::Cascade => Some("cascade"),
        Action::SetNull => Some("set_null"),
    }
}
