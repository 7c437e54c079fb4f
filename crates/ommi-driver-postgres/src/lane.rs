//! Connections that short reads share: each is sent without waiting for the answers before it. A connection is
//! borrowed from the pool when the first read comes and goes back with the last one, so that sharing keeps none from
//! those who need one for themselves.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use ommi_core::Result;
use ommi_net::{Pool, Pooled};
use parking_lot::Mutex;
use tokio::sync::Mutex as AsyncMutex;

use crate::connection::Opener;

/// So many reads at once on one connection are no reason to take another.
const CROWD: usize = 64;

/// A connection whose answers stopped for this long gets no further read.
const STALLED: Duration = Duration::from_millis(20);

/// A connection that was borrowed for this long goes back when others wait for one.
const TURN: Duration = Duration::from_millis(20);

/// The connections that are shared now.
pub(crate) struct Lanes {
    most: usize,
    lanes: Mutex<Vec<Weak<Lane>>>,
    opening: AsyncMutex<()>,
}

/// A connection that reads share.
pub(crate) struct Lane {
    pub(crate) pooled: Pooled<Opener>,
    reads: AtomicUsize,
    begun: Instant,
    /// When an answer last came, in microseconds since `begun`.
    progress: AtomicU64,
    /// When it was last asked whether others wait, in the same way.
    asked: AtomicU64,
}

/// A read on a shared connection.
pub(crate) struct Reading {
    pub(crate) lane: Arc<Lane>,
}

impl Lane {
    fn new(pooled: Pooled<Opener>) -> Self {
        let (begun, zero) = (Instant::now(), AtomicU64::new(0));
        Self { pooled, reads: AtomicUsize::new(0), begun, progress: zero, asked: AtomicU64::new(0) }
    }

    fn now(&self) -> u64 {
        self.begun.elapsed().as_micros() as u64
    }

    fn is_stalled(&self) -> bool {
        let since = self.now().saturating_sub(self.progress.load(Ordering::Relaxed));
        self.reads.load(Ordering::Relaxed) > 0 && since > STALLED.as_micros() as u64
    }

    /// Whether it has to go back because others wait for a connection.
    fn is_wanted(&self, pool: &Pool<Opener>) -> bool {
        let (now, turn) = (self.now(), TURN.as_micros() as u64);
        let asked = self.asked.load(Ordering::Relaxed);
        if now.saturating_sub(asked) < turn {
            return false;
        }
        self.asked.store(now, Ordering::Relaxed);
        pool.stats().waiting > 0
    }
}

impl Reading {
    /// Whether nobody else reads on the connection now.
    pub(crate) fn is_alone(&self) -> bool {
        self.lane.reads.load(Ordering::Relaxed) == 1
    }

    /// How long the answer took since the one before it, or since it was asked for: what waited for others counts for
    /// them.
    pub(crate) fn taken(&self, asked: Instant) -> Duration {
        let before = self.lane.begun + Duration::from_micros(self.lane.progress.load(Ordering::Relaxed));
        asked.max(before).elapsed()
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.lane.progress.store(self.lane.now(), Ordering::Relaxed);
        self.lane.reads.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Lanes {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, lanes: Mutex::new(Vec::new()), opening: AsyncMutex::new(()) }
    }

    /// Whether reads share connections at all.
    pub(crate) fn are_used(&self) -> bool {
        self.most > 0
    }

    /// Joins a shared connection; takes one from the pool where there is none, or where it is crowded.
    pub(crate) async fn join(&self, pool: &Pool<Opener>) -> Result<Reading> {
        if let Some(reading) = self.join_now(pool) {
            return Ok(reading);
        }
        // One opens, the others wait for it instead of opening as many.
        let _turn = self.opening.lock().await;
        if let Some(reading) = self.join_now(pool) {
            return Ok(reading);
        }
        let pooled = pool.get("reads").await?;
        Ok(self.add(pooled))
    }

    /// Joins a shared connection that is open, or can be had at once.
    pub(crate) fn join_now(&self, pool: &Pool<Opener>) -> Option<Reading> {
        let mut lanes = self.lanes.lock();
        lanes.retain(|lane| lane.strong_count() > 0);
        let open = lanes.iter().filter_map(Weak::upgrade);
        let usable = open.filter(|lane| lane.pooled.is_fit() && !lane.is_stalled() && !lane.is_wanted(pool));
        let best = usable.min_by_key(|lane| lane.reads.load(Ordering::Relaxed));
        let is_crowded = best.as_ref().is_none_or(|lane| lane.reads.load(Ordering::Relaxed) >= CROWD);
        if is_crowded
            && lanes.len() < self.most
            && let Some(pooled) = pool.try_get("reads")
        {
            let lane = Arc::new(Lane::new(pooled));
            lanes.push(Arc::downgrade(&lane));
            return Some(enter(lane));
        }
        best.map(enter)
    }

    fn add(&self, pooled: Pooled<Opener>) -> Reading {
        let lane = Arc::new(Lane::new(pooled));
        self.lanes.lock().push(Arc::downgrade(&lane));
        enter(lane)
    }
}

fn enter(lane: Arc<Lane>) -> Reading {
    if lane.reads.fetch_add(1, Ordering::AcqRel) == 0 {
        lane.progress.store(lane.now(), Ordering::Relaxed);
    }
    Reading { lane }
}
