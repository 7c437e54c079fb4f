//! `contains`, `not_contains`, `starts_with` and `ends_with`: every character means itself.

use crate::case::cases;
use crate::kit::*;

cases! {
    contains_finds_text_anywhere,
    not_contains_is_its_opposite_and_null_stays_unknown,
    starts_with_finds_beginnings,
    ends_with_finds_endings,
    searches_regard_case,
    wildcards_mean_themselves,
    the_empty_text_is_everywhere,
    longer_text_is_nowhere,
    searches_see_code_points_not_bytes,
    beginnings_at_the_end_of_the_alphabet,
    quotes_and_line_breaks_are_text,
    a_search_for_null_is_unknown,
    a_search_for_another_field,
    a_search_in_joined_text,
    long_text_is_searched,
}

const WORDS: [&str; 6] = ["banana", "ban", "nab", "", "BANANA", "an"];

fn words(db: &Db) -> Result<Arc<ModelDef>> {
    let mut values = WORDS.map(text).to_vec();
    values.push(NULL);
    stored(db, "text", &values)
}

fn contains_finds_text_anywhere(db: &Db) -> Result<()> {
    let sample = words(db)?;
    finds(db, &sample, field(&sample, "text").is(Contains, "an"), &[1, 2, 6]);
    finds(db, &sample, field(&sample, "text").is(Contains, "nan"), &[1]);
    finds(db, &sample, field(&sample, "text").is(Contains, "x"), &[]);
    Ok(())
}

fn not_contains_is_its_opposite_and_null_stays_unknown(db: &Db) -> Result<()> {
    let sample = words(db)?;
    finds(db, &sample, field(&sample, "text").is(NotContains, "an"), &[3, 4, 5]);
    finds(db, &sample, field(&sample, "text").is(Contains, "an").negate(), &[3, 4, 5]);
    Ok(())
}

fn starts_with_finds_beginnings(db: &Db) -> Result<()> {
    let sample = words(db)?;
    finds(db, &sample, field(&sample, "text").is(StartsWith, "ban"), &[1, 2]);
    finds(db, &sample, field(&sample, "text").is(StartsWith, "banana"), &[1]);
    finds(db, &sample, field(&sample, "text").is(StartsWith, "an"), &[6]);
    finds(db, &sample, field(&sample, "text").is(StartsWith, "an").negate(), &[1, 2, 3, 4, 5]);
    Ok(())
}

fn ends_with_finds_endings(db: &Db) -> Result<()> {
    let sample = words(db)?;
    finds(db, &sample, field(&sample, "text").is(EndsWith, "an"), &[2, 6]);
    finds(db, &sample, field(&sample, "text").is(EndsWith, "banana"), &[1]);
    finds(db, &sample, field(&sample, "text").is(EndsWith, "ana").negate(), &[2, 3, 4, 5, 6]);
    Ok(())
}

fn searches_regard_case(db: &Db) -> Result<()> {
    let sample = words(db)?;
    for operator in [Contains, StartsWith, EndsWith] {
        finds(db, &sample, field(&sample, "text").is(operator, "BANANA"), &[5]);
        finds(db, &sample, field(&sample, "text").is(operator, "Banana"), &[]);
    }
    Ok(())
}

fn wildcards_mean_themselves(db: &Db) -> Result<()> {
    let special = [
        "%", "_", "\\", "*", "?", "[", "]", "$", "^", ".", "|", "(", "+", "'", "\"", "`", ";", "--", "{0}",
        ":a", "@b", "!",
    ];
    let mut rows: Vec<Value> = special.iter().map(|special| text(&format!("a{special}b"))).collect();
    rows.extend(["ab", "axb", "axxb"].map(text));
    let sample = stored(db, "text", &rows)?;
    for (position, special) in special.iter().enumerate() {
        let expected = [position as i64 + 1];
        finds(db, &sample, field(&sample, "text").is(Contains, *special), &expected);
        finds(db, &sample, field(&sample, "text").is(StartsWith, format!("a{special}")), &expected);
        finds(db, &sample, field(&sample, "text").is(EndsWith, format!("{special}b")), &expected);
    }
    Ok(())
}

fn the_empty_text_is_everywhere(db: &Db) -> Result<()> {
    let sample = words(db)?;
    for operator in [Contains, StartsWith, EndsWith] {
        finds(db, &sample, field(&sample, "text").is(operator, ""), &[1, 2, 3, 4, 5, 6]);
    }
    finds(db, &sample, field(&sample, "text").is(NotContains, ""), &[]);
    Ok(())
}

