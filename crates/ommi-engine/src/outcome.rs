//! What comes of an operation: its transaction hears of it first, then the error names the model.

use std::sync::Arc;

use futures_util::stream::StreamExt;
use ommi_core::driver::{BoxFuture, RowStream};
use ommi_core::schema::ModelDef;
use ommi_core::{Error, ErrorKind, Result};

use crate::session::Session;

impl Session {
    /// Ends the work with the time of the transaction.
    pub(crate) fn limited<T: Send + 'static>(&self, work: BoxFuture<Result<T>>) -> BoxFuture<Result<T>> {
        match self.transaction() {
            Some(transaction) => transaction.limited(work),
            None => work,
        }
    }

    /// The outcome of what the driver did, once the transaction knows of it.
    pub(crate) async fn judged<T>(&self, outcome: Result<T>) -> Result<T> {
        if let (Err(error), Some(transaction)) = (&outcome, self.transaction()) {
            transaction.judge(error).await;
        }
        outcome
    }

    pub(crate) async fn told<T>(&self, outcome: Result<T>, model: &ModelDef) -> Result<T> {
        self.judged(outcome).await.map_err(|error| place(error, model))
    }

    #[cold]
    pub(crate) fn told_now(&self, error: Error, model: &ModelDef) -> Error {
        if let Some(transaction) = self.transaction() {
            transaction.judge_now(&error);
        }
        place(error, model)
    }

    /// As [`told_rows`](Self::told_rows), of what is about no model.
    pub(crate) fn judged_rows(&self, rows: RowStream) -> RowStream {
        let Some(transaction) = self.transaction() else { return rows };
        let session = self.clone();
        let judged = rows.then(move |batch| {
            let session = session.clone();
            async move { session.judged(batch).await }
        });
        transaction.limited_stream(Box::pin(judged))
    }

    pub(crate) fn told_rows(&self, rows: RowStream, model: Arc<ModelDef>) -> RowStream {
        let Some(transaction) = self.transaction() else {
            return Box::pin(rows.map(move |batch| batch.map_err(|error| place(error, &model))));
        };
        let session = self.clone();
        let told = rows.then(move |batch| {
            let (session, model) = (session.clone(), model.clone());
            async move { session.told(batch, &model).await }
        });
        transaction.limited_stream(Box::pin(told))
    }
}

/// Names the model in errors that are about it, not about the connection or the transaction.
fn place(error: Error, model: &ModelDef) -> Error {
    match error.kind() {
        ErrorKind::Query
        | ErrorKind::ModelNotFound
        | ErrorKind::UniqueViolation
        | ErrorKind::ForeignKeyViolation
        | ErrorKind::NotNullViolation
        | ErrorKind::CheckViolation
        | ErrorKind::Constraint
        | ErrorKind::Validation
        | ErrorKind::Unsupported => error.with_model(model.name()),
        _about_the_database => error,
    }
}
