//! What a model is: its table, fields, key, references, relations and indexes.

mod builder;
mod field;
mod field_type;
mod index;
mod model;
mod reference;
mod relation;
mod table;

pub use builder::ModelBuilder;
pub use field::FieldDef;
pub use field_type::FieldType;
pub use index::IndexDef;
pub use model::{ModelDef, ModelId};
pub use reference::{Action, ModelLink, ReferenceDef};
pub use relation::{RelationDef, RelationKind};
pub use table::{ColumnInfo, TableInfo};
