//! A forked child has none of the threads that its handles rely on: it gets a clear error instead of a hang.

use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict};

static GENERATION: AtomicU64 = AtomicU64::new(0);

/// The number of forks between the first process and this one. A handle works in the generation it was opened in.
pub(crate) fn fork_generation() -> u64 {
    GENERATION.load(Ordering::Relaxed)
}

/// Counts forks in children from now on.
pub(crate) fn watch_forks(py: Python<'_>) -> PyResult<()> {
    let Some(register) = py.import("os")?.getattr_opt("register_at_fork")? else {
        return Ok(());
    };
    let count = PyCFunction::new_closure(py, None, None, |_, _| {
        GENERATION.fetch_add(1, Ordering::Relaxed);
        super::registry::forget();
    })?;
    let arguments = PyDict::new(py);
    arguments.set_item("after_in_child", count)?;
    register.call((), Some(&arguments)).map(drop)
}
