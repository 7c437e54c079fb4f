//! New files: changes as Python that people read and edit, or as SQL of one database.

mod literal;
mod python;
mod sql;
mod table;

use ommi::schema::{Change, SchemaDef};
use ommi::value::Value;

pub(crate) use literal::{literal, quoted};
pub(crate) use python::python;
pub(crate) use sql::sql;

/// What a new file is made of.
pub(crate) struct Draft<'a> {
    /// The tables that the changes find.
    pub(crate) before: &'a SchemaDef,
    pub(crate) changes: &'a [Change],
    pub(crate) slug: &'a str,
    /// The file before it, without its ending.
    pub(crate) parent: Option<&'a str>,
}

impl Draft<'_> {
    /// The changes in words, as a title.
    fn title(&self) -> String {
        let words = self.slug.replace('_', " ");
        let mut letters = words.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }
}

/// What a value on the command line may be: the engine takes the one that fits the column.
pub(crate) fn values(text: &str) -> Vec<Value> {
    let mut values = Vec::new();
    match text {
        "true" | "True" => values.push(Value::Bool(true)),
        "false" | "False" => values.push(Value::Bool(false)),
        _other => {}
    }
    values.extend(text.parse().ok().map(Value::Int));
    values.extend(text.parse().ok().map(Value::Float));
    values.push(Value::Text(text.to_owned()));
    values
}
