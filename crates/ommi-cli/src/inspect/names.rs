//! Names of tables and columns, as each language spells its own.

use std::collections::HashSet;

use crate::arguments::Style;

/// What no field of a Python model is called: keywords, and the types and modules that annotations name.
const PYTHON: &[&str] = &[
    "and", "as", "assert", "async", "await", "bool", "break", "bytes", "class", "continue", "datetime",
    "decimal", "def", "del", "dict", "elif", "else", "except", "finally", "float", "for", "from", "global",
    "if", "import", "in", "int", "is", "lambda", "list", "nonlocal", "not", "or", "pass", "raise", "return",
    "str", "try", "uuid", "while", "with", "yield",
];

/// What Pydantic's models have themselves.
const PYDANTIC: &[&str] = &[
    "construct",
    "copy",
    "dict",
    "fields",
    "from_orm",
    "json",
    "parse_file",
    "parse_obj",
    "parse_raw",
    "schema",
    "validate",
];

const RUST: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual",
    "where", "while", "yield",
];

/// What no model is called: the names that the file imports.
const IMPORTED: &[&str] = &[
    "Annotated",
    "Any",
    "Auto",
    "Aware",
    "Decimal",
    "Default",
    "Every",
    "Index",
    "Key",
    "LazyLoadEveryRelated",
    "LazyLoadTheRelated",
    "MaxLength",
    "Model",
    "Naive",
    "None",
    "Option",
    "Optional",
    "ReferenceTo",
    "Self",
    "StoreAs",
    "String",
    "The",
    "True",
    "False",
    "Unique",
    "Vec",
];

/// The words of a name: `PlaylistTrack`, `playlist_track` and `playlist track` have the same ones.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut is_open = false;
    for (place, letter) in letters.iter().enumerate() {
        if !(letter.is_alphabetic() || letter.is_ascii_digit()) {
            is_open = false;
            continue;
        }
        let before = place.checked_sub(1).and_then(|place| letters.get(place));
        let after = letters.get(place + 1);
        // `aB` begins a word, and so does the last capital of `ABc`.
        let begins = letter.is_uppercase()
            && (before.is_some_and(|before| before.is_lowercase() || before.is_ascii_digit())
                || (before.is_some_and(|before| before.is_uppercase())
                    && after.is_some_and(|after| after.is_lowercase())));
        if begins || !is_open {
            words.push(String::new());
        }
        is_open = true;
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
    }
    words
}

/// `PlaylistTrack`, for a table; a name that is taken gets a number.
pub(super) fn class(table: &str, taken: &mut HashSet<String>) -> String {
    let capital = |word: String| {
        let mut letters = word.chars();
        letters
            .next()
            .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect::<String>())
    };
    let name: String = words(table).into_iter().map(capital).collect();
    let name = if begins_well(&name) { name } else { format!("Table{name}") };
    free(if IMPORTED.contains(&name.as_str()) { format!("{name}Row") } else { name }, taken)
}

/// `album_id`, for a column or a relation.
pub(super) fn field(column: &str, style: Style, taken: &mut HashSet<String>) -> String {
    let name = words(column).join("_");
    let name = if begins_well(&name) { name } else { format!("column_{name}") };
    let is_reserved = match style {
        Style::Dataclass | Style::Attrs | Style::Msgspec => PYTHON.contains(&name.as_str()),
        Style::Pydantic => {
            PYTHON.contains(&name.as_str()) || PYDANTIC.contains(&name.as_str()) || name.starts_with("model_")
        }
        Style::Rust => RUST.contains(&name.as_str()),
    };
    free(if is_reserved { format!("{name}_") } else { name }, taken)
}

/// The name without the `id` at its end, where it has one: what a column refers to.
pub(super) fn stem(column: &str) -> Option<String> {
    match words(column).as_slice() {
        [stem @ .., last] if last == "id" && !stem.is_empty() => Some(stem.join("_")),
        _other => None,
    }
}

/// The name of many of a model.
pub(super) fn many(table: &str) -> String {
    let name = words(table).join("_");
    let before_last = name.chars().rev().nth(1);
    match name.strip_suffix('y') {
        _ if name.ends_with('s') => name,
        Some(stem) if before_last.is_some_and(|letter| !"aeiou".contains(letter)) => format!("{stem}ies"),
        _ => format!("{name}s"),
    }
}

fn begins_well(name: &str) -> bool {
    name.chars().next().is_some_and(char::is_alphabetic)
}

/// The name, with a number behind it where it is taken.
fn free(name: String, taken: &mut HashSet<String>) -> String {
    let mut found = name.clone();
    for number in 2.. {
        if taken.insert(found.clone()) {
            break;
        }
        found = format!("{name}{number}");
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelt_as_the_language_does() {
        let class_of = |table: &str| class(table, &mut HashSet::new());
        assert_eq!(class_of("playlist_track"), "PlaylistTrack");
        assert_eq!(class_of("PlaylistTrack"), "PlaylistTrack");
        assert_eq!(class_of("order details"), "OrderDetails");
        assert_eq!(class_of("2fa"), "Table2fa");
        assert_eq!(class_of("index"), "IndexRow");
        assert_eq!(class_of("été"), "Été");
        assert_eq!(class_of("\"; --"), "Table");
        let field_of = |column: &str, style| field(column, style, &mut HashSet::new());
        assert_eq!(field_of("AlbumId", Style::Dataclass), "album_id");
        assert_eq!(field_of("HTTPStatus", Style::Dataclass), "http_status");
        assert_eq!(field_of("class", Style::Dataclass), "class_");
        assert_eq!(field_of("type", Style::Dataclass), "type");
        assert_eq!(field_of("type", Style::Rust), "type_");
        assert_eq!(field_of("json", Style::Pydantic), "json_");
        assert_eq!(field_of("1st", Style::Msgspec), "column_1st");
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let mut taken = HashSet::new();
        let names = ["a b", "a_b", "A B"].map(|name| field(name, Style::Rust, &mut taken));
        assert_eq!(names, ["a_b", "a_b2", "a_b3"]);
    }

    #[test]
    fn many_have_a_name_of_their_own() {
        assert_eq!(["album", "category", "day", "news"].map(many), ["albums", "categories", "days", "news"]);
    }
}
