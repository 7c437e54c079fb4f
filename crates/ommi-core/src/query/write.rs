//! `Operation`: everything that a plan can be made of.

use std::sync::Arc;

use super::{Expr, Query};
use crate::schema::ModelDef;

/// A field and the value or expression that it is set to.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// The field's position in the updated model.
    pub field: usize,
    /// A literal, or an expression over the row as it was.
    pub value: Expr,
}

/// One thing to do with a database.
#[derive(Debug, Clone)]
pub enum Operation {
    /// Reads rows.
    Fetch(Query),
    /// Counts rows.
    Count(Query),
    /// Asks whether there is a row.
    Exists(Query),
    /// Changes the rows that the query finds.
    Update(Query, Vec<Assignment>),
    /// Removes the rows that the query finds.
    Delete(Query),
    /// Adds rows with these fields given; the generated key, if any, comes back.
    Insert {
        /// The model.
        model: Arc<ModelDef>,
        /// Positions of the fields that rows give.
        fields: Vec<usize>,
    },
}

impl Operation {
    /// The model that the operation reads or writes.
    pub fn model(&self) -> &Arc<ModelDef> {
        match self {
            Operation::Fetch(query)
            | Operation::Count(query)
            | Operation::Exists(query)
            | Operation::Update(query, _)
            | Operation::Delete(query) => &query.model,
            Operation::Insert { model, .. } => model,
        }
    }
}