fn longer_text_is_nowhere(db: &Db) -> Result<()> {
    let sample = words(db)?;
    for operator in [Contains, StartsWith, EndsWith] {
        for longer in ["xxbanana", "bananaxx", "bananabanana", &"a".repeat(5000)] {
            finds(db, &sample, field(&sample, "text").is(operator, longer), &[]);
        }
    }
    Ok(())
}

fn searches_see_code_points_not_bytes(db: &Db) -> Result<()> {
    let sample = stored(db, "text", &["größe", "e\u{301}", "é", "👩‍👩‍👧", "日本語", "x😀y"].map(text))?;
    finds(db, &sample, field(&sample, "text").is(Contains, "öß"), &[1]);
    finds(db, &sample, field(&sample, "text").is(StartsWith, "e"), &[2]);
    finds(db, &sample, field(&sample, "text").is(EndsWith, "\u{301}"), &[2]);
    finds(db, &sample, field(&sample, "text").is(Contains, "👧"), &[4]);
    finds(db, &sample, field(&sample, "text").is(EndsWith, "語"), &[5]);
    finds(db, &sample, field(&sample, "text").is(EndsWith, "😀y"), &[6]);
    finds(db, &sample, field(&sample, "text").is(StartsWith, "日本"), &[5]);
    Ok(())
}

fn beginnings_at_the_end_of_the_alphabet(db: &Db) -> Result<()> {
    let words = [
        "\u{d7ff}",
        "\u{d7ff}a",
        "\u{e000}",
        "\u{10ffff}",
        "\u{10ffff}\u{10ffff}",
        "a\u{10ffff}",
        "a\u{10ffff}b",
        "b",
    ];
    let sample = stored(db, "text", &words.map(text))?;
    finds(db, &sample, field(&sample, "text").is(StartsWith, "\u{d7ff}"), &[1, 2]);
    finds(db, &sample, field(&sample, "text").is(StartsWith, "\u{10ffff}"), &[4, 5]);
    finds(db, &sample, field(&sample, "text").is(StartsWith, "\u{10ffff}\u{10ffff}"), &[5]);
    finds(db, &sample, field(&sample, "text").is(StartsWith, "a\u{10ffff}"), &[6, 7]);
    Ok(())
}

fn quotes_and_line_breaks_are_text(db: &Db) -> Result<()> {
    let sample = stored(
        db,
        "text",
        &["it's", "a \"b\"", "a\nb", "a\r\nb", "a\tb", "'; DROP TABLE samples; --"].map(text),
    )?;
    for (position, part) in ["'s", "\"b\"", "a\n", "\r\n", "\t", "'; DROP"].into_iter().enumerate() {
        finds(db, &sample, field(&sample, "text").is(Contains, part), &[position as i64 + 1]);
    }
    Ok(())
}

fn a_search_for_null_is_unknown(db: &Db) -> Result<()> {
    let sample = words(db)?;
    for operator in [Contains, NotContains, StartsWith, EndsWith] {
        finds(db, &sample, field(&sample, "text").is(operator, NULL), &[]);
        finds(db, &sample, field(&sample, "text").is(operator, NULL).negate(), &[]);
    }
    Ok(())
}

fn a_search_for_another_field(db: &Db) -> Result<()> {
    let rows = [["banana", "ban"], ["banana", "ana"], ["a%", "%"], ["x", ""], ["", "x"]];
    let sample = stored_pairs(db, ["text", "other_text"], &rows.map(|row| row.map(text)))?;
    let search = |operator| field(&sample, "text").vs(operator, field(&sample, "other_text"));
    finds(db, &sample, search(Contains), &[1, 2, 3, 4]);
    finds(db, &sample, search(NotContains), &[5]);
    finds(db, &sample, search(StartsWith), &[1, 4]);
    finds(db, &sample, search(EndsWith), &[2, 3, 4]);
    Ok(())
}

fn a_search_in_joined_text(db: &Db) -> Result<()> {
    let sample = words(db)?;
    let joined = || field(&sample, "text").is(Add, "-x");
    finds(db, &sample, joined().is(EndsWith, "b-x"), &[3]);
    finds(db, &sample, joined().is(StartsWith, "ban"), &[1, 2]);
    finds(db, &sample, joined().is(Contains, "n-"), &[2, 6]);
    Ok(())
}

fn long_text_is_searched(db: &Db) -> Result<()> {
    let long = format!("{}needle{}", "hay ".repeat(50_000), " hay".repeat(50_000));
    let sample = stored(db, "text", &[text(&long), text("short")])?;
    finds(db, &sample, field(&sample, "text").is(Contains, "needle"), &[1]);
    finds(db, &sample, field(&sample, "text").is(StartsWith, &long[..100_000]), &[1]);
    finds(db, &sample, field(&sample, "text").is(EndsWith, &long[100_000..]), &[1]);
    Ok(())
}
