//! `hour`: The hour of a time of day, 0 to 23; of an instant in UTC.

use super::{Definition, part_of_time};

pub(super) const DEFINITION: Definition = Definition { name: "hour", typing: part_of_time };
