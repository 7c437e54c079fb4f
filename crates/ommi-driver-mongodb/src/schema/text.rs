//! Commands as Extended JSON and back. Their fields keep their order, which `serde_json`'s own values lose: the first
//! one names the command, and the order of an index's keys is a part of it.

use mongodb::bson::{Bson, Document};
use ommi_core::{Error, Result};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::error::broken;

/// The text of a command. Integers of 64 bits are told from those of 32.
pub(super) fn write(command: Document) -> Result<String> {
    serde_json::to_string(&Shown(&command.into())).map_err(|_| broken("a schema statement cannot be written"))
}

/// The command of a text.
///
/// # Errors
/// `Query` for what is no document.
pub(super) fn read(text: &str) -> Result<Document> {
    match serde_json::from_str::<Document>(text) {
        Ok(command) if !command.is_empty() => Ok(command),
        Ok(_) | Err(_) => Err(Error::query("a schema statement is no command in Extended JSON")),
    }
}

struct Shown<'a>(&'a Bson);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Bson::Document(document) => {
                let mut map = to.serialize_map(Some(document.len()))?;
                for (name, value) in document {
                    map.serialize_entry(name, &Shown(value))?;
                }
                map.end()
            }
            Bson::Array(items) => to.collect_seq(items.iter().map(Shown)),
            // A plain negative number would come back as one of 64 bits.
            Bson::Int32(number) if *number >= 0 => to.serialize_i32(*number),
            // All others are a scalar, or an object of one entry.
            scalar => scalar.clone().into_canonical_extjson().serialize(to),
        }
    }
}

#[cfg(test)]
mod tests {
    use mongodb::bson::oid::ObjectId;
    use mongodb::bson::spec::BinarySubtype;
    use mongodb::bson::{Binary, DateTime, doc};

    use super::*;

    #[test]
    fn commands_come_back_with_their_order_and_types() {
        let command = doc! {
            "zebra": "$name",
            "apple": { "z": 1, "a": -1, "$jsonSchema": { "required": ["b", "a"] } },
            "numbers": [1, 1_i64, 1.0, i64::MIN, Bson::Decimal128("1.5".parse().unwrap())],
            "others": [true, Bson::Null, Bson::MinKey, ObjectId::from_bytes([7; 12]), DateTime::from_millis(-1)],
            "bytes": Binary { subtype: BinarySubtype::Uuid, bytes: vec![7; 16] },
        };
        let text = write(command.clone()).unwrap();
        assert!(text.starts_with(r#"{"zebra":"$name","apple":{"z":1,"a":"#), "{text}");
        assert_eq!(read(&text).unwrap(), command);
        let read_back: Vec<_> = read(&text).unwrap().keys().cloned().collect();
        assert_eq!(read_back, ["zebra", "apple", "numbers", "others", "bytes"]);
    }

    #[test]
    fn what_is_no_command_is_refused() {
        for text in ["DROP TABLE users", "[]", "{}", "1", "{\"a\":"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
