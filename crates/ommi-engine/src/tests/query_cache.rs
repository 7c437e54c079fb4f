//! What the query cache keeps, and what it forgets.

use std::time::Duration;

use futures_executor::block_on;
use futures_util::{FutureExt, TryStreamExt};
use ommi_core::ErrorKind;
use ommi_core::driver::{BoxFuture, FetchOptions, TransactionOptions};
use ommi_core::query::{Assignment, Caching, Direction, Order};
use ommi_core::value::{Cell, RowBatch, Value};

use super::*;
use crate::testing::models::Models;
use crate::testing::{Answer, Fake, column, eq, models, value};
use crate::{QueryCacheOptions, QueryCacheStats};

fn cached() -> (Handle, Arc<Fake>) {
    open(HandleOptions { query_cache: Some(QueryCacheOptions::default()), ..HandleOptions::default() })
}

/// Reads by the short way; whether that was sent.
fn reads_now(handle: &Handle, fake: &Fake, read: &Operation) -> bool {
    fake.take_log();
    let mut rows = RowBatch::with_capacity(1, 1);
    handle.session().fetch_now(read, &mut rows).unwrap().unwrap();
    assert_eq!(rows.len(), 1);
    was_sent(fake)
}

/// Reads by the long way; whether that was sent.
fn reads(handle: &Handle, fake: &Fake, read: &Operation) -> bool {
    fake.take_log();
    let rows: Vec<_> = wait(handle.session().fetch(read.clone(), FetchOptions::default()).try_collect());
    assert_eq!(rows.iter().map(RowBatch::len).sum::<usize>(), 1);
    was_sent(fake)
}

fn was_sent(fake: &Fake) -> bool {
    fake.take_log().iter().any(|line| line.contains("fetch"))
}

fn rename(model: &Arc<ModelDef>) -> Operation {
    let name = Assignment { field: model.require_field("name").unwrap(), value: value("x") };
    Operation::Update(Query::new(model.clone()), vec![name])
}

#[test]
fn an_equal_read_is_answered_whichever_way_it_takes() {
    let (handle, fake) = cached();
    let one = |id| fetch(&models().user, eq(&models().user, "id", id));
    assert!(reads_now(&handle, &fake, &one(1)));
    assert!(!reads_now(&handle, &fake, &one(1)));
    assert!(!reads(&handle, &fake, &one(1)));
    assert!(reads(&handle, &fake, &one(2)));
    assert!(!reads_now(&handle, &fake, &one(2)));
    assert!(reads_now(&handle, &fake, &fetch(&models().post, eq(&models().post, "id", 1))));
    let stats = handle.query_cache().unwrap().stats();
    assert_eq!(stats, QueryCacheStats { hits: 3, misses: 3, evictions: 0, size: 3 });
    assert_eq!(handle.operations(), 3);
}

#[test]
fn values_of_different_types_are_different_reads() {
    let (handle, fake) = cached();
    let weight = |value: Value| fetch(&models().user, eq(&models().user, "weight", value));
    for value in [Value::Int(1), Value::Float(1.5), Value::Float(-0.0), Value::Float(0.0)] {
        assert!(reads(&handle, &fake, &weight(value.clone())), "{value:?}");
        assert!(!reads(&handle, &fake, &weight(value)));
    }
}

#[test]
fn kinds_limits_and_orders_are_different_reads() {
    let (handle, fake) = cached();
    let user = &models().user;
    let query = || Query::new(user.clone());
    let limited = |limit| Query { limit: Some(limit), ..query() };
    let name = Order::new(column(user, "name"), Direction::Ascending);
    let reads_of = [
        Operation::Fetch(query()),
        Operation::Count(query()),
        Operation::Exists(query()),
        Operation::Fetch(limited(1)),
        Operation::Fetch(limited(2)),
        Operation::Fetch(Query { offset: Some(1), ..query() }),
        Operation::Fetch(Query { order: vec![name], ..query() }),
    ];
    for read in &reads_of {
        assert!(reads(&handle, &fake, read), "{read:?}");
    }
    for read in &reads_of {
        assert!(!reads(&handle, &fake, read), "{read:?}");
    }
}

