//! `Graph`: new models of several types that are added together, each after those that it refers to.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use ommi_core::schema::{ModelDef, ModelId};
use ommi_core::value::{Cell, RowBatch, Value};
use ommi_core::{Error, Result};
use ommi_engine::{GraphEnd, GraphNode, GraphRows, Session};

use super::entity::Entity;
use crate::model::Model;
use crate::relation::{Related, Relation};

/// New models that are added together by [`Db::add_graph`](crate::Db::add_graph), all or none: in whatever order they were
/// named, each comes after those that it refers to, and the keys that the database generates are written into the fields
/// that wait for them.
///
/// ```
/// use ommi::{Graph, Model, prelude::*};
///
/// #[derive(Model, Debug)]
/// struct Author {
///     id: i64,
///     name: String,
///     #[model(related)]
///     books: Every<Book>,
/// }
///
/// #[derive(Model, Debug)]
/// struct Book {
///     id: i64,
///     title: String,
///     #[model(references(Author::id))]
///     author_id: i64,
///     #[model(related)]
///     author: The<Author>,
/// }
///
/// # #[tokio::main]
/// # async fn main() -> ommi::Result<()> {
/// let db = Ommi::connect("sqlite://:memory:").await?;
/// let mut ada = Author { name: "Ada".into(), ..Author::new() };
/// let mut notes = Book { title: "Notes".into(), ..Book::new() };
/// let mut sketch = Book { title: "Sketch".into(), ..Book::new() };
///
/// let mut graph = Graph::new();
/// let book = graph.add(&mut notes);
/// let author = graph.add(&mut ada);
/// graph.connect(book, Book::AUTHOR, author); // from the book...
/// let other = graph.add(&mut sketch);
/// graph.connect(author, Author::BOOKS, other); // ...or from the author
/// db.add_graph(graph).await?;
///
/// assert_eq!((notes.author_id, sketch.author_id), (ada.id, ada.id));
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
#[must_use = "nothing is added until `Db::add_graph`"]
pub struct Graph<'a> {
    entries: Vec<Box<dyn Entry + 'a>>,
    ways: Vec<Way<'a>>,
}

/// A model in a [`Graph`].
pub struct Node<M> {
    position: usize,
    model: PhantomData<fn() -> M>,
}

impl<M> Clone for Node<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Node<M> {}

impl<M> fmt::Debug for Node<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Node").field(&self.position).finish()
    }
}

/// A relation of one of the models, and where it leads.
struct Way<'a> {
    from: usize,
    relation: usize,
    to: End<'a>,
}

enum End<'a> {
    New(usize),
    Stored(&'static Arc<ModelDef>, Box<dyn Fn(usize) -> Result<Value> + Send + Sync + 'a>),
}

impl<'a> Graph<'a> {
    /// A graph without models.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a model; the node stands for it in [`connect`](Self::connect).
    pub fn add<M: Model>(&mut self, model: &'a mut M) -> Node<M> {
        self.entries.push(Box::new(model));
        Node { position: self.entries.len() - 1, model: PhantomData }
    }

    /// Adds models, and gives a node for each.
    pub fn add_all<M: Model>(&mut self, models: &'a mut [M]) -> Vec<Node<M>> {
        models.iter_mut().map(|model| self.add(model)).collect()
    }

    /// Lets a relation of one model lead to another: the fields that refer take the values of those that they refer to,
    /// whatever was in them. Through an association model, a row of that is added, in which every other field has to be
    /// optional.
    ///
    /// Models that lead to each other in a circle are added with NULL in a field that is optional, which is set afterwards.
    pub fn connect<M: Model, R: Related>(
        &mut self,
        from: Node<M>,
        relation: Relation<M, R>,
        to: Node<R::Target>,
    ) -> &mut Self {
        self.ways.push(Way { from: from.position, relation: relation.position(), to: End::New(to.position) });
        self
    }

    /// As [`connect`](Self::connect), to a model that is stored already.
    pub fn connect_stored<M: Model, R: Related>(
        &mut self,
        from: Node<M>,
        relation: Relation<M, R>,
        to: &'a R::Target,
    ) -> &mut Self {
        let value = Box::new(|field: usize| Model::value(to, field));
        let to = End::Stored(R::Target::definition(), value);
        self.ways.push(Way { from: from.position, relation: relation.position(), to });
        self
    }
}

impl fmt::Debug for Graph<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let models: Vec<_> = self.entries.iter().map(|entry| entry.definition().name()).collect();
        f.debug_struct("Graph").field("models", &models).field("connections", &self.ways.len()).finish()
    }
}

/// What connects the relations of models that are added together, by model.
type Shared = HashMap<ModelId, Box<dyn Any + Send + Sync>>;

