//! Defaults as databases write them, read as constants.

use ommi_core::schema::ColumnDefault;

use crate::Dialect;

/// A default with the constant that it is, if it is one; nothing for NULL, which is none.
pub(super) fn default(text: String, dialect: Dialect) -> Option<ColumnDefault> {
    let constant = constant(&text, dialect);
    let is_null = text.eq_ignore_ascii_case("null") || text.to_ascii_lowercase().starts_with("null::");
    (!is_null).then_some(ColumnDefault::Found { text, constant })
}

/// The constant of an SQL expression, without quotes and casts: `'it''s'::text`, `x'FF'`, `-5`, `true`.
fn constant(text: &str, dialect: Dialect) -> Option<String> {
    let Some((prefix, _)) = text.split_once('\'') else { return plain(text) };
    if let Some(bytes) = text.strip_prefix("unhex('") {
        return bytes.strip_suffix("')").map(str::to_owned);
    }
    if !prefix.chars().all(|character| character.is_alphanumeric() || character == '_') {
        return None;
    }
    let escapes = match dialect {
        Dialect::Sqlite => false,
        Dialect::Postgres => prefix.eq_ignore_ascii_case("e"),
        Dialect::Mysql(_) => !prefix.eq_ignore_ascii_case("x"),
    };
    let (value, rest) = unquoted(&text[prefix.len()..], escapes)?;
    match rest.strip_prefix("::") {
        None => rest.is_empty().then_some(value),
        Some(cast) if cast.contains('\'') => None,
        Some("interval") => microseconds(&value),
        Some("bytea") => value.strip_prefix("\\x").map(str::to_owned),
        Some("text[]") => Some(list(&value, true)),
        Some(cast) if cast.ends_with("[]") => Some(list(&value, false)),
        // A cast within a call ends in the call's parenthesis.
        Some(cast) => (cast.matches('(').count() == cast.matches(')').count()).then_some(value),
    }
}

/// A number or a truth value, maybe with a cast.
fn plain(text: &str) -> Option<String> {
    let bare = text.split_once("::").map_or(text, |(value, _)| value);
    let bare = bare.trim_matches(['(', ')']);
    if let Some(bytes) = bare.strip_prefix("0x") {
        return Some(bytes.to_owned());
    }
    let is_truth = ["true", "false"].iter().any(|word| bare.eq_ignore_ascii_case(word));
    let is_number = bare.parse::<f64>().is_ok() && bare.ends_with(|last: char| last.is_ascii_digit());
    (is_truth || is_number).then(|| bare.to_ascii_lowercase())
}

/// The text between quotes, and what stands behind it.
fn unquoted(text: &str, escapes: bool) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((position, character)) = characters.next() {
        match character {
            '\'' if characters.peek().is_some_and(|(_, next)| *next == '\'') => {
                characters.next();
                value.push('\'');
            }
            '\'' => return Some((value, &text[position + 1..])),
            '\\' if escapes => value.push(match characters.next()?.1 {
                '0' => '\0',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'b' => '\u{8}',
                'Z' => '\u{1a}',
                other => other,
            }),
            other => value.push(other),
        }
    }
    None
}

/// An interval of hours, minutes and seconds in microseconds: `-00:00:00.000005`.
fn microseconds(text: &str) -> Option<String> {
    let (sign, bare) = text.strip_prefix('-').map_or((1, text), |bare| (-1, bare));
    let (whole, fraction) = bare.split_once('.').unwrap_or((bare, ""));
    let parts = whole.split(':').map(|part| part.parse::<i64>().ok()).collect::<Option<Vec<_>>>()?;
    let [hours, minutes, seconds] = parts.try_into().ok()?;
    let fraction: i64 = format!("{fraction:0<6}").parse().ok()?;
    let seconds = hours.checked_mul(3600)?.checked_add(minutes * 60 + seconds)?;
    let total = seconds.checked_mul(1_000_000)?.checked_add(fraction)?;
    Some((sign * total).to_string())
}

/// PostgreSQL's array as JSON: `{1,2}`, `{a,"b c"}`.
fn list(text: &str, of_texts: bool) -> String {
    let inner = text.trim_start_matches('{').trim_end_matches('}');
    let (mut items, mut item, mut quoted, mut was_quoted) = (Vec::new(), String::new(), false, false);
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => (quoted, was_quoted) = (!quoted, true),
            '\\' => item.extend(characters.next()),
            ',' if !quoted => items.push((std::mem::take(&mut item), std::mem::take(&mut was_quoted))),
            other => item.push(other),
        }
    }
    if !inner.is_empty() {
        items.push((item, was_quoted));
    }
    let word = |(item, was_quoted): &(String, bool)| match item.as_str() {
        "NULL" if !was_quoted => "null".to_owned(),
        "t" if !of_texts => "true".to_owned(),
        "f" if !of_texts => "false".to_owned(),
        other if of_texts => serde_json::Value::from(other).to_string(),
        other => other.to_owned(),
    };
    format!("[{}]", items.iter().map(word).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Flavour;

    #[test]
    fn constants_are_read_and_expressions_are_none() {
        let (sqlite, postgres) = (Dialect::Sqlite, Dialect::Postgres);
        let mysql = Dialect::Mysql(Flavour::MySql);
        for (dialect, text, value) in [
            (sqlite, "'it''s'", Some("it's")),
            (sqlite, r"'a\b'", Some(r"a\b")),
            (sqlite, "x'FF00'", Some("FF00")),
            (sqlite, "-5", Some("-5")),
            (sqlite, "9e999", Some("9e999")),
            (sqlite, "CURRENT_TIMESTAMP", None),
            (sqlite, "'a' || 'b'", None),
            (postgres, "'it''s'::text", Some("it's")),
            (postgres, r"'a\b'::text", Some(r"a\b")),
            (postgres, r"E'a\\b'::text", Some(r"a\b")),
            (postgres, "'7'::bigint", Some("7")),
            (postgres, "1.5", Some("1.5")),
            (postgres, "true", Some("true")),
            (postgres, r"'\x61'::bytea", Some("61")),
            (postgres, "'-00:00:01.5'::interval", Some("-1500000")),
            (postgres, "'30:00:00'::interval", Some("108000000000")),
            (postgres, "'{t,f,NULL}'::boolean[]", Some("[true,false,null]")),
            (postgres, r#"'{a,"b c"}'::text[]"#, Some(r#"["a","b c"]"#)),
            (postgres, "'2020-01-01 00:00:00'::timestamp(3) without time zone", Some("2020-01-01 00:00:00")),
            (postgres, "now()", None),
            (postgres, "nextval('s'::regclass)", None),
            (mysql, r"'a\\b\'c'", Some(r"a\b'c")),
            (mysql, "unhex('FF00')", Some("FF00")),
            (mysql, "0xff00", Some("ff00")),
            (mysql, "concat('a', 'b')", None),
        ] {
            assert_eq!(constant(text, dialect).as_deref(), value, "{text}");
        }
        assert_eq!(default("NULL::text".into(), postgres), None);
    }
}
