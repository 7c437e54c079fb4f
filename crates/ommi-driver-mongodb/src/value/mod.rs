//! Values on their way into documents and back, and the names that fields are stored under.

mod decimal;
mod decode;
mod encode;
mod json;
mod name;

pub(crate) use decimal::DIGITS as DECIMAL_DIGITS;
pub(crate) use decode::decode;
pub(crate) use encode::{append_cell, encode};
pub(crate) use name::{KeyLayout, collection_name, column_name, field_name, key_layout, stored_name};

#[cfg(test)]
mod tests;
