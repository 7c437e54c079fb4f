//! Filters by key that carry the shard key too, so that a cluster asks only the shards that have the documents.

use mongodb::bson::raw::{CString, RawBsonRef, RawDocumentBuf, cstr};
use mongodb::bson::{RawArrayBuf, rawdoc};
use ommi_core::Result;
use ommi_core::schema::ModelDef;

use crate::program::broken_plan;
use crate::value::{KeyLayout, field_name, key_layout};

/// More values than these are on most shards, and take as much to send as the keys themselves.
const MOST_VALUES: usize = 32;

/// So many bytes of values are sent at most: keys fill a command nearly.
const MOST_BYTES: usize = 64 << 10;

/// The fields of a shard key that a composite `_id` holds: they stand at the top of documents by the same names. A single
/// key is the shard key itself.
#[derive(Debug)]
pub(crate) struct ShardFields(Vec<CString>);

impl ShardFields {
    /// Those of a model; none where it has no shard key.
    ///
    /// # Errors
    /// `Internal` for a name that BSON cannot hold, which no model has.
    pub(crate) fn of(model: &ModelDef) -> Result<Self> {
        if key_layout(model) != KeyLayout::Composite {
            return Ok(Self(Vec::new()));
        }
        let name = |column: &str| {
            CString::try_from(field_name(column).as_ref())
                .map_err(|_| broken_plan("a name holds a NUL character"))
        };
        let names = model.shard().iter().map(|part| name(&model.fields()[part.field].column));
        names.collect::<Result<_>>().map(Self)
    }

    /// The filter that finds the documents of these keys.
    pub(crate) fn filter(&self, ids: RawArrayBuf) -> RawDocumentBuf {
        let parts: Vec<_> =
            self.0.iter().filter_map(|name| Some((name, values(&ids, name.as_str())?))).collect();
        let mut filter = rawdoc! { "_id": { "$in": ids } };
        for (name, values) in parts {
            let mut any = RawDocumentBuf::new();
            any.append(cstr!("$in"), values);
            filter.append(name, any);
        }
        filter
    }
}

/// The values of a field in keys; nothing where they are too many.
fn values(ids: &RawArrayBuf, name: &str) -> Option<RawArrayBuf> {
    let mut seen: Vec<RawBsonRef<'_>> = Vec::new();
    let mut values = RawArrayBuf::new();
    for id in ids {
        let value = id.ok()?.as_document()?.get(name).ok()??;
        if seen.contains(&value) {
            continue;
        }
        seen.push(value);
        values.push(value);
        if seen.len() > MOST_VALUES || values.as_bytes().len() > MOST_BYTES {
            return None;
        }
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use mongodb::bson::raw::RawBson;
    use ommi_core::schema::{FieldDef, FieldType};

    use super::*;

    fn fields(shard: &[&str]) -> ShardFields {
        let model = ModelDef::builder("Seat")
            .field(FieldDef::new("hall", FieldType::Text).column("$hall"))
            .field(FieldDef::new("number", FieldType::Int))
            .key(["hall", "number"])
            .shard(shard.iter().map(|name| (*name, false)))
            .build();
        ShardFields::of(&model.unwrap()).unwrap()
    }

    fn ids(halls: impl IntoIterator<Item = String>) -> RawArrayBuf {
        halls
            .into_iter()
            .map(|hall| RawBson::Document(rawdoc! { "%24hall": hall, "number": 1_i64 }))
            .collect()
    }

    #[test]
    fn keys_tell_the_shard_keys_values_once_each() {
        let ids = ids(["a", "b", "a"].map(str::to_owned));
        let wanted = rawdoc! { "_id": { "$in": ids.clone() }, "%24hall": { "$in": ["a", "b"] } };
        assert_eq!(fields(&["hall"]).filter(ids.clone()), wanted);
        assert_eq!(fields(&[]).filter(ids.clone()), rawdoc! { "_id": { "$in": ids } });
    }

    #[test]
    fn too_many_values_are_left_out() {
        for many in [ids((0..=MOST_VALUES).map(|hall| hall.to_string())), ids(["x".repeat(MOST_BYTES)])] {
            assert_eq!(fields(&["hall"]).filter(many.clone()), rawdoc! { "_id": { "$in": many } });
        }
    }
}
