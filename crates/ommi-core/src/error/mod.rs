//! The one error type. Drivers create it, the engine adds where it happened, the faces map it by kind.

mod kind;

use std::error::Error as StdError;
use std::fmt;

pub use kind::ErrorKind;

/// The result of everything in Ommi that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, where, and what to do about it. Cheap to move: one pointer.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    model: Option<String>,
    field: Option<String>,
    statement: Option<String>,
    constraint: Option<String>,
    columns: Vec<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of `kind`; `message` is a sentence for people that says what to do where that helps.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            model: None,
            field: None,
            statement: None,
            constraint: None,
            columns: Vec::new(),
            source: None,
        }))
    }

    /// Bad input, refused before anything was sent.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Validation, message)
    }

    /// A query that cannot be planned or run.
    pub fn query(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Query, message)
    }

    /// Something that this database truly cannot do.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    /// Says the sentence in other words; all else stays.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.0.message = message.into();
        self
    }

    /// Names the model, unless an inner layer already did.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.0.model.get_or_insert_with(|| model.into());
        self
    }

    /// Names the field, unless an inner layer already did.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>) -> Self {
        self.0.field.get_or_insert_with(|| field.into());
        self
    }

    /// Adds the statement's text. It must hold placeholders, never values.
    #[must_use]
    pub fn with_statement(mut self, statement: impl Into<String>) -> Self {
        self.0.statement.get_or_insert_with(|| statement.into());
        self
    }

    /// Adds the violated constraint's name and columns.
    #[must_use]
    pub fn with_constraint(mut self, constraint: Option<String>, columns: Vec<String>) -> Self {
        self.0.constraint = constraint;
        self.0.columns = columns;
        self
    }

    /// Keeps the error that caused this one.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The class of the error: what programs decide by.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The sentence alone, without the place.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The model's name, where one is known.
    pub fn model(&self) -> Option<&str> {
        self.0.model.as_deref()
    }

    /// The field's name, where one is known.
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// The statement that failed, with placeholders instead of values.
    pub fn statement(&self) -> Option<&str> {
        self.0.statement.as_deref()
    }

    /// The violated constraint's name, where the database tells it.
    pub fn constraint(&self) -> Option<&str> {
        self.0.constraint.as_deref()
    }

    /// The columns of the violated constraint, where the database tells them.
    pub fn columns(&self) -> &[String] {
        &self.0.columns
    }

    /// True of lost races: serialization failures, deadlocks and busy databases. Trying again may work.
    pub fn is_conflict(&self) -> bool {
        self.0.kind == ErrorKind::Conflict
    }

    /// True where a unique index or a key refused the row.
    pub fn is_unique_violation(&self) -> bool {
        self.0.kind == ErrorKind::UniqueViolation
    }

    /// True where no row was found and one was asked for.
    pub fn is_no_result(&self) -> bool {
        self.0.kind == ErrorKind::NoResult
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0.model, &self.0.field) {
            (Some(model), Some(field)) => write!(f, "{model}.{field}: ")?,
            (Some(model), None) => write!(f, "{model}: ")?,
            (None, Some(field)) => write!(f, "{field}: ")?,
            (None, None) => {}
        }
        f.write_str(&self.0.message)?;
        if let Some(statement) = &self.0.statement {
            write!(f, " [statement: {statement}]")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?}: {self})", self.0.kind)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_names_the_place_before_the_sentence() {
        let error =
            Error::validation("expected text").with_field("name").with_model("User").with_model("Other");
        assert_eq!(error.to_string(), "User.name: expected text");
        assert_eq!(error.model(), Some("User"));
    }

    #[test]
    fn an_error_is_one_pointer_wide() {
        assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    }
}
