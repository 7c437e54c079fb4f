//! Patterns find on the server what they find in Rust.

use ommi_core::query::Operator;
use ommi_core::value::Value;
use regex::Regex;

use crate::database::{Database, text, with_database};
use crate::models::{PERSON, ids, test};

const TEXTS: [&str; 34] = [
    "",
    "a",
    "A",
    "b",
    "ab",
    "aab",
    "abc",
    "ABC",
    " ",
    "a b",
    "a\nb",
    "b\na",
    "a\r\nb",
    "1",
    "12",
    "٣",
    "ä",
    "Ä",
    "a\u{308}",
    "ß",
    "ẞ",
    "ss",
    "ſ",
    "k",
    "K",
    "\u{212a}",
    "σ",
    "ς",
    "Σ",
    "İ",
    "ı",
    "😀",
    "a.b-c_[d]",
    "日本",
];

const REGEXES: [&str; 46] = [
    "a",
    "^a",
    "b$",
    "^$",
    ".",
    "a|b",
    "[ab]+",
    "[^a]",
    "(?i)ä",
    "(?i)ß",
    "(?i)ss",
    "(?i)k",
    "(?i)σ",
    "(?i)ı",
    r"\d",
    r"^\d+$",
    r"\w",
    r"^\w+$",
    r"\W",
    r"\s",
    r"\S",
    r"\bab\b",
    r"\Ba",
    r"\p{Lu}",
    r"\p{L}",
    r"\p{Greek}",
    "a{2}",
    "(ab)*c",
    "^.{2}$",
    r"\.",
    "(?m)^b",
    "(?m)a$",
    "(?mR)a$",
    "(?mR)^b",
    "(?s)a.b",
    "a.b",
    r"\x{1F600}",
    "[ä-ü]",
    r"[\w&&[^a]]",
    "[[:alpha:]]",
    "x*",
    r"\A",
    r"a\z",
    "^(a|ab)(c|bc)?$",
    r"(?-u:\w)",
    r"\b{start}a|b\b{end}",
];

fn filled(database: &Database) {
    let rows: Vec<[Value; 2]> =
        (0..).zip(TEXTS).map(|(number, text)| [Value::Int(number), text.into()]).collect();
    database.add(&PERSON, &rows.iter().map(<[Value; 2]>::as_slice).collect::<Vec<_>>());
}

fn finds(database: &Database, operator: Operator, pattern: &str, expected: impl Fn(&str) -> bool) {
    let expected: Vec<i64> =
        (0..).zip(TEXTS).filter(|(_, text)| expected(text)).map(|(number, _)| number).collect();
    let plan = ids(&PERSON, test(operator, (0, &PERSON), "name", 0..1));
    let found = database.ids(&plan, &[text(pattern)]);
    assert_eq!(found, expected, "{} {pattern}", operator.name());
}

#[test]
fn regular_expressions_find_what_they_find_in_rust() {
    with_database(&[&PERSON], |database| {
        filled(database);
        for pattern in REGEXES {
            let regex = Regex::new(pattern).unwrap();
            finds(database, Operator::Regex, pattern, |text| regex.is_match(text));
        }
    });
}

#[test]
fn like_and_ilike_find_what_they_mean() {
    with_database(&[&PERSON], |database| {
        filled(database);
        for (pattern, meaning) in [
            ("a%", "a.*"),
            ("%b%", ".*b.*"),
            ("_", "."),
            ("%_b", ".*.b"),
            ("", ""),
            ("k", "k"),
            ("σ%", "σ.*"),
            ("ß", "ß"),
            ("i%", "i.*"),
            ("a.b-c\\_[d]", r"a\.b\-c_\[d\]"),
        ] {
            let exact = Regex::new(&format!(r"(?s)\A{meaning}\z")).unwrap();
            finds(database, Operator::Like, pattern, |text| exact.is_match(text));
            let any_case = Regex::new(&format!(r"(?si)\A{meaning}\z")).unwrap();
            finds(database, Operator::ILike, pattern, |text| any_case.is_match(text));
        }
    });
}

#[test]
fn a_pattern_that_is_too_long_is_refused_before_it_is_sent() {
    with_database(&[&PERSON], |database| {
        let plan = ids(&PERSON, test(Operator::Like, (0, &PERSON), "name", 0..1));
        let error = database.rows(&plan, &[text(&"a".repeat(20_000))]).unwrap_err();
        assert_eq!(error.kind(), ommi_core::ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains("16384"), "{error}");
    });
}
