//! Translated patterns find what Rust's `regex` finds: random patterns over random texts.

use ommi_core::driver::Transform;
use ommi_core::query::{LikeToken, parse_like};
use ommi_sql::{Dialect, transformed};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use regex::Regex;

use super::Database;

/// Characters of which something is special: to patterns, to case, to words, to lines.
const LETTERS: &[char] = &[
    'a',
    'b',
    'A',
    'K',
    'k',
    '\u{212a}',
    's',
    'ſ',
    'ß',
    'ẞ',
    'é',
    'É',
    'σ',
    'ς',
    'Σ',
    'İ',
    'ı',
    'ǆ',
    'ǅ',
    '1',
    '٣',
    '_',
    ' ',
    '\n',
    '\r',
    '\t',
    '-',
    '\\',
    '.',
    '[',
    ']',
    '^',
    '$',
    '(',
    '{',
    '|',
    '*',
    '%',
    '\'',
    '"',
    '#',
    '/',
    '\u{308}',
    '\u{200d}',
    '中',
    '😀',
    '\u{10ffff}',
    '\u{85}',
    '\u{2028}',
    '\u{a0}',
];

fn letter() -> impl Strategy<Value = char> {
    prop::sample::select(LETTERS)
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    let text = prop::collection::vec(letter(), 0..8).prop_map(|letters| letters.into_iter().collect());
    prop::collection::vec(text, 12)
}

/// A regular expression without an error in it.
fn regex_pattern() -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        4 => letter().prop_map(|letter| regex::escape(&letter.to_string())),
        1 => prop::sample::select(vec![
            ".", "(?s:.)", r"\w", r"\W", r"\d", r"\D", r"\s", r"\S", "[a-kß]", "[^a-k]", r"[\w&&[^a]]", "(?i:k)",
            "(?i:σ)", "(?i:[a-b])", r"\p{L}", r"\p{Lu}", r"[^\P{Greek}]", "^", "$", "(?m:^)", "(?m:$)", "(?Rm:^)",
            "(?Rm:$)", r"\A", r"\z", r"\b", r"\B", r"(?-u:\b)", r"(?-u:\B)", r"\b{start}", r"\b{end}",
            r"\b{start-half}", r"\b{end-half}", "", r"(?-u:\w)", "[[:alpha:]]", r"\x41", r"[a&&b]",
        ]).prop_map(str::to_owned),
    ];
    atom.prop_recursive(3, 12, 4, |inner| {
        let repeat = prop::sample::select(vec!["*", "+", "?", "*?", "{2}", "{0,2}", "{1,}", "{0}"]);
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            1 => prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("(?:{})", parts.join("|"))),
            1 => (inner.clone(), repeat).prop_map(|(inner, repeat)| format!("(?:{inner}){repeat}")),
            1 => inner.prop_map(|inner| format!("(?i:{inner})")),
        ]
    })
}

fn like_pattern() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        3 => letter().prop_map(|letter| match letter {
            '%' | '_' | '\\' => format!("\\{letter}"),
            letter => letter.to_string(),
        }),
        1 => Just("%".to_owned()),
        1 => Just("_".to_owned()),
    ];
    prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

/// An `ilike` pattern in Rust's syntax.
fn as_regex(pattern: &str) -> String {
    let parts = parse_like(pattern).unwrap().into_iter().map(|token| match token {
        LikeToken::Any => ".*".to_owned(),
        LikeToken::One => ".".to_owned(),
        LikeToken::Literal(letter) => regex::escape(&letter.to_string()),
    });
    format!(r"(?is)\A{}\z", parts.collect::<String>())
}

fn transforms(dialect: Dialect) -> (Transform, Transform) {
    match dialect {
        Dialect::Mysql(_) => (Transform::RegexToMysql, Transform::IlikeToMysql),
        Dialect::Postgres | Dialect::Sqlite => (Transform::RegexToPostgres, Transform::IlikeToPostgres),
    }
}

fn check(
    database: &mut dyn Database,
    truth: &str,
    translated: &str,
    texts: &[String],
) -> Result<(), TestCaseError> {
    let truth = Regex::new(truth).unwrap();
    let expected: Vec<_> = texts.iter().map(|text| truth.is_match(text)).collect();
    let found = database.matching(translated, texts).map_err(TestCaseError::fail)?;
    prop_assert_eq!(found, expected, "{} as {} over {:?}", truth, translated, texts);
    Ok(())
}

fn runner(variable_cases: u32) -> TestRunner {
    let cases = std::env::var("OMMI_PATTERN_CASES").ok().and_then(|cases| cases.parse().ok());
    TestRunner::new(Config {
        cases: cases.unwrap_or(variable_cases),
        failure_persistence: None,
        ..Config::default()
    })
}

pub(crate) fn regular_expressions_find_what_rust_finds(database: &mut dyn Database) {
    let (transform, _) = transforms(database.dialect());
    let database = std::cell::RefCell::new(database);
    runner(400)
        .run(&(regex_pattern(), texts()), |(pattern, texts)| {
            let translated = transformed(transform, &pattern).unwrap().unwrap();
            check(&mut **database.borrow_mut(), &pattern, &translated, &texts)
        })
        .unwrap();
}

pub(crate) fn ilike_finds_what_rust_finds(database: &mut dyn Database) {
    let (_, transform) = transforms(database.dialect());
    let database = std::cell::RefCell::new(database);
    runner(400)
        .run(&(like_pattern(), texts()), |(pattern, texts)| {
            let translated = transformed(transform, &pattern).unwrap().unwrap();
            check(&mut **database.borrow_mut(), &as_regex(&pattern), &translated, &texts)
        })
        .unwrap();
}

pub(crate) fn long_patterns_are_taken(database: &mut dyn Database) {
    let (regex, ilike) = transforms(database.dialect());
    let text = "ab".repeat(5_000);
    let texts = [text.clone(), "ab".to_owned(), text.to_uppercase()];
    for (transform, truth) in [(regex, [true, false, false]), (ilike, [true, false, true])] {
        let translated = transformed(transform, &text).unwrap().unwrap();
        assert_eq!(database.matching(&translated, &texts).unwrap(), truth, "{transform:?}");
    }
    let many = transformed(ilike, &"a%".repeat(4_000)).unwrap().unwrap();
    assert_eq!(database.matching(&many, &["a".repeat(4_000), "a".repeat(3_999)]).unwrap(), [true, false]);
    let counted = transformed(regex, "^(?:a{400}){2}$").unwrap().unwrap();
    assert_eq!(database.matching(&counted, &["a".repeat(800), "a".repeat(801)]).unwrap(), [true, false]);
    let words = transformed(regex, &format!("^{}$", r"\b\w+\b\s".repeat(20))).unwrap().unwrap();
    let sentence = "wörter ".repeat(20);
    assert_eq!(database.matching(&words, &[sentence, "a".to_owned()]).unwrap(), [true, false]);
}
