//! Conditions and order of a query by themselves: what narrows a relation that is loaded with a fetch.

use ommi::core::query::{Expr, Order};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::Query;

impl Query {
    /// The condition and the order of a query with these sort keys: which of the rows that a relation leads to are loaded.
    pub(crate) fn conditions(
        py: Python<'_>,
        query: Query,
        order: &Bound<'_, PyTuple>,
    ) -> PyResult<(Option<Expr>, Vec<Order>)> {
        let query = Bound::new(py, query.order_by(order)?)?;
        let lowered = Self::lower(&query)?.query;
        Ok((lowered.filter, lowered.order))
    }
}
