//! `Refusal`: an error that waits inside an expression until the query is run. Unlike the error it can be cloned.

use std::fmt;
use std::sync::Arc;

use ommi_core::Error;

/// Why an expression cannot be run.
#[derive(Clone)]
pub struct Refusal(Arc<Error>);

impl Refusal {
    /// The error, for whoever runs the query.
    #[cold]
    pub(crate) fn into_error(self) -> Error {
        Arc::try_unwrap(self.0).unwrap_or_else(|shared| {
            let mut error = Error::new(shared.kind(), shared.message());
            if let Some(model) = shared.model() {
                error = error.with_model(model);
            }
            if let Some(field) = shared.field() {
                error = error.with_field(field);
            }
            error
        })
    }
}

impl From<Error> for Refusal {
    #[cold]
    fn from(error: Error) -> Self {
        Self(Arc::new(error))
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
