//! `PlanPath`: a value inside a nested one.

use super::PlanExpr;
use crate::schema::FieldType;

/// A value inside a nested one: see [`Path`](crate::query::Path).
#[derive(Debug, PartialEq)]
pub struct PlanPath {
    /// The nested value.
    pub subject: PlanExpr,
    /// The names that lead into it, the outermost first; there is one at least.
    pub keys: Vec<String>,
    /// The type of what is there: a bool, an integer, a float or text.
    pub ty: FieldType,
}

/// Never a part of the clone of an expression, as that of a [`Path`](crate::query::Path).
impl Clone for PlanPath {
    #[inline(never)]
    fn clone(&self) -> Self {
        Self { subject: self.subject.clone(), keys: self.keys.clone(), ty: self.ty.clone() }
    }
}
