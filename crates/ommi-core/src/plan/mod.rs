//! `Plan`: an operation checked against its models: types bound, joins resolved, still database-neutral.
//! The engine makes plans, drivers compile them. A plan holds no values, only numbered parameters.

mod fallible;
mod path;
mod subquery;

use std::sync::Arc;

use crate::query::{Direction, Function, Lock, Operator};
use crate::schema::{FieldDef, FieldType, ModelDef};

pub use path::PlanPath;
pub use subquery::PlanSubquery;

/// A checked operation without its values. Each distinct shape of an operation has one plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What is done with the rows.
    pub action: Action,
    /// The tables; the first is the operation's model. A table's position is its alias.
    pub tables: Vec<Arc<ModelDef>>,
    /// How many of the last tables are those of an enclosing plan, in its order: their columns are those of the row that the
    /// enclosing plan is looking at. Only a subquery's plan has any.
    pub enclosing: usize,
    /// How the tables after the first are joined, each to an earlier one.
    pub joins: Vec<Join>,
    /// When set, joined tables only decide whether a row of the first table counts: it counts once, however
    /// many joined rows match. Otherwise joined rows multiply as in SQL.
    pub semi_join: bool,
    /// Which rows; all without one.
    pub filter: Option<PlanExpr>,
    /// How the rows are put together, where they are: then what is fetched, counted and sorted are groups.
    pub grouping: Option<Grouping>,
    /// The sort keys.
    pub order: Vec<PlanOrder>,
    /// The parameter that holds the limit, an integer.
    pub limit: Option<usize>,
    /// The parameter that holds the offset, an integer.
    pub offset: Option<usize>,
    /// How many rows of each kind are fetched, of a plan that is not distinct, has no groups and no other limit.
    pub limit_by: Option<PlanLimitBy>,
    /// Whether equal rows are returned once.
    pub distinct: bool,
    /// Whether the rows of a fetch are locked until the transaction ends.
    pub lock: Option<Lock>,
    /// The parameters' types, in the order in which values are bound.
    pub params: Vec<ParamType>,
    /// What is known of the number of rows.
    pub reach: Reach,
}

impl Plan {
    /// The operation's model.
    pub fn model(&self) -> &Arc<ModelDef> {
        &self.tables[0]
    }

    /// The field that a column names.
    pub fn field(&self, column: Column) -> &FieldDef {
        &self.tables[column.table].fields()[column.field]
    }

    /// `Model.field` of each term that is a column, for messages; its place where it is computed.
    pub fn labels(&self, terms: &[Term]) -> Vec<String> {
        let label = |(place, term): (usize, &Term)| match self.column_of(&term.expr) {
            Some(column) => format!("{}.{}", self.tables[column.table].name(), self.field(column).name),
            None => format!("{}.value {}", self.model().name(), place + 1),
        };
        terms.iter().enumerate().map(label).collect()
    }

    /// The column that an expression is: itself, or as the key of a group.
    pub fn column_of(&self, expr: &PlanExpr) -> Option<Column> {
        match expr {
            PlanExpr::Column(column) => Some(*column),
            PlanExpr::Key(key) => self.column_of(&self.grouping.as_ref()?.keys.get(*key)?.expr),
            PlanExpr::Param(_)
            | PlanExpr::Constant(_)
            | PlanExpr::Apply { .. }
            | PlanExpr::And(_)
            | PlanExpr::Or(_)
            | PlanExpr::Not(_)
            | PlanExpr::Aggregate(_)
            | PlanExpr::Case(_)
            | PlanExpr::Path(_)
            | PlanExpr::Random
            | PlanExpr::Subquery(_) => None,
        }
    }
}

/// What is done with the rows that a plan finds.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// These values of each row, or of each group, are returned.
    Fetch(Vec<Term>),
    /// The number of rows, or of groups, is returned, as one integer; of a plan that is distinct, the number of
    /// different combinations of these values.
    Count(Vec<Term>),
    /// Whether there is a row is returned, as one bool.
    Exists,
    /// Fields of the first table are set; expressions see the row as it was.
    Update(Vec<(usize, PlanExpr)>),
    /// Rows of the first table are removed.
    Delete,
    /// A row of the first table is added with these fields, one parameter each in this order.
    Insert {
        /// Positions of the fields given.
        fields: Vec<usize>,
        /// The position of the generated key that must come back.
        returning: Option<usize>,
    },
}

/// A column of one of the plan's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The table's position in the plan.
    pub table: usize,
    /// The field's position in its model.
    pub field: usize,
}

/// An expression with its type: something that is returned, sorted or grouped by.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// What is computed.
    pub expr: PlanExpr,
    /// The type of its values.
    pub ty: FieldType,
}

impl Term {
    /// A column of one of these tables.
    pub fn column(tables: &[Arc<ModelDef>], column: Column) -> Self {
        let ty = tables[column.table].fields()[column.field].ty.clone();
        Self { expr: PlanExpr::Column(column), ty }
    }

    /// The column that it is, where nothing is computed.
    pub fn as_column(&self) -> Option<Column> {
        match &self.expr {
            PlanExpr::Column(column) => Some(*column),
            PlanExpr::Param(_)
            | PlanExpr::Constant(_)
            | PlanExpr::Apply { .. }
            | PlanExpr::And(_)
            | PlanExpr::Or(_)
            | PlanExpr::Not(_)
            | PlanExpr::Key(_)
            | PlanExpr::Aggregate(_)
            | PlanExpr::Case(_)
            | PlanExpr::Path(_)
            | PlanExpr::Random
            | PlanExpr::Subquery(_) => None,
        }
    }

