//! The query cache: no read through a handle is older than a write through it that was over before.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use futures_util::TryStreamExt;
use ommi_core::driver::Raw;
use ommi_core::query::{Assignment, Caching};
use ommi_engine::{QueryCacheOptions, QueryCacheStats};

use super::transfers::{Dice, GivingUp};
use crate::case::cases;
use crate::kit::*;
use crate::run::streamed;

cases! {
    an_answer_is_given_again,
    every_type_comes_back_from_the_cache,
    writes_are_seen_by_cached_reads,
    rows_that_go_with_others_leave_the_cache [ForeignKeys],
    a_transaction_sees_its_own_writes_and_nobody_else_does,
    statements_of_a_programs_own_are_noticed [RawStatements],
    other_handles_are_not_noticed,
    no_read_is_older_than_a_write_before_it,
}

fn caching(db: &Db, max_size: usize) -> Handle {
    let query_cache = Some(QueryCacheOptions { max_size, ttl: None, ..QueryCacheOptions::default() });
    db.other(HandleOptions { implicit_setup: true, query_cache, ..HandleOptions::default() })
}

fn stats(handle: &Handle) -> QueryCacheStats {
    handle.query_cache().map(ommi_engine::QueryCache::stats).unwrap_or_default()
}

fn an_answer_is_given_again(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let handle = caching(db, 100);
    let session = handle.session();
    let adults = || find(&user).filter(field(&user, "age").is(Ge, 18));
    let (ids, count, some) =
        (session.ids(adults().by("id"))?, session.count(adults())?, session.exists(adults())?);
    let sent = db.watch().sent();
    assert_eq!(session.ids(adults().by("id"))?, ids);
    assert_eq!(session.count(adults())?, count);
    assert_eq!(session.exists(adults())?, some);
    assert_eq!(db.watch().sent(), sent, "an answer that was there was asked for again");
    session.ids(Query { caching: Caching::Never, ..adults().by("id") })?;
    assert!(db.watch().sent() > sent);
    Ok(())
}

fn every_type_comes_back_from_the_cache(db: &Db) -> Result<()> {
    let sample = models::sample();
    db.add(&sample, &[("id", int(1))])?;
    db.add(&sample, &[("id", int(2)), ("int", int(i64::MIN)), ("text", "Ünïcödé".into())])?;
    let session = caching(db, 100).session();
    let first = session.rows(find(&sample).by("id"))?;
    let sent = db.watch().sent();
    assert_eq!(session.rows(find(&sample).by("id"))?, first);
    assert_eq!(db.watch().sent(), sent);
    assert_eq!(db.rows(find(&sample).by("id"))?, first);
    Ok(())
}

fn writes_are_seen_by_cached_reads(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let session = caching(db, 100).session();
    let ages = || session.values(find(&user).by("id"));
    let named = |name: &str| session.count(find(&user).filter(field(&user, "name").is(Eq, name)));
    let (before, nobody) = (ages()?, named("Zoe")?);
    assert_eq!((before.len(), nobody), (5, 0));
    session.change(find(&user).filter(field(&user, "id").is(Eq, 1)), &[("name", lit("Zoe"))])?;
    assert_eq!(named("Zoe")?, 1);
    session.remove(find(&user).filter(field(&user, "id").is(Eq, 1)))?;
    assert_eq!((ages()?.len(), named("Zoe")?), (4, 0));
    Ok(())
}

fn rows_that_go_with_others_leave_the_cache(db: &Db) -> Result<()> {
    let blog = models::blog();
    blog.fill(db)?;
    let session = caching(db, 100).session();
    let posts = || session.count(find(&blog.post));
    assert!(posts()? > 0);
    assert!(posts()? > 0);
    session.remove(find(&blog.user))?;
    assert_eq!(posts()?, 0);
    Ok(())
}

