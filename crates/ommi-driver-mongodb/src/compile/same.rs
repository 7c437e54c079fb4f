//! Nested values and lists, which are equal where their canonical texts are: `1` and `1.0` are not, though MongoDB takes
//! them for equal. So equality with a value asks for the kind of each number, too, that could be of two.

use mongodb::bson::raw::{RawBson, RawBsonRef};
use mongodb::bson::{RawArrayBuf, rawdoc};
use ommi_core::Result;

use crate::program::broken_plan;

/// The variable that holds the stored value.
pub(super) const SUBJECT: &str = "l";

/// An expression: whether [`SUBJECT`] is any of these values.
///
/// # Errors
/// `Internal` for what is no BSON.
pub(super) fn is_any(values: impl Iterator<Item = Result<RawBson>>) -> Result<RawBson> {
    let mut tests = RawArrayBuf::new();
    for value in values {
        let value = value?;
        let mut kinds = RawArrayBuf::new();
        push_kinds(value.as_raw_bson_ref(), &RawBson::String(format!("$${SUBJECT}")), &mut kinds)?;
        let equal = rawdoc! { "$eq": [format!("$${SUBJECT}"), { "$literal": value }] };
        // The kinds are asked for only where the shape is known to be that of the value.
        tests.push(rawdoc! { "$cond": [equal, { "$and": kinds }, false] });
    }
    Ok(RawBson::Document(rawdoc! { "$or": tests }))
}

/// A test for each whole number of a value; `stored` is what stands there in the document.
fn push_kinds(value: RawBsonRef<'_>, stored: &RawBson, kinds: &mut RawArrayBuf) -> Result<()> {
    match value {
        RawBsonRef::Int32(_) | RawBsonRef::Int64(_) | RawBsonRef::Decimal128(_) => {
            kinds.push(rawdoc! { "$ne": [{ "$type": stored.clone() }, "double"] });
        }
        RawBsonRef::Double(number) if number.fract() == 0.0 => {
            kinds.push(rawdoc! { "$eq": [{ "$type": stored.clone() }, "double"] });
        }
        RawBsonRef::Array(items) => {
            for (place, item) in (0_i64..).zip(items) {
                let within = rawdoc! { "$arrayElemAt": [stored.clone(), place] };
                push_kinds(item.map_err(unreadable)?, &RawBson::Document(within), kinds)?;
            }
        }
        RawBsonRef::Document(fields) => {
            for field in fields {
                let (name, value) = field.map_err(unreadable)?;
                let name = rawdoc! { "$literal": name.as_str() };
                let within = rawdoc! { "$getField": { "field": name, "input": stored.clone() } };
                push_kinds(value, &RawBson::Document(within), kinds)?;
            }
        }
        // Nothing else is equal to a value of another kind.
        _ => {}
    }
    Ok(())
}

fn unreadable(error: mongodb::bson::error::Error) -> ommi_core::Error {
    broken_plan("a value that was just written cannot be read").with_source(error)
}
