//! Changes as people write them: what goes or changes is named, and looked up in the schema that the step finds.

use std::fmt;

use ommi_core::schema::{
    Change, ColumnDef, ColumnDefault, MaxLength, SchemaDef, TableDef, TableIndex, TableReference,
};
use ommi_core::value::Value;
use ommi_core::{Error, ErrorKind, Result};

/// A change of a schema that names what it works on.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Creates a table. A reference without target columns leads to its target's key.
    CreateTable(TableDef),
    /// Drops a table with its rows.
    DropTable(String),
    /// Drops a column with its values, and what stands on it alone: its indexes and its reference.
    DropColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// Changes a column in place.
    AlterColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// What becomes different.
        to: Alteration,
    },
    /// Drops an index.
    DropIndex {
        /// The table.
        table: String,
        /// Which one.
        index: IndexName,
    },
    /// Lets the database watch over a reference; without target columns, to the target's key.
    AddReference {
        /// The table that refers.
        table: String,
        /// The reference.
        reference: TableReference,
    },
    /// Lets the database watch over a reference no longer.
    DropReference {
        /// The table that refers.
        table: String,
        /// The columns that refer.
        columns: Vec<String>,
    },
}

/// What becomes different of a column; the rest stays.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Alteration {
    /// Whether NULL may stand in it.
    pub nullable: Option<bool>,
    /// The longest text: `Some(None)` is any length.
    pub max_length: Option<Option<u32>>,
    /// The value of rows that give none: `Some(None)` is none.
    pub default: Option<Option<Value>>,
    /// For rows that have NULL in a column that is required afterwards.
    pub fill: Option<Value>,
}

/// Which index of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexName {
    /// That of a name.
    Named(String),
    /// That over some columns.
    Over(Vec<String>),
}

impl Edit {
    /// The changes that this is for tables as `schema` has them, in their order.
    ///
    /// # Errors
    /// `Schema`, saying what is not there; `Validation` for a value that does not stand in its column.
    pub fn changes(&self, schema: &SchemaDef) -> Result<Vec<Change>> {
        let change = match self {
            Edit::CreateTable(table) => {
                let mut table = table.clone();
                let (name, key) = (table.name.clone(), table.key.clone());
                for reference in &mut table.references {
                    let own = (reference.target == name).then_some(key.as_slice());
                    aim_at_key(reference, own, schema)?;
                }
                Change::CreateTable(table)
            }
            Edit::DropTable(name) => Change::DropTable(schema.require_table(name)?.clone()),
            Edit::DropColumn { table, column } => return drop_column(schema.require_table(table)?, column),
            Edit::AlterColumn { table, column, to } => {
                let from = schema.require_table(table)?.require_column(column)?.clone();
                let (altered, fill) = to.of(&from).map_err(|error| error.with_field(column))?;
                Change::AlterColumn { table: table.clone(), from, to: altered, fill }
            }
            Edit::DropIndex { table, index } => {
                let index = index.of(schema.require_table(table)?)?;
                Change::DropIndex { table: table.clone(), index }
            }
            Edit::AddReference { table, reference } => {
                let mut reference = reference.clone();
                aim_at_key(&mut reference, None, schema)?;
                Change::AddReference { table: table.clone(), reference }
            }
            Edit::DropReference { table, columns } => {
                let owner = schema.require_table(table)?;
                let found = owner.references.iter().find(|reference| reference.columns == *columns);
                let missing =
                    || refused(format!("the table {table:?} has no reference by ({})", columns.join(", ")));
                let reference = found.ok_or_else(missing)?.clone();
                Change::DropReference { table: table.clone(), reference }
            }
        };
        Ok(vec![change])
    }

