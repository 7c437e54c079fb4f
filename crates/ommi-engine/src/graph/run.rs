//! Adds the rows of a graph: statement by statement, in a transaction where there is more than one.

use std::collections::BTreeMap;
use std::sync::Arc;

use ommi_core::query::{Assignment, ColumnRef, Expr, Operation, Operator, Query};
use ommi_core::schema::ModelDef;
use ommi_core::value::{Cell, RowBatch, Value};
use ommi_core::{Error, ErrorKind, Result};

use super::link::{Origin, Wiring};
use super::order::{Order, Step};
use super::{GraphAdded, GraphFilled, GraphNode, GraphRows};
use crate::session::Session;
use crate::together::after_rollback;

/// How a graph is added.
#[derive(Debug)]
pub(super) struct GraphPlan {
    wiring: Wiring,
    order: Order,
    /// What is set when all rows are there.
    later: Vec<Later>,
}

/// Fields of one row that are set when all rows are there.
#[derive(Debug)]
struct Later {
    node: GraphNode,
    /// The values of its key; NULL where it is generated.
    key: Vec<Value>,
    fields: Vec<(usize, Origin)>,
}

impl GraphPlan {
    /// One statement adds all rows as they are; where there is no part, none does.
    pub(super) fn plain(has_rows: bool) -> Self {
        let steps = if has_rows { vec![Step { part: 0, rows: None }] } else { Vec::new() };
        Self { wiring: Wiring::default(), order: Order { steps, later: BTreeMap::new() }, later: Vec::new() }
    }

    pub(super) fn new(parts: &[GraphRows], wiring: Wiring, order: Order) -> Self {
        let value = |node: GraphNode, field| parts[node.part].cell(node.row, field).to_value();
        let later = order.later.iter().map(|(node, fields)| {
            let origin = |field: &usize| match wiring.origin(*node, *field) {
                Some(origin) => (*field, origin.clone()),
                None => (*field, Origin::Known(value(*node, *field).unwrap_or(Value::Null))),
            };
            let key = parts[node.part].model.key().iter();
            Later {
                node: *node,
                key: key.map(|field| value(*node, *field).unwrap_or(Value::Null)).collect(),
                fields: fields.iter().map(origin).collect(),
            }
        });
        let later = later.collect();
        Self { wiring, order, later }
    }
}

pub(super) async fn run(session: &Session, mut parts: Vec<GraphRows>, plan: GraphPlan) -> Result<GraphAdded> {
    if plan.order.steps.len() + plan.later.len() < 2 {
        return add(session, &mut parts, &plan).await;
    }
    if fails_with_its_transaction(session) {
        return add(session, &mut parts, &plan).await;
    }
    let transaction = session.atomic().await?;
    match add(&transaction.session(), &mut parts, &plan).await {
        Ok(added) => {
            transaction.commit().await?;
            Ok(added)
        }
        Err(error) => Err(after_rollback(error, transaction.rollback().await)),
    }
}

/// Whether a statement that fails ends the transaction that it is in: then nothing of it stays anyway, and the database
/// need not be able to undo a part of it.
fn fails_with_its_transaction(session: &Session) -> bool {
    let capabilities = session.handle().driver().capabilities();
    session.transaction().is_some() && !capabilities.savepoints && !capabilities.statement_rollback
}

