//! Tables that somebody else made, and servers that cannot be reached.

mod common;

use std::time::Duration;

use common::{database, read, statement};
use futures_executor::block_on;
use ommi_core::ErrorKind;
use ommi_core::driver::{Driver, Executor, TransactionOptions};
use ommi_core::schema::FieldType;
use ommi_core::value::Value;
use ommi_driver_mysql::{MysqlConfig, MysqlDriver};

#[test]
fn columns_of_other_types_are_read_exactly_or_refused_by_name() {
    let Some(database) = database() else { return };
    let driver = database.driver();
    let script = [
        "CREATE TABLE t (small SMALLINT, big BIGINT UNSIGNED, f FLOAT, d DECIMAL(10,3), v VARCHAR(9) CHARACTER SET latin1, \
         c CHAR(5), y YEAR, stamp TIMESTAMP(3) NULL, zero DATE, bits BIT(1), e ENUM('a','b'))",
        "SET sql_mode = ''",
        "INSERT INTO t VALUES (-7, 18446744073709551615, 0.5, 1.500, 'ä', 'ab', 2026, '2026-01-02 03:04:05.678', \
         '0000-00-00', b'1', 'b')",
        "SET sql_mode = DEFAULT",
    ];
    block_on(driver.run_script(script.map(str::to_owned).to_vec())).unwrap();
    let one = |column: &str, ty: FieldType| {
        let read = read(&driver, &statement(&format!("SELECT {column} FROM t"), &[ty]), vec![]);
        read.map(|mut rows| rows.remove(0).remove(0))
    };
    assert_eq!(one("small", FieldType::Int).unwrap(), Value::Int(-7));
    assert_eq!(one("f", FieldType::Float).unwrap(), Value::Float(0.5));
    assert_eq!(one("d", FieldType::Decimal).unwrap(), Value::Decimal("1.5".parse().unwrap()));
    assert_eq!(one("v", FieldType::Text).unwrap(), Value::Text("ä".into()));
    assert_eq!(one("c", FieldType::Text).unwrap(), Value::Text("ab".into()));
    assert_eq!(one("y", FieldType::Int).unwrap(), Value::Int(2026));
    let stamp = "2026-01-02T03:04:05.678Z".parse().unwrap();
    assert_eq!(one("stamp", FieldType::Timestamp).unwrap(), Value::Timestamp(stamp));
    assert_eq!(one("bits", FieldType::Bool).unwrap(), Value::Bool(true));
    assert_eq!(one("e", FieldType::Text).unwrap(), Value::Text("b".into()));
    for (column, ty) in [("big", FieldType::Int), ("zero", FieldType::Date), ("v", FieldType::Int)] {
        let error = one(column, ty).unwrap_err();
        assert_eq!(
            (error.kind(), error.model(), error.field()),
            (ErrorKind::Query, Some("Test"), Some("column0"))
        );
    }
    block_on(driver.close()).unwrap();
}

#[test]
fn a_refused_value_leaves_a_transaction_usable() {
    let Some(database) = database() else { return };
    let driver = database.driver();
    let transaction = block_on(driver.begin(TransactionOptions::default())).unwrap();
    let numbers = statement("SELECT ordinal_position FROM information_schema.columns", &[FieldType::Text]);
    assert_eq!(read(&*transaction, &numbers, vec![]).unwrap_err().kind(), ErrorKind::Query);
    let one = statement("SELECT 1", &[FieldType::Int]);
    assert_eq!(read(&*transaction, &one, vec![]).unwrap(), [[Value::Int(1)]]);
    block_on(transaction.commit()).unwrap();
    block_on(driver.close()).unwrap();
}

#[test]
fn a_script_in_a_transaction_is_refused() {
    let Some(database) = database() else { return };
    let driver = database.driver();
    let transaction = block_on(driver.begin(TransactionOptions::default())).unwrap();
    let script = vec!["CREATE TABLE t (x INT)".to_owned()];
    assert_eq!(block_on(transaction.run_script(script)).unwrap_err().kind(), ErrorKind::Unsupported);
    block_on(transaction.rollback()).unwrap();
    block_on(driver.close()).unwrap();
}

#[test]
fn what_cannot_be_reached_is_one_clear_error_without_the_password() {
    let Some(database) = database() else { return };
    let with = |change: &dyn Fn(&mut MysqlConfig)| {
        let mut config = MysqlConfig { password: Some("sesame".into()), ..database.config.clone() };
        config.connect_timeout = Duration::from_secs(5);
        change(&mut config);
        let error = block_on(MysqlDriver::new(config).unwrap().connect()).unwrap_err();
        let shown = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
        assert!(!shown.contains("sesame"), "{shown}");
        assert_eq!(error.kind(), ErrorKind::Connection, "{error:?}");
        error.to_string()
    };
    assert!(with(&|_| {}).contains("check user, password"));
    assert!(with(&|config| config.port = 1).contains("cannot be reached"));
    assert!(with(&|config| config.host = "no.such.host.invalid".into()).contains("cannot be reached"));
    let wrong = with(&|config| {
        config.password = database.config.password.clone();
        config.database = Some("no_such_database".into());
    });
    assert!(wrong.contains("no_such_database") && wrong.contains("create the database"), "{wrong}");
}

#[test]
fn many_rows_go_in_with_their_keys_in_order_or_not_at_all() {
    let Some(database) = database() else { return };
    let driver = database.driver();
    let script =
        "CREATE TABLE t (id BIGINT AUTO_INCREMENT PRIMARY KEY, x BIGINT NOT NULL UNIQUE) ENGINE=InnoDB";
    block_on(driver.run_script(vec![script.into()])).unwrap();
    let insert = std::sync::Arc::new(driver.compile(&common::insert_plan()).unwrap());
    let mut rows = ommi_core::value::RowBatch::with_capacity(1, 5000);
    (0..5000).for_each(|number| rows.push_row(&[ommi_core::value::Cell::Int(number)]));
    let keys = block_on(driver.insert(insert.clone(), rows.clone())).unwrap();
    assert_eq!(keys, (1..=5000).collect::<Vec<_>>());
    let mut more = ommi_core::value::RowBatch::with_capacity(1, 5000);
    (5000..9999).for_each(|number| more.push_row(&[ommi_core::value::Cell::Int(number)]));
    more.push_row(&[ommi_core::value::Cell::Int(7)]);
    let error = block_on(driver.insert(insert, more)).unwrap_err();
    assert_eq!((error.kind(), error.columns()), (ErrorKind::UniqueViolation, &["x".to_owned()][..]));
    let count = statement("SELECT COUNT(*) FROM t", &[FieldType::Int]);
    assert_eq!(read(&driver, &count, vec![]).unwrap(), [[Value::Int(5000)]]);
    block_on(driver.close()).unwrap();
}
