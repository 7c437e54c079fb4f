//! Work of the engine that would hold an event loop: it is done on a thread of its own, which never touches Python.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use ommi::core::driver::{BoxFuture, FetchOptions, RowStream};
use ommi::core::query::Operation;
use ommi::core::value::RowBatch;
use ommi::core::{Error, ErrorKind, Result};
use ommi::engine::Session;
use parking_lot::Mutex;

/// As [`Session::fetch`], begun on a thread of its own.
pub(crate) fn fetch_elsewhere(session: &Session, operation: Operation, options: FetchOptions) -> RowStream {
    let session = session.clone();
    let stream = Elsewhere::new(move || session.fetch(operation, options));
    Box::pin(StreamElsewhere { begun: Some(stream), stream: None })
}

/// As [`Session::write`], begun on a thread of its own.
pub(crate) fn write_elsewhere(session: &Session, operation: Operation) -> BoxFuture<Result<u64>> {
    let session = session.clone();
    let write = Elsewhere::new(move || session.write(operation));
    Box::pin(async move { write.await?.await })
}

/// What a thread gives when it has come to its end.
struct Elsewhere<T> {
    shared: Arc<Mutex<Shared<T>>>,
}

enum Shared<T> {
    Working(Option<Waker>),
    Done(Result<T>),
    Taken,
}

impl<T: Send + 'static> Elsewhere<T> {
    fn new(work: impl FnOnce() -> T + Send + 'static) -> Self {
        let shared = Arc::new(Mutex::new(Shared::Working(None)));
        let (theirs, name) = (shared.clone(), "ommi-prepare".to_owned());
        let spawned = std::thread::Builder::new().name(name).spawn(move || {
            let value = work();
            let previous = std::mem::replace(&mut *theirs.lock(), Shared::Done(Ok(value)));
            if let Shared::Working(Some(waker)) = previous {
                waker.wake();
            }
        });
        if let Err(error) = spawned {
            let refused = Error::new(ErrorKind::Internal, "no thread could be started to prepare the query");
            *shared.lock() = Shared::Done(Err(refused.with_source(error)));
        }
        Self { shared }
    }
}

impl<T> Future for Elsewhere<T> {
    type Output = Result<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut shared = self.shared.lock();
        match std::mem::replace(&mut *shared, Shared::Taken) {
            Shared::Done(value) => Poll::Ready(value),
            Shared::Working(_) => {
                *shared = Shared::Working(Some(context.waker().clone()));
                Poll::Pending
            }
            Shared::Taken => Poll::Pending,
        }
    }
}

/// A stream that is begun elsewhere.
struct StreamElsewhere {
    begun: Option<Elsewhere<RowStream>>,
    stream: Option<RowStream>,
}

impl Stream for StreamElsewhere {
    type Item = Result<RowBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(begun) = &mut self.begun {
            let outcome = std::task::ready!(Pin::new(begun).poll(context));
            self.begun = None;
            match outcome {
                Ok(stream) => self.stream = Some(stream),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
        match &mut self.stream {
            Some(stream) => stream.as_mut().poll_next(context),
            None => Poll::Ready(None),
        }
    }
}
