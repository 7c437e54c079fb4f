//! Values of every type: few of them, so that they meet again, with the limits of the type among them.

use ommi_core::driver::{Capabilities, share_of_index};
use ommi_core::schema::{FieldType, ModelDef};
use ommi_core::value::Value;

use super::tape::Tape;
use crate::values::{NULL, bytes, clock, day, dec, instant, int, json, micros, moment, text, uuid};

/// What the values of a field must keep to, beside its type.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bounds {
    pub(super) nullable: bool,
    /// The longest text in code points, and the most bytes.
    max_length: Option<u32>,
    /// The most bytes, also of text.
    max_bytes: Option<u32>,
}

impl Bounds {
    pub(super) fn of(model: &ModelDef, position: usize, able: &Capabilities) -> Self {
        let field = &model.fields()[position];
        let share = |whole: Option<u32>| share_of_index(model, position, whole?);
        let limits = [field.max_length, share(able.indexed_length)];
        Self {
            nullable: field.nullable,
            max_length: limits.into_iter().flatten().min(),
            max_bytes: share(able.indexed_bytes),
        }
    }
}

/// A value of a type within bounds.
pub(super) fn value(tape: &mut Tape<'_>, ty: &FieldType, bounds: Bounds, able: &Capabilities) -> Value {
    if bounds.nullable && tape.chance(15) {
        return NULL;
    }
    let mut pool = pool(ty, able);
    pool.retain(|value| fits(value, bounds));
    tape.pick(&pool).cloned().unwrap_or_else(|| shortest(ty))
}

/// A value for an operand: mostly small, so that arithmetic seldom overflows.
pub(super) fn operand(tape: &mut Tape<'_>, ty: &FieldType, able: &Capabilities) -> Value {
    if tape.chance(5) {
        return NULL;
    }
    if *ty == FieldType::Int && !tape.chance(20) {
        return int(tape.below(12) as i64 - 3);
    }
    let pool = pool(ty, able);
    tape.pick(&pool).cloned().unwrap_or_else(|| shortest(ty))
}

fn shortest(ty: &FieldType) -> Value {
    if *ty == FieldType::Bytes { bytes(b"") } else { text("") }
}

fn fits(value: &Value, bounds: Bounds) -> bool {
    let is_in = |length: usize, limit: Option<u32>| limit.is_none_or(|limit| length <= limit as usize);
    match value {
        Value::Text(text) => {
            is_in(text.chars().count(), bounds.max_length) && is_in(text.len(), bounds.max_bytes)
        }
        Value::Bytes(bytes) => is_in(bytes.len(), bounds.max_length) && is_in(bytes.len(), bounds.max_bytes),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Decimal(_)
        | Value::Uuid(_)
        | Value::DateTime(_)
        | Value::Timestamp(_)
        | Value::Date(_)
        | Value::Time(_)
        | Value::Duration(_)
        | Value::Json(_) => true,
    }
}

