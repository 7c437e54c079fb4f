//! The lists in a server's answers.

use mongodb::bson::{Bson, Document};

/// The documents of the first batch of a cursor: all of them, where there are few.
pub(super) fn first_batch(answer: &Document) -> impl Iterator<Item = &Document> {
    let batch = answer.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch"));
    batch.into_iter().flatten().filter_map(Bson::as_document)
}
