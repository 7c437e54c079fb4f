//! What translated patterns look like. What they find is tested on the databases themselves.

use super::*;

fn postgres(pattern: &str) -> String {
    transformed(Transform::RegexToPostgres, pattern).unwrap().unwrap()
}

fn mysql(pattern: &str) -> String {
    transformed(Transform::RegexToMysql, pattern).unwrap().unwrap()
}

#[test]
fn characters_with_a_meaning_are_written_by_number() {
    assert_eq!(postgres(r"a\.b c😀"), r"a\u002eb\u0020c\U0001f600");
    assert_eq!(mysql(r"a\.b c😀ß"), r"a\x{2e}b\x{20}c\x{1f600}ß");
    assert_eq!(mysql(""), "(?:)");
}

#[test]
fn classes_are_listed_or_their_opposite_is() {
    assert_eq!(postgres("[a-cx]"), "[a-cx]");
    assert_eq!(postgres("[^a]"), "[^a]");
    assert_eq!(postgres("(?i)k"), "[Kk\u{212a}]");
    assert_eq!(postgres("(?s)."), ".");
    assert_eq!(mysql("."), r"[^\x{a}]");
    assert_eq!(postgres(r"[a&&b]"), r"(?:.\A)");
}

#[test]
fn anchors_are_of_the_text_or_of_lines() {
    assert_eq!(postgres("^a$"), r"\Aa\Z");
    assert_eq!(mysql("^a$"), r"\Aa\z");
    assert_eq!(postgres("(?m)^a$"), r"(?:\A|(?<=\u000a))a(?:\Z|(?=\u000a))");
}

#[test]
fn repeats_beyond_the_limit_are_nested() {
    assert_eq!(postgres("a{255}"), "a{255}");
    assert_eq!(postgres("a{600}"), "(?:a{255}){2}a{90}");
    assert_eq!(postgres("a{2,}"), "a{2}a*");
    assert_eq!(postgres("a{1,300}"), "a(?:a{0,255})?a{0,44}");
    assert_eq!(mysql("a{600}?"), "a{600}");
    assert_eq!(postgres("(?:ab){2,3}(a*)+"), "(?:ab){2}(?:ab)?a*");
}

#[test]
fn a_pattern_that_is_too_much_is_refused() {
    let kind = |pattern: &str| transformed(Transform::RegexToPostgres, pattern).unwrap_err().kind();
    assert_eq!(kind("((a{100}){100}){100}"), ErrorKind::Validation);
    assert_eq!(kind(&"a".repeat(10_001)), ErrorKind::Validation);
    assert_eq!(kind("(?=a)"), ErrorKind::Validation);
    let ilike = transformed(Transform::IlikeToMysql, &"a".repeat(10_001)).unwrap_err();
    assert_eq!(ilike.kind(), ErrorKind::Validation);
}

#[test]
fn ilike_is_anchored_and_folds() {
    let ilike = |pattern: &str| transformed(Transform::IlikeToMysql, pattern).unwrap().unwrap();
    assert_eq!(ilike("a_"), r"\A[Aa](?s:.)\z");
    assert_eq!(ilike("%1%%2%"), r"\A(?>(?s:.)*?1)(?>(?s:.)*?2)(?s:.)*\z");
    let postgres = transformed(Transform::IlikeToPostgres, r"a\%%").unwrap().unwrap();
    assert_eq!(postgres, r"\A[Aa]\u0025.*\Z");
}

#[test]
fn the_end_of_a_prefix_is_the_next_text() {
    let end = |prefix: &str| transformed(Transform::PrefixEnd, prefix).unwrap();
    assert_eq!(end("ab").as_deref(), Some("ac"));
    assert_eq!(end("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
    assert_eq!(end("a\u{10ffff}").as_deref(), Some("b"));
    assert_eq!(end("\u{10ffff}"), None);
}
