//! `Expr`: a node of the query AST.

use std::sync::Arc;

use super::{Aggregate, Operator, Path, Subquery};
use crate::schema::{FieldDef, ModelDef};
use crate::value::Value;

/// A field of a model, as an operand.
#[derive(Debug, Clone)]
pub struct ColumnRef {
    /// The model.
    pub model: Arc<ModelDef>,
    /// The field's position in it.
    pub field: usize,
}

/// The same field of the same model.
impl PartialEq for ColumnRef {
    fn eq(&self, other: &Self) -> bool {
        self.field == other.field && self.model.id() == other.model.id()
    }
}

impl ColumnRef {
    /// The field's definition.
    pub fn definition(&self) -> &FieldDef {
        &self.model.fields()[self.field]
    }
}

/// An expression: a predicate, or a value computed from fields.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A field.
    Column(ColumnRef),
    /// A literal.
    Value(Value),
    /// Literals, as the right side of `in` and `not_in`.
    List(Vec<Value>),
    /// An operator over its subject and operands, in written order.
    Apply(Operator, Vec<Expr>),
    /// All of them; true when empty.
    And(Vec<Expr>),
    /// Any of them; false when empty.
    Or(Vec<Expr>),
    /// The opposite; NULL stays unknown.
    Not(Box<Expr>),
    /// One value made of many rows. It stands in what is selected, in `having` and in the order of a query.
    Aggregate(Box<Aggregate>),
    /// One of several values, by what holds of the row.
    Case(Box<Case>),
    /// A value inside a nested one.
    Path(Box<Path>),
    /// A number by chance, another one for each row. It stands alone in the order of a query: see [`Query::sample`](super::Query::sample).
    Random,
    /// What another query finds. It stands in the filter of a query.
    Subquery(Box<Subquery>),
    /// The value that a row on its way in has for the field. It stands only in what a conflict sets
    /// ([`Resolution`](super::Resolution)), where a field alone is that of the row that is there.
    Given(ColumnRef),
}

/// One of several values: that of the first condition that holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Conditions in the order in which they are looked at, each with its value. All values have one type.
    pub branches: Vec<(Expr, Expr)>,
    /// The value where no condition holds; NULL without one.
    pub otherwise: Option<Expr>,
}

impl Case {
    /// The values, in written order.
    pub fn values(&self) -> impl Iterator<Item = &Expr> {
        self.branches.iter().map(|(_, value)| value).chain(&self.otherwise)
    }

    /// Conditions and values, in written order.
    pub fn parts(&self) -> impl Iterator<Item = &Expr> {
        self.branches.iter().flat_map(|(condition, value)| [condition, value]).chain(&self.otherwise)
    }
}

impl Expr {
    /// `operator` over a subject and one operand. Equality with NULL becomes a test for NULL here, so that
    /// `field == None` means what it says on every database.
    pub fn binary(operator: Operator, left: Expr, right: Expr) -> Expr {
        match (operator, &left, &right) {
            (Operator::Eq, _, Expr::Value(Value::Null)) => Expr::Apply(Operator::IsNull, vec![left]),
            (Operator::Ne, _, Expr::Value(Value::Null)) => Expr::Apply(Operator::IsNotNull, vec![left]),
            _ => Expr::Apply(operator, vec![left, right]),
        }
    }

    /// Whether a list has one of these members at least. Of none it has none.
    pub fn overlaps(list: &Expr, members: impl IntoIterator<Item = Expr>) -> Expr {
        Expr::Or(members.into_iter().map(|member| list.clone().has(member)).collect())
    }

    /// Whether a list has each of these members. Of none it has all.
    pub fn contains_all(list: &Expr, members: impl IntoIterator<Item = Expr>) -> Expr {
        Expr::And(members.into_iter().map(|member| list.clone().has(member)).collect())
    }

    fn has(self, member: Expr) -> Expr {
        Expr::Apply(Operator::Contains, vec![self, member])
    }

    /// Both; nested conjunctions are joined into one.
    #[must_use]
    pub fn and(self, other: Expr) -> Expr {
        match (self, other) {
            (Expr::And(mut left), Expr::And(right)) => {
                left.extend(right);
                Expr::And(left)
            }
            (Expr::And(mut left), right) => {
                left.push(right);
                Expr::And(left)
            }
            (left, right) => Expr::And(vec![left, right]),
        }
    }

    /// Either; nested disjunctions are joined into one.
    #[must_use]
    pub fn or(self, other: Expr) -> Expr {
        match (self, other) {
            (Expr::Or(mut left), Expr::Or(right)) => {
                left.extend(right);
                Expr::Or(left)
            }
            (Expr::Or(mut left), right) => {
                left.push(right);
                Expr::Or(left)
            }
            (left, right) => Expr::Or(vec![left, right]),
        }
    }

    /// The opposite.
    #[must_use]
    pub fn negate(self) -> Expr {
        Expr::Not(Box::new(self))
    }

    /// What it is made of, in written order; of a subquery what belongs to the enclosing query alone.
    pub fn parts(&self) -> Vec<&Expr> {
        match self {
            Expr::Column(_) | Expr::Value(_) | Expr::List(_) | Expr::Given(_) | Expr::Random => Vec::new(),
            Expr::Apply(_, operands) | Expr::And(operands) | Expr::Or(operands) => operands.iter().collect(),
            Expr::Not(inner) => vec![inner],
            Expr::Aggregate(aggregate) => aggregate.subject.iter().chain(&aggregate.filter).collect(),
            Expr::Case(case) => case.parts().collect(),
            Expr::Path(path) => vec![&path.subject],
            Expr::Subquery(subquery) => subquery.member.iter().collect(),
        }
    }

    /// Whether it, or anything that it is made of, is `wanted`.
    pub fn any(&self, wanted: impl Fn(&Expr) -> bool) -> bool {
        let mut rest = vec![self];
        while let Some(expr) = rest.pop() {
            if wanted(expr) {
                return true;
            }
            rest.extend(expr.parts());
        }
        false
    }

    /// The first field in written order: its model is the one that a query of this expression returns.
    pub fn first_column(&self) -> Option<&ColumnRef> {
        let mut rest = vec![self];
        while let Some(expr) = rest.pop() {
            if let Expr::Column(column) = expr {
                return Some(column);
            }
            rest.extend(expr.parts().into_iter().rev());
        }
        None
    }

    /// Whether it holds a value made of many rows.
    pub fn has_aggregate(&self) -> bool {
        self.any(|expr| matches!(expr, Expr::Aggregate(_)))
    }
}

impl From<ColumnRef> for Expr {
    fn from(column: ColumnRef) -> Self {
        Expr::Column(column)
    }
}

impl From<Aggregate> for Expr {
    fn from(aggregate: Aggregate) -> Self {
        Expr::Aggregate(Box::new(aggregate))
    }
}

impl From<Path> for Expr {
    fn from(path: Path) -> Self {
        Expr::Path(Box::new(path))
    }
}

impl From<Case> for Expr {
    fn from(case: Case) -> Self {
        Expr::Case(Box::new(case))
    }
}