fn a_transaction_sees_its_own_writes_and_nobody_else_does(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let handle = caching(db, 100);
    let outside = handle.session();
    let renamed = || find(&user).filter(field(&user, "name").is(Eq, "Zoe"));
    assert_eq!(outside.count(renamed())?, 0);
    for commits in [false, true] {
        let tx = now(handle.begin(TransactionOptions::default()))?;
        tx.session().change(find(&user), &[("name", lit("Zoe"))])?;
        assert_eq!(tx.session().count(renamed())?, 5);
        if handle.driver().capabilities().concurrent_writers {
            assert_eq!(outside.count(renamed())?, 0);
        }
        now(if commits { tx.commit() } else { tx.rollback() })?;
        assert_eq!(outside.count(renamed())?, if commits { 5 } else { 0 });
    }
    let tx = now(handle.begin(TransactionOptions::default()))?;
    let wanted = Query { caching: Caching::Wanted, ..renamed().by("id") };
    let before = stats(&handle);
    assert_eq!(tx.session().ids(wanted)?.len(), 5);
    assert_eq!(stats(&handle), before);
    now(tx.rollback())
}

fn statements_of_a_programs_own_are_noticed(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let session = caching(db, 100).session();
    let raw = |text: &str, columns: &[FieldType]| Raw {
        text: text.to_owned(),
        model: None,
        columns: columns.to_vec(),
        names: Vec::new(),
    };
    assert_eq!(session.count(find(&user))?, 5);
    let select = raw("select id from users", &[FieldType::Int]);
    let rows: Vec<RowBatch> =
        now(session.fetch_raw(select, Vec::new(), FetchOptions::default()).try_collect())?;
    assert_eq!(rows.iter().map(RowBatch::len).sum::<usize>(), 5);
    let sent = db.watch().sent();
    assert_eq!(session.count(find(&user))?, 5);
    assert_eq!(db.watch().sent(), sent, "a select made it forget");
    now(session.write_raw(raw("DELETE FROM users WHERE id = 1", &[]), Vec::new()))?;
    assert_eq!(session.count(find(&user))?, 4);
    Ok(())
}

fn other_handles_are_not_noticed(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let handle = caching(db, 100);
    assert_eq!(handle.session().count(find(&user))?, 5);
    db.remove(find(&user))?;
    assert_eq!(handle.session().count(find(&user))?, 5);
    handle.query_cache().map(ommi_engine::QueryCache::clear);
    assert_eq!(handle.session().count(find(&user))?, 0);
    Ok(())
}

const COUNTERS: i64 = 6;
const TASKS: usize = 64;
const STEPS: usize = 40;

/// Counters that only grow, and rows that refer to them.
struct Counters {
    counter: Arc<ModelDef>,
    watcher: Arc<ModelDef>,
    /// How often each was surely raised.
    raised: Vec<AtomicI64>,
    looks: AtomicUsize,
}

impl Counters {
    fn new(db: &Db) -> Result<Self> {
        let number = |name: &str| FieldDef::new(name, FieldType::Int);
        let counter = models::built(
            ModelDef::builder("Counter")
                .table("counters")
                .field(number("id"))
                .field(number("count"))
                .key(["id"]),
        );
        let watcher = models::built(
            ModelDef::builder("Watcher")
                .table("watchers")
                .field(number("id"))
                .field(number("counter_id"))
                .key(["id"])
                .reference(["counter_id"], models::to(&counter, ommi_core::schema::Action::Restrict)),
        );
        let rows: Vec<Row> = (1..=COUNTERS).map(|id| vec![int(id), int(0)]).collect();
        db.add_all(&counter, &["id", "count"], &rows)?;
        let rows: Vec<Row> = (1..=COUNTERS).map(|id| vec![int(id), int(id)]).collect();
        db.add_all(&watcher, &["id", "counter_id"], &rows)?;
        let raised = (0..COUNTERS).map(|_| AtomicI64::new(0)).collect();
        Ok(Self { counter, watcher, raised, looks: AtomicUsize::new(0) })
    }

    fn raised(&self, id: i64) -> &AtomicI64 {
        &self.raised[id as usize - 1]
    }

    async fn raise(&self, session: &Session, id: i64) -> Result<u64> {
        let count = Assignment { field: 1, value: field(&self.counter, "count").is(Add, 1) };
        let one = find(&self.counter).filter(field(&self.counter, "id").is(Eq, id));
        session.write(Operation::Update(one, vec![count])).await
    }

