//! Nested values: canonical JSON text in Ommi, documents, arrays and scalars in BSON.
//!
//! Keys are stored as they are, whatever they begin with or hold, for MongoDB reads them as names there. A value that is
//! JSON's `null` as a whole is stored as `MinKey`: BSON's null and a missing field are SQL's NULL.

use std::collections::BTreeMap;
use std::fmt;

use mongodb::bson::Decimal128;
use mongodb::bson::raw::{CString, RawArrayBuf, RawBson, RawBsonRef, RawDocument, RawDocumentBuf};
use mongodb::bson::spec::BinarySubtype;
use ommi_core::{Error, Result};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};

use super::decimal;

/// The BSON of a JSON text.
///
/// # Errors
/// `Validation` for text that is no JSON, and for a key with a NUL character.
pub(super) fn read(text: &str) -> Result<RawBson> {
    match serde_json::from_str(text) {
        Ok(Nested(RawBson::Null)) => Ok(RawBson::MinKey),
        Ok(Nested(value)) => Ok(value),
        Err(error) if error.to_string().starts_with(NUL) => Err(Error::validation(NUL)),
        Err(_) => Err(Error::validation("the nested value is no JSON text")),
    }
}

/// The canonical JSON text of BSON; nothing where JSON has no word for it.
pub(super) fn write(value: RawBsonRef<'_>) -> Option<String> {
    match value {
        RawBsonRef::MinKey => Some("null".to_owned()),
        value => serde_json::to_string(&Shown(value)).ok(),
    }
}

const NUL: &str = "a key of the nested value holds a NUL character, which MongoDB cannot store: remove it";

/// BSON that is made from JSON as it is parsed.
struct Nested(RawBson);

impl<'de> Deserialize<'de> for Nested {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Parser).map(Nested)
    }
}

struct Parser;

impl<'de> Visitor<'de> for Parser {
    type Value = RawBson;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<RawBson, E> {
        Ok(RawBson::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<RawBson, E> {
        Ok(RawBson::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<RawBson, E> {
        Ok(RawBson::Int64(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<RawBson, E> {
        match i64::try_from(value) {
            Ok(value) => Ok(RawBson::Int64(value)),
            Err(_) => value.to_string().parse().map(RawBson::Decimal128).map_err(E::custom),
        }
    }

    fn visit_f64<E>(self, value: f64) -> Result<RawBson, E> {
        Ok(RawBson::Double(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<RawBson, E> {
        Ok(RawBson::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<RawBson, E> {
        Ok(RawBson::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<RawBson, A::Error> {
        let mut array = RawArrayBuf::new();
        while let Some(Nested(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(RawBson::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<RawBson, A::Error> {
        let mut document = RawDocumentBuf::new();
        while let Some((key, Nested(value))) = entries.next_entry::<String, _>()? {
            let key = CString::try_from(key).map_err(|_| serde::de::Error::custom(NUL))?;
            document.append(key, value);
        }
        Ok(RawBson::Document(document))
    }
}

/// BSON as the JSON that it was made from, or the nearest to what another program wrote.
struct Shown<'a>(RawBsonRef<'a>);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            RawBsonRef::Null | RawBsonRef::Undefined => to.serialize_unit(),
            RawBsonRef::Boolean(value) => to.serialize_bool(value),
            RawBsonRef::Int32(value) => to.serialize_i32(value),
            RawBsonRef::Int64(value) => to.serialize_i64(value),
            RawBsonRef::Double(value) if value.is_finite() => to.serialize_f64(value),
            RawBsonRef::Decimal128(value) => number(value, to),
            RawBsonRef::String(text) | RawBsonRef::Symbol(text) => to.serialize_str(text),
            RawBsonRef::ObjectId(id) => to.serialize_str(&id.to_hex()),
            RawBsonRef::DateTime(moment) => {
                let moment = jiff::Timestamp::from_millisecond(moment.timestamp_millis());
                to.collect_str(&moment.map_err(S::Error::custom)?)
            }
            RawBsonRef::Binary(binary) if binary.subtype == BinarySubtype::Uuid => {
                let id = uuid::Uuid::from_slice(binary.bytes).map_err(S::Error::custom)?;
                to.collect_str(&id)
            }
            RawBsonRef::Array(items) => {
                let mut list = to.serialize_seq(None)?;
                for item in items {
                    list.serialize_element(&Shown(item.map_err(S::Error::custom)?))?;
                }
                list.end()
            }
            RawBsonRef::Document(document) => object(document, to),
            RawBsonRef::Double(_)
            | RawBsonRef::Binary(_)
            | RawBsonRef::RegularExpression(_)
            | RawBsonRef::JavaScriptCode(_)
            | RawBsonRef::JavaScriptCodeWithScope(_)
            | RawBsonRef::Timestamp(_)
            | RawBsonRef::MaxKey
            | RawBsonRef::MinKey
            | RawBsonRef::DbPointer(_) => Err(S::Error::custom("JSON has no word for this")),
        }
    }
}

/// Keys are sorted, as in the one form of equal objects; they are already where Ommi wrote them.
fn object<S: Serializer>(document: &RawDocument, to: S) -> Result<S::Ok, S::Error> {
    let mut last = "";
    let mut is_sorted = true;
    for entry in document {
        let (key, _) = entry.map_err(S::Error::custom)?;
        is_sorted &= last <= key.as_str();
        last = key.as_str();
    }
    let mut map = to.serialize_map(None)?;
    if is_sorted {
        for entry in document {
            let (key, value) = entry.map_err(S::Error::custom)?;
            map.serialize_entry(key.as_str(), &Shown(value))?;
        }
    } else {
        let entries = document.iter().map(|entry| entry.map(|(key, value)| (key.as_str(), value)));
        let sorted: BTreeMap<_, _> = entries.collect::<Result<_, _>>().map_err(S::Error::custom)?;
        for (key, value) in sorted {
            map.serialize_entry(key, &Shown(value))?;
        }
    }
    map.end()
}

/// Whole numbers beyond 64 signed bits are kept as decimals.
fn number<S: Serializer>(value: Decimal128, to: S) -> Result<S::Ok, S::Error> {
    let text = decimal::write(value).ok_or_else(|| S::Error::custom("not a finite number"))?;
    let number: serde_json::Number = text.parse().map_err(S::Error::custom)?;
    number.serialize(to)
}
