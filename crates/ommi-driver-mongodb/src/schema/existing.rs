//! Which collections are known to exist. MongoDB reads nothing from a collection that does not exist, and makes one when
//! something is written: here it fails as a missing table does elsewhere.

use std::collections::HashSet;

use mongodb::bson::raw::RawArrayBuf;
use mongodb::bson::rawdoc;
use ommi_core::Result;
use parking_lot::RwLock;

use super::answer::first_batch;
use crate::connection::{Core, Intent};
use crate::error::no_collection;
use crate::value::column_name;

/// The collections that were seen, by the names that they are stored under.
#[derive(Debug, Default)]
pub(crate) struct Existing {
    known: RwLock<HashSet<String>>,
}

impl Existing {
    /// Makes sure that all the collections exist: those not known are asked for, with one command.
    ///
    /// # Errors
    /// `ModelNotFound`, naming the first that does not.
    pub(crate) async fn require(&self, core: &Core, collections: &[String]) -> Result<()> {
        if self.knows(collections) { Ok(()) } else { self.verify(core, collections).await }
    }

    /// The same with a look at the server whatever is known: where a read found nothing at all.
    ///
    /// # Errors
    /// As [`require`](Self::require).
    pub(crate) async fn verify(&self, core: &Core, collections: &[String]) -> Result<()> {
        let mut names = RawArrayBuf::new();
        for name in collections {
            names.push(name.as_str());
        }
        let command = rawdoc! {
            "listCollections": 1,
            "filter": { "name": { "$in": names } },
            "nameOnly": true,
            "authorizedCollections": true,
        };
        let answer = core.command(None, command, Intent::Manage).await?;
        let found: HashSet<String> =
            first_batch(&answer).filter_map(|entry| entry.get_str("name").ok().map(str::to_owned)).collect();
        let mut known = self.known.write();
        let mut missing = None;
        for name in collections {
            if found.contains(name) {
                known.insert(name.clone());
            } else {
                known.remove(name);
                missing.get_or_insert(name);
            }
        }
        match missing {
            None => Ok(()),
            Some(name) => {
                drop(known);
                // Whoever dropped it may make it anew, and count from the beginning.
                core.counters().forget();
                Err(no_collection(&column_name(name)))
            }
        }
    }

    /// Whether all of them are known to exist, so that [`require`](Self::require) needs no round trip.
    pub(crate) fn knows(&self, collections: &[String]) -> bool {
        let known = self.known.read();
        collections.iter().all(|name| known.contains(name))
    }

    /// Forgets them, as after a change of the schema.
    pub(crate) fn forget(&self) {
        self.known.write().clear();
    }
}
