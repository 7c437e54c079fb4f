//! Plans as SQL, for every SQL dialect: statements, operators, schema changes and introspection.
//!
//! SQL drivers call [`compile`] and the schema functions. Nothing here opens a connection or holds a value:
//! what comes out is text with placeholders. sea-query renders it and is seen nowhere else.
//!
//! What a driver must know beyond the text stands in the module of its database: [`sqlite`] lists the functions that
//! statements call; [`postgres`] and [`mysql`] say how parameters are typed or written, what the payload of a statement
//! holds, and how many rows are added at once. [`introspect`] has the queries that read a schema back, and
//! [`transformed`] makes a pattern one of the database's own.

mod change;
mod circle;
mod constraint;
mod ddl;
mod dialect;
mod expr;
mod groups;
pub mod introspect;
pub mod mysql;
mod name;
mod operators;
pub mod pattern;
pub mod postgres;
mod raw;
mod scope;
pub mod sqlite;
mod statement;
mod types;
mod writer;

pub use change::{change_statements, row_statement};
pub use constraint::Constraint;
pub use ddl::{add_column_statements, create_statements, drop_statements};
pub use dialect::{Dialect, Flavour};
pub use pattern::transformed;
pub use raw::raw;
pub use statement::{compile, counted_before};
pub use types::declared_type;
