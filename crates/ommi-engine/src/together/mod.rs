//! Operations of several statements that are one to everybody else: they run in a transaction of their own, or as one
//! step of the transaction at hand, and again where they lost a race.

mod conflict;
mod each;
mod found;
mod given;
mod returning;
mod upsert;

use std::time::Duration;

use ommi_core::driver::BoxFuture;
use ommi_core::{Error, ErrorKind, Result};

pub use upsert::Stored;

use crate::retry::{Attempts, RetryOptions};
use crate::session::Session;
use crate::timer::sleep;

/// How often work that has a transaction of its own is run again: races are short, and somebody wins each of them.
const RACES: RetryOptions = RetryOptions {
    max_retries: 200,
    first_wait: Duration::from_millis(1),
    max_wait: Duration::from_millis(50),
};

/// As a part of somebody's transaction, which may not see what the other one did, however often it looks.
const RACES_WITHIN: RetryOptions = RetryOptions { max_retries: 4, ..RACES };

impl Session {
    /// Runs `work` as one: all of it is kept or nothing. `is_race` knows the errors of a race that is lost to another
    /// one who did the same.
    ///
    /// # Errors
    /// `Conflict` where a transaction at hand cannot see what it lost to: it has to be run again.
    pub(crate) async fn as_one<T>(
        &self,
        is_race: impl Fn(&Error) -> bool,
        work: impl Fn(Session) -> BoxFuture<Result<T>>,
    ) -> Result<T> {
        let is_own = self.transaction().is_none();
        let mut attempts = Attempts::new(if is_own { RACES } else { RACES_WITHIN });
        loop {
            let error = match self.attempt(&work).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let is_race = is_race(&error);
            if !(is_race || is_own && error.is_conflict()) {
                return Err(error);
            }
            match attempts.again_after(ErrorKind::Conflict) {
                Some(wait) => sleep(wait).await,
                None if is_race => return self.judged(Err(lost(error))).await,
                None => return Err(error),
            }
        }
    }

    async fn attempt<T>(&self, work: impl Fn(Session) -> BoxFuture<Result<T>>) -> Result<T> {
        if self.transaction().is_some() && !self.handle().driver().capabilities().savepoints {
            // Without savepoints what fails ends the whole transaction, so that nothing is left half done either.
            return work(self.clone()).await;
        }
        let transaction = self.atomic().await?;
        match work(transaction.session()).await {
            Ok(value) => transaction.commit().await.map(|()| value),
            Err(error) => Err(after_rollback(error, transaction.rollback().await)),
        }
    }
}

/// The first error counts; one of the rollback is only noted where the first has no cause of its own.
pub(crate) fn after_rollback(error: Error, rollback: Result<()>) -> Error {
    match rollback {
        Err(second) if std::error::Error::source(&error).is_none() => error.with_source(second),
        Ok(()) | Err(_) => error,
    }
}

/// The outcome of races that all were lost.
fn lost(error: Error) -> Error {
    let message =
        "another transaction added the same row meanwhile, and this one cannot see it; run it again";
    let conflict = Error::new(ErrorKind::Conflict, message);
    match error.model() {
        Some(model) => {
            let model = model.to_owned();
            conflict.with_source(error).with_model(model)
        }
        None => conflict.with_source(error),
    }
}
