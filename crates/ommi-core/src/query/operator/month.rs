//! `month`: The month of a date, 1 to 12; of an instant in UTC.

use super::{Definition, part_of_date};

pub(super) const DEFINITION: Definition = Definition { name: "month", typing: part_of_date };