/// A model of some type.
trait Entry: Send + Sync {
    fn definition(&self) -> &'static Arc<ModelDef>;
    fn waits_for_key(&self) -> bool;
    fn write(&self, field: usize, rows: &mut RowBatch) -> Result<()>;
    fn set(&mut self, field: usize, cell: Cell<'_>) -> Result<()>;
    fn relink(&mut self, shared: &mut Shared) -> Result<()>;
}

impl<M: Model> Entry for &mut M {
    fn definition(&self) -> &'static Arc<ModelDef> {
        M::definition()
    }

    fn waits_for_key(&self) -> bool {
        M::definition().generated_key().is_some() && M::is_key_blank(self)
    }

    fn write(&self, field: usize, rows: &mut RowBatch) -> Result<()> {
        M::write(self, field, rows)
    }

    fn set(&mut self, field: usize, cell: Cell<'_>) -> Result<()> {
        M::set(self, field, cell)
    }

    fn relink(&mut self, shared: &mut Shared) -> Result<()> {
        let links = shared.entry(M::definition().id()).or_insert_with(|| Box::new(M::links()));
        if let Some(links) = links.downcast_mut::<M::Links>() {
            Entity::stored(*self, None, links)?;
        }
        Ok(())
    }
}

/// Where each model of a graph is in the engine's, and back.
#[derive(Default)]
struct Places {
    nodes: Vec<GraphNode>,
    parts: Vec<Vec<usize>>,
}

impl Places {
    fn of(graph: &Graph<'_>) -> (Self, Vec<&'static Arc<ModelDef>>) {
        let mut places = Self::default();
        let mut models: Vec<&'static Arc<ModelDef>> = Vec::new();
        for (position, entry) in graph.entries.iter().enumerate() {
            let known = models.iter().position(|model| model.id() == entry.definition().id());
            let part = known.unwrap_or_else(|| {
                models.push(entry.definition());
                places.parts.push(Vec::new());
                models.len() - 1
            });
            places.nodes.push(GraphNode { part, row: places.parts[part].len() });
            places.parts[part].push(position);
        }
        (places, models)
    }
}

/// Adds all models of a graph or none.
pub(super) async fn add_graph(session: &Session, mut graph: Graph<'_>) -> Result<()> {
    let (places, models) = Places::of(&graph);
    let parts = models.into_iter().zip(&places.parts).map(|(model, entries)| rows_of(&graph, model, entries));
    let mut rows = ommi_engine::Graph::new(parts.collect::<Result<_>>()?).overwriting();
    for way in &graph.ways {
        let relations = graph.entries[way.from].definition().relations();
        let relation = relations.get(way.relation).map_or("", |relation| relation.name.as_str());
        let from = places.nodes[way.from];
        match &way.to {
            End::New(to) => rows.connect(from, relation, GraphEnd::Row(places.nodes[*to]))?,
            End::Stored(model, value) => {
                rows.connect(from, relation, GraphEnd::Stored(model, &mut |field| value(field)))?;
            }
        }
    }
    let added = session.add_graph(rows).await?;
    for (entries, keys) in places.parts.iter().zip(&added.keys) {
        for (entry, key) in entries.iter().zip(keys) {
            let entry = &mut graph.entries[*entry];
            if let Some(field) = entry.definition().generated_key() {
                entry.set(field, Cell::Int(*key))?;
            }
        }
    }
    for filled in &added.filled {
        // Rows of an association that were made on the way belong to no model at hand.
        let entry = places.parts.get(filled.node.part).and_then(|entries| entries.get(filled.node.row));
        if let Some(entry) = entry {
            graph.entries[*entry].set(filled.field, filled.value.as_cell(&mut String::new()))?;
        }
    }
    let mut shared = Shared::new();
    graph.entries.iter_mut().try_for_each(|entry| entry.relink(&mut shared))
}

/// The rows of one model.
fn rows_of(graph: &Graph<'_>, model: &Arc<ModelDef>, entries: &[usize]) -> Result<GraphRows> {
    let waits = |entry: &usize| graph.entries[*entry].waits_for_key();
    let key = model.generated_key();
    let skipped = key.filter(|_| entries.iter().all(waits));
    let fields: Vec<usize> = (0..model.fields().len()).filter(|field| Some(*field) != skipped).collect();
    let mut rows = RowBatch::with_capacity(fields.len(), entries.len());
    for entry in entries {
        for field in &fields {
            if key == Some(*field) && waits(entry) {
                rows.push(Cell::Null);
                continue;
            }
            let place =
                |error: Error| error.with_model(model.name()).with_field(&model.fields()[*field].name);
            graph.entries[*entry].write(*field, &mut rows).map_err(place)?;
        }
        rows.end_row();
    }
    Ok(GraphRows { model: model.clone(), skipped, rows })
}
