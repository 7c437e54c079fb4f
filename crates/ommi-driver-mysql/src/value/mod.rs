//! One encoding and one decoding for every type of a field.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

pub(crate) use decode::{Expected, Stored, decode};
pub(crate) use encode::{encode_cell, encode_value};
