//! Schema statements: a tiny language of this driver's own, in JSON, and its interpreter; and tables as they are.

mod introspect;
mod script;
mod statement;

pub(crate) use introspect::tables;
pub(crate) use script::run;
pub(crate) use statement::{add_column_statements, create_statements, drop_statements};