    /// Raises a counter, perhaps in a transaction, which perhaps is not kept; whether it was raised.
    async fn write(&self, handle: &Handle, id: i64, way: u64) -> Result<bool> {
        if way == 0 {
            return self.raise(&handle.session(), id).await.map(|rows| rows == 1);
        }
        let tx = handle.begin(TransactionOptions::default()).await?;
        self.raise(&tx.session(), id).await?;
        match way {
            1 => tx.commit().await.map(|()| true),
            2 => tx.rollback().await.map(|()| false),
            _ => Ok(false),
        }
    }

    /// Reads a counter in one of several ways: it is never lower than it surely is.
    fn look(&self, handle: &Handle, id: i64, way: u64) -> Result<()> {
        let session = handle.session();
        let least = self.raised(id).load(Ordering::Acquire);
        let one = find(&self.counter).filter(field(&self.counter, "id").is(Eq, id));
        let found = match way {
            0 => {
                let mut rows = RowBatch::default();
                match session.fetch_now(&Operation::Fetch(one.clone().limit(1)), &mut rows) {
                    Some(outcome) => outcome.map(|()| match rows.get(0, 1) {
                        Some(Cell::Int(count)) => count,
                        _ => -1,
                    })?,
                    None => count_in(&streamed(&session, Operation::Fetch(one))?),
                }
            }
            1 => count_in(&streamed(&session, Operation::Fetch(one))?),
            _ => {
                let high = field(&self.counter, "count").is(Ge, least);
                let watching = field(&self.watcher, "counter_id").is(Eq, id);
                let found =
                    streamed(&session, Operation::Exists(find(&self.watcher).filter(watching.and(high))))?;
                if found.concat() == [Value::Bool(true)] { least } else { -1 }
            }
        };
        assert!(found >= least, "counter {id} was read as {found} after it had been raised {least} times");
        self.looks.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn step(&self, handle: &Handle, dice: &mut Dice, gives_up: bool) -> Result<()> {
        let id = 1 + dice.below(COUNTERS as u64) as i64;
        if dice.below(4) > 0 {
            return self.look(handle, id, dice.below(3));
        }
        let write = Box::pin(self.write(handle, id, dice.below(4)));
        let outcome = match dice.below(4) {
            0 if gives_up => now(GivingUp { future: write, waits: 1 + dice.below(6) as usize }),
            _ => Some(now(write)),
        };
        match outcome {
            Some(Ok(true)) => {
                self.raised(id).fetch_add(1, Ordering::AcqRel);
                Ok(())
            }
            Some(Ok(false)) | None => Ok(()),
            Some(Err(error)) if error.is_conflict() => Ok(()),
            Some(Err(error)) => Err(error),
        }
    }
}

fn count_in(rows: &[Row]) -> i64 {
    match rows.first().map(|row| &row[1]) {
        Some(Value::Int(count)) => *count,
        _ => -1,
    }
}

fn no_read_is_older_than_a_write_before_it(db: &Db) -> Result<()> {
    let counters = Counters::new(db)?;
    for gives_up in [false, true] {
        // Too few for all the reads that there are: some are given up all the time.
        let handle = caching(db, 8);
        std::thread::scope(|scope| {
            let (counters, handle) = (&counters, &handle);
            let task = |task: usize| {
                scope.spawn(move || {
                    let mut dice = Dice(task as u64 + 1);
                    (0..STEPS).try_for_each(|_| counters.step(handle, &mut dice, gives_up))
                })
            };
            let tasks: Vec<_> = (0..TASKS).map(task).collect();
            tasks.into_iter().try_for_each(|task| task.join().unwrap())
        })?;
        for id in 1..=COUNTERS {
            (0..3).try_for_each(|way| counters.look(&handle, id, way))?;
        }
        let stats = stats(&handle);
        assert!(gives_up || (stats.hits > 0 && stats.evictions > 0), "{stats:?}");
    }
    assert!(counters.looks.load(Ordering::Relaxed) > TASKS * STEPS);
    Ok(())
}
