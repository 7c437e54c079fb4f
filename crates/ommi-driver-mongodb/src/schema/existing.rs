//! Which collections are known to exist. MongoDB reads nothing from a collection that does not exist, and makes one when
//! something is written: here it fails as a missing table does elsewhere. What adds documents names the collection by its
//! UUID too, which the server compares, so that one which others drop is not made anew without anybody's noticing.

use std::collections::HashMap;

use mongodb::bson::raw::{RawArrayBuf, cstr};
use mongodb::bson::{Binary, Bson, Document, RawDocumentBuf, rawdoc};
use ommi_core::Result;
use parking_lot::RwLock;

use super::answer::first_batch;
use crate::connection::{Core, Intent};
use crate::error::{no_collection, server_code};
use crate::value::column_name;

/// The collections that were seen, by the names that they are stored under, with their UUIDs as far as they may be known.
#[derive(Debug, Default)]
pub(crate) struct Existing {
    known: RwLock<HashMap<String, Option<Binary>>>,
}

/// The server's number for an order that the user may not give.
const UNAUTHORIZED: i32 = 13;

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
        let answer = match core.command(None, listed(collections, false), Intent::Manage).await {
            Err(error) if server_code(&error) == Some(UNAUTHORIZED) => {
                core.command(None, listed(collections, true), Intent::Manage).await?
            }
            answer => answer?,
        };
        let found: HashMap<&str, Option<Binary>> = first_batch(&answer)
            .filter_map(|entry| Some((entry.get_str("name").ok()?, uuid(entry))))
            .collect();
        let mut known = self.known.write();
        let mut missing = None;
        for name in collections {
            if let Some(uuid) = found.get(name.as_str()) {
                known.insert(name.clone(), uuid.clone());
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
        collections.iter().all(|name| known.contains_key(name))
    }

    /// Names the collection by its UUID in a command that adds documents to it.
    pub(crate) fn identify(&self, collection: &str, command: &mut RawDocumentBuf) {
        if let Some(Some(uuid)) = self.known.read().get(collection) {
            command.append(cstr!("collectionUUID"), uuid.clone());
        }
    }

    /// Forgets them, as after a change of the schema.
    pub(crate) fn forget(&self) {
        self.known.write().clear();
    }
}

/// The command that lists the collections, without their UUIDs where only their names are asked for: that needs fewer
/// privileges.
fn listed(collections: &[String], names_only: bool) -> RawDocumentBuf {
    let mut names = RawArrayBuf::new();
    for name in collections {
        names.push(name.as_str());
    }
    rawdoc! {
        "listCollections": 1,
        "filter": { "name": { "$in": names } },
        "nameOnly": names_only,
        "authorizedCollections": names_only,
    }
}

fn uuid(entry: &Document) -> Option<Binary> {
    match entry.get_document("info").ok()?.get("uuid")? {
        Bson::Binary(uuid) => Some(uuid.clone()),
        _of_another_type => None,
    }
}
