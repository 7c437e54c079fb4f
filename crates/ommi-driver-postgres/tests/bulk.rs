//! Many rows at once: by COPY, with keys that are known all the same.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::BTreeMap;

use common::*;
use futures_executor::block_on;
use ommi_core::driver::Executor;
use ommi_core::value::{Cell, RowBatch, Value};
use ommi_driver_postgres::PostgresDriver;

/// As many rows as COPY is used for.
const MANY: i64 = 1000;

fn named(prefix: &str) -> RowBatch {
    let mut rows = RowBatch::with_capacity(2, MANY as usize);
    for number in 0..MANY {
        rows.push_row(&[Cell::Text(&format!("{prefix} {number}")), Cell::Null]);
    }
    rows
}

/// The names of all rows by their keys.
fn names(
    driver: &PostgresDriver,
    statement: &std::sync::Arc<ommi_core::driver::Statement>,
) -> BTreeMap<i64, String> {
    let pair = |row: Vec<Value>| match (&row[0], &row[1]) {
        (Value::Int(key), Value::Text(name)) => (*key, name.to_string()),
        other => panic!("a row of {other:?}"),
    };
    read(driver, statement, Vec::new()).unwrap().into_iter().map(pair).collect()
}

#[test]
fn keys_are_those_of_their_rows() {
    with_server(|place| {
        let (driver, user) = place.users(|_| ());
        let insert = insert(&driver, &user);
        for round in 0..3 {
            let keys = block_on(driver.insert(insert.clone(), named(&format!("round {round}")))).unwrap();
            assert_eq!(keys, (round * MANY + 1..=(round + 1) * MANY).collect::<Vec<_>>());
        }
        let names = names(&driver, &all(&driver, &user));
        assert!((0..3 * MANY).all(|row| names[&(row + 1)] == format!("round {} {}", row / MANY, row % MANY)));
    });
}

#[test]
fn keys_are_those_of_their_rows_also_where_others_add_some_in_between() {
    with_server(|place| {
        let (driver, user) = place.users(|_| ());
        let insert = insert(&driver, &user);
        let add = |prefix: String| {
            let keys = block_on(driver.insert(insert.clone(), named(&prefix))).unwrap();
            keys.into_iter()
                .enumerate()
                .map(|(row, key)| (key, format!("{prefix} {row}")))
                .collect::<Vec<_>>()
        };
        let added: BTreeMap<i64, String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|thread| {
                    let add = &add;
                    scope.spawn(move || {
                        (0..5).flat_map(|round| add(format!("{thread}.{round}"))).collect::<Vec<_>>()
                    })
                })
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(added.len() as i64, 20 * MANY, "a key was given twice");
        assert!(added == names(&driver, &all(&driver, &user)), "a row has another key than its object");
    });
}

#[test]
fn in_a_transaction_they_are_kept_or_undone_with_it() {
    with_server(|place| {
        let (driver, user) = place.users(|_| ());
        let (insert, count) = (insert(&driver, &user), count(&driver, &user));
        let undone = begin(&driver);
        block_on(undone.insert(insert.clone(), named("undone"))).unwrap();
        block_on(undone.rollback()).unwrap();
        assert_eq!(number(&driver, &count), 0);
        let kept = begin(&driver);
        let keys = block_on(kept.insert(insert.clone(), named("kept"))).unwrap();
        assert_eq!(number(&*kept, &count), MANY);
        block_on(kept.commit()).unwrap();
        assert_eq!(names(&driver, &all(&driver, &user)).into_keys().collect::<Vec<_>>(), keys);
    });
}

#[test]
fn keys_of_other_sequences_are_known_as_well() {
    with_server(|place| {
        for change in [
            "ALTER TABLE users ALTER COLUMN id SET INCREMENT BY 7",
            "ALTER TABLE users ALTER COLUMN id SET CACHE 50",
            "ALTER TABLE users ALTER COLUMN id DROP IDENTITY; CREATE SEQUENCE apart; \
             ALTER SEQUENCE apart OWNED BY users.id; \
             ALTER TABLE users ALTER COLUMN id SET DEFAULT nextval('apart')",
        ] {
            let (driver, user) = place.users(|_| ());
            block_on(driver.run_script(vec![change.into()])).unwrap();
            let insert = insert(&driver, &user);
            let mut added = BTreeMap::new();
            for round in 0..3 {
                let prefix = format!("round {round}");
                let keys = block_on(driver.insert(insert.clone(), named(&prefix))).unwrap();
                added.extend(keys.into_iter().enumerate().map(|(row, key)| (key, format!("{prefix} {row}"))));
            }
            assert!(added == names(&driver, &all(&driver, &user)), "{change}");
            block_on(driver.run_script(vec!["DROP TABLE users".into()])).unwrap();
        }
    });
}

#[test]
fn a_row_that_is_refused_undoes_them_all() {
    with_server(|place| {
        let (driver, user) = place.users(|_| ());
        block_on(driver.run_script(vec!["ALTER TABLE users ADD UNIQUE (name)".into()])).unwrap();
        let insert = insert(&driver, &user);
        block_on(driver.insert(insert.clone(), named("same"))).unwrap();
        let error = block_on(driver.insert(insert.clone(), named("same"))).unwrap_err();
        assert!(error.to_string().contains("name"), "{error}");
        assert_eq!(number(&driver, &count(&driver, &user)), MANY);
        // In a transaction the failed statement is undone alone.
        let tx = begin(&driver);
        block_on(tx.insert(insert.clone(), named("first"))).unwrap();
        block_on(tx.insert(insert.clone(), named("same"))).unwrap_err();
        block_on(tx.insert(insert, named("second"))).unwrap();
        block_on(tx.commit()).unwrap();
        assert_eq!(number(&driver, &count(&driver, &user)), 3 * MANY);
    });
}
