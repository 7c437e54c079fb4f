//! Parameters on their way into a statement.

use std::borrow::Cow;

use mysql_async::Value as Sent;
use ommi_core::driver::{Param, Statement, Transform};
use ommi_core::plan::ParamType;
use ommi_core::schema::FieldType;
use ommi_core::value::Value;
use ommi_core::{Error, ErrorKind, Result};
use ommi_sql::mysql::{Details, MEMBER_LENGTHS, list_text, member_length};
use ommi_sql::transformed;

use crate::compiled::details;
use crate::connection::Key;
use crate::value::encode_value;

/// Lists of up to so many members are written out, so that the server can plan with them; longer ones travel as one
/// value.
const MEMBERS: usize = 128;

/// So many lists of a statement are written out at the most.
const LISTS: usize = 8;

/// Marks the variants whose lists travel whole and have short members.
const SHORTENED: usize = 1 << (usize::BITS - 2);

/// A statement with its values, ready to be run.
pub(crate) struct Bound<'s> {
    pub(crate) key: Key,
    pub(crate) text: Cow<'s, str>,
    pub(crate) values: Vec<Sent>,
}

/// A statement's text for these parameters, and the values of its placeholders in their order.
///
/// # Errors
/// `Validation` where the database cannot hold one; `Internal` where statement and parameters differ.
pub(crate) fn bind<'s>(statement: &'s Statement, params: &[Param]) -> Result<Bound<'s>> {
    let details = details(statement);
    let types = details.map_or(&[][..], |details| &details.params);
    let lengths = details.map(|details| lengths(statement, details, params)).unwrap_or_default();
    let mut values = Vec::with_capacity(statement.binds.len());
    for (position, bind) in statement.binds.iter().enumerate() {
        let param = params.get(bind.param).ok_or_else(|| {
            Error::new(ErrorKind::Internal, "a statement has more placeholders than there are parameters")
        })?;
        let ty = match types.get(bind.param) {
            Some(ParamType::Scalar(ty) | ParamType::List(ty)) => ty,
            // A statement that a program wrote itself: the value's own kind decides.
            None => &FieldType::Text,
        };
        match (param, lengths.iter().find(|(bind, _)| *bind == position)) {
            (Param::Scalar(value), _) => values.push(scalar(value, ty, bind.transform)?),
            (Param::List(members), None) => values.push(Sent::Bytes(list_text(ty, members)?.into_bytes())),
            (Param::List(members), Some((_, length))) => {
                // What is missing to the length is the last member again.
                let again = members.iter().chain(members.last().into_iter().cycle());
                for member in again.take(*length) {
                    values.push(encode_value(member, ty)?);
                }
            }
        }
    }
    let (text, variant) = match details {
        Some(details) if !lengths.is_empty() => written_out(statement, details, &lengths),
        Some(details) if !details.lists.is_empty() => shortened(statement, details, params),
        Some(_) | None => (Cow::Borrowed(statement.text.as_str()), 0),
    };
    Ok(Bound { key: (statement.id(), variant), text, values })
}

/// The text with the members of its lists written out, and which variant that is.
fn written_out<'s>(
    statement: &Statement,
    details: &Details,
    lengths: &[(usize, usize)],
) -> (Cow<'s, str>, usize) {
    let numbers: Vec<usize> = lengths.iter().map(|(_, length)| *length).collect();
    // Lengths are powers of two up to 128: four bits say which.
    let variant = numbers.iter().fold(0, |sum, length| sum << 4 | (length.trailing_zeros() as usize + 1));
    (Cow::Owned(details.expanded(&statement.text, &numbers)), variant)
}

