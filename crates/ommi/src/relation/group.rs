//! `Group`: models that were read together, and the rows that one relation of theirs leads to. Whoever loads first
//! loads for all, so that no loop over models becomes one query for each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use ommi_core::Result;
use ommi_core::driver::BoxFuture;
use ommi_core::value::{Cell, Value};
use ommi_engine::relations::MAX_COMPOSITE_PARENTS;
use ommi_engine::{RelationKey, RelationLoad, RelationOptions, Session, relation_query_with};

use super::Eagerly;
use crate::description::Description;
use crate::find::{Reader, fetch_all};
use crate::model::Model;

/// The members' keys, and what they lead to once it is loaded.
pub struct Group<T> {
    description: &'static Description,
    relation: usize,
    /// The number of values of a key.
    width: usize,
    /// The keys of all members, one after another.
    keys: Mutex<Vec<Value>>,
    loaded: OnceLock<Loaded<T>>,
}

/// The related rows of a group.
pub(super) struct Loaded<T> {
    /// Rows of one key together.
    rows: Vec<Vec<T>>,
    /// Where each member's rows are.
    places: Vec<Option<usize>>,
}

impl<T> Loaded<T> {
    /// The rows of a member.
    pub(super) fn of(&self, member: usize) -> &[T] {
        let place = self.places.get(member).copied().flatten();
        place.and_then(|place| self.rows.get(place)).map_or(&[], Vec::as_slice)
    }
}

impl<T: Model> Group<T> {
    pub(super) fn new(description: &'static Description, relation: usize, width: usize) -> Self {
        Self { description, relation, width, keys: Mutex::default(), loaded: OnceLock::new() }
    }

    /// Adds a member by the values of its key; gives its number.
    pub(super) fn join(&self, key: impl Iterator<Item = Result<Value>>) -> Result<usize> {
        let mut keys = self.keys();
        let start = keys.len();
        for value in key {
            match value {
                Ok(value) => keys.push(value),
                Err(error) => {
                    keys.truncate(start);
                    return Err(error);
                }
            }
        }
        Ok(start / self.width.max(1))
    }

    /// A group of one member only.
    pub(super) fn alone(&self, member: usize) -> Self {
        let own =
            self.keys().chunks(self.width.max(1)).nth(member).map(<[Value]>::to_vec).unwrap_or_default();
        Self { keys: Mutex::new(own), ..Self::new(self.description, self.relation, self.width) }
    }

    pub(super) fn loaded(&self) -> Option<&Loaded<T>> {
        self.loaded.get()
    }

    /// The related rows of all members: read now unless they were before. Two who ask at once both read, and see the
    /// same rows afterwards.
    pub(super) async fn load(&self, session: &Session, eagerly: &Eagerly) -> Result<&Loaded<T>> {
        if let Some(loaded) = self.loaded.get() {
            return Ok(loaded);
        }
        let (places, keys) = self.distinct();
        let mut rows: Vec<Vec<T>> = Vec::new();
        rows.resize_with(keys.len(), Vec::new);
        for load in self.loads(&keys, &eagerly.options)? {
            let reader = RelatedReader::<T>::new(load.row_keys, eagerly.nested.clone());
            for (key, row) in fetch_all(session, load.query, &reader, None).await? {
                if let Some(found) = places.by_key.get(&key).and_then(|place| rows.get_mut(*place)) {
                    found.push(row);
                }
            }
        }
        Ok(self.loaded.get_or_init(|| Loaded { rows, places: places.of_members }))
    }

    /// One query; several where composite keys would make it too long.
    fn loads(&self, keys: &[Vec<Value>], options: &RelationOptions) -> Result<Vec<RelationLoad>> {
        let model = self.description.model();
        let Some(relation) = model.relations().get(self.relation) else { return Ok(Vec::new()) };
        let chunk = if self.width > 1 { MAX_COMPOSITE_PARENTS } else { keys.len().max(1) };
        keys.chunks(chunk).map(|keys| relation_query_with(model, relation, keys, options)).collect()
    }

    /// The different keys without NULLs, and where each member's is among them.
    fn distinct(&self) -> (Places, Vec<Vec<Value>>) {
        let all = self.keys();
        let mut places = Places { by_key: HashMap::new(), of_members: Vec::new() };
        let mut keys = Vec::new();
        for key in all.chunks(self.width.max(1)) {
            if key.iter().any(Value::is_null) {
                places.of_members.push(None);
                continue;
            }
            let place = *places.by_key.entry(RelationKey::of_values(key)).or_insert_with(|| {
                keys.push(key.to_vec());
                keys.len() - 1
            });
            places.of_members.push(Some(place));
        }
        (places, keys)
    }

    fn keys(&self) -> MutexGuard<'_, Vec<Value>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which rows belong to which member.
struct Places {
    by_key: HashMap<RelationKey, usize>,
    of_members: Vec<Option<usize>>,
}

/// Reads a related row and the key of the members that it belongs to.
struct RelatedReader<T> {
    /// Which cells of a row are the key.
    keys: Vec<usize>,
    /// Relations that are loaded with the rows.
    nested: Vec<(usize, Arc<Eagerly>)>,
    model: std::marker::PhantomData<fn() -> T>,
}

impl<T> RelatedReader<T> {
    fn new(keys: Vec<usize>, nested: Vec<(usize, Arc<Eagerly>)>) -> Self {
        Self { keys, nested, model: std::marker::PhantomData }
    }
}

impl<T: Model> Reader for RelatedReader<T> {
    type Item = (RelationKey, T);
    type Batch = T::Links;

    fn start(&self) -> T::Links {
        T::links()
    }

    fn read(&self, cells: &[Cell<'_>], links: &mut T::Links) -> Result<(RelationKey, T)> {
        let key = RelationKey::of_cells(self.keys.iter().filter_map(|key| cells.get(*key)).copied());
        let own = &cells[..T::definition().fields().len().min(cells.len())];
        Ok((key, T::from_row(own, links)?))
    }

    fn eager(&self, links: &T::Links, session: &Session) -> Vec<BoxFuture<Result<()>>> {
        self.nested
            .iter()
            .map(|(relation, eagerly)| T::load_link(links, *relation, session, eagerly))
            .collect()
    }
}
