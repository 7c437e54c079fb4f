//! Mermaid's `erDiagram`.
//!
//! Its grammar takes few letters in the names of columns and types: the others become `_`, and the comment beside the
//! column says what stood there.

use std::collections::BTreeSet;

use super::picture::{Link, Picture, Row};

/// The diagram.
pub(super) fn write(picture: &Picture) -> String {
    let names = names(picture);
    let mut text = String::from("erDiagram\n");
    for (table, name) in picture.tables.iter().zip(&names) {
        text.push_str(&format!("    \"{name}\" {{\n"));
        for row in &table.rows {
            text.push_str(&format!("        {}\n", line(row)));
        }
        text.push_str("    }\n");
    }
    for link in &picture.links {
        if let (Some(from), Some(to)) = (names.get(link.from), names.get(link.to)) {
            let label = label(picture, link);
            text.push_str(&format!("    \"{from}\" {} \"{to}\" : \"{label}\"\n", cardinalities(link)));
        }
    }
    text
}

/// A column: type, name, keys and a comment.
fn line(row: &Row) -> String {
    let (ty, name) = (word(&row.ty), word(&row.name));
    let mut line = format!("{ty} {name}");
    let marks = row.marks();
    if !marks.is_empty() {
        line.push_str(&format!(" {}", marks.join(", ")));
    }
    let mut comments = Vec::new();
    if name != row.name {
        comments.push(quoted(&row.name));
    }
    if ty != row.ty && !row.ty.is_empty() {
        comments.push(quoted(&row.ty));
    }
    if row.is_nullable {
        comments.push("nullable".to_owned());
    }
    if !comments.is_empty() {
        line.push_str(&format!(" \"{}\"", comments.join(", ")));
    }
    line
}

/// How many rows of the table on the left belong to one of the table on the right, and the other way round.
fn cardinalities(link: &Link) -> &'static str {
    match (link.is_unique, link.is_optional) {
        (false, false) => "}o--||",
        (false, true) => "}o--o|",
        (true, false) => "|o--||",
        (true, true) => "|o--o|",
    }
}

fn label(picture: &Picture, link: &Link) -> String {
    let names = picture.tables.get(link.from).map(|table| table.names(&link.from_rows)).unwrap_or_default();
    // The grammar has no empty label.
    if names.is_empty() { "-".to_owned() } else { quoted(&names.join(", ")) }
}

/// The tables' names as they may stand in quotes, each once.
fn names(picture: &Picture) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut names = Vec::new();
    for table in &picture.tables {
        let plain = quoted(&table.name);
        let mut name = if plain.is_empty() { "_".to_owned() } else { plain.clone() };
        let mut count = 2;
        while !taken.insert(name.clone()) {
            name = format!("{plain}_{count}");
            count += 1;
        }
        names.push(name);
    }
    names
}

/// What may stand between quotes.
fn quoted(text: &str) -> String {
    let plain = |letter: char| match letter {
        '"' => '\'',
        '%' | '\\' | '~' => '_',
        other if other.is_control() => '_',
        other => other,
    };
    text.chars().map(plain).collect()
}

/// What may stand without quotes.
fn word(text: &str) -> String {
    let is_plain =
        |letter: char| letter.is_ascii_alphanumeric() || "-_[]()".contains(letter) || letter >= '\u{c0}';
    let plain = |letter: char| if is_plain(letter) && !letter.is_whitespace() { letter } else { '_' };
    let word: String = text.chars().map(plain).collect();
    let begins_well = word
        .chars()
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_' || first >= '\u{c0}');
    if begins_well && !is_mark(&word) { word } else { format!("_{word}") }
}

/// Whether the grammar takes a word's beginning for one of its keys, in capitals or not.
fn is_mark(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let rest = ["pk", "fk", "uk"].iter().find_map(|mark| lower.strip_prefix(mark));
    let goes_on = |rest: &str| rest.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_');
    rest.is_some_and(|rest| !goes_on(rest))
}
