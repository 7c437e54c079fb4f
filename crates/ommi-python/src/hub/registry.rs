//! Which event loop has which hub.

use parking_lot::Mutex;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use super::Hub;

/// Hubs of all loops that may still run. Loops are held strongly, so their addresses identify them.
static HUBS: Mutex<Vec<Py<Hub>>> = Mutex::new(Vec::new());

/// The hub of the running loop; made, and its reader registered, at first use.
pub(super) fn current(py: Python<'_>) -> PyResult<Bound<'_, Hub>> {
    static GET_LOOP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let event_loop = GET_LOOP.import(py, "asyncio", "get_running_loop")?.call0()?;
    if let Some(hub) = find(&event_loop) {
        return Ok(hub);
    }
    forget_closed(py)?;
    let hub = Bound::new(py, Hub::new(event_loop.clone().unbind())?)?;
    let drain = hub.getattr(intern!(py, "drain"))?;
    event_loop.call_method1(intern!(py, "add_reader"), (hub.get().signal.descriptor(), drain))?;
    HUBS.lock().push(hub.clone().unbind());
    Ok(hub)
}

fn find<'py>(event_loop: &Bound<'py, PyAny>) -> Option<Bound<'py, Hub>> {
    let py = event_loop.py();
    let hubs = HUBS.lock();
    hubs.iter().find(|hub| hub.get().event_loop.is(event_loop)).map(|hub| hub.bind(py).clone())
}

/// Lets go of hubs whose loops were closed, with the tasks that they will never resume.
fn forget_closed(py: Python<'_>) -> PyResult<()> {
    let mut closed = Vec::new();
    let hubs: Vec<_> = HUBS.lock().iter().map(|hub| hub.clone_ref(py)).collect();
    for hub in hubs {
        if hub.get().event_loop.bind(py).call_method0(intern!(py, "is_closed"))?.is_truthy()? {
            closed.push(hub);
        }
    }
    HUBS.lock().retain(|hub| !closed.iter().any(|gone| gone.is(hub)));
    for hub in closed {
        let tasks = hub.get().slots.lock().drain_all();
        drop(tasks);
    }
    Ok(())
}

/// In a forked child: the parent's loops are not ours to resume. They are leaked, not dropped, because dropping
/// them would reach for threads that this process does not have.
pub(super) fn forget() {
    std::mem::forget(std::mem::take(&mut *HUBS.lock()));
}
