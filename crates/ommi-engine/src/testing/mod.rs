//! What the engine's tests share: a set of models, and a driver that records what it is told.

pub(crate) mod fake;
pub(crate) mod models;

pub(crate) use fake::{Answer, Fake};
pub(crate) use models::{column, eq, models, value};
