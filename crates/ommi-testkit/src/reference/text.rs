//! Searches and patterns over text, and membership in lists.

use ommi_core::query::{LikeToken, Operator, parse_like};
use ommi_core::value::Value;

/// A subject and an operand, neither of which is NULL.
pub(super) fn apply(operator: Operator, subject: &Value, operand: &Value) -> Value {
    let found = match (subject, operand) {
        (Value::Json(list), operand) => member(list, operand) == (operator == Operator::Contains),
        (Value::Text(subject), Value::Text(operand)) => search(operator, subject, operand),
        (subject, operand) => unreachable!("a search of {} in {}", operand.kind_name(), subject.kind_name()),
    };
    Value::Bool(found)
}

fn search(operator: Operator, subject: &str, operand: &str) -> bool {
    match operator {
        Operator::Contains => subject.contains(operand),
        Operator::NotContains => !subject.contains(operand),
        Operator::StartsWith => subject.starts_with(operand),
        Operator::EndsWith => subject.ends_with(operand),
        Operator::Like => like(subject, operand, |left, right| left == right),
        Operator::ILike => like(subject, operand, same_letter),
        Operator::Regex => regex::Regex::new(operand).is_ok_and(|regex| regex.is_match(subject)),
        other => unreachable!("{} is no search", other.name()),
    }
}

fn like(subject: &str, pattern: &str, same: fn(char, char) -> bool) -> bool {
    fn matches(subject: &[char], pattern: &[LikeToken], same: fn(char, char) -> bool) -> bool {
        match pattern {
            [] => subject.is_empty(),
            [LikeToken::Any, rest @ ..] => {
                (0..=subject.len()).any(|skipped| matches(&subject[skipped..], rest, same))
            }
            [LikeToken::One, rest @ ..] => !subject.is_empty() && matches(&subject[1..], rest, same),
            [LikeToken::Literal(wanted), rest @ ..] => {
                subject.first().is_some_and(|first| same(*first, *wanted))
                    && matches(&subject[1..], rest, same)
            }
        }
    }
    let subject: Vec<char> = subject.chars().collect();
    matches(&subject, &parse_like(pattern).unwrap(), same)
}

/// One letter, whatever its case: enough of Unicode's simple folding for the letters that cases use.
fn same_letter(left: char, right: char) -> bool {
    left == right
        || left.to_lowercase().eq(right.to_lowercase())
        || left.to_uppercase().eq(right.to_uppercase())
}

fn member(list: &str, operand: &Value) -> bool {
    let items: Vec<serde_json::Value> = serde_json::from_str(list).unwrap();
    items.iter().any(|item| match operand {
        Value::Bool(operand) => item.as_bool() == Some(*operand),
        Value::Int(operand) => item.as_i64() == Some(*operand),
        Value::Float(operand) => item.as_f64() == Some(*operand),
        Value::Text(operand) => item.as_str() == Some(operand),
        other => unreachable!("a list of values like {}", other.kind_name()),
    })
}
