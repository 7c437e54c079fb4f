//! `Delay`: a wait that needs no runtime. It is for the seldom case of a lost race, so a thread may sleep for it.

use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

/// A future that is ready after some time.
pub(super) struct Delay {
    duration: Duration,
    state: Option<Arc<Mutex<State>>>,
}

#[derive(Default)]
struct State {
    is_over: bool,
    waker: Option<Waker>,
}

impl Delay {
    /// Between half of the duration and all of it, so that those who lost one race do not meet in the next.
    pub(super) fn with_jitter(duration: Duration) -> Self {
        let random = RandomState::new().hash_one(duration) % 1000;
        let half = duration / 2;
        Self { duration: half + half.mul_f64(random as f64 / 1000.0), state: None }
    }
}

impl Future for Delay {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if let Some(state) = &self.state {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.is_over {
                return Poll::Ready(());
            }
            state.waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        let state = Arc::new(Mutex::new(State { is_over: false, waker: Some(context.waker().clone()) }));
        let (shared, duration) = (state.clone(), self.duration);
        let sleeper = move || {
            thread::sleep(duration);
            let mut state = shared.lock().unwrap_or_else(PoisonError::into_inner);
            state.is_over = true;
            if let Some(waker) = state.waker.take() {
                waker.wake();
            }
        };
        match thread::Builder::new().name("ommi-wait".into()).spawn(sleeper) {
            Ok(_) => {
                self.state = Some(state);
                Poll::Pending
            }
            // Without a thread there is no wait: trying again at once is better than not at all.
            Err(_) => Poll::Ready(()),
        }
    }
}
