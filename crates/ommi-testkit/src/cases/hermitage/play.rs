//! Plays the steps of transactions at once in a given order. A step that has to wait for another transaction is left
//! waiting, and its transaction's later steps with it, while the others go on.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_util::task::noop_waker_ref;
use futures_util::{TryFutureExt, TryStreamExt};
use ommi_core::driver::{BoxFuture, IsolationLevel};
use ommi_core::query::Assignment;

use crate::kit::*;

/// The transactions.
pub(super) const T1: usize = 0;
pub(super) const T2: usize = 1;
pub(super) const T3: usize = 2;

/// What a transaction does next.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    Begin,
    /// Reads one item.
    Read(i64),
    ReadAll,
    /// Reads the items whose value is a multiple of three.
    ReadThirds,
    /// Gives an item a value.
    Set(i64, i64),
    Insert(i64, i64),
    Commit,
    Rollback,
}

/// Items as pairs of key and value, by key.
type Rows = Vec<(i64, i64)>;

/// What became of a transaction.
#[derive(Debug, Default)]
pub(super) struct Played {
    /// What its reads found, in order.
    pub(super) reads: Vec<Rows>,
    pub(super) committed: bool,
    /// Whether it lost a race.
    pub(super) lost: bool,
}

impl Played {
    /// Whether a read found this item.
    pub(super) fn saw(&self, item: (i64, i64)) -> bool {
        self.reads.iter().flatten().any(|found| *found == item)
    }
}

/// What became of all.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) players: Vec<Played>,
    /// The items afterwards.
    pub(super) rows: Rows,
}

/// While a step waits, the database answers so many other requests: a step that is not done after that waits for
/// another transaction.
const OTHER_ANSWERS: usize = 40;

/// How long is waited before each of them: who asks without a pause, and the server that answers, can keep the
/// processor from the very transaction that is waited for.
const PAUSE: Duration = Duration::from_millis(1);

/// How long everything may take: far longer than it does, and less than for ever.
const PATIENCE: Duration = Duration::from_secs(240);

/// What a step gave.
enum Done {
    Begun(Tx),
    Read(Rows),
    Changed,
    Committed,
    RolledBack,
}

struct Player {
    tx: Option<Tx>,
    running: Option<BoxFuture<Result<Done>>>,
    waiting: VecDeque<Step>,
    played: Played,
}

struct Stage<'a> {
    db: &'a Db,
    level: IsolationLevel,
    item: Arc<ModelDef>,
    /// A table that no step touches.
    aside: Arc<ModelDef>,
    players: Vec<Player>,
}

/// Plays the steps on the items 1 = 10 and 2 = 20.
pub(super) fn play(db: &Db, level: IsolationLevel, steps: &[(usize, Step)]) -> Result<Outcome> {
    let (item, aside) = (table("Item"), table("Aside"));
    db.set_up(&[&item, &aside])?;
    db.remove(find(&item))?;
    db.add_all(&item, &["id", "value"], &[vec![int(1), int(10)], vec![int(2), int(20)]])?;
    let player = || Player { tx: None, running: None, waiting: VecDeque::new(), played: Played::default() };
    let mut stage = Stage { db, level, item, aside, players: (0..3).map(|_| player()).collect() };
    for (player, step) in steps {
        stage.players[*player].waiting.push_back(*step);
        stage.go_on(*player, matches!(step, Step::Commit | Step::Rollback))?;
    }
    stage.finish()?;
    let rows = now(stage.read(&db.handle().session(), None))?;
    Ok(Outcome { players: stage.players.into_iter().map(|player| player.played).collect(), rows })
}

fn table(name: &str) -> Arc<ModelDef> {
    let fields = [FieldDef::new("id", FieldType::Int), FieldDef::new("value", FieldType::Int)];
    let [id, value] = fields;
    models::built(
        ModelDef::builder(name).table(format!("hermitage_{name}")).field(id).field(value).key(["id"]),
    )
}

