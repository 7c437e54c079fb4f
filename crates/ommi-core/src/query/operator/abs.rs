//! `abs`: A number without its sign, checked: that of the smallest integer would not fit in 64 bits and is an error.

use super::{Definition, arithmetic};

pub(super) const DEFINITION: Definition = Definition { name: "abs", typing: arithmetic };
