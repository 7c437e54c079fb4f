//! Values on their way into PostgreSQL and back, in its binary form: one `encode` and one `decode`.

mod decode;
mod encode;
pub(crate) mod json;
mod list;
mod numeric;
mod time;

pub(crate) use decode::{Raw, Reader, Scratch, unreadable};
pub(crate) use encode::{Bound, encode_array, encode_cell, encode_sized};
pub(crate) use list::{Item, literal};

use tokio_postgres::types::{Kind, Type};

/// The type under a domain.
pub(crate) fn base(ty: &Type) -> &Type {
    let mut ty = ty;
    while let Kind::Domain(inner) = ty.kind() {
        ty = inner;
    }
    ty
}

/// Whether values of the type are sent as their characters.
fn is_textual(ty: &Type) -> bool {
    matches!(*ty, Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN | Type::XML)
        || matches!(ty.kind(), Kind::Enum(_))
        || ty.name() == "citext"
}
