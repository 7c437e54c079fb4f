//! Which field types a field of a collection can hold, by the types of BSON in it.

use ommi_core::schema::FieldType;

const SCALARS: [FieldType; 14] = [
    FieldType::Bool,
    FieldType::Int,
    FieldType::Float,
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
    FieldType::Json,
];

/// The type that a rule's description names, where the rule's types of BSON can hold it.
pub(super) fn declared_type(description: Option<&str>, types: &[&str]) -> Option<FieldType> {
    let ty = type_of(description?)?;
    fits(types).contains(&ty).then_some(ty)
}

/// The type of this name: `Int`, `List(Text)`.
fn type_of(name: &str) -> Option<FieldType> {
    if let Some(item) = name.strip_prefix("List(").and_then(|rest| rest.strip_suffix(')')) {
        return Some(FieldType::List(Box::new(type_of(item)?)));
    }
    SCALARS.into_iter().find(|ty| ty.to_string() == name)
}

/// The field types that fit; all of them where nothing is known of the types of BSON.
pub(super) fn fits(types: &[&str]) -> Vec<FieldType> {
    let lists = SCALARS.into_iter().map(|item| FieldType::List(Box::new(item)));
    SCALARS.into_iter().chain(lists).filter(|ty| types.iter().all(|name| holds(name, ty))).collect()
}

/// Whether a value of BSON's type can be one of ours.
fn holds(name: &str, ty: &FieldType) -> bool {
    match ty {
        FieldType::Bool => name == "bool",
        FieldType::Int | FieldType::Duration => matches!(name, "int" | "long"),
        FieldType::Float => matches!(name, "double" | "int"),
        FieldType::Text
        | FieldType::DateTime
        | FieldType::NaiveDateTime
        | FieldType::Date
        | FieldType::Time => name == "string",
        FieldType::Bytes | FieldType::Uuid => name == "binData",
        FieldType::Decimal => matches!(name, "decimal" | "int" | "long"),
        FieldType::Timestamp => name == "date",
        FieldType::Json => {
            matches!(name, "object" | "array" | "string" | "bool" | "int" | "long" | "double" | "minKey")
        }
        FieldType::List(_) => name == "array",
    }
}
