//! What a model is: its table, fields, key, references, relations and indexes.

mod builder;
mod change;
mod default;
mod field;
mod field_type;
mod index;
mod model;
mod reference;
mod relation;
mod schema_def;
mod shard;
mod table;
mod table_def;

pub use builder::ModelBuilder;
pub use change::{Change, Risk};
pub use field::FieldDef;
pub use field_type::FieldType;
pub use index::IndexDef;
pub use model::{ModelDef, ModelId};
pub use reference::{Action, ModelLink, ReferenceDef};
pub use relation::{RelationDef, RelationKind};
pub use schema_def::SchemaDef;
pub use shard::ShardField;
pub use table::{ColumnInfo, TableInfo};
pub use table_def::{ColumnDef, ColumnDefault, ColumnType, MaxLength, TableDef, TableIndex, TableReference};
