//! The names that collections and fields are stored under, and where a model's key is kept.
//!
//! MongoDB reads some names otherwise than as names: `a.b` is a path, `$a` an operator, `_id` the key. Such a name is
//! stored with `%2E`, `%24`, `%5F` in place of those characters, and `%` itself as `%25`.

use std::borrow::Cow;

use ommi_core::schema::ModelDef;

/// Where a model's key is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyLayout {
    /// One field, which is `_id` and nothing else.
    Single(usize),
    /// Several fields: `_id` is a document of them in the key's order, and each stands at the top too.
    Composite,
}

/// Where the model's key is kept.
pub(crate) fn key_layout(model: &ModelDef) -> KeyLayout {
    match model.key() {
        [position] => KeyLayout::Single(*position),
        _several => KeyLayout::Composite,
    }
}

/// The name that a field of the model is stored under at the top of its documents: `_id` for a single key.
pub(crate) fn stored_name(model: &ModelDef, field: usize) -> Cow<'_, str> {
    match key_layout(model) {
        KeyLayout::Single(key) if key == field => Cow::Borrowed("_id"),
        KeyLayout::Single(_) | KeyLayout::Composite => field_name(&model.fields()[field].column),
    }
}

/// The name that a column is stored under where it is no single key; so are the parts of a composite `_id`.
pub(crate) fn field_name(column: &str) -> Cow<'_, str> {
    let plain = column != "_id" && !column.starts_with('$') && !column.contains(['.', '%']);
    if plain {
        return Cow::Borrowed(column);
    }
    let mut escaped = column.replace('%', "%25").replace('.', "%2E");
    if escaped == "_id" {
        escaped.replace_range(..1, "%5F");
    } else if escaped.starts_with('$') {
        escaped.replace_range(..1, "%24");
    }
    Cow::Owned(escaped)
}

/// The name of the collection of a table.
pub(crate) fn collection_name(table: &str) -> Cow<'_, str> {
    let plain = !table.contains(['$', '%']) && !table.starts_with('.') && !table.starts_with("system.");
    if plain {
        return Cow::Borrowed(table);
    }
    let mut escaped = table.replace('%', "%25").replace('$', "%24");
    if escaped.starts_with('.') {
        escaped.replace_range(..1, "%2E");
    } else if escaped.starts_with("system.") {
        escaped.replace_range(..1, "%73");
    }
    Cow::Owned(escaped)
}

/// The column of a stored name: the reverse of [`field_name`]. `_id` is itself: which column it is, the model knows.
pub(crate) fn column_name(stored: &str) -> Cow<'_, str> {
    if !stored.contains('%') {
        return Cow::Borrowed(stored);
    }
    let plain = stored.replace("%2E", ".").replace("%24", "$").replace("%5F", "_").replace("%73", "s");
    Cow::Owned(plain.replace("%25", "%"))
}
