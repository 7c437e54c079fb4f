//! Operations over lists of thousands of values: the values are read first, slice by slice, then the operation begins.

use std::task::{Context, Poll};
use std::time::Instant;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::{Job, Step};
use crate::hub::Task;
use crate::node::LongList;

/// Reads long lists, then does the job.
pub(super) struct ReadAhead {
    lists: Vec<LongList>,
    job: Option<Job>,
    work: Option<Box<dyn Task>>,
}

impl ReadAhead {
    /// A task for `job`, whose long lists are these.
    pub(super) fn boxed(lists: Vec<LongList>, job: Job) -> Box<dyn Task> {
        Box::new(ReadAhead { lists, job: Some(job), work: None })
    }

    /// Reads until all lists are complete; false when the time is up before.
    fn read_some(&mut self, py: Python<'_>) -> PyResult<bool> {
        let began = Instant::now();
        while let Some(list) = self.lists.last_mut() {
            if !list.read_some(py, began)? {
                return Ok(false);
            }
            self.lists.pop();
        }
        Ok(true)
    }
}

impl Task for ReadAhead {
    fn poll(&mut self, py: Python<'_>, context: &mut Context<'_>) -> Poll<PyResult<Py<PyAny>>> {
        if let Some(work) = &mut self.work {
            return work.poll(py, context);
        }
        if !self.read_some(py)? {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let Some(job) = self.job.take() else {
            return Poll::Ready(Err(PyRuntimeError::new_err("a task was polled after it had finished")));
        };
        match job.begin(py)? {
            Step::Ready(value) => Poll::Ready(Ok(value)),
            Step::Work(mut work) => {
                let progress = work.poll(py, context);
                self.work = Some(work);
                progress
            }
            Step::Turn(job) => {
                self.job = Some(job);
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Step::Delegate(..) => {
                Poll::Ready(Err(PyRuntimeError::new_err("a coroutine has no lists to be read")))
            }
        }
    }
}
