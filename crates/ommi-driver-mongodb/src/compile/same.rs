//! Nested values and lists, which are equal where their canonical texts are: `1` and `1.0` are not, though MongoDB takes
//! them for equal. So where two are equal to MongoDB, they are looked through for which of their numbers are floats.

use mongodb::bson::raw::{CStr, RawBson, RawBsonRef, cstr};
use mongodb::bson::{RawArrayBuf, RawDocumentBuf, rawdoc};
use ommi_core::Result;

use crate::program::broken_plan;

/// The variable that holds the stored value.
pub(super) const SUBJECT: &CStr = cstr!("l");

/// The variable that holds what it is compared with.
pub(super) const OTHER: &CStr = cstr!("r");

/// Deeper than any stored value: MongoDB stores documents of 180 levels.
const MOST_LEVELS: i64 = 180;

/// An expression: whether [`SUBJECT`] is any of these values.
///
/// # Errors
/// `Internal` for what is no BSON.
pub(super) fn is_any(values: impl Iterator<Item = Result<RawBson>>) -> Result<RawBson> {
    let mut tests = RawArrayBuf::new();
    for value in values {
        let value = value?;
        let levels = levels(value.as_raw_bson_ref())?;
        let test = is_same(levels);
        let mut vars = RawDocumentBuf::new();
        vars.append(OTHER, rawdoc! { "$literal": value });
        tests.push(rawdoc! { "$let": { "vars": vars, "in": test } });
    }
    Ok(RawBson::Document(rawdoc! { "$or": tests }))
}

/// An expression: whether [`SUBJECT`] and [`OTHER`] are the same, however deep they are.
pub(super) fn of_any_depth() -> RawBson {
    RawBson::Document(is_same(MOST_LEVELS))
}

/// An expression: whether [`SUBJECT`] and [`OTHER`] are the same, one of them being of so many levels; of none where it
/// holds no number that could be of two kinds.
fn is_same(levels: i64) -> RawDocumentBuf {
    let equal = rawdoc! { "$eq": [variable(SUBJECT), variable(OTHER)] };
    if levels == 0 {
        return equal;
    }
    let alike = rawdoc! { "$eq": [floats(SUBJECT, levels), floats(OTHER, levels)] };
    // The numbers are looked at only where the shapes are known to be equal.
    rawdoc! { "$cond": [equal, alike, false] }
}

/// An expression: which of the values in a variable's value are floats, level by level. Expressions cannot call
/// themselves, and MongoDB takes no command of more than 200 levels, so each step goes from the lists and documents of one
/// level to those inside of them.
fn floats(of: &CStr, levels: i64) -> RawDocumentBuf {
    let within = rawdoc! { "$map": { "input": "$$value.nodes", "as": "node", "in": items("$$node") } };
    let nodes = rawdoc! { "$reduce": {
        "input": "$$within",
        "initialValue": [],
        "in": { "$concatArrays": ["$$value", { "$filter": { "input": "$$this", "as": "item", "cond": {
            "$or": [{ "$isArray": "$$item" }, { "$eq": [{ "$type": "$$item" }, "object"] }],
        } } }] },
    } };
    let is_float = rawdoc! { "$eq": [{ "$type": "$$item" }, "double"] };
    let of_level = rawdoc! { "$map": { "input": "$$within", "as": "items", "in": {
        "$map": { "input": "$$items", "as": "item", "in": is_float },
    } } };
    let step = rawdoc! { "$let": { "vars": { "within": within }, "in": {
        "nodes": nodes,
        "floats": { "$concatArrays": ["$$value.floats", [of_level]] },
    } } };
    // The value itself is the only item of the first level.
    let start = rawdoc! { "nodes": [[variable(of)]], "floats": [] };
    let walked = rawdoc! { "$reduce": {
        "input": { "$range": [0, levels] },
        "initialValue": start,
        "in": step,
    } };
    rawdoc! { "$getField": { "field": "floats", "input": walked } }
}

/// An expression: what a list or a document holds.
fn items(node: &str) -> RawDocumentBuf {
    let values =
        rawdoc! { "$map": { "input": { "$objectToArray": node }, "as": "entry", "in": "$$entry.v" } };
    rawdoc! { "$cond": [{ "$isArray": node }, node, values] }
}

fn variable(name: &CStr) -> String {
    format!("$${}", name.as_str())
}

/// How many levels deep the deepest number is that MongoDB would take for equal to one of another kind.
fn levels(value: RawBsonRef<'_>) -> Result<i64> {
    let below = |levels: i64| if levels == 0 { 0 } else { levels + 1 };
    match value {
        RawBsonRef::Int32(_) | RawBsonRef::Int64(_) | RawBsonRef::Decimal128(_) => Ok(1),
        RawBsonRef::Double(number) => Ok(i64::from(number.fract() == 0.0)),
        RawBsonRef::Array(items) => {
            let mut inner = items.into_iter().map(|item| levels(item.map_err(unreadable)?));
            inner.try_fold(0, |deepest: i64, item| Ok(deepest.max(item?))).map(below)
        }
        RawBsonRef::Document(fields) => {
            let mut inner = fields.iter().map(|field| levels(field.map_err(unreadable)?.1));
            inner.try_fold(0, |deepest: i64, item| Ok(deepest.max(item?))).map(below)
        }
        // Nothing else is equal to a value of another kind.
        _ => Ok(0),
    }
}

fn unreadable(error: mongodb::bson::error::Error) -> ommi_core::Error {
    broken_plan("a value that was just written cannot be read").with_source(error)
}
