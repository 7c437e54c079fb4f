//! Lists of thousands of values, as `in_` takes them: they are read in slices short enough for an event loop, before
//! the query that they stand in begins.

use std::time::Instant;

use ommi::core::query::{Expr, Operator};
use ommi::core::value::Value;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use super::owner::{Owner, literal, owner_of};
use super::{ASTComparisonNode, ASTGroupNode, ASTLogicalNode};
use crate::hub::HOLD_BUDGET;

/// Shorter lists are read at once: that takes a fraction of the budget.
const LONG: usize = 1000;

/// A long list that nobody has read yet.
pub(crate) struct LongList {
    node: Py<ASTComparisonNode>,
    owner: Option<Owner>,
    values: Py<PyList>,
    read: Vec<Value>,
}

impl LongList {
    /// Reads some of the values; true when the list is complete and its node has them.
    pub(crate) fn read_some(&mut self, py: Python<'_>, began: Instant) -> PyResult<bool> {
        const CLOCK_EVERY: usize = 64;
        let values = self.values.bind(py);
        while self.read.len() < values.len() {
            self.read.push(literal(&values.get_item(self.read.len())?, self.owner.as_ref())?);
            if self.read.len().is_multiple_of(CLOCK_EVERY) && began.elapsed() > HOLD_BUDGET / 2 {
                return Ok(false);
            }
        }
        *self.node.get().read_ahead.lock() = Some(std::mem::take(&mut self.read));
        Ok(true)
    }
}

/// Adds the long lists in a predicate that have not been read yet.
pub(crate) fn find_long_lists(predicate: &Bound<'_, PyAny>, found: &mut Vec<LongList>) -> PyResult<()> {
    let py = predicate.py();
    if let Ok(node) = predicate.cast_exact::<ASTComparisonNode>() {
        return found_in(node).map(|list| found.extend(list));
    }
    let operands = if let Ok(logical) = predicate.cast_exact::<ASTLogicalNode>() {
        logical.get().operands.bind(py)
    } else if let Ok(group) = predicate.cast_exact::<ASTGroupNode>() {
        group.get().operands.bind(py)
    } else {
        return Ok(());
    };
    operands.iter().try_for_each(|operand| find_long_lists(&operand, found))
}

fn found_in(node: &Bound<'_, ASTComparisonNode>) -> PyResult<Option<LongList>> {
    let this = node.get();
    if !matches!(this.operator, Operator::In | Operator::NotIn) {
        return Ok(None);
    }
    let right = this.right.bind(node.py());
    let values = match (right.cast::<PyList>(), right.cast::<PyTuple>()) {
        (Ok(list), _) if list.len() > LONG => list.clone(),
        (_, Ok(tuple)) if tuple.len() > LONG => tuple.to_list(),
        _ => return Ok(None),
    };
    if this.read_ahead.lock().is_some() {
        return Ok(None);
    }
    let read = Vec::with_capacity(values.len());
    Ok(Some(LongList { node: node.clone().unbind(), owner: owner_of(node)?, values: values.unbind(), read }))
}

/// Whether a filter holds so many values that even binding them takes an event loop too long.
pub(crate) fn has_long_list(filter: &Expr) -> bool {
    filter.any(|part| match part {
        Expr::List(values) => values.len() > LONG,
        Expr::Subquery(subquery) => subquery.query.filter.as_ref().is_some_and(has_long_list),
        _nothing_long => false,
    })
}
