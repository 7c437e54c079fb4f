//! Generated keys.

use std::collections::HashSet;

use mongodb::bson::doc;
use ommi_core::ErrorKind;
use ommi_core::driver::Driver;
use ommi_core::value::Value;
use ommi_driver_mongodb::MongodbDriver;

use super::database::{Database, database};
use super::models::{text, user};

fn add(database: &Database, key: Option<i64>) -> ommi_core::Result<i64> {
    let model = user();
    let mut row = vec![text("x"), Value::Int(1)];
    let mut fields = vec!["name", "age"];
    if let Some(key) = key {
        row.push(Value::Int(key));
        fields.push("id");
    }
    database.add(&model, &fields, &[row]).map(|keys| keys[0])
}

#[test]
fn keys_go_on_after_the_greatest_that_was_given() {
    let Some(database) = database() else { return };
    database.create(&[&user()]);
    assert_eq!(add(&database, None).unwrap(), 1);
    add(&database, Some(10)).unwrap();
    assert_eq!(add(&database, None).unwrap(), 11);
    // A smaller one changes nothing, nor does one that is refused.
    add(&database, Some(5)).unwrap();
    add(&database, Some(5)).unwrap_err();
    assert_eq!(add(&database, None).unwrap(), 12);
    let counters = database.documents("ommi_counters");
    assert_eq!(counters, [doc! { "_id": "users", "next": 13_i64 }]);
    let rows = vec![vec![text("a"), Value::Int(1)]; 3];
    assert_eq!(database.add(&user(), &["name", "age"], &rows).unwrap(), [13, 14, 15]);
}

#[test]
fn keys_begin_anew_with_a_new_collection() {
    let Some(database) = database() else { return };
    database.create(&[&user()]);
    add(&database, Some(100)).unwrap();
    database.run(&database.driver.drop_statements(&[user()]).unwrap()).unwrap();
    database.create(&[&user()]);
    assert_eq!(add(&database, None).unwrap(), 1);
    add(&database, Some(50)).unwrap();
    assert_eq!(add(&database, None).unwrap(), 51);
}

#[test]
fn the_greatest_key_is_the_last() {
    let Some(database) = database() else { return };
    database.create(&[&user()]);
    add(&database, Some(i64::MAX)).unwrap();
    for _ in 0..2 {
        let error = add(&database, None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Query);
        assert!(error.message().contains("no greater key left"), "{error}");
    }
}

#[test]
fn many_at_once_never_get_the_same_key() {
    let Some(database) = database() else { return };
    database.create(&[&user()]);
    // Drivers of their own, as processes would have.
    let others: Vec<_> = (0..3).map(|_| MongodbDriver::new(database.config.clone()).unwrap()).collect();
    let keys: Vec<i64> = std::thread::scope(|scope| {
        let workers: Vec<_> = others
            .iter()
            .flat_map(|driver| [driver, driver])
            .map(|driver| scope.spawn(|| (0..8).map(|_| insert_with(driver)).collect::<Vec<_>>()))
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).flatten().collect()
    });
    let different: HashSet<_> = keys.iter().copied().collect();
    assert_eq!((keys.len(), different.len()), (96, 96));
    assert_eq!(database.documents("users").len(), 96);
    for driver in others {
        futures_executor::block_on(driver.close()).unwrap();
    }
}

fn insert_with(driver: &MongodbDriver) -> Vec<i64> {
    let rows = vec![vec![text("a"), Value::Int(1)]; 2];
    super::database::add_with(driver, &user(), &["name", "age"], &rows).unwrap()
}