#[test]
fn a_write_of_its_table_makes_a_read_go_to_the_database() {
    let (handle, fake) = cached();
    let Models { lonely, post, .. } = models();
    let key = || Assignment { field: 0, value: value(7) };
    let add = |handle: &Handle| {
        let mut rows = RowBatch::with_capacity(1, 1);
        rows.push_row(&[Cell::Int(1)]);
        wait(handle.session().insert(lonely.clone(), vec![0], rows));
    };
    let update = |handle: &Handle| {
        wait(handle.session().write(Operation::Update(Query::new(lonely.clone()), vec![key()])));
    };
    let delete = |handle: &Handle| {
        wait(handle.session().write(Operation::Delete(Query::new(lonely.clone()))));
    };
    let writes: [&dyn Fn(&Handle); 3] = [&add, &update, &delete];
    for write in writes {
        reads(&handle, &fake, &all(lonely));
        reads(&handle, &fake, &all(post));
        assert!(!reads(&handle, &fake, &all(lonely)));
        write(&handle);
        assert!(reads(&handle, &fake, &all(lonely)));
        assert!(!reads(&handle, &fake, &all(post)));
    }
}

#[test]
fn a_write_of_a_joined_table_counts() {
    let (handle, fake) = cached();
    let Models { user, post, .. } = models();
    let joined = fetch(user, eq(post, "title", "x"));
    assert!(reads(&handle, &fake, &joined));
    assert!(!reads(&handle, &fake, &joined));
    wait(handle.session().write(Operation::Delete(Query::new(post.clone()))));
    assert!(reads(&handle, &fake, &joined));
}

#[test]
fn a_transaction_reads_the_database_and_counts_from_its_commit_on() {
    let (handle, fake) = cached();
    let user = &models().user;
    reads(&handle, &fake, &all(user));
    let tx = wait(handle.begin(TransactionOptions::default()));
    for _ in 0..2 {
        fake.take_log();
        let _rows: Vec<_> = wait(tx.session().fetch(all(user), FetchOptions::default()).try_collect());
        assert!(was_sent(&fake));
    }
    tx.session().write_now(&rename(user)).unwrap().unwrap();
    assert!(!reads(&handle, &fake, &all(user)));
    wait(tx.commit());
    assert!(reads(&handle, &fake, &all(user)));
}

#[test]
fn what_was_rolled_back_was_not_written() {
    let (handle, fake) = cached();
    let user = &models().user;
    reads(&handle, &fake, &all(user));
    let tx = wait(handle.begin(TransactionOptions::default()));
    wait(tx.session().write(rename(user)));
    wait(tx.rollback());
    assert!(!reads(&handle, &fake, &all(user)));
}

#[test]
fn after_a_write_that_was_given_up_nothing_is_kept() {
    let (handle, fake) = cached();
    let Models { user, post, .. } = models();
    reads(&handle, &fake, &all(user));
    fake.answer([Answer::Hang]);
    assert!(handle.session().write(rename(user)).now_or_never().is_none());
    // It may happen yet.
    assert!(reads(&handle, &fake, &all(user)));
    assert!(reads(&handle, &fake, &all(user)));
    reads(&handle, &fake, &all(post));
    assert!(!reads(&handle, &fake, &all(post)));
}

#[test]
fn after_a_commit_whose_outcome_is_unknown_nothing_is_kept() {
    let (handle, fake) = cached();
    let user = &models().user;
    let tx = wait(handle.begin(TransactionOptions::default()));
    wait(tx.session().write(rename(user)));
    fake.answer([Answer::Fail(ErrorKind::Connection)]);
    fail(tx.commit());
    assert!(reads(&handle, &fake, &all(user)));
    assert!(reads(&handle, &fake, &all(user)));
}

#[test]
fn a_query_may_want_the_cache_or_not() {
    let (handle, fake) = handle();
    let with = |caching| Operation::Fetch(Query { caching, ..Query::new(models().user.clone()) });
    assert!(reads(&handle, &fake, &with(Caching::AsHandle)));
    assert!(reads(&handle, &fake, &with(Caching::AsHandle)));
    assert!(handle.query_cache().is_none());
    assert!(reads(&handle, &fake, &with(Caching::Wanted)));
    assert!(!reads(&handle, &fake, &with(Caching::Wanted)));
    assert!(reads(&handle, &fake, &with(Caching::AsHandle)));
    assert!(reads(&handle, &fake, &with(Caching::Never)));
    handle.query_cache().unwrap().clear();
    assert!(reads(&handle, &fake, &with(Caching::Wanted)));
}

