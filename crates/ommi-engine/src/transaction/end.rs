//! How a transaction ends: commit and rollback.

use ommi_core::Result;
use ommi_core::driver::BoxFuture;

use super::Tx;
use super::level::{Level, State};
use crate::query_cache;

impl Tx {
    /// Makes everything permanent; of an inner transaction: as permanent as the outer one. It is over whether
    /// this succeeds or not.
    ///
    /// # Errors
    /// `Transaction` when it has ended before, by its user; the kind of the loss when the database gave it up
    /// (`Conflict`, `Connection`) or its time was over (`Timeout`); what the database says. An error of the kind
    /// `Connection` leaves open whether the commit was made.
    pub fn commit(&self) -> BoxFuture<Result<()>> {
        let tx = self.clone();
        self.limited(Box::pin(async move {
            let _turn = tx.turn().await;
            tx.check_open()?;
            tx.cleared().await?;
            match &tx.0.savepoint {
                Some(name) => tx.keep(name).await,
                None => tx.commit_all().await,
            }
        }))
    }

    /// The end of an inner transaction whose work is kept.
    async fn keep(&self, savepoint: &str) -> Result<()> {
        let ending = Level::end(self, State::Committed)?;
        self.judged(self.0.root.transaction.release(savepoint).await).await?;
        ending.done();
        let set_up = std::mem::take(&mut *self.0.set_up.lock());
        if let Some(parent) = &self.0.parent {
            parent.0.set_up.lock().extend(set_up);
        }
        Ok(())
    }

    async fn commit_all(&self) -> Result<()> {
        let root = &self.0.root;
        let ending = Level::end(self, State::Committed)?;
        let written = root.committing();
        let outcome = root.transaction.commit().await;
        query_cache::ended(written, &outcome);
        if let Err(error) = outcome {
            ending.failed(&error);
            return Err(error);
        }
        let set_up = std::mem::take(&mut *self.0.set_up.lock());
        root.handle.readiness().add(set_up);
        ending.done();
        Ok(())
    }

    /// Undoes everything. It is over whether this succeeds or not. One that was lost before is rolled back already:
    /// this waits for that.
    ///
    /// # Errors
    /// `Transaction` when it has ended before, by its user; what the database says.
    pub fn rollback(&self) -> BoxFuture<Result<()>> {
        let tx = self.clone();
        self.limited_unless_lost(Box::pin(async move {
            let root = &tx.0.root;
            let ending = match Level::end(&tx, State::RolledBack) {
                Ok(ending) => ending,
                Err(_) if root.is_lost() && tx.0.close(State::RolledBack).is_ok() => {
                    root.undo().await;
                    return Ok(());
                }
                Err(error) => return Err(error),
            };
            match &tx.0.savepoint {
                Some(name) => tx.judged(root.roll_back_level(name).await).await?,
                None => root.transaction.rollback().await?,
            }
            ending.done();
            Ok(())
        }))
    }

    fn limited_unless_lost(&self, work: BoxFuture<Result<()>>) -> BoxFuture<Result<()>> {
        // The outermost rollback is not stopped by the time: it is what the end of the time does, too.
        if self.0.parent.is_none() { work } else { self.limited(work) }
    }
}
