//! `sum`: The sum of numbers, of the type that they have.

use super::{Definition, number};

pub(super) const DEFINITION: Definition = Definition { name: "sum", typing: number };
