//! Running plans over a state: reads look, writes leave a new state or an error and nothing else.

mod action;
mod bound;
mod check;
mod describe;
mod found;
mod group;
mod insert;
mod read;
mod work;
mod write;

pub(crate) use describe::clauses;
pub(crate) use insert::insert;
pub(crate) use read::{Results, is_short, read};
pub(crate) use write::write;
