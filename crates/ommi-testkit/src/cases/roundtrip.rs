//! Values come back as they went in, at the limits of each type: by insert, by update, and when searched for.

use crate::case::cases;
use crate::kit::*;

cases! {
    bools,
    text_of_every_kind,
    empty_text_is_not_null,
    text_of_ten_mebibytes,
    bytes_of_every_value,
    bytes_of_ten_mebibytes,
    uuids,
    nested_values_of_every_kind,
    nested_values_a_hundred_deep,
    large_nested_values,
    lists,
    null_of_every_type,
    all_types_in_one_row,
    integer_like_text_stays_text,
}

fn bools(db: &Db) -> Result<()> {
    keeps(db, "bool", &[true.into(), false.into()])
}

fn text_of_every_kind(db: &Db) -> Result<()> {
    let controls: String = (1..32).map(char::from).collect();
    let texts = [
        "",
        " ",
        "plain",
        "it's",
        "\"quoted\"",
        "back\\slash",
        "`tick`",
        "%_*?[]",
        "$1 ?1 :a @b {0}",
        "line\r\nbreak\n",
        &controls,
        "\u{7f}\u{80}\u{feff}",
        "ä\u{308}é",
        "日本語",
        "עברית",
        "👩‍👩‍👧‍👦🏳️‍🌈",
        "\u{d7ff}\u{e000}\u{fffd}\u{ffff}\u{10ffff}",
        "NULL",
        "null",
        "'; DROP TABLE users; --",
    ];
    keeps(db, "text", &texts.map(text))
}

fn empty_text_is_not_null(db: &Db) -> Result<()> {
    let sample = models::sample();
    db.add(&sample, &[("text", text("")), ("bytes", bytes(b""))])?;
    finds(
        db,
        &sample,
        field(&sample, "text").test(IsNotNull).and(field(&sample, "bytes").test(IsNotNull)),
        &[1],
    );
    finds(
        db,
        &sample,
        field(&sample, "text").is(Eq, "").and(field(&sample, "bytes").is(Eq, bytes(b""))),
        &[1],
    );
    Ok(())
}

fn text_of_ten_mebibytes(db: &Db) -> Result<()> {
    keeps(db, "text", &[text(&"0123456789abcdéf".repeat(10 << 16))])
}

fn bytes_of_every_value(db: &Db) -> Result<()> {
    let all: Vec<u8> = (0..=255).collect();
    let singles = (0..=255_u8).map(|byte| bytes(&[byte]));
    let mut values: Vec<Value> = singles.collect();
    values.extend([bytes(&all), bytes(b""), bytes(b"text"), bytes(&[0; 64])]);
    keeps(db, "bytes", &values)
}

fn bytes_of_ten_mebibytes(db: &Db) -> Result<()> {
    let long: Vec<u8> =
        (0..10_u32 << 20).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    keeps(db, "bytes", &[bytes(&long)])
}

fn uuids(db: &Db) -> Result<()> {
    keeps(db, "uuid", &[0, 1, u128::MAX, 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef].map(uuid))
}

fn nested_values_of_every_kind(db: &Db) -> Result<()> {
    let values = [
        "null",
        "true",
        "0",
        "-1.5",
        "1e+300",
        "\"\"",
        "\"text\"",
        "[]",
        "{}",
        r#"[1,"2",null,[true]]"#,
        r#"{"a":{"b":[{"c":null}]}}"#,
        r#"{"":1," ":2,"\"":4,"'":3,"日本":"😀"}"#,
        r#""line\nbreak\u0001""#,
        "9223372036854775807",
    ];
    keeps(db, "json", &values.map(json))
}

fn nested_values_a_hundred_deep(db: &Db) -> Result<()> {
    let lists = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    let objects = format!("{}1{}", r#"{"a":"#.repeat(100), "}".repeat(100));
    keeps(db, "json", &[json(lists), json(objects)])
}

fn large_nested_values(db: &Db) -> Result<()> {
    let numbers: Vec<String> = (0..200_000).map(|number| number.to_string()).collect();
    keeps(db, "json", &[json(format!("[{}]", numbers.join(",")))])
}

fn lists(db: &Db) -> Result<()> {
    keeps(db, "ints", &["[]", "[1]", "[1,1,-9223372036854775808,9223372036854775807]", "[null]"].map(json))?;
    let other = models::sample();
    db.remove(find(&other))?;
    keeps(db, "texts", &["[]", r#"[""]"#, r#"["a","ä","😀","\"","\\"]"#].map(json))
}

fn null_of_every_type(db: &Db) -> Result<()> {
    let sample = models::sample();
    let names: Vec<&str> = sample.fields().iter().skip(1).map(|field| field.name.as_str()).collect();
    db.add_all(&sample, &names, &[vec![NULL; names.len()]])?;
    let row = db.rows(find(&sample).select(&names))?.remove(0);
    assert_eq!(row, vec![NULL; names.len()]);
    for name in names {
        finds(db, &sample, field(&sample, name).test(IsNull), &[1]);
    }
    Ok(())
}

fn all_types_in_one_row(db: &Db) -> Result<()> {
    let sample = models::sample();
    let row = [
        ("bool", true.into()),
        ("int", int(-5)),
        ("float", 2.5.into()),
        ("text", text("ä")),
        ("bytes", bytes(b"\0")),
        ("decimal", dec("-1.25")),
        ("uuid", uuid(9)),
        ("datetime", moment("2026-01-02T03:04:05.6")),
        ("timestamp", instant("2026-01-02T03:04:05Z")),
        ("date", day("2026-01-02")),
        ("time", clock("03:04:05")),
        ("duration", micros(-3)),
        ("json", json("{\"a\":[1]}")),
        ("ints", json("[1]")),
        ("texts", json("[\"a\"]")),
    ];
    for _ in 0..3 {
        db.add(&sample, &row)?;
    }
    let names = row.clone().map(|(name, _)| name);
    for found in db.rows(find(&sample).select(&names))? {
        assert_eq!(found, row.clone().map(|(_, value)| value));
    }
    Ok(())
}

fn integer_like_text_stays_text(db: &Db) -> Result<()> {
    keeps(
        db,
        "text",
        &["1", "01", "1.0", "1e3", "-0", "0x10", " 1", "9223372036854775808", "true", "2026-01-01"].map(text),
    )
}
