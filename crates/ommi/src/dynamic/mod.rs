//! Models that are known only while the program runs: definitions made by `ModelDef::builder`, rows of values.

mod calculation;
mod column;
mod row;

pub use calculation::{Calculation, DynamicOperand};
pub use column::{Column, column};
pub use row::{AsRow, Row};

/// A query on a model that is known only while the program runs: see [`Row`].
pub type FindRows<'a> = crate::find::Find<'a, Row, AsRow>;
