//! `ModelDef`: Ommi's description of one model, checked once and then immutable.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{FieldDef, IndexDef, ModelBuilder, ReferenceDef, RelationDef, ShardField};
use crate::{Error, ErrorKind, Result};

/// Identifies a model definition within the process: two definitions never share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelId(u64);

impl ModelId {
    pub(super) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The number itself, for shapes.
    pub fn get(self) -> u64 {
        self.0
    }
}

/// A model: its table, fields, key, references, relations and indexes. Made by [`ModelDef::builder`].
#[derive(Debug)]
pub struct ModelDef {
    pub(super) id: ModelId,
    pub(super) name: String,
    pub(super) table: String,
    pub(super) fields: Vec<FieldDef>,
    pub(super) key: Vec<usize>,
    pub(super) references: Vec<ReferenceDef>,
    pub(super) relations: Vec<RelationDef>,
    pub(super) indexes: Vec<IndexDef>,
    pub(super) shard: Vec<ShardField>,
    pub(super) version: Option<usize>,
}

/// The same definition, not one that is alike.
impl PartialEq for ModelDef {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for ModelDef {}

impl ModelDef {
    /// Begins a definition of the model `name`, stored in the table of that name unless said otherwise.
    pub fn builder(name: impl Into<String>) -> ModelBuilder {
        ModelBuilder::new(name.into())
    }

    /// The definition's identity.
    pub fn id(&self) -> ModelId {
        self.id
    }

    /// The model's name, as in the user's code.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The table's or collection's name.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// All fields, in the order of definition.
    pub fn fields(&self) -> &[FieldDef] {
        &self.fields
    }

    /// Positions of the key's fields: at least one.
    pub fn key(&self) -> &[usize] {
        &self.key
    }

    /// The references, in the order of definition.
    pub fn references(&self) -> &[ReferenceDef] {
        &self.references
    }

    /// The relations, in the order of definition.
    pub fn relations(&self) -> &[RelationDef] {
        &self.relations
    }

    /// Indexes beside those of the key and of unique fields.
    pub fn indexes(&self) -> &[IndexDef] {
        &self.indexes
    }

    /// The shard key, which a database that spreads its tables over machines goes by; empty where there is none.
    /// Its fields are all part of the key.
    pub fn shard(&self) -> &[ShardField] {
        &self.shard
    }

    /// The field that counts how often a row was saved, by which a lost race is noticed.
    pub fn version(&self) -> Option<usize> {
        self.version
    }

    /// The position of the field `name`.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// The position of the field `name`.
    ///
    /// # Errors
    /// `Validation`, listing the fields that there are.
    pub fn require_field(&self, name: &str) -> Result<usize> {
        self.position(name).ok_or_else(|| {
            let known: Vec<_> = self.fields.iter().map(|field| field.name.as_str()).collect();
            Error::new(
                ErrorKind::Validation,
                format!("there is no field {name:?}; the fields are {}", known.join(", ")),
            )
            .with_model(&self.name)
        })
    }

    /// The relation `name`.
    pub fn relation(&self, name: &str) -> Option<&RelationDef> {
        self.relations.iter().find(|relation| relation.name == name)
    }

    /// The position of the key's field where the key is a single generated one.
    pub fn generated_key(&self) -> Option<usize> {
        match self.key.as_slice() {
            [position] if self.fields[*position].auto => Some(*position),
            _ => None,
        }
    }

    /// Whether these fields together find at most one row: they hold the key or a unique set.
    pub fn is_unique(&self, fields: &[usize]) -> bool {
        let holds = |wanted: &[usize]| wanted.iter().all(|position| fields.contains(position));
        holds(&self.key)
            || fields.iter().any(|position| self.fields[*position].unique)
            || self.indexes.iter().any(|index| index.unique && holds(&index.fields))
    }
}
