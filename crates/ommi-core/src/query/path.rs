//! `Path`: a value inside a nested one, found by the names that lead to it.

use super::{ColumnRef, Expr};
use crate::schema::FieldType;
use crate::value::Value;
use crate::{Error, Result};

/// So many names a path may have: MariaDB looks no deeper than 32 levels into a JSON text.
pub const MAX_KEYS: usize = 30;

/// A value inside a nested one.
///
/// It is NULL where a name leads to nothing, where JSON's null stands there, and where the value is of another type: lists
/// have no names, text is no number, and of numbers only whole ones of 64 bits, written without a fraction, are integers.
#[derive(Debug, PartialEq)]
pub struct Path {
    /// The nested value.
    pub subject: Expr,
    /// The names that lead into it, the outermost first.
    pub keys: Vec<String>,
    /// The type of what is there: one that [`is_leaf`] says yes to.
    pub ty: FieldType,
}

/// Never a part of the clone of an expression, which goes as deep as the expression: each step of that has to be small.
impl Clone for Path {
    #[inline(never)]
    fn clone(&self) -> Self {
        Self { subject: self.subject.clone(), keys: self.keys.clone(), ty: self.ty.clone() }
    }
}

impl Path {
    /// From a field.
    pub fn into<K: Into<String>>(
        column: ColumnRef,
        keys: impl IntoIterator<Item = K>,
        ty: FieldType,
    ) -> Self {
        Self { subject: Expr::Column(column), keys: keys.into_iter().map(K::into).collect(), ty }
    }
}

/// Whether a path may lead to values of the type: those that JSON has a word for.
pub fn is_leaf(ty: &FieldType) -> bool {
    match ty {
        FieldType::Bool | FieldType::Int | FieldType::Float | FieldType::Text => true,
        FieldType::Bytes
        | FieldType::Decimal
        | FieldType::Uuid
        | FieldType::DateTime
        | FieldType::NaiveDateTime
        | FieldType::Timestamp
        | FieldType::Date
        | FieldType::Time
        | FieldType::Duration
        | FieldType::Json
        | FieldType::List(_) => false,
    }
}

/// What a path means: the value of this type that the names lead to in a JSON text.
///
/// # Errors
/// `Query` where the text is no JSON.
pub fn value_at<K: AsRef<str>>(document: &str, keys: &[K], ty: &FieldType) -> Result<Value> {
    let whole: serde_json::Value = serde_json::from_str(document).map_err(|error| {
        Error::query("a path leads into a nested value and the database holds no JSON there")
            .with_source(error)
    })?;
    let found = keys.iter().try_fold(&whole, |value, key| value.as_object()?.get(key.as_ref()));
    Ok(found.and_then(|found| leaf(found, ty)).unwrap_or(Value::Null))
}

fn leaf(found: &serde_json::Value, ty: &FieldType) -> Option<Value> {
    match ty {
        FieldType::Bool => found.as_bool().map(Value::Bool),
        FieldType::Int => found.as_i64().map(Value::Int),
        FieldType::Float => found.as_f64().map(Value::Float),
        FieldType::Text => found.as_str().map(|text| Value::Text(text.to_owned())),
        FieldType::Bytes
        | FieldType::Decimal
        | FieldType::Uuid
        | FieldType::DateTime
        | FieldType::NaiveDateTime
        | FieldType::Timestamp
        | FieldType::Date
        | FieldType::Time
        | FieldType::Duration
        | FieldType::Json
        | FieldType::List(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_or_of_another_type_is_null() {
        let document = r#"{"a":{"b":"x","n":7,"f":1.5,"t":true,"z":null,"l":[{"b":"y"}],"0":"zero"}}"#;
        let at = |keys: &[&str], ty| value_at(document, keys, &ty).unwrap();
        assert_eq!(at(&["a", "b"], FieldType::Text), Value::Text("x".into()));
        assert_eq!(at(&["a", "n"], FieldType::Int), Value::Int(7));
        assert_eq!(at(&["a", "n"], FieldType::Float), Value::Float(7.0));
        assert_eq!(at(&["a", "t"], FieldType::Bool), Value::Bool(true));
        assert_eq!(at(&["a", "0"], FieldType::Text), Value::Text("zero".into()));
        for (keys, ty) in [
            (&["a", "c"][..], FieldType::Text),
            (&["c", "b"], FieldType::Text),
            (&["a", "z"], FieldType::Text),
            (&["a", "n"], FieldType::Text),
            (&["a", "f"], FieldType::Int),
            (&["a", "b", "c"], FieldType::Text),
            (&["a", "l", "b"], FieldType::Text),
            (&["a", "l", "0"], FieldType::Text),
        ] {
            assert_eq!(at(keys, ty), Value::Null, "{keys:?}");
        }
        assert!(value_at("{", &["a"], &FieldType::Int).is_err());
    }
}