/// The values of a type, the simplest first.
fn pool(ty: &FieldType, able: &Capabilities) -> Vec<Value> {
    match ty {
        FieldType::Bool => [false, true].map(Value::Bool).to_vec(),
        FieldType::Int => {
            [0, 1, 2, 3, 4, 5, -1, -2, 7, 10, 100, (1 << 53) + 1, i64::MAX, i64::MIN, i64::MAX - 1]
                .map(int)
                .to_vec()
        }
        FieldType::Float => floats(able),
        FieldType::Text => texts(),
        FieldType::Bytes => {
            [&b""[..], b"\0", b"a", b"b", b"ab", b"a\0", b"\xff\xfe", &[7; 300]].map(bytes).to_vec()
        }
        FieldType::Decimal => decimals(able),
        FieldType::Uuid => [0, 1, 2, u128::MAX, 0xa << 120, 1 << 64].map(uuid).to_vec(),
        FieldType::DateTime => [naive(), aware(true)].concat(),
        FieldType::NaiveDateTime => naive(),
        FieldType::Timestamp => aware(able.timestamp_microseconds),
        FieldType::Date => {
            ["2026-01-01", "2026-01-02", "1970-01-01", "1969-12-31", "1000-01-01", "9999-12-31"]
                .map(day)
                .to_vec()
        }
        FieldType::Time => {
            ["00:00:00", "12:30:00", "12:30:00.000001", "23:59:59.999999", "00:00:00.5"].map(clock).to_vec()
        }
        FieldType::Duration => {
            [0, 1, -1, 1_000_000, -86_400_000_000, 86_400_000_001, i64::MAX, i64::MIN].map(micros).to_vec()
        }
        FieldType::Json => [
            "null",
            "0",
            "1",
            "1.5",
            "-0.25",
            "true",
            "\"\"",
            "\"a\"",
            "\"1\"",
            "[]",
            "[1,2]",
            "[2,1]",
            "[1,[null]]",
            "{}",
            r#"{"a":1}"#,
            r#"{"a":1,"b":[true,"ä\n"]}"#,
            r#"{"":{"b":{}},"ä":"\"\\"}"#,
            r#"{"a":"a","b":{"a":true,"c":1.5}}"#,
            r#"{"a":{"a":"ä"},"b":2.0,"ä":-1}"#,
            r#"{"":{"b":"b"},"a":null,"b":{"a":-1,"c":1}}"#,
            r#"{"b":[{"a":1}]}"#,
            "12345678901234",
        ]
        .map(json)
        .to_vec(),
        FieldType::List(item) => lists(item).iter().map(|list| json(*list)).collect(),
    }
}

fn floats(able: &Capabilities) -> Vec<Value> {
    let mut floats = vec![
        0.0,
        1.0,
        2.0,
        -1.0,
        0.5,
        -0.0,
        0.1,
        0.1 + 0.2,
        0.3,
        1e15,
        -2.5,
        1e300,
        f64::MAX,
        f64::MIN,
        1e-10,
    ];
    if able.float_infinity {
        floats.extend([f64::INFINITY, f64::NEG_INFINITY]);
    }
    if able.float_nan {
        floats.push(f64::NAN);
    }
    floats.into_iter().map(Value::Float).collect()
}

fn texts() -> Vec<Value> {
    let mut texts: Vec<Value> = [
        "", "a", "b", "A", "ab", "aB", "abc", "ba", " ", "a ", " a", "a\n", "a\nb", "%", "_", "a%", "a_b",
        "\\", "'", "\"", "ä", "Ä", "a\u{308}", "ß", "ss", "ſ", "k", "\u{212a}", "σ", "ς", "Σ", "ı", "İ",
        "😀", "\u{ffff}", "\u{d7ff}", "\u{e000}", "日本", "$1", "?", "a1", "1", "10", "9",
    ]
    .map(text)
    .to_vec();
    texts.extend(["a".repeat(300), "ä😀".repeat(600)].map(Value::Text));
    texts
}

/// Whether the digits of a sum or a product never have an end that is cut off.
pub(super) fn has_long_decimals(able: &Capabilities) -> bool {
    able.decimal_limit.is_none() && able.decimal_digits.is_none()
}

/// Whether values of the type can be put in an order.
pub(super) fn has_order(ty: &FieldType, able: &Capabilities) -> bool {
    ty.is_ordered() && (able.bytes_order || *ty != FieldType::Bytes)
}

fn decimals(able: &Capabilities) -> Vec<Value> {
    let mut decimals = vec![
        "0",
        "1",
        "2",
        "-1",
        "0.5",
        "1.5",
        "-2.5",
        "10",
        "100",
        "0.1",
        "3",
        "7",
        "0.000001",
        "123456.654321",
        "-0.3",
        "12345678",
    ];
    if has_long_decimals(able) {
        decimals.extend([
            "99999999999999999999.99",
            "1e-25",
            "-1e40",
            "123456789012345678901234567890.1234567890",
        ]);
    }
    decimals.into_iter().map(dec).collect()
}

