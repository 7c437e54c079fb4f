//! The tokio runtime that connections live on: the caller's own where there is one, else one that all drivers of
//! the process share. Callers may poll their futures on any executor; only what is spawned here needs tokio.

use ommi_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;
use tokio::runtime::{Builder, Handle, Runtime};

/// The shared runtime, made when it is first asked for.
enum Shared {
    Unused,
    Running { runtime: Runtime, process: u32 },
    Ended,
}

static SHARED: Mutex<Shared> = Mutex::new(Shared::Unused);

/// The runtime for connections that are opened now: the caller's, when called inside one, else the shared one,
/// which has a thread of its own.
///
/// The caller's runtime needs its time and I/O drivers, as `#[tokio::main]` has them.
///
/// # Errors
/// `Connection` when no thread can be started; `Closed` after [`shutdown`].
pub fn handle() -> Result<Handle> {
    if let Ok(handle) = Handle::try_current() {
        return Ok(handle);
    }
    let mut shared = SHARED.lock();
    match &*shared {
        Shared::Running { runtime, process } if *process == std::process::id() => {
            Ok(runtime.handle().clone())
        }
        Shared::Ended => {
            Err(Error::new(ErrorKind::Closed, "the process is ending: no connection can be opened"))
        }
        // A fork of the process that started one has its memory and not its thread: it starts one of its own, for the
        // connections that it opens itself. Those of its parent are refused by their pools.
        Shared::Running { .. } | Shared::Unused => {
            let runtime = start()?;
            let handle = runtime.handle().clone();
            let running = Shared::Running { runtime, process: std::process::id() };
            std::mem::forget(std::mem::replace(&mut *shared, running));
            Ok(handle)
        }
    }
}

/// Ends the shared runtime, and with it all connections that live there: for the end of an interpreter, whose
/// threads must be gone before it is. Nothing can be opened on it afterwards.
pub fn shutdown() {
    let ended = std::mem::replace(&mut *SHARED.lock(), Shared::Ended);
    if let Shared::Running { runtime, process } = ended {
        if process == std::process::id() {
            runtime.shutdown_background();
        } else {
            // Its thread is in another process: there is nothing to end, and nothing to wait for.
            std::mem::forget(runtime);
        }
    }
}

fn start() -> Result<Runtime> {
    Builder::new_multi_thread().worker_threads(1).thread_name("ommi-net").enable_all().build().map_err(
        |error| {
            let message = format!("no thread for connections could be started: {error}");
            Error::new(ErrorKind::Connection, message).with_source(error)
        },
    )
}

/// The error for connections of another process.
pub(crate) fn forked() -> Error {
    let message = "the process was forked after its connections were opened, and they belong to its parent: \
                   open the database in each process after the fork, or start processes by spawn";
    Error::new(ErrorKind::Connection, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn inside_a_runtime_it_is_the_callers() {
        assert_eq!(handle().unwrap().id(), Handle::current().id());
    }

    // The one test that touches the shared runtime: it ends it.
    #[test]
    fn elsewhere_one_runtime_is_shared_until_it_is_shut_down() {
        let (first, second) = (handle().unwrap(), handle().unwrap());
        assert_eq!(first.id(), second.id());
        let (sender, receiver) = std::sync::mpsc::channel();
        first.spawn(async move { sender.send(std::thread::current().name().map(str::to_owned)) });
        assert_eq!(receiver.recv().unwrap().as_deref(), Some("ommi-net"));
        shutdown();
        assert_eq!(handle().unwrap_err().kind(), ErrorKind::Closed);
        shutdown();
    }
}
