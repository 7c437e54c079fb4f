//! `Scope`: where the columns of a plan's tables are in the documents that a stage of a command sees.

use std::sync::Arc;

use mongodb::bson::raw::cstr;
use ommi_core::Result;
use ommi_core::plan::{Column, Plan};
use ommi_core::schema::{FieldDef, FieldType};

use super::make::{call, null, string, variable};
use super::template::Template;
use crate::program::broken_plan;
use crate::value::stored_name;

/// Where the documents of one table are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// They are the documents themselves.
    Root,
    /// In a field of the documents.
    Within(String),
    /// Their fields are variables of a stage around this one.
    Around,
    /// They are not joined yet.
    Nowhere,
}

/// A plan's tables as one stage sees them.
#[derive(Debug, Clone)]
pub(super) struct Scope<'p> {
    pub(super) plan: &'p Plan,
    places: Vec<Place>,
}

impl<'p> Scope<'p> {
    /// The first table alone, as the documents themselves.
    pub(super) fn of_first(plan: &'p Plan) -> Self {
        Self::of_first_at(plan, Place::Root)
    }

    /// The first table alone, somewhere. Those of an enclosing plan are around it.
    pub(super) fn of_first_at(plan: &'p Plan, place: Place) -> Self {
        let mut places = vec![Place::Nowhere; plan.tables.len() - plan.enclosing];
        places.resize(plan.tables.len(), Place::Around);
        places[0] = place;
        Self { plan, places }
    }

    /// What the pipeline of a lookup sees: one table as the documents, the first table around it.
    pub(super) fn of_lookup(plan: &'p Plan, table: usize) -> Self {
        let mut scope = Self::of_first_at(plan, Place::Around);
        scope.places[table] = Place::Root;
        scope
    }

    /// Puts a table's documents into the field that a lookup makes for them.
    pub(super) fn join(&mut self, table: usize) {
        self.places[table] = Place::Within(joined_name(table));
    }

    /// Where a table's documents are.
    pub(super) fn place(&self, table: usize) -> &Place {
        &self.places[table]
    }

    /// Whether the table can be seen here.
    pub(super) fn sees(&self, table: usize) -> bool {
        self.places[table] != Place::Nowhere
    }

    /// The path of a column, where it has one: filters, sorts and lookups take nothing else.
    pub(super) fn path(&self, column: Column) -> Option<String> {
        let name = stored_name(&self.plan.tables[column.table], column.field);
        match &self.places[column.table] {
            Place::Root => Some(name.into_owned()),
            Place::Within(field) => Some(format!("{field}.{name}")),
            Place::Around | Place::Nowhere => None,
        }
    }

    /// The path of a table's `_id`.
    pub(super) fn key_path(&self, table: usize) -> Option<String> {
        match &self.places[table] {
            Place::Root => Some("_id".to_owned()),
            Place::Within(field) => Some(format!("{field}._id")),
            Place::Around | Place::Nowhere => None,
        }
    }

    /// A column in an expression.
    ///
    /// # Errors
    /// `Internal` where the table is not joined here.
    pub(super) fn column(&self, column: Column) -> Result<Template> {
        match (self.path(column), self.place(column.table)) {
            (Some(path), _) => Ok(string(format!("${path}"))),
            (None, Place::Around) => Ok(variable(&around_name(column))),
            (None, Place::Root | Place::Within(_) | Place::Nowhere) => {
                Err(broken_plan("a column of a table that is not joined yet"))
            }
        }
    }

    /// The definition of a column.
    pub(super) fn field(&self, column: Column) -> &FieldDef {
        self.plan.field(column)
    }

    /// `Model.field`, for messages.
    pub(super) fn label(&self, column: Column) -> Arc<str> {
        label(self.plan, column).into()
    }

    /// What messages name where no column is at hand.
    pub(super) fn model_label(&self) -> Arc<str> {
        self.plan.model().name().into()
    }
}

/// `Model.field`.
pub(super) fn label(plan: &Plan, column: Column) -> String {
    format!("{}.{}", plan.tables[column.table].name(), plan.field(column).name)
}

/// The field that a joined table's documents are put into: no column is stored under such a name.
pub(super) fn joined_name(table: usize) -> String {
    format!("%t{table}")
}

/// The variable of a column of a table around a lookup.
pub(super) fn around_name(column: Column) -> String {
    format!("t{}f{}", column.table, column.field)
}

/// Whether values of the type are compared as documents: filters would look into them.
pub(super) fn is_document(ty: &FieldType) -> bool {
    match ty {
        FieldType::Json | FieldType::List(_) => true,
        FieldType::Bool
        | FieldType::Int
        | FieldType::Float
        | FieldType::Text
        | FieldType::Bytes
        | FieldType::Decimal
        | FieldType::Uuid
        | FieldType::DateTime
        | FieldType::NaiveDateTime
        | FieldType::Timestamp
        | FieldType::Date
        | FieldType::Time
        | FieldType::Duration => false,
    }
}

/// Whether a value is there: what is neither missing nor null is greater than null.
pub(super) fn is_known(value: Template) -> Template {
    call(cstr!("$gt"), [value, null()])
}

/// The same of a value of any type: a nested value can be one that MongoDB takes for smaller than null.
pub(super) fn is_there(ty: &FieldType, value: Template) -> Template {
    if is_document(ty) {
        return call(cstr!("$ne"), [call(cstr!("$ifNull"), [value, null()]), null()]);
    }
    is_known(value)
}