    /// Whether values are gone afterwards.
    pub(super) fn loses_data(&self) -> bool {
        match self {
            Edit::DropTable(_) | Edit::DropColumn { .. } => true,
            Edit::CreateTable(_)
            | Edit::AlterColumn { .. }
            | Edit::DropIndex { .. }
            | Edit::AddReference { .. }
            | Edit::DropReference { .. } => false,
        }
    }
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Edit::CreateTable(table) => Change::CreateTable(table.clone()).fmt(f),
            Edit::DropTable(name) => write!(f, "drop the table {name} with its rows"),
            Edit::DropColumn { table, column } => {
                write!(f, "drop the column {table}.{column} with its values")
            }
            Edit::AlterColumn { table, column, .. } => write!(f, "alter the column {table}.{column}"),
            Edit::DropIndex { table, index: IndexName::Named(name) } => {
                write!(f, "drop the index {name} of {table}")
            }
            Edit::DropIndex { table, index: IndexName::Over(columns) } => {
                write!(f, "drop the index ({}) of {table}", columns.join(", "))
            }
            Edit::AddReference { table, reference } => {
                let reference = reference.clone();
                Change::AddReference { table: table.clone(), reference }.fmt(f)
            }
            Edit::DropReference { table, columns } => {
                write!(f, "let {table} no longer refer by ({})", columns.join(", "))
            }
        }
    }
}

impl Alteration {
    /// The column afterwards, and what rows with NULL get.
    fn of(&self, from: &ColumnDef) -> Result<(ColumnDef, Option<Value>)> {
        let fitting = |value: &Value| match from.field_type() {
            Some(ty) => value.clone().coerce(ty),
            None => Ok(value.clone()),
        };
        let mut to = from.clone();
        to.nullable = self.nullable.unwrap_or(from.nullable);
        if let Some(limit) = self.max_length {
            to.max_length = limit.map(|limit| MaxLength { limit, check: None });
        }
        if let Some(default) = &self.default {
            to.default = default.as_ref().map(fitting).transpose()?.map(ColumnDefault::Value);
        }
        Ok((to, self.fill.as_ref().map(fitting).transpose()?))
    }
}

impl IndexName {
    fn of(&self, table: &TableDef) -> Result<TableIndex> {
        let is_it = |index: &&TableIndex| match self {
            IndexName::Named(name) => index.name == *name,
            IndexName::Over(columns) => index.columns == *columns,
        };
        let known = || -> String {
            let known =
                table.indexes.iter().map(|index| format!("{} ({})", index.name, index.columns.join(", ")));
            let known: Vec<String> = known.collect();
            if known.is_empty() { "it has none".into() } else { format!("it has {}", known.join(", ")) }
        };
        let missing = || match self {
            IndexName::Named(name) => {
                format!("the table {:?} has no index {name:?}; {}", table.name, known())
            }
            IndexName::Over(columns) => {
                format!("the table {:?} has no index over ({}); {}", table.name, columns.join(", "), known())
            }
        };
        table.indexes.iter().find(is_it).cloned().ok_or_else(|| refused(missing()))
    }
}

/// Drops the references and indexes of this column alone, and the column.
fn drop_column(owner: &TableDef, name: &str) -> Result<Vec<Change>> {
    let (table, column) = (owner.name.clone(), owner.require_column(name)?.clone());
    let is_it = |columns: &[String]| matches!(columns, [only] if only == name);
    let references = owner.references.iter().filter(|reference| is_it(&reference.columns));
    let indexes = owner.indexes.iter().filter(|index| is_it(&index.columns));
    let mut changes: Vec<Change> = references
        .map(|reference| Change::DropReference { table: table.clone(), reference: reference.clone() })
        .collect();
    changes.extend(indexes.map(|index| Change::DropIndex { table: table.clone(), index: index.clone() }));
    changes.push(Change::DropColumn { table, column, fill: None });
    Ok(changes)
}

/// Gives a reference without target columns those of its target's key.
fn aim_at_key(reference: &mut TableReference, own_key: Option<&[String]>, schema: &SchemaDef) -> Result<()> {
    if reference.target_columns.is_empty() {
        reference.target_columns = match own_key {
            Some(key) => key.to_vec(),
            None => schema.require_table(&reference.target)?.key.clone(),
        };
    }
    if reference.columns.len() == reference.target_columns.len() {
        return Ok(());
    }
    Err(refused(format!(
        "a reference leads by as many columns as it leads to: ({}) are not as many as ({}) of {:?}",
        reference.columns.join(", "),
        reference.target_columns.join(", "),
        reference.target
    )))
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::Schema, message)
}
