//! `day`: The day of a date's month, 1 to 31; of an instant in UTC.

use super::{Definition, part_of_date};

pub(super) const DEFINITION: Definition = Definition { name: "day", typing: part_of_date };
