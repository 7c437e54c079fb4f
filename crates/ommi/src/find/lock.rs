//! Locks of the rows that a query finds.

use ommi_core::Error;
use ommi_core::query::Lock;

use super::Find;

impl<M, R> Find<'_, M, R> {
    /// Locks the rows until the transaction ends: nobody else changes or locks them meanwhile, and whoever has locked one of
    /// them is waited for. Outside of a transaction it is refused when the query runs.
    ///
    /// ```
    /// # use ommi::{Model, prelude::*};
    /// # #[derive(Model, Debug, Clone)]
    /// # struct Job { id: i64, done: bool }
    /// # async fn next(db: &Ommi) -> ommi::Result<Option<Job>> {
    /// db.transaction()
    ///     .run(async |tx| {
    ///         let open = tx.find::<Job>().filter(!Job::DONE).order_by(Job::ID);
    ///         let job = open.for_update().skip_locked().first().await?; // each worker gets another one
    ///         // ... the work
    ///         Ok(job)
    ///     })
    ///     .await
    /// # }
    /// ```
    pub fn for_update(self) -> Self {
        self.locked(Lock::Wait)
    }

    /// As [`for_update`](Self::for_update), without the rows that others have locked. `Unsupported` where the database
    /// lacks the capability `lock_without_waiting`.
    pub fn skip_locked(self) -> Self {
        self.locked(Lock::Skip)
    }

    /// As [`for_update`](Self::for_update), and a `Lock` error at once where others have locked one of the rows.
    /// `Unsupported` where the database lacks the capability `lock_without_waiting`.
    pub fn no_wait(self) -> Self {
        self.locked(Lock::Refuse)
    }

    fn locked(mut self, lock: Lock) -> Self {
        if self.session.transaction().is_none() {
            let error =
                Error::validation("rows are locked until a transaction ends: lock them inside of one");
            self.refusal.get_or_insert(error.with_model(self.query.model.name()).into());
        }
        self.query.lock = Some(lock);
        self
    }
}
