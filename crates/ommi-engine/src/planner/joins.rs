//! Joins: the way from a query's model to every other model that it names, along references.

use std::collections::VecDeque;
use std::sync::Arc;

use ommi_core::plan::{Column, Join};
use ommi_core::schema::ModelDef;
use ommi_core::{Error, ErrorKind, Result};

use super::resolve::Equality;

/// The tables of a plan, joined.
#[derive(Debug)]
pub(super) struct Joined {
    /// The query's model first; the table at position `n + 1` is joined by the join at position `n`.
    pub(super) tables: Vec<Arc<ModelDef>>,
    pub(super) joins: Vec<Join>,
    /// Whether a row of the first table can meet several rows of the others.
    pub(super) multiplies: bool,
}

/// One reference between two models, seen from the one that is joined already.
#[derive(Debug, Clone, PartialEq)]
struct Link {
    /// Pairs of a field of the earlier model and one of the joined model.
    on: Vec<(usize, usize)>,
    /// Whether the earlier model holds the reference.
    forward: bool,
}

/// Adds models to those that a way may lead over.
type Widen = fn(&mut Vec<Arc<ModelDef>>) -> Result<()>;

/// Joins the models named (the query's own first). Models that nobody named serve as bridges: association
/// models of the relations of those named, then whatever references lead to.
pub(super) fn join(named: Vec<Arc<ModelDef>>, equalities: &[Equality]) -> Result<Joined> {
    let root = named[0].clone();
    let mut joined = Joined { tables: vec![root], joins: Vec::new(), multiplies: false };
    let mut nodes = named.clone();
    let widen: [Widen; 3] = [|_| Ok(()), add_associations, add_referenced];
    for widen in widen {
        if named.iter().all(|model| joined.contains(model)) {
            break;
        }
        widen(&mut nodes)?;
        while let Some(path) = shortest_path(&joined, &nodes, &named)? {
            for step in path.windows(2) {
                joined.add(&step[0], &step[1], equalities)?;
            }
        }
    }
    match named.iter().find(|model| !joined.contains(model)) {
        None => Ok(joined),
        Some(missing) => Err(Error::query(format!(
            "no reference leads from {} to {}; add one, or name the model in between",
            named[0].name(),
            missing.name()
        ))),
    }
}

impl Joined {
    fn contains(&self, model: &ModelDef) -> bool {
        self.position(model).is_some()
    }

    fn position(&self, model: &ModelDef) -> Option<usize> {
        self.tables.iter().position(|table| table.id() == model.id())
    }

    /// Joins `model` to `earlier`.
    fn add(&mut self, earlier: &Arc<ModelDef>, model: &Arc<ModelDef>, equalities: &[Equality]) -> Result<()> {
        let Some(from) = self.position(earlier) else {
            return Err(Error::new(ErrorKind::Internal, "a join begins at a table that is not joined"));
        };
        let link = choose(earlier, model, equalities)?;
        check_types(earlier, model, &link)?;
        let fields: Vec<usize> = link.on.iter().map(|(_, field)| *field).collect();
        self.multiplies |= !model.is_unique(&fields);
        let to = self.tables.len();
        let column = |table, field| Column { table, field };
        let on = link.on.iter().map(|(left, right)| (column(from, *left), column(to, *right))).collect();
        self.joins.push(Join { table: to, on });
        self.tables.push(model.clone());
        Ok(())
    }
}

/// The shortest way over `nodes` from a table that is joined to a named model that is not; the first one of
/// equally long ones in the order of `nodes`.
fn shortest_path(
    joined: &Joined,
    nodes: &[Arc<ModelDef>],
    named: &[Arc<ModelDef>],
) -> Result<Option<Vec<Arc<ModelDef>>>> {
    let mut came_from: Vec<(Arc<ModelDef>, Option<usize>)> =
        joined.tables.iter().map(|table| (table.clone(), None)).collect();
    let mut queue: VecDeque<usize> = (0..came_from.len()).collect();
    while let Some(here) = queue.pop_front() {
        for next in nodes {
            let is_seen = came_from.iter().any(|(model, _)| model.id() == next.id());
            if is_seen || links(&came_from[here].0, next)?.is_empty() {
                continue;
            }
            came_from.push((next.clone(), Some(here)));
            if named.iter().any(|model| model.id() == next.id()) {
                return Ok(Some(way_back(&came_from)));
            }
            queue.push_back(came_from.len() - 1);
        }
    }
    Ok(None)
}

