//! Generated integer keys: one document for each collection holds the next one. It is changed by one atomic command
//! outside of any transaction, so that no key is ever given twice and no transaction waits for another's.

use std::collections::HashMap;

use mongodb::bson::{Bson, rawdoc};
use ommi_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;

use crate::connection::{Core, Intent};
use crate::error::broken;

/// The collection of the counters.
pub(crate) const COUNTERS: &str = "ommi_counters";

/// What is known of the counters: numbers that are below the next ones.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    below: Mutex<HashMap<String, i64>>,
}

impl Counters {
    fn is_below(&self, collection: &str, used: i64) -> bool {
        self.below.lock().get(collection).is_some_and(|known| used <= *known)
    }

    fn note(&self, collection: &str, below: i64) {
        let mut known = self.below.lock();
        match known.get_mut(collection) {
            Some(number) => *number = below.max(*number),
            None => drop(known.insert(collection.to_owned(), below)),
        }
    }

    /// Forgets all, as when collections were dropped.
    pub(crate) fn forget(&self) {
        self.below.lock().clear();
    }
}

/// The first of `count` keys for the collection; the others follow it one by one.
///
/// # Errors
/// `Query` where all are used up.
pub(crate) async fn next_keys(core: &Core, collection: &str, count: usize) -> Result<i64> {
    let count = i64::try_from(count).map_err(|_| broken("too many keys were asked for"))?;
    let command = rawdoc! {
        "findAndModify": COUNTERS,
        "query": { "_id": { "$eq": collection } },
        "update": [{ "$set": { "next": { "$add": [{ "$ifNull": ["$next", 1_i64] }, count] } } }],
        "upsert": true,
        "new": true,
    };
    let answer = core.command(None, command, Intent::Write).await?;
    match answer.get_document("value").ok().and_then(|counter| counter.get("next")) {
        Some(Bson::Int64(next)) => {
            core.counters().note(collection, next - 1);
            Ok(next - count)
        }
        // Beyond 64 bits MongoDB goes on in floats.
        Some(Bson::Double(_)) => {
            Err(Error::new(ErrorKind::Query, "there is no greater key left to generate"))
        }
        _nothing_of_ours => Err(Error::query(format!(
            "the counter of {collection:?} in the collection {COUNTERS:?} is no integer: somebody changed it"
        ))),
    }
}

/// Makes sure that `used` is never generated, nor a smaller key.
pub(crate) async fn raise_key(core: &Core, collection: &str, used: i64) -> Result<()> {
    if core.counters().is_below(collection, used) {
        return Ok(());
    }
    let next = used.saturating_add(1);
    let change = rawdoc! {
        "q": { "_id": { "$eq": collection } },
        "u": [{ "$set": { "next": { "$max": [{ "$ifNull": ["$next", 1_i64] }, next] } } }],
        "upsert": true,
    };
    core.command(None, rawdoc! { "update": COUNTERS, "updates": [change] }, Intent::Write).await?;
    core.counters().note(collection, used);
    Ok(())
}
