//! The query language: expressions over fields, and the queries and writes made of them. Database-neutral.

mod after;
pub mod aggregate;
mod conflict;
mod expr;
pub mod letters;
pub mod operator;
mod order;
mod path;
pub mod pattern;
mod select;
mod subquery;
mod write;

pub use aggregate::{Aggregate, Function};
pub use conflict::{Conflict, Resolution};
pub use expr::{Case, ColumnRef, Expr};
pub use operator::Operator;
pub use order::{Direction, Order};
pub use path::{MAX_KEYS, Path, is_leaf, value_at};
pub use pattern::{LikeToken, MAX_PATTERN, check_ilike, check_regex, parse_like};
pub use select::{Caching, Groups, LimitBy, Lock, Projection, Query};
pub use subquery::Subquery;
pub use write::{Assignment, Operation};
