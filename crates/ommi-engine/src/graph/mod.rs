//! Graphs: new rows of several models that are added together. Rows come after those that they refer to, and a key that
//! the database generates is written into the rows that wait for it. Both faces hand over what they found and write back
//! what they are given.

mod link;
mod order;
mod run;

use std::fmt;
use std::sync::Arc;

use ommi_core::driver::BoxFuture;
use ommi_core::schema::ModelDef;
use ommi_core::value::{Cell, RowBatch, Value};
use ommi_core::{Error, ErrorKind, Result};

use crate::insert;
use crate::relations::{RelationWay, relation_way};
use crate::session::Session;
use link::Wiring;

/// New rows of one model.
#[derive(Debug)]
pub struct GraphRows {
    /// The model. Each model has its rows in one place only.
    pub model: Arc<ModelDef>,
    /// The field that rows have no cell for: the generated key, where no row has one.
    pub skipped: Option<usize>,
    /// A cell for each other field. A generated key that is NULL is generated.
    pub rows: RowBatch,
}

impl GraphRows {
    /// The cell of a field; NULL where rows have none.
    fn cell(&self, row: usize, field: usize) -> Cell<'_> {
        let place = match self.skipped {
            Some(skipped) if skipped == field => return Cell::Null,
            Some(skipped) if skipped < field => field - 1,
            Some(_) | None => field,
        };
        self.rows.get(row, place).unwrap_or(Cell::Null)
    }

    /// The fields that rows have cells for.
    pub(crate) fn fields(&self) -> Vec<usize> {
        (0..self.model.fields().len()).filter(|field| Some(*field) != self.skipped).collect()
    }
}

/// One of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GraphNode {
    /// The position of its model's rows.
    pub part: usize,
    /// Its position among them.
    pub row: usize,
}

/// What a row refers to.
#[derive(Debug, Clone)]
enum Target {
    /// A row that is added too.
    Row(GraphNode),
    /// A row that is stored already, by its values in the order of the link's fields.
    Stored(Vec<Value>),
}

/// A row that refers to another one: its fields take the other's values.
#[derive(Debug, Clone)]
struct Link {
    /// The row that refers.
    child: GraphNode,
    /// What it refers to.
    target: Target,
    /// Fields of the row, each with the field of the other whose value it takes.
    fields: Arc<[(usize, usize)]>,
}

/// Where a relation of a new row leads.
pub enum GraphEnd<'a> {
    /// To a row that is added too.
    Row(GraphNode),
    /// To a row of a model that is stored already: this gives the values of its fields, by their positions.
    Stored(&'a Arc<ModelDef>, &'a mut dyn FnMut(usize) -> Result<Value>),
}

impl fmt::Debug for GraphEnd<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GraphEnd::Row(node) => f.debug_tuple("Row").field(node).finish(),
            GraphEnd::Stored(model, _) => f.debug_tuple("Stored").field(&model.name()).finish(),
        }
    }
}

/// New rows, and which of them refer to which.
#[derive(Debug, Default)]
pub struct Graph {
    parts: Vec<GraphRows>,
    links: Vec<Link>,
    /// Whether fields that take a value may have had another one.
    overwrites: bool,
}

impl Graph {
    /// These rows, which refer to each other by the values that are in them alone.
    pub fn new(parts: Vec<GraphRows>) -> Self {
        Self { parts, links: Vec::new(), overwrites: false }
    }

    /// Fields that take a value along a relation may have another one before, which is forgotten: for faces in whose
    /// models a field that waits for its value has to hold one.
    #[must_use]
    pub fn overwriting(self) -> Self {
        Self { overwrites: true, ..self }
    }

    /// Lets a relation of a row lead to another row: the fields that refer take their values. Through an association model
    /// a row of that is added, in which the other fields are NULL.
    ///
    /// # Errors
    /// `Schema` when no reference, or more than one, leads along the relation; `Validation` where a stored row would have to
    /// refer to the new one.
    pub fn connect(&mut self, from: GraphNode, relation: &str, to: GraphEnd<'_>) -> Result<()> {
        let model = self.part(from)?.model.clone();
        let place = |error: Error| error.with_model(model.name()).with_field(relation);
        let relation = model
            .relation(relation)
            .ok_or_else(|| place(Error::new(ErrorKind::Internal, "there is no such relation")))?;
        let (target, way) = relation_way(&model, relation)?;
        let found = match &to {
            GraphEnd::Row(node) => &self.part(*node)?.model,
            GraphEnd::Stored(model, _) => model,
        };
        if found.id() != target.id() {
            let message = format!("the relation leads to {}, and was given {}", target.name(), found.name());
            return Err(place(Error::validation(message)));
        }
        match (way, to) {
            (RelationWay::Out(pairs), GraphEnd::Row(to)) => self.link(from, Target::Row(to), pairs),
            (RelationWay::Out(pairs), GraphEnd::Stored(_, value)) => {
                let values = pairs.iter().map(|(_, field)| value(*field)).collect::<Result<_>>()?;
                self.link(from, Target::Stored(values), pairs)
            }
            (RelationWay::In(pairs), GraphEnd::Row(to)) => self.link(to, Target::Row(from), pairs),
            (RelationWay::In(_), GraphEnd::Stored(..)) => Err(place(Error::validation(format!(
                "the relation leads to a {0} that has a key: if it is new, add it by name too; if it is stored, let it \
                 refer to this row after this one was added, and save it",
                target.name()
            )))),
            (RelationWay::Through { association, source, onward }, to) => {
                let between = self.associate(&association);
                let target = match to {
                    GraphEnd::Row(to) => Target::Row(to),
                    GraphEnd::Stored(_, value) => {
                        Target::Stored(onward.iter().map(|(_, field)| value(*field)).collect::<Result<_>>()?)
                    }
                };
                self.link(between, Target::Row(from), source)?;
                self.link(between, target, onward)
            }
        }
    }

