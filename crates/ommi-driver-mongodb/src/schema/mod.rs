//! The schema: collections with validators and indexes, generated keys, and what exists.

mod answer;
mod existing;
mod fits;
mod index;
mod introspect;
mod key;
mod script;
mod shard;
mod statement;
mod text;
mod validator;

pub(crate) use existing::Existing;
pub(crate) use introspect::introspect;
pub(crate) use key::{Counters, next_keys, raise_key};
pub(crate) use script::run_script;
pub(crate) use statement::{add_column_statements, create_statements, drop_statements};
