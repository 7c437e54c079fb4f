//! The first byte of each node in a shape. Every node is followed by a fixed number of parts or by their count, so no two
//! structures have the same bytes.

use ommi_core::query::Lock;

pub(super) const FETCH: u8 = 1;
pub(super) const COUNT: u8 = 2;
pub(super) const EXISTS: u8 = 3;
pub(super) const UPDATE: u8 = 4;
pub(super) const DELETE: u8 = 5;
pub(super) const INSERT: u8 = 6;
pub(super) const NOTHING: u8 = 10;
pub(super) const COLUMN: u8 = 11;
pub(super) const VALUE: u8 = 12;
pub(super) const LIST: u8 = 13;
pub(super) const EMPTY_LIST: u8 = 14;
pub(super) const APPLY: u8 = 15;
pub(super) const AND: u8 = 16;
pub(super) const OR: u8 = 17;
pub(super) const NOT: u8 = 18;
pub(super) const TRUE: u8 = 19;
pub(super) const FALSE: u8 = 20;
pub(super) const WHOLE_MODEL: u8 = 21;
pub(super) const MODEL_WITH: u8 = 22;
pub(super) const VALUES: u8 = 23;
pub(super) const AGGREGATE: u8 = 24;
pub(super) const KEY: u8 = 25;
pub(super) const SELECTED: u8 = 26;
pub(super) const CASE: u8 = 27;
pub(super) const VALUE_OF_KIND: u8 = 28;
pub(super) const SUBQUERY: u8 = 29;
pub(super) const MEMBER: u8 = 30;
pub(super) const GIVEN: u8 = 31;
pub(super) const PATH: u8 = 32;
pub(super) const RANDOM: u8 = 33;

/// Two bits for what a read does about locks.
#[inline]
pub(super) fn lock(lock: Option<Lock>) -> u8 {
    match lock {
        None => 0,
        Some(Lock::Wait) => 1,
        Some(Lock::Skip) => 2,
        Some(Lock::Refuse) => 3,
    }
}