/// The text for lists that travel whole, as short as their members are, and which variant that is.
fn shortened<'s>(statement: &'s Statement, details: &Details, params: &[Param]) -> (Cow<'s, str>, usize) {
    let members = |bind: usize| match statement.binds.get(bind).and_then(|bind| params.get(bind.param)) {
        Some(Param::List(members)) => members.as_slice(),
        Some(Param::Scalar(_)) | None => &[],
    };
    let lengths = details.lists.iter().flat_map(|list| members(list.bind)).map(member_length);
    let longest = lengths.max().unwrap_or_default();
    match MEMBER_LENGTHS.iter().position(|length| longest <= *length) {
        Some(position) => {
            let text = details.shortened(&statement.text, MEMBER_LENGTHS[position]);
            (Cow::Owned(text), SHORTENED | position)
        }
        None => (Cow::Borrowed(statement.text.as_str()), 0),
    }
}

/// The positions of the lists that are written out, and how many members each gets; nothing where one is too long.
fn lengths(statement: &Statement, details: &Details, params: &[Param]) -> Vec<(usize, usize)> {
    let length = |bind: usize| match statement.binds.get(bind).and_then(|bind| params.get(bind.param)) {
        Some(Param::List(members)) if (1..=MEMBERS).contains(&members.len()) => {
            Some((bind, members.len().next_power_of_two()))
        }
        _too_long_or_none => None,
    };
    if details.lists.len() > LISTS {
        return Vec::new();
    }
    details.lists.iter().map(|list| length(list.bind)).collect::<Option<_>>().unwrap_or_default()
}

fn scalar(value: &Value, ty: &FieldType, transform: Transform) -> Result<Sent> {
    match (transform, value) {
        (Transform::Plain, value) => encode_value(value, ty),
        (_, Value::Null) => Ok(Sent::NULL),
        (Transform::PrefixEnd, Value::Text(prefix)) => {
            Ok(prefix_end(prefix).map_or(Sent::NULL, |end| Sent::Bytes(end.into_bytes())))
        }
        (Transform::RegexToMysql | Transform::IlikeToMysql, Value::Text(pattern)) => {
            Ok(transformed(transform, pattern)?.map_or(Sent::NULL, |text| Sent::Bytes(text.into_bytes())))
        }
        (
            Transform::PrefixEnd
            | Transform::RegexToMysql
            | Transform::IlikeToMysql
            | Transform::LikeToGlob
            | Transform::RegexToPostgres
            | Transform::IlikeToPostgres,
            other,
        ) => {
            let message = format!("a pattern is text, and {} was given", other.kind_name());
            Err(Error::new(ErrorKind::Internal, message))
        }
    }
}

/// The smallest text that is greater than all that begin with `prefix`, by code point; none where there is none.
fn prefix_end(prefix: &str) -> Option<String> {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        // The range steps over the surrogates, which are no characters.
        if let Some(next) = (last..=char::MAX).nth(1) {
            characters.push(next);
            return Some(characters.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use ommi_core::driver::Bind;

    #[test]
    fn the_end_of_a_prefix_is_the_next_text() {
        assert_eq!(prefix_end("ab").as_deref(), Some("ac"));
        assert_eq!(prefix_end("a\u{10FFFF}").as_deref(), Some("b"));
        assert_eq!(prefix_end("\u{D7FF}").as_deref(), Some("\u{E000}"));
        assert_eq!(prefix_end("\u{10FFFF}"), None);
        assert_eq!(prefix_end(""), None);
    }

    #[test]
    fn parameters_go_where_the_binds_say() {
        let mut statement = Statement::new("SELECT ?, ?", ommi_core::plan::Reach::Unlimited);
        let bind_to = |param| Bind { param, transform: Transform::Plain };
        statement.binds = vec![bind_to(1), bind_to(0)];
        let params = [Param::Scalar(Value::Int(1)), Param::Scalar(Value::Text("x".into()))];
        assert_eq!(bind(&statement, &params).unwrap().values, [Sent::Bytes(b"x".to_vec()), Sent::Int(1)]);
        assert_eq!(bind(&statement, &params[..1]).err().unwrap().kind(), ErrorKind::Internal);
    }
}
