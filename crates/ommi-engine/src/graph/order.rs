//! In which order the rows of a graph are added: each after those that it refers to. Models come in the order of their
//! references; only rows of models that refer to themselves, or to each other, are looked at one by one.

use std::collections::{BTreeMap, HashMap};

use ommi_core::Result;
use ommi_core::value::Cell;

use super::{GraphNode, GraphRows, Link, Target, names, refused};
use crate::relations::RelationKey;

/// Rows that are added by one statement.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) part: usize,
    /// Which of the part's rows; all of them without a list.
    pub(super) rows: Option<Vec<usize>>,
}

/// The statements of a graph.
#[derive(Debug, Default)]
pub(super) struct Order {
    pub(super) steps: Vec<Step>,
    /// Fields that are NULL at first and set when all rows are there, by row.
    pub(super) later: BTreeMap<GraphNode, Vec<usize>>,
}

/// A row that comes after another one.
#[derive(Debug, Clone)]
struct Edge {
    child: usize,
    parent: usize,
    /// The child's fields, each with the parent's.
    fields: Vec<(usize, usize)>,
    /// It follows from values that are there; a database may let them stand in any order.
    by_value: bool,
}

/// # Errors
/// `Schema` for a reference that leads nowhere, `Validation` for a circle in which no field allows NULL.
pub(super) fn order(parts: &[GraphRows], links: &[Link], checks_references: bool) -> Result<Order> {
    let mut order = Order::default();
    for circle in circles(parts)? {
        match circle.as_slice() {
            [part] if !refers_to(parts, *part, *part)? => {
                order.steps.push(Step { part: *part, rows: None });
            }
            members => Rows::new(parts, members).sort(links, checks_references, &mut order)?,
        }
    }
    order.steps.retain(|step| !parts[step.part].rows.is_empty());
    Ok(order)
}

/// The models that refer to each other, directly or not, together; each such group after those that it refers to.
fn circles(parts: &[GraphRows]) -> Result<Vec<Vec<usize>>> {
    let count = parts.len();
    let mut reaches = vec![vec![false; count]; count];
    for (from, row) in reaches.iter_mut().enumerate() {
        for (to, reached) in row.iter_mut().enumerate() {
            *reached = from == to || refers_to(parts, from, to)?;
        }
    }
    for middle in 0..count {
        let onward = reaches[middle].clone();
        for row in reaches.iter_mut().filter(|row| row[middle]) {
            row.iter_mut().zip(&onward).for_each(|(reached, onward)| *reached |= onward);
        }
    }
    // Who refers to another reaches all that it reaches, and more.
    let mut firsts: Vec<usize> = (0..count)
        .filter(|part| !(0..*part).any(|other| reaches[*part][other] && reaches[other][*part]))
        .collect();
    firsts.sort_by_key(|part| reaches[*part].iter().filter(|reached| **reached).count());
    let is_together = |first: usize, part: usize| reaches[first][part] && reaches[part][first];
    let together = |first| (0..count).filter(|part| is_together(first, *part)).collect();
    Ok(firsts.into_iter().map(together).collect())
}

