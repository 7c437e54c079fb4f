//! `year`: The year of a date, 1 to 9999; of an instant in UTC.

use super::{Definition, part_of_date};

pub(super) const DEFINITION: Definition = Definition { name: "year", typing: part_of_date };
