//! One field of a model and the column that it is stored as.

use super::FieldType;
use crate::value::Value;

/// A model's field. Build it with [`FieldDef::new`] and the methods that follow.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldDef {
    /// The attribute's name in the model.
    pub name: String,
    /// The column's name in the database.
    pub column: String,
    /// What it holds.
    pub ty: FieldType,
    /// Whether NULL may stand in it.
    pub nullable: bool,
    /// Whether the database generates it when it has no value.
    pub auto: bool,
    /// Whether no two rows may have the same value (NULLs do not count as the same).
    pub unique: bool,
    /// The longest text that it may hold, in code points.
    pub max_length: Option<u32>,
    /// The database's default, used for rows that existed before the column did.
    pub default: Option<Value>,
}

impl FieldDef {
    /// A required field stored in a column of its own name.
    pub fn new(name: impl Into<String>, ty: FieldType) -> Self {
        let name = name.into();
        Self {
            column: name.clone(),
            name,
            ty,
            nullable: false,
            auto: false,
            unique: false,
            max_length: None,
            default: None,
        }
    }

    /// Stores the field in the column `column`.
    #[must_use]
    pub fn column(mut self, column: impl Into<String>) -> Self {
        self.column = column.into();
        self
    }

    /// Allows NULL.
    #[must_use]
    pub fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// Lets the database generate the value where a row has none.
    #[must_use]
    pub fn auto(mut self) -> Self {
        self.auto = true;
        self
    }

    /// Allows each value once.
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Refuses text of more than `length` code points.
    #[must_use]
    pub fn max_length(mut self, length: u32) -> Self {
        self.max_length = Some(length);
        self
    }

    /// Gives the column a default in the database.
    #[must_use]
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self
    }

    /// The value in the form that this field stores, or why it may not stand in it.
    ///
    /// # Errors
    /// `Validation`, naming the field: wrong type, NUL in text, too long, or NULL where a value is required.
    pub fn check(&self, value: Value) -> crate::Result<Value> {
        if value.is_null() && !self.nullable && !self.auto {
            return Err(crate::Error::validation("a value is required: the field is not optional")
                .with_field(&self.name));
        }
        let value = value.coerce(&self.ty).map_err(|error| error.with_field(&self.name))?;
        if let (Some(limit), Value::Text(text)) = (self.max_length, &value) {
            let length = text.chars().count();
            if length > limit as usize {
                let message = format!("the text has {length} characters and {limit} are allowed");
                return Err(crate::Error::validation(message).with_field(&self.name));
            }
        }
        Ok(value)
    }
}
