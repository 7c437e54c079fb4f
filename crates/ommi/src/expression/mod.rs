//! Typed expressions: columns, what is computed from them, and predicates over them.

mod aggregate;
mod arithmetic;
mod assignment;
mod computed;
mod conflict;
mod field;
mod function;
mod group;
mod key;
mod methods;
mod operand;
mod order;
mod path;
mod predicate;
mod refusal;
mod selection;
mod subquery;

pub use aggregate::{Aggregate, Summed, count};
pub use assignment::{Assignment, Assignments};
pub use computed::Computed;
pub use conflict::{Fields, On, OnConflict, on};
pub use field::Field;
pub use function::{Case, case};
pub use group::GroupKeys;
pub use key::Key;
pub use operand::{Comparand, Literal, Operand, Settable};
pub use order::{Order, Orders};
pub use path::{Inside, Keyed, Part, Reachable, Way, key};
pub use predicate::{IntoPredicate, Predicate};
pub(crate) use refusal::Refusal;
pub use selection::{Named, Selectable, Selection};
pub use subquery::{SearchedFor, exists};

use ommi_core::query::Expr;

/// An expression, or why a value in it cannot be sent. The refusal waits until the query runs.
pub(crate) type Built = Result<Expr, Refusal>;
