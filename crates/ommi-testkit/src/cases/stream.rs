//! Streams: rows in batches, without holding them all, and stopped at any time.

use futures_util::StreamExt;

use crate::case::cases;
use crate::kit::*;

cases! {
    batches_are_as_large_as_asked_for,
    a_batch_of_one_row,
    no_rows_give_no_rows,
    rows_come_in_order_across_batches,
    a_hundred_thousand_rows,
    large_rows_make_small_batches,
    a_stream_dropped_in_the_middle,
    a_stream_dropped_before_its_first_row,
    many_streams_dropped_in_the_middle,
    streams_at_once,
    a_stream_sees_one_state_while_others_write,
    an_error_in_the_middle_ends_the_stream,
    an_error_before_the_first_row,
    a_stream_outlives_its_session,
    counts_and_existence_are_streams_of_one_row,
    writes_cannot_be_fetched,
}

fn numbers(db: &Db, count: i64) -> Result<Arc<ModelDef>> {
    let sample = models::sample();
    let position = sample.require_field("int")?;
    let mut batch = RowBatch::with_capacity(1, count as usize);
    for number in 0..count {
        batch.push_row(&[Cell::Int(number)]);
    }
    now(db.insert(sample.clone(), vec![position], batch))?;
    Ok(sample)
}

fn stream(session: &Session, query: Query, batch_rows: usize) -> ommi_core::driver::RowStream {
    session.fetch(Operation::Fetch(query), FetchOptions { batch_rows })
}

fn in_order(sample: &Arc<ModelDef>) -> Query {
    find(sample).select(&["int"]).by("int")
}

/// The integers of a stream and the sizes of its batches.
fn read(stream: ommi_core::driver::RowStream) -> Result<(Vec<i64>, Vec<usize>)> {
    let (mut found, mut sizes) = (Vec::new(), Vec::new());
    for batch in now(stream.collect::<Vec<_>>()) {
        let batch = batch?;
        sizes.push(batch.len());
        for row in 0..batch.len() {
            let Some(Cell::Int(number)) = batch.get(row, 0) else { panic!("an integer was expected") };
            found.push(number);
        }
    }
    Ok((found, sizes))
}

fn batches_are_as_large_as_asked_for(db: &Db) -> Result<()> {
    let sample = numbers(db, 105)?;
    for batch_rows in [1, 7, 10, 100, 105, 1000] {
        let (found, sizes) = read(stream(db, in_order(&sample), batch_rows))?;
        assert_eq!(found, (0..105).collect::<Vec<_>>());
        assert!(sizes.iter().all(|size| *size <= batch_rows), "{sizes:?}");
        assert!(
            sizes.iter().filter(|size| **size > 0).count() <= 105_usize.div_ceil(batch_rows) + 1,
            "{sizes:?}"
        );
    }
    Ok(())
}

fn a_batch_of_one_row(db: &Db) -> Result<()> {
    let sample = numbers(db, 3)?;
    let (found, sizes) = read(stream(db, in_order(&sample), 1))?;
    assert_eq!((found, sizes.iter().max()), (vec![0, 1, 2], Some(&1)));
    Ok(())
}

fn no_rows_give_no_rows(db: &Db) -> Result<()> {
    let sample = models::sample();
    assert_eq!(read(stream(db, in_order(&sample), 10))?.0, [] as [i64; 0]);
    Ok(())
}

fn rows_come_in_order_across_batches(db: &Db) -> Result<()> {
    let sample = numbers(db, 5000)?;
    let (found, _) = read(stream(db, find(&sample).select(&["int"]).by_desc("int"), 13))?;
    assert_eq!(found, (0..5000).rev().collect::<Vec<_>>());
    Ok(())
}

fn a_hundred_thousand_rows(db: &Db) -> Result<()> {
    let sample = numbers(db, 100_000)?;
    let (found, _) = read(stream(db, in_order(&sample), 1000))?;
    assert_eq!(found, (0..100_000).collect::<Vec<_>>());
    assert_eq!(db.count(find(&sample))?, 100_000);
    Ok(())
}

fn large_rows_make_small_batches(db: &Db) -> Result<()> {
    let user = models::user();
    // In parts: some servers hold what is not committed in a small memory.
    for part in 0..8 {
        let row = |number| vec![text(&"x".repeat(1 << 20)), int(number)];
        db.add_all(&user, &["name", "age"], &(part * 8..part * 8 + 8).map(row).collect::<Vec<Row>>())?;
    }
    let mut batches = stream(db, find(&user).by("id"), 1000);
    let mut count = 0;
    while let Some(batch) = now(batches.next()) {
        let batch = batch?;
        count += batch.len();
        assert!(batch.byte_size() < 32 << 20, "a batch of {} MiB", batch.byte_size() >> 20);
    }
    assert_eq!(count, 64);
    Ok(())
}

