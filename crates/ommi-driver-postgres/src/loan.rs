//! A connection for an operation of its own: one that is free now, or the next one.

use std::sync::Arc;

use ommi_core::Result;
use ommi_net::Pooled;
use tokio::runtime::Handle;

use crate::connection::Opener;
use crate::drive::Drive;
use crate::driver::Core;
use crate::task::Caller;

/// A connection, or where to wait for one.
pub(crate) struct Loan {
    core: Arc<Core>,
    purpose: &'static str,
    free: Option<Pooled<Opener>>,
}

impl Loan {
    /// Takes a connection that is free now.
    pub(crate) fn new(core: &Arc<Core>, purpose: &'static str) -> Self {
        Self { core: core.clone(), purpose, free: core.pool.try_get(purpose) }
    }

    /// What drives the connection, where there is one already.
    pub(crate) fn drive(&self) -> Option<Arc<Drive>> {
        self.free.as_ref().map(|pooled| pooled.drive.clone())
    }

    /// The connection, when there is one.
    pub(crate) async fn taken(self, caller: &Caller) -> Result<Pooled<Opener>> {
        match self.free {
            Some(pooled) => Ok(pooled),
            None => caller.or_gone(self.core.pool.get(self.purpose)).await,
        }
    }
}

/// Begins an operation at once on the connection that it has, or sends it to wait for one.
pub(crate) fn begin(
    runtime: &Handle,
    drive: Option<Arc<Drive>>,
    operation: impl Future<Output = ()> + Send + 'static,
) {
    match drive {
        Some(drive) => drive.begin(operation, true),
        None => drop(runtime.spawn(operation)),
    }
}
