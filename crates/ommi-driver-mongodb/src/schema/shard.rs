//! Shard keys: the command that spreads a collection over the shards of a cluster.

use mongodb::bson::{Bson, Document};
use ommi_core::schema::ModelDef;

use crate::value::stored_name;

/// The command. It is the database `admin`'s, and names the collection with its database.
pub(super) const SHARD: &str = "shardCollection";

/// The model's shard key as the command and an index want it; nothing where it has none.
pub(super) fn shard_key(model: &ModelDef) -> Option<Document> {
    let part = |part: &ommi_core::schema::ShardField| {
        let kind = if part.hashed { Bson::from("hashed") } else { Bson::from(1) };
        (stored_name(model, part.field).into_owned(), kind)
    };
    let key: Document = model.shard().iter().map(part).collect();
    (!key.is_empty()).then_some(key)
}
