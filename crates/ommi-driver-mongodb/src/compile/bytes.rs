//! Bytes have no order that MongoDB could tell: it takes the shorter of two for the smaller one.

use ommi_core::schema::FieldType;
use ommi_core::{Error, Result};

use super::logic::Comparison;

/// Refuses to ask which of two comes first.
///
/// # Errors
/// `Unsupported` for bytes.
pub(super) fn check_order(how: Comparison, ty: &FieldType) -> Result<()> {
    match how {
        Comparison::Eq | Comparison::Ne => Ok(()),
        Comparison::Lt | Comparison::Le | Comparison::Gt | Comparison::Ge => check_sorted(ty),
    }
}

/// Refuses to sort by a type.
///
/// # Errors
/// `Unsupported` for bytes.
pub(super) fn check_sorted(ty: &FieldType) -> Result<()> {
    if *ty == FieldType::Bytes {
        return Err(Error::unsupported(
            "MongoDB compares bytes by their length first; compare and sort by another field, or keep them as text",
        ));
    }
    Ok(())
}
