//! Plans as SQL, for every SQL dialect: statements, operators, schema changes and introspection.
//!
//! SQL drivers call [`compile`] and the schema functions. Nothing here opens a connection or holds a value:
//! what comes out is text with placeholders. sea-query renders it and is seen nowhere else.

mod ddl;
mod dialect;
mod expr;
pub mod introspect;
mod operators;
mod scope;
pub mod sqlite;
mod statement;
mod types;
mod writer;

pub use ddl::{add_column_statements, create_statements, drop_statements};
pub use dialect::Dialect;
pub use statement::compile;
pub use types::declared_type;
