//! `Group`: models that were read together, and the rows that one relation of theirs leads to. Whoever loads first
//! loads for all, so that no loop over models becomes one query for each.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use ommi_core::Result;
use ommi_core::query::Query;
use ommi_core::value::{Cell, Value};
use ommi_engine::relations::MAX_COMPOSITE_PARENTS;
use ommi_engine::{Session, relation_query};

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
    pub(super) async fn load(&self, session: &Session) -> Result<&Loaded<T>> {
        if let Some(loaded) = self.loaded.get() {
            return Ok(loaded);
        }
        let (places, keys) = self.distinct();
        let mut rows: Vec<Vec<T>> = Vec::new();
        rows.resize_with(keys.len(), Vec::new);
        let reader = RelatedReader::<T>::new();
        for query in self.queries(&keys)? {
            for (key, row) in fetch_all(session, query, &reader, None).await? {
                if let Some(found) = places.by_key.get(&key).and_then(|place| rows.get_mut(*place)) {
                    found.push(row);
                }
            }
        }
        Ok(self.loaded.get_or_init(|| Loaded { rows, places: places.of_members }))
    }

    /// One query; several where composite keys would make it too long.
    fn queries(&self, keys: &[Vec<Value>]) -> Result<Vec<Query>> {
        let model = self.description.model();
        let Some(relation) = model.relations().get(self.relation) else { return Ok(Vec::new()) };
        let chunk = if self.width > 1 { MAX_COMPOSITE_PARENTS } else { keys.len().max(1) };
        keys.chunks(chunk).map(|keys| Ok(relation_query(model, relation, keys)?.query)).collect()
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
            let place = *places.by_key.entry(canonical(key)).or_insert_with(|| {
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
    by_key: HashMap<String, usize>,
    of_members: Vec<Option<usize>>,
}

/// Reads a related row and the key of the members that it belongs to.
struct RelatedReader<T>(std::marker::PhantomData<fn() -> T>);

impl<T> RelatedReader<T> {
    fn new() -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<T: Model> Reader for RelatedReader<T> {
    type Item = (String, T);
    type Batch = T::Links;

    fn start(&self) -> T::Links {
        T::links()
    }

    fn read(&self, cells: &[Cell<'_>], links: &mut T::Links) -> Result<(String, T)> {
        let width = T::definition().fields().len().min(cells.len());
        let (own, key) = cells.split_at(width);
        let key = key.iter().map(|cell| cell.to_value()).collect::<Result<Vec<_>>>()?;
        Ok((canonical(&key), T::from_row(own, links)?))
    }
}

/// Text that is the same for equal keys only.
fn canonical(key: &[Value]) -> String {
    let mut text = String::new();
    for value in key {
        let start = text.len();
        // Writing to a string cannot fail.
        let _written = match value {
            Value::Null => write!(text, "null"),
            Value::Bool(value) => write!(text, "{value}"),
            Value::Int(value) => write!(text, "{value}"),
            Value::Float(value) => write!(text, "{value:?}"),
            Value::Text(value) | Value::Json(value) => write!(text, "{value}"),
            Value::Bytes(value) => write!(text, "{value:?}"),
            Value::Decimal(value) => write!(text, "{}", value.normalized().to_plain_string()),
            Value::Uuid(value) => write!(text, "{value}"),
            Value::DateTime(value) => write!(text, "{value}"),
            Value::Timestamp(value) => write!(text, "{value}"),
            Value::Date(value) => write!(text, "{value}"),
            Value::Time(value) => write!(text, "{value}"),
            Value::Duration(value) => write!(text, "{value}"),
        };
        // The lengths keep ("ab", "c") apart from ("a", "bc").
        let length = text.len() - start;
        let _written = write!(text, "|{length}|");
    }
    text
}
