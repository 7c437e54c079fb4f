//! `Subquery`: a query in a predicate of another one.

use super::{Expr, Query};

/// Whether another query finds rows, or a value among those that it selects.
///
/// Fields of models that the enclosing query has, and that are not the model of this one, are those of the enclosing row:
/// `exists` of the posts whose `author_id` is the `id` of a user looks at the posts of each user.
#[derive(Debug, PartialEq)]
pub struct Subquery {
    /// What is looked for among the one value that the query selects of each row; without it the question is whether the query
    /// finds a row at all. As with `in`, the answer is unknown where only a NULL stands in its way.
    pub member: Option<Expr>,
    /// The query.
    pub query: Query,
}

/// Never a part of the clone of an expression, which goes as deep as the expression: each step of that has to be small.
impl Clone for Subquery {
    #[inline(never)]
    fn clone(&self) -> Self {
        Self { member: self.member.clone(), query: self.query.clone() }
    }
}

impl Subquery {
    /// Whether the query finds a row.
    pub fn exists(query: Query) -> Self {
        Self { member: None, query }
    }

    /// Whether a value is among those that the query selects.
    pub fn among(member: Expr, query: Query) -> Self {
        Self { member: Some(member), query }
    }
}

impl From<Subquery> for Expr {
    fn from(subquery: Subquery) -> Self {
        Expr::Subquery(Box::new(subquery))
    }
}
