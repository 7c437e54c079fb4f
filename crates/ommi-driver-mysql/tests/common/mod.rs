//! A server for tests: the one that `OMMI_TEST_MYSQL` names, else the one on this machine; and a database of its own
//! for each test.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test uses a part, and fails where something is missing"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_executor::block_on;
use ommi_core::driver::{Bind, Driver, Executor, Param, Statement, Transform};
use ommi_core::plan::Reach;
use ommi_core::schema::FieldType;
use ommi_core::value::Value;
use ommi_driver_mysql::{MysqlConfig, MysqlDriver};

/// A database, dropped with this.
pub(crate) struct Database {
    pub(crate) config: MysqlConfig,
    admin: MysqlDriver,
}

/// An empty database; nothing where there is no server and none is required.
pub(crate) fn database() -> Option<Database> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let url = std::env::var("OMMI_TEST_MYSQL").unwrap_or("mysql://root@127.0.0.1:3306/mysql".into());
    let mut config = MysqlConfig::from_url(&url).unwrap();
    let admin = MysqlDriver::new(config.clone()).unwrap();
    if let Err(error) = block_on(admin.connect()) {
        let is_required = std::env::var("OMMI_REQUIRE").is_ok_and(|names| names.contains("mysql"));
        assert!(!is_required, "MySQL is required and cannot be used: {error}");
        eprintln!("*** NOT TESTED WITHOUT MYSQL: {error} ***");
        return None;
    }
    let name = format!("ommi_driver_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    block_on(admin.run_script(vec![format!("CREATE DATABASE `{name}`")])).unwrap();
    config.database = Some(name);
    config.pool.max_connections = 4;
    Some(Database { config, admin })
}

impl Database {
    pub(crate) fn driver(&self) -> MysqlDriver {
        MysqlDriver::new(self.config.clone()).unwrap()
    }

    /// Connections of this database's users that run something now.
    pub(crate) fn running(&self) -> i64 {
        let text = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = ? AND COMMAND <> 'Sleep'";
        let name = self.config.database.clone().unwrap();
        let count = statement(text, &[FieldType::Int]);
        let rows = read(&self.admin, &count, vec![Param::Scalar(Value::Text(name))]).unwrap();
        match rows[0][0] {
            Value::Int(count) => count,
            _ => unreachable!("a count is an integer"),
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let name = self.config.database.clone().unwrap();
        block_on(self.admin.run_script(vec![format!("DROP DATABASE `{name}`")])).unwrap();
    }
}

/// A statement that a test wrote itself.
pub(crate) fn statement(text: &str, columns: &[FieldType]) -> Arc<Statement> {
    let mut statement = Statement::new(text, Reach::Unlimited);
    let bind = |param| Bind { param, transform: Transform::Plain };
    statement.binds = (0..text.matches('?').count()).map(bind).collect();
    statement.columns = columns.to_vec();
    statement.labels = (0..columns.len()).map(|column| format!("Test.column{column}")).collect();
    Arc::new(statement)
}

/// The rows of a read, as values.
pub(crate) fn read(
    executor: &(impl Executor + ?Sized),
    statement: &Arc<Statement>,
    params: Vec<Param>,
) -> ommi_core::Result<Vec<Vec<Value>>> {
    use futures_util::TryStreamExt;
    let batches = executor.fetch(statement.clone(), params, Default::default());
    let batches: Vec<_> = block_on(batches.try_collect())?;
    let mut rows = Vec::new();
    for batch in batches {
        for row in 0..batch.len() {
            rows.push(batch.row(row).map(|cell| cell.to_value()).collect::<ommi_core::Result<_>>()?);
        }
    }
    Ok(rows)
}

pub(crate) fn write(executor: &(impl Executor + ?Sized), text: &str) -> ommi_core::Result<u64> {
    block_on(executor.write(statement(text, &[]), Vec::new()))
}

/// An insert into `t (x)` that gives the generated key back.
pub(crate) fn insert_plan() -> ommi_core::plan::Plan {
    use ommi_core::plan::{Action, ParamType, Plan};
    use ommi_core::schema::{FieldDef, ModelDef};
    let model = ModelDef::builder("T")
        .table("t")
        .field(FieldDef::new("id", FieldType::Int).auto())
        .field(FieldDef::new("x", FieldType::Int))
        .key(["id"])
        .build()
        .unwrap();
    Plan {
        action: Action::Insert { fields: vec![1], returning: Some(0) },
        tables: vec![model],
        enclosing: 0,
        joins: Vec::new(),
        semi_join: false,
        filter: None,
        grouping: None,
        order: Vec::new(),
        limit: None,
        offset: None,
        limit_by: None,
        distinct: false,
        lock: None,
        params: vec![ParamType::Scalar(FieldType::Int)],
        reach: Reach::Unique,
    }
}