pub(super) fn refers_to(parts: &[GraphRows], from: usize, to: usize) -> Result<bool> {
    let (model, target) = (&parts[from].model, &parts[to].model);
    for reference in model.references() {
        let found = reference.target.resolve().map_err(|error| error.with_model(model.name()))?;
        if found.id() == target.id() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The rows of models that refer to each other.
struct Rows<'a> {
    parts: &'a [GraphRows],
    members: &'a [usize],
    nodes: Vec<GraphNode>,
    /// The first node of each part.
    starts: HashMap<usize, usize>,
}

impl<'a> Rows<'a> {
    fn new(parts: &'a [GraphRows], members: &'a [usize]) -> Self {
        let mut nodes = Vec::new();
        let mut starts = HashMap::new();
        for part in members {
            starts.insert(*part, nodes.len());
            nodes.extend((0..parts[*part].rows.len()).map(|row| GraphNode { part: *part, row }));
        }
        Self { parts, members, nodes, starts }
    }

    fn index(&self, node: GraphNode) -> Option<usize> {
        self.starts.get(&node.part).map(|start| start + node.row)
    }

    fn sort(&self, links: &[Link], checks_references: bool, order: &mut Order) -> Result<()> {
        let mut edges = self.linked(links);
        if checks_references {
            self.add_referring(&mut edges)?;
        }
        let levels = self.levels(&edges, &mut order.later)?;
        let mut steps: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (node, level) in self.nodes.iter().zip(levels) {
            steps.entry((level, node.part)).or_default().push(node.row);
        }
        order.steps.extend(steps.into_iter().map(|((_, part), rows)| {
            let is_whole = rows.len() == self.parts[part].rows.len();
            Step { part, rows: (!is_whole).then_some(rows) }
        }));
        Ok(())
    }

    /// What links say.
    fn linked(&self, links: &[Link]) -> Vec<Edge> {
        let edge = |link: &Link| {
            let Target::Row(target) = &link.target else { return None };
            let (child, parent) = (self.index(link.child)?, self.index(*target)?);
            Some(Edge { child, parent, fields: link.fields.to_vec(), by_value: false })
        };
        links.iter().filter_map(edge).collect()
    }

    /// What values say: rows that hold the key of another one. A row may refer to itself.
    fn add_referring(&self, edges: &mut Vec<Edge>) -> Result<()> {
        for part in self.members {
            let rows = &self.parts[*part];
            for reference in rows.model.references() {
                let (target, fields) = reference.resolve()?;
                let Some(to) = self.members.iter().find(|to| self.parts[**to].model.id() == target.id())
                else {
                    continue;
                };
                let referring = self.keyed(*part, &reference.fields);
                if referring.is_empty() {
                    continue;
                }
                let known: HashMap<RelationKey, usize> = self.keyed(*to, &fields).into_iter().collect();
                let pairs: Vec<_> = reference.fields.iter().copied().zip(fields).collect();
                let found = referring.into_iter().filter_map(|(key, child)| {
                    let parent = *known.get(&key)?;
                    let fields = pairs.clone();
                    (parent != child).then_some(Edge { child, parent, fields, by_value: true })
                });
                edges.extend(found);
            }
        }
        Ok(())
    }

    /// The rows of a part that have a value in each of these fields, by these.
    fn keyed(&self, part: usize, fields: &[usize]) -> Vec<(RelationKey, usize)> {
        let rows = &self.parts[part];
        let start = self.starts.get(&part).copied().unwrap_or_default();
        let key = |row: usize| {
            let cells = fields.iter().map(|field| rows.cell(row, *field));
            let is_full = cells.clone().all(|cell| cell != Cell::Null);
            is_full.then(|| (RelationKey::of_cells(cells), start + row))
        };
        (0..rows.rows.len()).filter_map(key).collect()
    }

    /// How many rows come before each one, one after the other.
    fn levels(&self, edges: &[Edge], later: &mut BTreeMap<GraphNode, Vec<usize>>) -> Result<Vec<usize>> {
        let mut waits_for: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        let mut leads_to: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for (position, edge) in edges.iter().enumerate() {
            waits_for[edge.child].push(position);
            leads_to[edge.parent].push(position);
        }
        let mut levels = vec![0; self.nodes.len()];
        let mut placed = vec![false; self.nodes.len()];
        let mut open: Vec<usize> = waits_for.iter().map(Vec::len).collect();
        let mut cut = vec![false; edges.len()];
        let mut ready: Vec<usize> = (0..self.nodes.len()).filter(|node| open[*node] == 0).collect();
        let mut first = 0;
        loop {
            while let Some(node) = ready.pop() {
                placed[node] = true;
                for position in leads_to[node].iter().filter(|position| !cut[**position]) {
                    let child = edges[*position].child;
                    levels[child] = levels[child].max(levels[node] + 1);
                    open[child] -= 1;
                    if open[child] == 0 {
                        ready.push(child);
                    }
                }
            }
            while placed.get(first) == Some(&true) {
                first += 1;
            }
            if first == self.nodes.len() {
                return Ok(levels);
            }
            let circle = circle(
                first,
                |node| {
                    let next = |position: &&usize| !cut[**position] && !placed[edges[**position].parent];
                    waits_for[node].iter().find(next).copied()
                },
                edges,
            );
            let position = self.weakest(edges, &circle)?;
            let edge = &edges[position];
            cut[position] = true;
            if self.allows_null(edge) {
                later
                    .entry(self.nodes[edge.child])
                    .or_default()
                    .extend(edge.fields.iter().map(|(field, _)| *field));
            }
            open[edge.child] -= 1;
            if open[edge.child] == 0 {
                ready.push(edge.child);
            }
        }
    }

    /// Where a circle is cut: at a field that is NULL at first, else where the database may do without.
    fn weakest(&self, edges: &[Edge], circle: &[usize]) -> Result<usize> {
        let optional = circle.iter().find(|position| self.allows_null(&edges[**position]));
        let by_value = || circle.iter().find(|position| edges[**position].by_value);
        if let Some(position) = optional.or_else(by_value) {
            return Ok(*position);
        }
        let all: Vec<String> = circle
            .iter()
            .map(|position| {
                names(&self.parts[self.nodes[edges[*position].child].part].model, &edges[*position].fields)
            })
            .collect();
        let edge = &edges[circle[0]];
        let message = format!(
            "the new rows refer to each other in a circle ({}), and none of these fields may be NULL while the other \
             rows are added: make one of them optional",
            all.join(", ")
        );
        Err(refused(message, &self.parts[self.nodes[edge.child].part].model, edge.fields[0].0))
    }

    fn allows_null(&self, edge: &Edge) -> bool {
        let model = &self.parts[self.nodes[edge.child].part].model;
        edge.fields.iter().all(|(field, _)| model.fields()[*field].nullable && !model.key().contains(field))
    }
}

/// A circle of edges, met by going from a row to one that it waits for, again and again.
fn circle(start: usize, next: impl Fn(usize) -> Option<usize>, edges: &[Edge]) -> Vec<usize> {
    let mut path: Vec<usize> = Vec::new();
    let mut met: HashMap<usize, usize> = HashMap::new();
    let mut node = start;
    while !met.contains_key(&node) {
        met.insert(node, path.len());
        match next(node) {
            Some(position) => {
                path.push(position);
                node = edges[position].parent;
            }
            None => return path,
        }
    }
    path.split_off(met.get(&node).copied().unwrap_or_default())
}
