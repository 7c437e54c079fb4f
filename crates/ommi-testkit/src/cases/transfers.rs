//! Money that is moved about by many at once, with failures and cancellations: none is lost, none is made, and nobody
//! ever sees a part of a transfer.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use ommi_core::driver::{BoxFuture, IsolationLevel};
use ommi_core::query::Assignment;
use parking_lot::Mutex;

use crate::case::cases;
use crate::kit::*;

cases! {
    transfers_move_money_and_nothing_else,
}

const ACCOUNTS: i64 = 100;
const MONEY: i64 = 1000;
const TASKS: usize = 64;
const OBSERVERS: usize = 2;

/// How many transfers are tried: another number by the environment variable `OMMI_TRANSFERS`.
fn wanted_transfers() -> usize {
    std::env::var("OMMI_TRANSFERS").ok().and_then(|count| count.parse().ok()).unwrap_or(10_000)
}

fn account() -> Arc<ModelDef> {
    let fields = ["id", "balance"].map(|name| FieldDef::new(name, FieldType::Int));
    let [id, balance] = fields;
    models::built(ModelDef::builder("Account").table("accounts").field(id).field(balance).key(["id"]))
}

/// How a transfer is meant to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Commit,
    RollBack,
    /// Dropped between its two writes.
    Drop,
    /// Cancelled at the so-manieth time that it has to wait.
    Cancel(usize),
}

/// One transfer.
#[derive(Clone, Copy)]
struct Transfer {
    from: i64,
    to: i64,
    amount: i64,
    fate: Fate,
}

/// Numbers by chance, the same ones in every run.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn account(&mut self) -> i64 {
        1 + i64::try_from(self.below(ACCOUNTS as u64)).unwrap()
    }

    fn transfer(&mut self) -> Transfer {
        let fate = match self.below(10) {
            0 => Fate::RollBack,
            1 => Fate::Drop,
            2 | 3 => Fate::Cancel(1 + self.below(12) as usize),
            _ => Fate::Commit,
        };
        let from = self.account();
        let to = 1 + from % ACCOUNTS;
        let to = if self.below(4) == 0 { to } else { self.account() };
        Transfer { from, to, amount: self.below(50) as i64, fate }
    }
}

/// Gives up at the so-manieth time that the future has to wait.
pub(super) struct GivingUp<F> {
    pub(super) future: Pin<Box<F>>,
    pub(super) waits: usize,
}

impl<F: Future> Future for GivingUp<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<F::Output>> {
        match self.future.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if self.waits <= 1 => Poll::Ready(None),
            Poll::Pending => {
                self.waits -= 1;
                Poll::Pending
            }
        }
    }
}

fn pay(session: &Session, account: &Arc<ModelDef>, id: i64, amount: i64) -> BoxFuture<Result<u64>> {
    let balance = Assignment { field: 1, value: field(account, "balance").is(Add, amount) };
    let one = find(account).filter(field(account, "id").is(Eq, id));
    session.write(Operation::Update(one, vec![balance]))
}

async fn run(handle: &Handle, account: &Arc<ModelDef>, transfer: Transfer) -> Result<bool> {
    let tx = handle.begin(TransactionOptions::default()).await?;
    let session = tx.session();
    assert_eq!(pay(&session, account, transfer.from, -transfer.amount).await?, 1);
    match transfer.fate {
        Fate::RollBack => return tx.rollback().await.map(|()| false),
        Fate::Drop => return Ok(false),
        Fate::Commit | Fate::Cancel(_) => {}
    }
    assert_eq!(pay(&session, account, transfer.to, transfer.amount).await?, 1);
    tx.commit().await.map(|()| true)
}

/// What became of all transfers.
#[derive(Debug, Default)]
struct Tally {
    committed: AtomicUsize,
    undone: AtomicUsize,
    cancelled: AtomicUsize,
    lost: AtomicUsize,
    observed: AtomicUsize,
    /// What observers saw instead of the sum that never changes.
    wrong: Mutex<Vec<i64>>,
}