impl Stage<'_> {
    /// Plays on until the player has nothing left to do or has to wait; after an end, all players.
    fn go_on(&mut self, player: usize, ends: bool) -> Result<()> {
        for _ in 0..OTHER_ANSWERS {
            self.poll_all(&mut Context::from_waker(noop_waker_ref()))?;
            let waits = |player: &Player| player.running.is_some();
            let is_done = if ends { !self.players.iter().any(waits) } else { !waits(&self.players[player]) };
            if is_done {
                return Ok(());
            }
            std::thread::sleep(PAUSE);
            self.ask_aside()?;
        }
        Ok(())
    }

    /// Plays to the end.
    fn finish(&mut self) -> Result<()> {
        let begun = Instant::now();
        while self.players.iter().any(|player| player.running.is_some()) {
            self.poll_all(&mut Context::from_waker(noop_waker_ref()))?;
            std::thread::sleep(PAUSE);
            self.ask_aside()?;
            assert!(begun.elapsed() < PATIENCE, "transactions wait for each other for ever");
        }
        Ok(())
    }

    /// Asks the database something else. Steps that run are polled meanwhile: to one that waits for a lock inside of its
    /// driver, or of the crate beneath, the lock may be handed just now, and nobody else gets it before it is polled.
    fn ask_aside(&mut self) -> Result<()> {
        let session = self.db.handle().session();
        let asked = session.fetch(Operation::Exists(find(&self.aside)), FetchOptions::default());
        let mut asked = asked.try_collect::<Vec<RowBatch>>();
        now(poll_fn(|context| match self.poll_all(context) {
            Ok(()) => asked.try_poll_unpin(context).map_ok(drop),
            Err(error) => Poll::Ready(Err(error)),
        }))
    }

    fn poll_all(&mut self, context: &mut Context<'_>) -> Result<()> {
        for position in 0..self.players.len() {
            while self.poll(position, context)? {}
        }
        Ok(())
    }

    /// Starts the next step of a player, or looks after the running one; whether anything happened.
    fn poll(&mut self, position: usize, context: &mut Context<'_>) -> Result<bool> {
        let Some(mut running) = self.players[position].running.take() else {
            let Some(step) = self.players[position].waiting.pop_front() else { return Ok(false) };
            let step = self.start(&self.players[position], step);
            self.players[position].running = step;
            return Ok(true);
        };
        let player = &mut self.players[position];
        match running.as_mut().poll(context) {
            Poll::Pending => {
                player.running = Some(running);
                return Ok(false);
            }
            Poll::Ready(Ok(done)) => player.note(done),
            Poll::Ready(Err(error)) if error.is_conflict() => {
                player.played.lost = true;
                player.tx = None;
            }
            Poll::Ready(Err(error)) => return Err(error),
        }
        Ok(true)
    }

    /// The step, begun. One of a transaction that is over is left out.
    fn start(&self, player: &Player, step: Step) -> Option<BoxFuture<Result<Done>>> {
        if let Step::Begin = step {
            let begun =
                self.db.handle().begin(TransactionOptions { isolation: self.level, read_only: false });
            return Some(Box::pin(async move { begun.await.map(Done::Begun) }));
        }
        let tx = player.tx.clone()?;
        let session = tx.session();
        Some(match step {
            Step::Begin => return None,
            Step::Read(id) => self.reading(&session, Some(field(&self.item, "id").is(Eq, id))),
            Step::ReadAll => self.reading(&session, None),
            Step::ReadThirds => {
                let rest = field(&self.item, "value").is(Rem, 3);
                self.reading(&session, Some(rest.is(Eq, 0)))
            }
            Step::Set(id, value) => {
                let assignment = Assignment { field: 1, value: lit(value) };
                let one = find(&self.item).filter(field(&self.item, "id").is(Eq, id));
                let written = session.write(Operation::Update(one, vec![assignment]));
                Box::pin(async move { written.await.map(|_| Done::Changed) })
            }
            Step::Insert(id, value) => {
                let rows = crate::run::batch(2, &[vec![int(id), int(value)]]);
                let written = session.insert(self.item.clone(), vec![0, 1], rows);
                Box::pin(async move { written.await.map(|_| Done::Changed) })
            }
            Step::Commit => Box::pin(async move { tx.commit().await.map(|()| Done::Committed) }),
            Step::Rollback => Box::pin(async move { tx.rollback().await.map(|()| Done::RolledBack) }),
        })
    }

    fn reading(&self, session: &Session, filter: Option<Expr>) -> BoxFuture<Result<Done>> {
        let rows = self.read(session, filter);
        Box::pin(async move { rows.await.map(Done::Read) })
    }

    fn read(&self, session: &Session, filter: Option<Expr>) -> BoxFuture<Result<Rows>> {
        let query = Query { filter, ..find(&self.item) }.by("id");
        let rows = session.fetch(Operation::Fetch(query), FetchOptions::default());
        Box::pin(async move {
            let batches: Vec<RowBatch> = rows.try_collect().await?;
            let mut found = Vec::new();
            for row in batches.iter().map(crate::run::unpacked).collect::<Result<Vec<_>>>()?.concat() {
                match row.as_slice() {
                    [Value::Int(id), Value::Int(value)] => found.push((*id, *value)),
                    other => panic!("an item is {other:?}"),
                }
            }
            Ok(found)
        })
    }
}

impl Player {
    fn note(&mut self, done: Done) {
        match done {
            Done::Begun(tx) => self.tx = Some(tx),
            Done::Read(rows) => self.played.reads.push(rows),
            Done::Changed => {}
            Done::Committed => {
                self.played.committed = true;
                self.tx = None;
            }
            Done::RolledBack => self.tx = None,
        }
    }
}