fn naive() -> Vec<Value> {
    [
        "2026-01-01T00:00:00",
        "2026-01-01T12:30:00",
        "2026-01-01T12:30:00.000001",
        "1969-12-31T23:59:59.999999",
        "1000-01-01T00:00:00",
        "9999-12-31T23:59:59.999999",
    ]
    .map(moment)
    .to_vec()
}

fn aware(microseconds: bool) -> Vec<Value> {
    let mut instants = vec![
        "2026-01-01T00:00:00Z",
        "2026-01-01T12:30:00Z",
        "2026-01-01T12:30:00.001Z",
        "2026-01-01T12:30:00+05:30",
        "1969-12-31T23:59:59.999Z",
        "1000-01-02T00:00:00Z",
        "9999-12-30T22:00:00Z",
    ];
    if microseconds {
        instants.extend(["2026-01-01T12:30:00.000001Z", "1969-12-31T23:59:59.999999Z"]);
    }
    instants.into_iter().map(instant).collect()
}

fn lists(item: &FieldType) -> &'static [&'static str] {
    match item {
        FieldType::Bool => &["[]", "[true]", "[false,true]", "[null]", "[true,true]"],
        FieldType::Float => &["[]", "[1.5]", "[0.1,-2.5]", "[null,1.5]"],
        FieldType::Text => {
            &["[]", r#"["a"]"#, r#"["b","a"]"#, r#"["",null]"#, r#"["ä","\"\\","1"]"#, r#"["A","%"]"#]
        }
        FieldType::Int
        | FieldType::Bytes
        | FieldType::Decimal
        | FieldType::Uuid
        | FieldType::DateTime
        | FieldType::NaiveDateTime
        | FieldType::Timestamp
        | FieldType::Date
        | FieldType::Time
        | FieldType::Duration
        | FieldType::Json
        | FieldType::List(_) => &[
            "[]",
            "[1]",
            "[1,2]",
            "[2,1]",
            "[1,1,-9223372036854775808]",
            "[null,3]",
            "[9223372036854775807]",
        ],
    }
}

/// A pattern for `like` and `ilike`.
pub(super) fn like_pattern(tape: &mut Tape<'_>) -> Value {
    let pool = [
        "%", "a%", "%a", "%a%", "_", "__", "a_", "%b%", "", "ab", "A%", "ä%", "a\\%", "%\\_%", "\\\\", "_%b",
        "a%b%", "ss", "s%", "K", "σ", "i%", "%\n%", "'%", "[a]", "a.%", "*", "%😀%", "$1", "\"%",
    ];
    text(tape.pick(&pool).unwrap_or(&"%"))
}

/// A regular expression.
pub(super) fn regex(tape: &mut Tape<'_>) -> Value {
    let pool = [
        "a",
        "^a",
        "b$",
        "^$",
        ".",
        "a|b",
        "[ab]+",
        "[^a]",
        "^[a-z]+$",
        "(?i)a",
        "(?i)ä",
        "(?i)ss",
        "(?i)k",
        "(?i)σ",
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
        "a{2}",
        "(ab)*c",
        "^.{2}$",
        "a?b",
        r"\\",
        r"\.",
        r"\$",
        "(?m)^b",
        "(?m)a$",
        "(?s)a.b",
        "a.b",
        "^(a|ab)(c|bc)?$",
        r"\x{1F600}",
        "[ä-ü]",
        "'",
        "\"",
        "",
        "%",
        "_",
        "(?x) a  b ",
        r"[\w&&[^a]]",
        r"^[[:alpha:]]",
        "x*",
        "(?:a|b)(?:b|c)",
        r"\A",
        r"a\z",
        "^a*?$",
    ];
    text(tape.pick(&pool).unwrap_or(&"a"))
}
