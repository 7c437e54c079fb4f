//! `Query`: which rows, in which order, how many, and what of them.

use std::sync::Arc;
use std::time::Duration;

use super::{ColumnRef, Direction, Expr, Order};
use crate::schema::ModelDef;

/// What a fetch returns of each row.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Projection {
    /// Every field of the query's model, in its order.
    #[default]
    Model,
    /// Every field of the query's model, then these columns: what loads of relations group by.
    ModelWith(Vec<ColumnRef>),
    /// These values only: fields, what is computed from them, and of groups their keys and aggregates.
    Values(Vec<Expr>),
}

impl Projection {
    /// These columns only.
    pub fn columns(columns: impl IntoIterator<Item = ColumnRef>) -> Self {
        Projection::Values(columns.into_iter().map(Expr::Column).collect())
    }
}

/// How rows are put together. A query that selects an aggregate and has none of these makes one row of all that it
/// finds, also where it finds nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Groups {
    /// Rows that are equal in these are one group; NULLs are equal here.
    pub keys: Vec<Expr>,
    /// Which groups are returned.
    pub having: Option<Expr>,
}

/// At most so many rows, in the query's order, of those that are equal in some fields: the first posts of each user.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitBy {
    /// The fields.
    pub columns: Vec<ColumnRef>,
    /// How many rows stay.
    pub limit: u64,
}

/// What a read that locks its rows does about those that another transaction has locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// It waits for the end of that transaction.
    Wait,
    /// It leaves them out: what many workers take from one queue.
    Skip,
    /// It fails at once, as by a [`Lock`](crate::ErrorKind::Lock) error.
    Refuse,
}

/// What the query cache has to do with a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Caching {
    /// What the handle says.
    #[default]
    AsHandle,
    /// The read goes through the cache.
    Wanted,
    /// The read goes through the cache, and is good for so long.
    For(Duration),
    /// The read goes to the database.
    Never,
}

/// Rows of one model. Models that only predicates name are joined through their references.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The model whose rows are found.
    pub model: Arc<ModelDef>,
    /// Which rows; all of them without one.
    pub filter: Option<Expr>,
    /// How rows are put together, where they are.
    pub groups: Option<Box<Groups>>,
    /// The sort keys, the first one weighs most.
    pub order: Vec<Order>,
    /// At most so many rows.
    pub limit: Option<u64>,
    /// Without the first so many rows.
    pub offset: Option<u64>,
    /// At most so many rows of each kind. Those of one kind come in the query's order, kinds in any. With it there is no
    /// other limit, and rows are neither distinct nor groups.
    pub limit_by: Option<Box<LimitBy>>,
    /// Whether equal rows are returned once.
    pub distinct: bool,
    /// What is returned of each row.
    pub projection: Projection,
    /// Whether the rows are locked until the transaction ends: nobody else changes or locks them meanwhile. Databases
    /// without locks of rows lock more than these.
    pub lock: Option<Lock>,
    /// What the query cache has to do with it; never part of what is asked.
    pub caching: Caching,
}

impl Query {
    /// All rows of `model`.
    #[inline]
    pub fn new(model: Arc<ModelDef>) -> Self {
        Self {
            model,
            filter: None,
            groups: None,
            order: Vec::new(),
            limit: None,
            offset: None,
            limit_by: None,
            distinct: false,
            projection: Projection::Model,
            lock: None,
            caching: Caching::AsHandle,
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

    /// Leaves so many rows, or all where there are no more, chosen by chance: any as likely as any other. They come in any
    /// order.
    pub fn sample(&mut self, rows: u64) {
        self.order.push(Order::new(Expr::Random, Direction::Ascending));
        self.limit = Some(rows);
    }

    /// Adds something by which rows are put together.
    pub fn group(&mut self, key: Expr) {
        self.groups.get_or_insert_default().keys.push(key);
    }

    /// Adds a predicate that must hold for each group.
    pub fn having(&mut self, predicate: Expr) {
        let groups = self.groups.get_or_insert_default();
        groups.having = Some(match groups.having.take() {
            None => predicate,
            Some(having) => having.and(predicate),
        });
    }

    /// Whether it returns groups of rows instead of rows.
    pub fn is_grouped(&self) -> bool {
        let selects_aggregate = match &self.projection {
            Projection::Model | Projection::ModelWith(_) => false,
            Projection::Values(values) => values.iter().any(Expr::has_aggregate),
        };
        self.groups.is_some() || selects_aggregate
    }
}
