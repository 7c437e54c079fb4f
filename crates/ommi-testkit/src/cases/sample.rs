//! Rows chosen by chance.

use std::collections::BTreeSet;

use ommi_core::query::{Direction, Order};

use crate::case::cases;
use crate::kit::*;
use crate::run::streamed;

cases! {
    a_sample_has_rows_that_are_there_each_once,
    a_sample_of_more_than_there_are_is_all,
    every_row_is_in_some_sample,
    samples_of_what_a_filter_leaves,
    samples_of_selected_values_and_over_joins,
    samples_are_counted,
    what_is_no_sample_is_refused,
}

fn sampled(mut query: Query, rows: u64) -> Query {
    query.sample(rows);
    query
}

/// Twenty rows, numbered from 1.
fn numbered(db: &Db) -> Result<Arc<ModelDef>> {
    stored(db, "int", &(1..=20).map(int).collect::<Vec<_>>())
}

/// The rows of one read: those of another one differ.
fn drawn(db: &Db, query: Query) -> Result<Vec<Row>> {
    streamed(db, Operation::Fetch(query))
}

fn ids(db: &Db, query: Query) -> Result<Vec<i64>> {
    let id = |row: Row| if let Value::Int(id) = row[0] { id } else { 0 };
    Ok(drawn(db, query.select(&["id"]))?.into_iter().map(id).collect())
}

fn a_sample_has_rows_that_are_there_each_once(db: &Db) -> Result<()> {
    let sample = numbered(db)?;
    for rows in [0, 1, 7, 19] {
        let found = ids(db, sampled(find(&sample), rows))?;
        let different: BTreeSet<i64> = found.iter().copied().collect();
        assert_eq!((found.len(), different.len()), (rows as usize, rows as usize), "{found:?}");
        assert!(different.iter().all(|id| (1..=20).contains(id)), "{found:?}");
    }
    Ok(())
}

fn a_sample_of_more_than_there_are_is_all(db: &Db) -> Result<()> {
    let sample = numbered(db)?;
    for rows in [20, 21, 1 << 40] {
        let mut found = ids(db, sampled(find(&sample), rows))?;
        found.sort_unstable();
        assert_eq!(found, (1..=20).collect::<Vec<i64>>());
    }
    let nothing = find(&sample).filter(field(&sample, "id").is(Gt, 99));
    assert_eq!(ids(db, sampled(nothing, 3))?, [] as [i64; 0]);
    Ok(())
}

/// Each of twenty rows is left out of a sample of ten by one chance in two, of a hundred samples by one in 2^100.
fn every_row_is_in_some_sample(db: &Db) -> Result<()> {
    let sample = numbered(db)?;
    let mut seen = BTreeSet::new();
    let mut orders = BTreeSet::new();
    for _ in 0..100 {
        let found = ids(db, sampled(find(&sample), 10))?;
        seen.extend(found.iter().copied());
        orders.insert(found);
    }
    assert_eq!(seen.len(), 20, "{seen:?}");
    assert!(orders.len() > 1, "all samples are the same");
    Ok(())
}

fn samples_of_what_a_filter_leaves(db: &Db) -> Result<()> {
    let sample = numbered(db)?;
    let small = || find(&sample).filter(field(&sample, "int").is(Le, 4));
    let found = ids(db, sampled(small(), 3))?;
    assert!(found.len() == 3 && found.iter().all(|id| *id <= 4), "{found:?}");
    let mut query = sampled(small(), 3);
    query.offset = Some(2);
    assert_eq!(ids(db, query)?.len(), 2);
    Ok(())
}

fn samples_of_selected_values_and_over_joins(db: &Db) -> Result<()> {
    let sample = numbered(db)?;
    let pairs = [field(&sample, "int"), field(&sample, "id")];
    let found = drawn(db, sampled(find(&sample), 5).returning(pairs))?;
    assert!(found.len() == 5 && found.iter().all(|row| row[0] == row[1]), "{found:?}");
    let blog = models::blog();
    blog.fill(db)?;
    let authors = find(&blog.user).filter(field(&blog.post, "title").is(Ne, ""));
    let all = ids(db, authors.clone())?;
    let found = ids(db, sampled(authors, 1))?;
    assert!(found.len() == 1 && all.contains(&found[0]), "{found:?} of {all:?}");
    Ok(())
}

fn samples_are_counted(db: &Db) -> Result<()> {
    let sample = numbered(db)?;
    assert_eq!(db.count(sampled(find(&sample), 3))?, 3);
    assert_eq!(db.count(sampled(find(&sample), 30))?, 20);
    assert!(db.exists(sampled(find(&sample), 3))?);
    Ok(())
}

fn what_is_no_sample_is_refused(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let query = |text: &str, query: Query| {
        let error = refused(db.unsent(|| db.rows(query)), ErrorKind::Query);
        assert!(error.message().contains(text), "{error}");
    };
    query("no other order", sampled(find(&user).by("name"), 2));
    query("not of groups", sampled(find(&user).by_group(&["name"]).select(&["name"]), 2));
    let inner = sampled(find(&user).select(&["id"]), 2);
    let among = ommi_core::query::Subquery::among(field(&user, "id"), inner);
    query("not inside another query", find(&user).filter(among.into()));
    query("decides about an order only", find(&user).filter(Expr::Random.is(Gt, 0)));
    query("decides about an order only", find(&user).returning([Expr::Random]));
    let error = refused(db.remove(sampled(find(&user), 2)), ErrorKind::Query);
    assert!(error.message().contains("not changed"), "{error}");
    let error = refused(db.change(sampled(find(&user), 2), &[("age", lit(1))]), ErrorKind::Query);
    assert!(error.message().contains("not changed"), "{error}");
    let mut twice = sampled(find(&user), 2);
    twice.order.push(Order::new(Expr::Random, Direction::Ascending));
    query("no other order", twice);
    assert_eq!(db.count(find(&user))?, 5);
    Ok(())
}