fn a_stream_dropped_in_the_middle(db: &Db) -> Result<()> {
    let sample = numbers(db, 20_000)?;
    let mut rows = stream(db, in_order(&sample), 10);
    for _ in 0..3 {
        assert_eq!(now(rows.next()).unwrap()?.len(), 10);
    }
    drop(rows);
    assert_eq!(db.remove(find(&sample))?, 20_000);
    assert_eq!(db.count(find(&sample))?, 0);
    Ok(())
}

fn a_stream_dropped_before_its_first_row(db: &Db) -> Result<()> {
    let sample = numbers(db, 1000)?;
    for _ in 0..50 {
        drop(stream(db, in_order(&sample), 10));
    }
    assert_eq!(db.count(find(&sample))?, 1000);
    Ok(())
}

fn many_streams_dropped_in_the_middle(db: &Db) -> Result<()> {
    let sample = numbers(db, 5000)?;
    for round in 0..100 {
        let mut rows = stream(db, in_order(&sample), 1 + round % 17);
        now(rows.next()).unwrap()?;
    }
    assert_eq!(read(stream(db, in_order(&sample), 1000))?.0.len(), 5000);
    assert_eq!(db.change(find(&sample), &[("int", lit(0))])?, 5000);
    Ok(())
}

fn streams_at_once(db: &Db) -> Result<()> {
    let sample = numbers(db, 3000)?;
    let mut streams: Vec<_> = (0..12).map(|_| stream(db, in_order(&sample), 100)).collect();
    let mut counts = vec![0; streams.len()];
    // One batch of each in turn.
    for _ in 0..30 {
        for (rows, count) in streams.iter_mut().zip(&mut counts) {
            *count += now(rows.next()).unwrap()?.len();
        }
    }
    assert_eq!(counts, vec![3000; 12]);
    Ok(())
}

fn a_stream_sees_one_state_while_others_write(db: &Db) -> Result<()> {
    let sample = numbers(db, 10_000)?;
    let mut rows = stream(db, in_order(&sample), 100);
    let mut count = now(rows.next()).unwrap()?.len();
    db.remove(find(&sample).filter(field(&sample, "int").is(Gt, 5000)))?;
    while let Some(batch) = now(rows.next()) {
        count += batch?.len();
    }
    assert_eq!(count, 10_000);
    assert_eq!(db.count(find(&sample))?, 5001);
    Ok(())
}

fn an_error_in_the_middle_ends_the_stream(db: &Db) -> Result<()> {
    let sample = numbers(db, 5000)?;
    db.change(find(&sample).filter(field(&sample, "int").is(Eq, 4000)), &[("other_int", lit(i64::MAX))])?;
    let overflowing = field(&sample, "other_int").is(Add, 1).test(IsNull);
    let mut rows = stream(db, find(&sample).filter(overflowing).select(&["int"]), 10);
    let mut found = 0;
    let error = loop {
        match now(rows.next()) {
            Some(Ok(batch)) => found += batch.len(),
            Some(Err(error)) => break error,
            None => panic!("the error was swallowed after {found} rows"),
        }
    };
    assert_eq!(error.kind(), ErrorKind::Query);
    assert!(now(rows.next()).is_none(), "nothing comes after an error");
    assert_eq!(db.count(find(&sample))?, 5000);
    Ok(())
}

fn an_error_before_the_first_row(db: &Db) -> Result<()> {
    let user = models::user();
    let mut rows = stream(&db.explicit().session(), find(&user), 10);
    refused(now(rows.next()).unwrap(), ErrorKind::ModelNotFound);
    assert!(now(rows.next()).is_none());
    let mut rows = stream(db, find(&user).filter(field(&user, "age")), 10);
    refused(now(rows.next()).unwrap(), ErrorKind::Query);
    assert!(now(rows.next()).is_none());
    Ok(())
}

fn a_stream_outlives_its_session(db: &Db) -> Result<()> {
    let sample = numbers(db, 3000)?;
    let rows = {
        let session = db.handle().session();
        stream(&session, in_order(&sample), 10)
    };
    assert_eq!(read(rows)?.0.len(), 3000);
    Ok(())
}

fn counts_and_existence_are_streams_of_one_row(db: &Db) -> Result<()> {
    let sample = numbers(db, 3)?;
    let one = |operation| -> Result<Vec<Row>> {
        let batches = now(db.fetch(operation, FetchOptions::default()).collect::<Vec<_>>());
        let rows =
            batches.into_iter().map(|batch| crate::run::unpacked(&batch?)).collect::<Result<Vec<_>>>()?;
        Ok(rows.concat())
    };
    assert_eq!(one(Operation::Count(find(&sample)))?, [[int(3)]]);
    assert_eq!(one(Operation::Exists(find(&sample)))?, [[Value::Bool(true)]]);
    Ok(())
}

fn writes_cannot_be_fetched(db: &Db) -> Result<()> {
    let sample = numbers(db, 3)?;
    let mut rows = db.fetch(Operation::Delete(find(&sample)), FetchOptions::default());
    refused(now(rows.next()).unwrap(), ErrorKind::Internal);
    refused(now(db.write(Operation::Count(find(&sample)))), ErrorKind::Internal);
    assert_eq!(db.count(find(&sample))?, 3);
    Ok(())
}
