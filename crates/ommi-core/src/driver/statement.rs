//! Statements: plans compiled for one database, and the values that they run with.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::plan::Reach;
use crate::schema::FieldType;
use crate::value::Value;

/// A value for a plan's parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Param {
    /// One value.
    Scalar(Value),
    /// The values of `in` and `not_in`.
    List(Vec<Value>),
}

/// Values for a plan's parameters, in the plan's order.
pub type Params = Vec<Param>;

/// What is done to a parameter's value on its way into a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transform {
    /// It goes in as it is.
    Plain,
    /// Text goes in as the smallest text greater than all that begin with it; NULL where there is none.
    PrefixEnd,
    /// A `like` pattern goes in as a GLOB pattern.
    LikeToGlob,
    /// A regular expression goes in as one of PostgreSQL's.
    RegexToPostgres,
    /// An `ilike` pattern goes in as a regular expression of PostgreSQL's.
    IlikeToPostgres,
    /// A regular expression goes in as one of MariaDB's or MySQL's.
    RegexToMysql,
    /// An `ilike` pattern goes in as a regular expression of MariaDB's or MySQL's.
    IlikeToMysql,
}

/// Which parameter goes to a placeholder, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bind {
    /// The parameter's position in the plan.
    pub param: usize,
    /// What is done to it.
    pub transform: Transform,
}

/// A compiled plan. Connections keep prepared statements by [`id`](Self::id).
#[derive(Debug)]
pub struct Statement {
    id: u64,
    /// The text, with placeholders for all values.
    pub text: String,
    /// What goes to each placeholder, in order. An insert's placeholders take the row's cells in order.
    pub binds: Vec<Bind>,
    /// The types of the returned columns.
    pub columns: Vec<FieldType>,
    /// `model.field` of each returned column, for messages.
    pub labels: Vec<String>,
    /// For inserts: the types of the cells of each row.
    pub inputs: Vec<FieldType>,
    /// For inserts: whether the database's generated key is wanted.
    pub returns_key: bool,
    /// What is known of the number of rows.
    pub reach: Reach,
    /// Whether the values of a row can make it fail, as arithmetic that overflows does.
    pub can_fail: bool,
    /// What a driver whose statements are no text made of the plan; only that driver looks inside.
    pub payload: Option<Arc<dyn Any + Send + Sync>>,
}

impl Statement {
    /// A statement of `text`; the other parts start empty.
    pub fn new(text: impl Into<String>, reach: Reach) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            text: text.into(),
            binds: Vec::new(),
            columns: Vec::new(),
            labels: Vec::new(),
            inputs: Vec::new(),
            returns_key: false,
            reach,
            can_fail: false,
            payload: None,
        }
    }

    /// Identifies the statement within the process.
    pub fn id(&self) -> u64 {
        self.id
    }
}
