//! What most programs that use Ommi name: `use ommi::prelude::*;`.

pub use crate::handle::{Db, Ommi, Tx};
pub use crate::model::New;
pub use crate::relation::{Every, The};
pub use crate::stored::Json;
pub use ommi_core::driver::IsolationLevel::{
    self, ReadCommitted, ReadUncommitted, RepeatableRead, Serializable,
};