async fn add(session: &Session, parts: &mut [GraphRows], plan: &GraphPlan) -> Result<GraphAdded> {
    let mut keys: Vec<BTreeMap<usize, i64>> = vec![BTreeMap::new(); parts.len()];
    let mut whole: Vec<Option<Vec<i64>>> = vec![None; parts.len()];
    for step in &plan.order.steps {
        let rows = rows_of(parts, step, plan, &Keys { keys: &keys, whole: &whole })?;
        let (model, fields) = (parts[step.part].model.clone(), parts[step.part].fields());
        let count = rows.len();
        let added = session.insert(model.clone(), fields, rows).await?;
        if model.generated_key().is_none() {
            continue;
        }
        if added.len() != count {
            let message = format!("the driver gave {} keys for {count} rows", added.len());
            return Err(Error::new(ErrorKind::Internal, message).with_model(model.name()));
        }
        match &step.rows {
            None => whole[step.part] = Some(added),
            Some(rows) => keys[step.part].extend(rows.iter().copied().zip(added)),
        }
    }
    let known = Keys { keys: &keys, whole: &whole };
    for later in &plan.later {
        session.write(known.update(&parts[later.node.part].model, later)?).await?;
    }
    let filled = plan
        .wiring
        .all()
        .map(|(node, field, origin)| Ok(GraphFilled { node, field, value: known.value(origin)? }));
    let filled = filled.collect::<Result<_>>()?;
    let in_order = |(whole, keys): (Option<Vec<i64>>, BTreeMap<usize, i64>)| {
        whole.unwrap_or_else(|| keys.into_values().collect())
    };
    Ok(GraphAdded { keys: whole.into_iter().zip(keys).map(in_order).collect(), filled })
}

/// The rows of a step with the values that they take.
fn rows_of(parts: &mut [GraphRows], step: &Step, plan: &GraphPlan, keys: &Keys<'_>) -> Result<RowBatch> {
    let part = step.part;
    let is_as_given = step.rows.is_none()
        && !plan.wiring.touches(part)
        && !plan.order.later.keys().any(|node| node.part == part);
    if is_as_given {
        return Ok(std::mem::take(&mut parts[part].rows));
    }
    let (given, fields) = (&parts[part], parts[part].fields());
    let all = (0..given.rows.len()).collect();
    let rows = step.rows.as_ref().unwrap_or(&all);
    let mut batch = RowBatch::with_capacity(fields.len(), rows.len());
    let mut decimal = String::new();
    for row in rows {
        let node = GraphNode { part, row: *row };
        let later = plan.order.later.get(&node);
        for field in &fields {
            if later.is_some_and(|later| later.contains(field)) {
                batch.push(Cell::Null);
            } else if let Some(origin) = plan.wiring.origin(node, *field) {
                batch.push(keys.value(origin)?.as_cell(&mut decimal));
            } else {
                batch.push(given.cell(*row, *field));
            }
        }
        batch.end_row();
    }
    Ok(batch)
}

/// The keys that were generated so far.
struct Keys<'a> {
    keys: &'a [BTreeMap<usize, i64>],
    /// Those of parts that were added by one statement.
    whole: &'a [Option<Vec<i64>>],
}

impl Keys<'_> {
    fn of(&self, node: GraphNode) -> Result<Value> {
        let found = match &self.whole[node.part] {
            Some(keys) => keys.get(node.row),
            None => self.keys[node.part].get(&node.row),
        };
        found.map(|key| Value::Int(*key)).ok_or_else(|| {
            Error::new(ErrorKind::Internal, "a row was added before the one that it refers to")
        })
    }

    fn value(&self, origin: &Origin) -> Result<Value> {
        match origin {
            Origin::Known(value) => Ok(value.clone()),
            Origin::Generated(node) => self.of(*node),
        }
    }

    /// Sets what was left NULL in one row.
    fn update(&self, model: &Arc<ModelDef>, later: &Later) -> Result<Operation> {
        let mut query = Query::new(model.clone());
        for (field, value) in model.key().iter().zip(&later.key) {
            let value = if value.is_null() { self.of(later.node)? } else { value.clone() };
            let column = Expr::Column(ColumnRef { model: model.clone(), field: *field });
            query.narrow(Expr::binary(Operator::Eq, column, Expr::Value(value)));
        }
        let set = |(field, origin): &(usize, Origin)| {
            Ok(Assignment { field: *field, value: Expr::Value(self.value(origin)?) })
        };
        Ok(Operation::Update(query, later.fields.iter().map(set).collect::<Result<_>>()?))
    }
}