    /// The columns of a model's key, as those of the first table.
    pub fn key(model: &Arc<ModelDef>) -> Vec<Self> {
        let column = |field: &usize| Column { table: 0, field: *field };
        let tables = std::slice::from_ref(model);
        model.key().iter().map(|field| Self::column(tables, column(field))).collect()
    }
}

/// The first rows, in the plan's order, of those that are equal in some columns.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanLimitBy {
    /// The columns.
    pub columns: Vec<Column>,
    /// The parameter that holds the number of rows, an integer.
    pub limit: usize,
}

/// How rows are put together.
#[derive(Debug, Clone, PartialEq)]
pub struct Grouping {
    /// Rows that are equal in these are one group; without any, all rows are one, also where there is none.
    pub keys: Vec<Term>,
    /// What is made of the rows of each group.
    pub aggregates: Vec<PlanAggregate>,
    /// Which groups count; all without one.
    pub having: Option<PlanExpr>,
}

/// What is made of the rows of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanAggregate {
    /// The function.
    pub function: Function,
    /// What it is given of each row; only a count has none, and counts rows.
    pub subject: Option<Term>,
    /// Whether equal values take part once.
    pub distinct: bool,
    /// Which rows take part; all without one.
    pub filter: Option<PlanExpr>,
}

/// How a table is joined to an earlier one: by equality of the column pairs.
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    /// The joined table's position.
    pub table: usize,
    /// Pairs of a column of an earlier table and one of the joined table.
    pub on: Vec<(Column, Column)>,
}

/// A sort key.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanOrder {
    /// What is sorted by.
    pub by: Term,
    /// Its direction; NULLs are first when ascending.
    pub direction: Direction,
}

/// An expression with types in place of values.
#[derive(Debug, Clone, PartialEq)]
pub enum PlanExpr {
    /// A column.
    Column(Column),
    /// A parameter, by its position.
    Param(usize),
    /// True or false, known without looking at a row.
    Constant(bool),
    /// An operator over its operands in written order.
    Apply {
        /// The operator.
        operator: Operator,
        /// The subject's type: what the operator works on.
        subject: FieldType,
        /// Subject and operands in written order. `in` and `not_in` have a parameter of type
        /// [`ParamType::List`] as the second one, `round` one of type [`FieldType::Int`].
        operands: Vec<PlanExpr>,
    },
    /// All of them.
    And(Vec<PlanExpr>),
    /// Any of them.
    Or(Vec<PlanExpr>),
    /// The opposite.
    Not(Box<PlanExpr>),
    /// The value of a key of the group, by its position in [`Grouping::keys`].
    Key(usize),
    /// What was made of the group's rows, by its position in [`Grouping::aggregates`].
    Aggregate(usize),
    /// One of several values.
    Case(Box<PlanCase>),
    /// A value inside a nested one.
    Path(Box<PlanPath>),
    /// A number by chance, another one for each row, by which rows are sorted.
    Random,
    /// What another plan finds.
    Subquery(Box<PlanSubquery>),
}

/// The value of the first condition that holds.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanCase {
    /// Conditions in the order in which they are looked at, each with its value; there is one at least.
    pub branches: Vec<(PlanExpr, PlanExpr)>,
    /// The value where no condition holds; NULL without one.
    pub otherwise: Option<PlanExpr>,
    /// The type of all values.
    pub ty: FieldType,
}

impl PlanCase {
    /// Conditions and values, in written order.
    pub fn parts(&self) -> impl Iterator<Item = &PlanExpr> {
        self.branches.iter().flat_map(|(condition, value)| [condition, value]).chain(&self.otherwise)
    }
}

impl PlanExpr {
    /// What it is made of, in written order; of a subquery what it takes of the enclosing row.
    pub fn parts(&self) -> Vec<&PlanExpr> {
        match self {
            PlanExpr::Column(_)
            | PlanExpr::Param(_)
            | PlanExpr::Constant(_)
            | PlanExpr::Key(_)
            | PlanExpr::Aggregate(_)
            | PlanExpr::Random => Vec::new(),
            PlanExpr::Apply { operands, .. } | PlanExpr::And(operands) | PlanExpr::Or(operands) => {
                operands.iter().collect()
            }
            PlanExpr::Not(inner) => vec![inner],
            PlanExpr::Case(case) => case.parts().collect(),
            PlanExpr::Path(path) => vec![&path.subject],
            PlanExpr::Subquery(subquery) => subquery.parts().collect(),
        }
    }

    /// Whether it, or anything that it is made of, is `wanted`.
    pub fn any(&self, wanted: impl Fn(&PlanExpr) -> bool) -> bool {
        let mut rest = vec![self];
        while let Some(expr) = rest.pop() {
            if wanted(expr) {
                return true;
            }
            rest.extend(expr.parts());
        }
        false
    }
}

/// The type of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParamType {
    /// One value, possibly NULL.
    Scalar(FieldType),
    /// A list of values of one type, of any length but zero.
    List(FieldType),
}

/// What is known of how many rows a plan can touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// At most one row, found by a key or a unique field.
    Unique,
    /// At most as many rows as the limit parameter says, or one number.
    Limited,
    /// Any number.
    Unlimited,
}