#[test]
fn a_transaction_that_was_there_before_the_cache_counts_as_writing_anything() {
    let (handle, fake) = handle();
    let user = &models().user;
    let wanted = Operation::Fetch(Query { caching: Caching::Wanted, ..Query::new(user.clone()) });
    let tx = wait(handle.begin(TransactionOptions::default()));
    wait(tx.session().write(rename(user)));
    assert!(reads(&handle, &fake, &wanted));
    wait(tx.commit());
    assert!(reads(&handle, &fake, &wanted));
    assert!(!reads(&handle, &fake, &wanted));
}

#[test]
fn a_sample_is_chosen_anew() {
    let (handle, fake) = cached();
    let mut sample = Query::new(models().user.clone());
    sample.sample(3);
    let sample = Operation::Fetch(Query { caching: Caching::Wanted, ..sample });
    assert!(reads(&handle, &fake, &sample));
    assert!(reads(&handle, &fake, &sample));
}

#[test]
fn a_read_is_good_for_its_time() {
    let (handle, fake) = handle();
    let brief = Caching::For(Duration::from_nanos(1));
    let read = Operation::Fetch(Query { caching: brief, ..Query::new(models().user.clone()) });
    assert!(reads(&handle, &fake, &read));
    assert!(reads(&handle, &fake, &read));
}

#[test]
fn what_is_too_large_is_not_kept_and_what_is_too_much_goes() {
    let small = QueryCacheOptions { max_bytes: 1, ..QueryCacheOptions::default() };
    let (handle, fake) = open(HandleOptions { query_cache: Some(small), ..HandleOptions::default() });
    assert!(reads(&handle, &fake, &all(&models().user)));
    assert!(reads(&handle, &fake, &all(&models().user)));

    let few = QueryCacheOptions { max_size: 10, ..QueryCacheOptions::default() };
    let (handle, fake) = open(HandleOptions { query_cache: Some(few), ..HandleOptions::default() });
    for id in 0..100 {
        reads(&handle, &fake, &fetch(&models().user, eq(&models().user, "id", id)));
    }
    let stats = handle.query_cache().unwrap().stats();
    assert!(stats.size <= 10 && stats.evictions >= 90, "{stats:?}");
}

#[test]
fn many_wait_for_one_read() {
    let (handle, fake) = open(HandleOptions {
        query_cache: Some(QueryCacheOptions::default()),
        implicit_setup: true,
        ..HandleOptions::default()
    });
    // The look at the tables ends on its second poll: all the others come in between.
    let read = || handle.session().fetch(all(&models().lonely), FetchOptions::default());
    let all_at_once = (0..64).map(|_| read().try_collect::<Vec<_>>());
    let answers = block_on(futures_util::future::join_all(all_at_once));
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap()[0].len() == 1));
    let sent = fake.take_log().iter().filter(|line| line.starts_with("fetch")).count();
    assert_eq!(sent, 1);
    assert_eq!(handle.query_cache().unwrap().stats().hits, 63);
}

#[test]
fn dropped_and_recreated_tables_are_read_anew() {
    let (handle, fake) = cached();
    let lonely = &models().lonely;
    type Change = fn(&Handle, Vec<Arc<ModelDef>>) -> BoxFuture<Result<()>>;
    let changes: [Change; 2] = [Handle::remove_models, Handle::recreate_models];
    for change in changes {
        reads(&handle, &fake, &all(lonely));
        assert!(!reads(&handle, &fake, &all(lonely)));
        wait(change(&handle, vec![lonely.clone()]));
        assert!(reads(&handle, &fake, &all(lonely)));
    }
}

#[test]
fn a_closed_handle_answers_nothing() {
    let (handle, fake) = cached();
    let user = &models().user;
    reads(&handle, &fake, &all(user));
    wait(handle.close());
    let mut rows = RowBatch::default();
    let outcome = handle.session().fetch_now(&all(user), &mut rows);
    assert_eq!(outcome.unwrap().unwrap_err().kind(), ErrorKind::Closed);
    let read = handle.session().fetch(all(user), FetchOptions::default());
    assert_eq!(fail(read.try_collect::<Vec<_>>()).kind(), ErrorKind::Closed);
}

#[test]
fn options_that_make_no_sense_are_named() {
    let no_room = QueryCacheOptions { max_size: 0, ..QueryCacheOptions::default() };
    assert!(no_room.check().unwrap_err().to_string().contains("max_size"));
    let no_time = QueryCacheOptions { ttl: Some(Duration::ZERO), ..QueryCacheOptions::default() };
    assert!(no_time.check().unwrap_err().to_string().contains("ttl"));
    QueryCacheOptions::default().check().unwrap();
}
