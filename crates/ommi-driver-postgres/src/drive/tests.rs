//! What must hold of who polls a connection, with futures in place of sockets.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future;
use tokio::sync::{mpsc, oneshot};

use super::Drive;

/// A drive of what is no socket.
fn start(socket: impl Future<Output = ()> + Send + 'static) -> Arc<Drive> {
    Drive::start(
        socket,
        #[cfg(unix)]
        None,
    )
}

/// A socket that counts what it is sent, until nobody can send any more.
async fn counting(mut sent: mpsc::UnboundedReceiver<()>, count: Arc<AtomicUsize>) {
    while sent.recv().await.is_some() {
        count.fetch_add(1, Ordering::SeqCst);
    }
}

/// Runs `act` on a thread of its own, which knows no runtime, to its end.
async fn elsewhere<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = oneshot::channel();
    std::thread::spawn(move || sender.send(act()));
    receiver.await.unwrap()
}

#[tokio::test]
async fn what_a_caller_begins_is_written_before_it_leaves() {
    let (send, sent) = mpsc::unbounded_channel();
    let count = Arc::new(AtomicUsize::new(0));
    let drive = start(counting(sent, count.clone()));
    let written = elsewhere(move || {
        drive.begin(async move { send.send(()).unwrap() }, true);
        count.load(Ordering::SeqCst)
    });
    // The one thread of this runtime waits: nobody but the caller can have polled.
    assert_eq!(futures_executor::block_on(written), 1);
}

#[tokio::test]
async fn what_waits_goes_on_without_its_caller() {
    let drive = start(future::pending());
    let ((wake, woken), (done, end)) = (oneshot::channel::<()>(), oneshot::channel());
    elsewhere(move || {
        drive.begin(async move { done.send(woken.await.is_ok()).unwrap() }, true);
    })
    .await;
    wake.send(()).unwrap();
    assert!(end.await.unwrap());
}

#[tokio::test]
async fn a_panic_is_not_that_of_the_neighbours() {
    let drive = start(future::pending());
    let ((wake, woken), (done, end)) = (oneshot::channel::<()>(), oneshot::channel());
    drive.begin(async move { done.send(woken.await.is_ok()).unwrap() }, true);
    drive.begin(async { panic!("of one operation") }, true);
    wake.send(()).unwrap();
    assert!(end.await.unwrap());
}

#[tokio::test]
async fn a_socket_that_panics_is_a_closed_one() {
    let drive = start(async { panic!("of the socket") });
    while !drive.is_over() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_task_ends_when_a_caller_saw_the_end_of_the_socket() {
    let (send, sent) = mpsc::unbounded_channel();
    let drive = start(counting(sent, Arc::default()));
    tokio::task::yield_now().await;
    let theirs = drive.clone();
    elsewhere(move || theirs.during(true, || drop(send))).await;
    while !drive.is_over() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_begins_after_the_end_still_runs_and_finds_out_by_itself() {
    let drive = start(future::ready(()));
    while !drive.is_over() {
        tokio::task::yield_now().await;
    }
    let (done, end) = oneshot::channel();
    drive.begin(async move { done.send(()).unwrap() }, true);
    end.await.unwrap();
}

#[tokio::test]
async fn an_abort_drops_every_operation_also_from_inside_of_one() {
    let drive = start(future::pending());
    let (kept, dropped) = oneshot::channel::<()>();
    let aborting = drive.clone();
    let work = async move {
        let _kept = kept;
        aborting.abort();
        future::pending::<()>().await;
    };
    drive.begin(work, true);
    assert!(dropped.await.is_err());
    assert!(drive.is_over());
}

#[tokio::test]
async fn callers_on_many_threads_lose_nothing() {
    let (send, sent) = mpsc::unbounded_channel();
    let count = Arc::new(AtomicUsize::new(0));
    let drive = start(counting(sent, count.clone()));
    let begin = |_| {
        let (drive, send) = (drive.clone(), send.clone());
        elsewhere(move || {
            let ends: Vec<_> = (0..500)
                .map(|number| {
                    let (send, (done, end)) = (send.clone(), oneshot::channel());
                    let work = async move {
                        send.send(()).unwrap();
                        done.send(()).unwrap();
                    };
                    drive.begin(work, number % 3 != 0);
                    end
                })
                .collect();
            ends
        })
    };
    for end in future::join_all((0..4).map(begin)).await.into_iter().flatten() {
        end.await.unwrap();
    }
    while count.load(Ordering::SeqCst) < 2000 {
        tokio::task::yield_now().await;
    }
}