    fn part(&self, node: GraphNode) -> Result<&GraphRows> {
        let known = self.parts.get(node.part).filter(|part| node.row < part.rows.len());
        known.ok_or_else(|| Error::new(ErrorKind::Internal, "a link names a row that is not in the graph"))
    }

    fn link(&mut self, child: GraphNode, target: Target, pairs: Vec<(usize, usize)>) -> Result<()> {
        self.part(child)?;
        if let Target::Row(target) = &target {
            self.part(*target)?;
        }
        self.links.push(Link { child, target, fields: pairs.into() });
        Ok(())
    }

    /// A new row of an association model, with nothing in it yet.
    fn associate(&mut self, association: &Arc<ModelDef>) -> GraphNode {
        let known = self.parts.iter().position(|part| part.model.id() == association.id());
        let part = known.unwrap_or_else(|| {
            let skipped = association.generated_key();
            let width = association.fields().len() - usize::from(skipped.is_some());
            let rows = RowBatch::with_capacity(width, 1);
            self.parts.push(GraphRows { model: association.clone(), skipped, rows });
            self.parts.len() - 1
        });
        let rows = &mut self.parts[part].rows;
        (0..rows.width()).for_each(|_| rows.push(Cell::Null));
        rows.end_row();
        GraphNode { part, row: rows.len() - 1 }
    }

    /// Whether one statement adds it all, in any order.
    fn is_plain(&self) -> Result<bool> {
        match self.parts.as_slice() {
            [part] if self.links.is_empty() => {
                Ok(part.rows.len() < 2 || !order::refers_to(&self.parts, 0, 0)?)
            }
            _ => Ok(false),
        }
    }
}

/// What the database made of a graph.
#[derive(Debug, Default)]
pub struct GraphAdded {
    /// The generated keys of each model's rows, in their order; none for a model without a generated key.
    pub keys: Vec<Vec<i64>>,
    /// The values that fields took along links.
    pub filled: Vec<GraphFilled>,
}

/// A value that a field took from the row that it refers to.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphFilled {
    /// The row.
    pub node: GraphNode,
    /// The field.
    pub field: usize,
    /// Its value.
    pub value: Value,
}

impl Session {
    /// Adds rows of several models, all or none, each after the rows that it refers to: along a relation, or by the values
    /// that are in it. Rows that refer to each other in a circle are added with NULL in a field that allows it, which is
    /// set afterwards.
    ///
    /// Everything is checked before anything is sent. More than one statement is one transaction.
    ///
    /// # Errors
    /// `Validation` for a value that does not stand in its field, for a field that has a value and is to take another
    /// one, and for a circle in which no field allows NULL; otherwise as for [`insert`](Self::insert).
    pub fn add_graph(&self, graph: Graph) -> BoxFuture<Result<GraphAdded>> {
        let session = self.clone();
        let plan = self.plan_graph(&graph);
        Box::pin(async move {
            let plan = plan?;
            run::run(&session, graph.parts, plan).await
        })
    }

    fn plan_graph(&self, graph: &Graph) -> Result<run::GraphPlan> {
        self.check_open()?;
        self.check_writable()?;
        if graph.is_plain()? {
            return Ok(run::GraphPlan::plain(!graph.parts.is_empty()));
        }
        let wiring = Wiring::of(&graph.parts, &graph.links, graph.overwrites)?;
        for (part, rows) in graph.parts.iter().enumerate() {
            let version = rows.model.version();
            let takes = |row: usize, field: usize| {
                version == Some(field) || wiring.takes(GraphNode { part, row }, field)
            };
            insert::check_rows(&rows.model, &rows.fields(), &rows.rows, self.handle().limits(), takes)?;
        }
        let checks_references = self.handle().driver().capabilities().foreign_keys;
        let order = order::order(&graph.parts, &graph.links, checks_references)?;
        Ok(run::GraphPlan::new(&graph.parts, wiring, order))
    }
}

/// `Model.field, field` of the fields of a link, for messages.
fn names(model: &ModelDef, fields: &[(usize, usize)]) -> String {
    let names: Vec<&str> = fields.iter().map(|(field, _)| model.fields()[*field].name.as_str()).collect();
    format!("{}.{}", model.name(), names.join(", "))
}

fn refused(message: String, model: &ModelDef, field: usize) -> Error {
    Error::validation(message).with_model(model.name()).with_field(&model.fields()[field].name)
}
