//! Seeing an operation through on a connection of its own: to its end while somebody waits for it, else to a quick
//! one.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use futures_util::future;
use tokio::time::{Instant, timeout};

use crate::connection::Connection;
use crate::task::Caller;

/// How long a statement that was cancelled may take to end before it is cancelled again.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long it may take at all before its connection is closed.
const LIMIT: Duration = Duration::from_secs(10);

/// Sent behind a cancel outside of transactions: it may have hit the end of one that an operation had begun for itself.
const END: &str = "ROLLBACK";

/// How long a healthy connection may take to answer.
const ANSWER: Duration = Duration::from_secs(5);

/// Polls `work`, which runs statements on `connection` outside of a transaction for one caller; when that is gone,
/// stops the statement on the server, and waits until it has stopped. `None` where it did not: the connection is
/// spoilt then. What `work` gives must not hold rows that are still to be read: the answers behind them do not come.
pub(crate) async fn attended<T>(
    connection: &Connection,
    caller: &Caller,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut work = pin!(work);
    if let Some(outcome) = while_wanted(caller, work.as_mut()).await {
        return Some(outcome);
    }
    connection.set_given_up(true);
    let (outcome, certain) = stop(connection, work).await?;
    settle(connection, certain, END).await;
    connection.set_given_up(false);
    Some(outcome)
}

/// As `attended`, in a transaction: what a cancel must not hit is over when `harmless` is set. Where that takes too
/// long, it is sent all the same.
pub(crate) async fn attended_in_transaction<T>(
    connection: &Connection,
    caller: &Caller,
    harmless: &AtomicBool,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut work = pin!(work);
    if let Some(outcome) = while_wanted(caller, work.as_mut()).await {
        return Some(outcome);
    }
    connection.set_given_up(true);
    let until_harmless = poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
        Poll::Pending if harmless.load(Ordering::Acquire) => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    });
    if let Ok(Some(outcome)) = timeout(PATIENCE, until_harmless).await {
        connection.set_given_up(false);
        return Some(outcome);
    }
    let (outcome, certain) = stop(connection, work).await?;
    settle(connection, certain, "").await;
    connection.set_given_up(false);
    Some(outcome)
}

/// The outcome of `work` where somebody waits for it until then.
async fn while_wanted<T>(caller: &Caller, work: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    tokio::select! {
        biased;
        outcome = work => Some(outcome),
        () = caller.gone() => None,
    }
}

/// Cancels what runs until `work` ends; gives its outcome, and whether no cancel can still be on its way.
async fn stop<T>(connection: &Connection, mut work: Pin<&mut impl Future<Output = T>>) -> Option<(T, bool)> {
    let end = Instant::now() + LIMIT;
    let mut certain = true;
    while Instant::now() < end {
        // Not one without the other: a cancel that is still on its way could hit the next statement.
        let (sent, outcome) = future::join(connection.canceller.cancel(), timeout(PATIENCE, &mut work)).await;
        certain &= sent;
        if let Ok(outcome) = outcome {
            return Some((outcome, certain));
        }
    }
    connection.spoil();
    None
}

/// Stops a statement whose remaining rows nobody wants. The connection is idle afterwards, or spoilt.
pub(crate) async fn cut_short(connection: &Connection) {
    let certain = connection.canceller.cancel().await;
    settle(connection, certain, END).await;
}

/// Waits for everything that was sent before, and for this text; a cancel that may still come spoils the connection.
async fn settle(connection: &Connection, certain: bool, text: &str) {
    let answered = matches!(timeout(ANSWER, connection.command(text)).await, Ok(Ok(())));
    if !answered || !certain {
        connection.spoil();
    }
}
