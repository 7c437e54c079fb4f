//! `Query`: which rows, in which order, how many, and what of them.

use std::sync::Arc;

use super::{ColumnRef, Expr, Order};
use crate::schema::ModelDef;

/// What a fetch returns of each row.
#[derive(Debug, Clone, Default)]
pub enum Projection {
    /// Every field of the query's model, in its order.
    #[default]
    Model,
    /// Every field of the query's model, then these columns: what loads of relations group by.
    ModelWith(Vec<ColumnRef>),
    /// These columns only.
    Columns(Vec<ColumnRef>),
}

/// Rows of one model. Models that only predicates name are joined through their references.
#[derive(Debug, Clone)]
pub struct Query {
    /// The model whose rows are found.
    pub model: Arc<ModelDef>,
    /// Which rows; all of them without one.
    pub filter: Option<Expr>,
    /// The sort keys, the first one weighs most.
    pub order: Vec<Order>,
    /// At most so many rows.
    pub limit: Option<u64>,
    /// Without the first so many rows.
    pub offset: Option<u64>,
    /// Whether equal rows are returned once.
    pub distinct: bool,
    /// What is returned of each row.
    pub projection: Projection,
    /// Whether the rows are locked until the transaction ends: nobody else changes or locks them meanwhile. Databases
    /// without locks of rows lock more than these.
    pub lock: bool,
}

impl Query {
    /// All rows of `model`.
    #[inline]
    pub fn new(model: Arc<ModelDef>) -> Self {
        Self {
            model,
            filter: None,
            order: Vec::new(),
            limit: None,
            offset: None,
            distinct: false,
            projection: Projection::Model,
            lock: false,
        }
    }

    /// Adds a predicate that must hold too.
    #[must_use]
    pub fn filter(mut self, predicate: Expr) -> Self {
        self.narrow(predicate);
        self
    }

    /// As [`filter`](Self::filter), in place.
    #[inline]
    pub fn narrow(&mut self, predicate: Expr) {
        match &mut self.filter {
            None => self.filter = Some(predicate),
            Some(_) => self.filter = self.filter.take().map(|filter| filter.and(predicate)),
        }
    }
}