/// The way to the last model reached.
fn way_back(came_from: &[(Arc<ModelDef>, Option<usize>)]) -> Vec<Arc<ModelDef>> {
    let mut path = Vec::new();
    let mut here = came_from.len().checked_sub(1);
    while let Some((model, previous)) = here.and_then(|position| came_from.get(position)) {
        path.push(model.clone());
        here = *previous;
    }
    path.reverse();
    path
}

/// Every reference between two models, in either direction.
fn links(earlier: &Arc<ModelDef>, model: &Arc<ModelDef>) -> Result<Vec<Link>> {
    let mut found: Vec<Link> = Vec::new();
    let mut add = |link: Link| {
        if !found.contains(&link) {
            found.push(link);
        }
    };
    for reference in earlier.references() {
        let (target, fields) = reference.resolve().map_err(|error| error.with_model(earlier.name()))?;
        if target.id() == model.id() {
            add(Link { on: reference.fields.iter().copied().zip(fields).collect(), forward: true });
        }
    }
    for reference in model.references() {
        let (target, fields) = reference.resolve().map_err(|error| error.with_model(model.name()))?;
        if target.id() == earlier.id() {
            add(Link {
                on: fields.into_iter().zip(reference.fields.iter().copied()).collect(),
                forward: false,
            });
        }
    }
    Ok(found)
}

/// The one reference to join by: where there are several, the one whose fields the query equates itself.
fn choose(earlier: &Arc<ModelDef>, model: &Arc<ModelDef>, equalities: &[Equality]) -> Result<Link> {
    let mut links = links(earlier, model)?;
    if links.len() > 1 {
        let equated = |link: &Link| {
            link.on.iter().all(|(left, right)| {
                let (left, right) = ((earlier.id(), *left), (model.id(), *right));
                equalities.contains(&[left, right]) || equalities.contains(&[right, left])
            })
        };
        let said: Vec<Link> = links.iter().filter(|link| equated(link)).cloned().collect();
        if said.len() != 1 {
            return Err(ambiguous(earlier, model, &links));
        }
        links = said;
    }
    links.pop().ok_or_else(|| Error::new(ErrorKind::Internal, "a join without a reference"))
}

fn ambiguous(earlier: &ModelDef, model: &ModelDef, links: &[Link]) -> Error {
    let names = |model: &ModelDef, fields: &mut dyn Iterator<Item = usize>| {
        fields
            .map(|field| format!("{}.{}", model.name(), model.fields()[field].name))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let ways: Vec<String> = links
        .iter()
        .map(|link| {
            if link.forward {
                names(earlier, &mut link.on.iter().map(|(left, _)| *left))
            } else {
                names(model, &mut link.on.iter().map(|(_, right)| *right))
            }
        })
        .collect();
    Error::query(format!(
        "{} and {} are joined by more than one reference: {}; say which one by a predicate that compares its fields",
        earlier.name(),
        model.name(),
        ways.join(" and ")
    ))
}

fn check_types(earlier: &ModelDef, model: &ModelDef, link: &Link) -> Result<()> {
    for (left, right) in &link.on {
        let (left, right) = (&earlier.fields()[*left], &model.fields()[*right]);
        if left.ty != right.ty {
            let message = format!(
                "the reference between {}.{} and {}.{} compares {} with {}",
                earlier.name(),
                left.name,
                model.name(),
                right.name,
                left.ty.describe(),
                right.ty.describe()
            );
            return Err(Error::new(ErrorKind::Schema, message));
        }
    }
    Ok(())
}

/// Adds the association models of the relations of all models in `nodes`.
fn add_associations(nodes: &mut Vec<Arc<ModelDef>>) -> Result<()> {
    for position in 0..nodes.len() {
        let model = nodes[position].clone();
        for through in model.relations().iter().filter_map(|relation| relation.through.as_ref()) {
            let association = through.resolve().map_err(|error| error.with_model(model.name()))?;
            add_node(nodes, association);
        }
    }
    Ok(())
}

/// Adds everything that references lead to from the models in `nodes`, over any number of steps.
fn add_referenced(nodes: &mut Vec<Arc<ModelDef>>) -> Result<()> {
    let mut position = 0;
    while let Some(model) = nodes.get(position).cloned() {
        for reference in model.references() {
            let (target, _) = reference.resolve().map_err(|error| error.with_model(model.name()))?;
            add_node(nodes, target);
        }
        position += 1;
    }
    Ok(())
}

fn add_node(nodes: &mut Vec<Arc<ModelDef>>, model: Arc<ModelDef>) {
    if !nodes.iter().any(|node| node.id() == model.id()) {
        nodes.push(model);
    }
}