impl Tally {
    fn count(&self, outcome: Option<Result<bool>>) -> Result<()> {
        let counter = match outcome {
            None => &self.cancelled,
            Some(Ok(true)) => &self.committed,
            Some(Ok(false)) => &self.undone,
            Some(Err(error)) if error.is_conflict() => &self.lost,
            Some(Err(error)) => return Err(error),
        };
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// One of many who move money.
fn mover(handle: &Handle, account: &Arc<ModelDef>, seed: u64, transfers: usize, tally: &Tally) -> Result<()> {
    let mut dice = Dice(seed);
    for _ in 0..transfers {
        let transfer = dice.transfer();
        let running = run(handle, account, transfer);
        let outcome = match transfer.fate {
            Fate::Cancel(waits) => now(GivingUp { future: Box::pin(running), waits }),
            Fate::Commit | Fate::RollBack | Fate::Drop => Some(now(running)),
        };
        tally.count(outcome)?;
    }
    Ok(())
}

/// Looks twice in one transaction: the sum is what it always was, and nothing moved meanwhile.
fn observe(handle: &Handle, account: &Arc<ModelDef>, tally: &Tally) -> Result<()> {
    let steady = TransactionOptions { isolation: IsolationLevel::RepeatableRead, read_only: true };
    let tx = now(handle.begin(steady))?;
    let all = || Operation::Fetch(find(account).by("id"));
    let first = crate::run::streamed(&tx.session(), all())?;
    let second = crate::run::streamed(&tx.session(), all())?;
    assert_eq!(first, second, "a transaction saw money move");
    // Judged at the end, beside what is stored then: a wrong look at right rows is another fault than wrong rows.
    if sum(&first) != ACCOUNTS * MONEY {
        tally.wrong.lock().push(sum(&first));
    }
    now(tx.commit())
}

fn sum(rows: &[Row]) -> i64 {
    let balance = |row: &Row| match row[1] {
        Value::Int(balance) => balance,
        ref other => panic!("a balance is {other:?}"),
    };
    rows.iter().map(balance).sum()
}

fn observer(handle: &Handle, account: &Arc<ModelDef>, is_over: &AtomicBool, tally: &Tally) -> Result<()> {
    loop {
        let was_over = is_over.load(Ordering::Acquire);
        match observe(handle, account, tally) {
            Err(error) if error.is_conflict() => {}
            outcome => {
                outcome?;
                tally.observed.fetch_add(1, Ordering::Relaxed);
            }
        }
        if was_over {
            return Ok(());
        }
    }
}

fn transfers_move_money_and_nothing_else(db: &Db) -> Result<()> {
    let account = account();
    let accounts: Vec<Row> = (1..=ACCOUNTS).map(|id| vec![int(id), int(MONEY)]).collect();
    db.add_all(&account, &["id", "balance"], &accounts)?;
    let (tally, is_over) = (Tally::default(), AtomicBool::new(false));
    let handles = [db.handle().clone(), db.explicit()];
    let each = wanted_transfers().div_ceil(TASKS);
    std::thread::scope(|scope| {
        let (account, tally, handles, is_over) = (&account, &tally, &handles, &is_over);
        let observers: Vec<_> = (0..OBSERVERS)
            .map(|_| scope.spawn(move || observer(&handles[1], account, is_over, tally)))
            .collect();
        let movers: Vec<_> = (0..TASKS)
            .map(|task| scope.spawn(move || mover(&handles[task % 2], account, task as u64 + 1, each, tally)))
            .collect();
        let moved = movers.into_iter().try_for_each(|mover| mover.join().unwrap());
        is_over.store(true, Ordering::Release);
        observers.into_iter().try_for_each(|observer| observer.join().unwrap()).and(moved)
    })?;
    let rows = crate::run::streamed(db, Operation::Fetch(find(&account)))?;
    assert_eq!(sum(&rows), ACCOUNTS * MONEY, "{tally:?}");
    assert_eq!(*tally.wrong.lock(), [] as [i64; 0], "all is right in the end; {tally:?}");
    assert!(tally.committed.load(Ordering::Relaxed) > 0, "{tally:?}");
    assert!(tally.undone.load(Ordering::Relaxed) > 0, "{tally:?}");
    assert!(rows.iter().any(|row| row[1] != int(MONEY)), "money moved");
    Ok(())
}
