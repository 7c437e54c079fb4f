//! What the tests share: a server, a schema for each test, plans made by hand, and short ways to run them.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_executor::block_on;
use futures_util::StreamExt;
use ommi_core::Result;
use ommi_core::driver::{
    Driver, Executor, FetchOptions, Param, RowStream, Statement, Transaction, TransactionOptions,
};
use ommi_core::plan::{Action, Column, ParamType, Plan, PlanExpr, Reach, Term};
use ommi_core::query::Operator;
use ommi_core::schema::{FieldDef, FieldType, ModelDef};
use ommi_core::value::{Cell, RowBatch, Value};
use ommi_driver_postgres::{PostgresConfig, PostgresDriver};

/// The server of `OMMI_TEST_POSTGRES`, or the usual one of this machine.
pub fn url() -> String {
    std::env::var("OMMI_TEST_POSTGRES")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".into())
}

pub fn config() -> PostgresConfig {
    PostgresConfig::from_url(&url()).unwrap()
}

/// A test runs where a server answers; without one it is left out with a line that says so, or fails where
/// `OMMI_REQUIRE` names it.
pub fn with_server(test: impl FnOnce(&Place)) {
    let admin = PostgresDriver::new(config()).unwrap();
    if let Err(error) = block_on(admin.connect()) {
        let required = std::env::var("OMMI_REQUIRE").is_ok_and(|wanted| wanted.contains("postgres"));
        assert!(!required, "OMMI_REQUIRE names postgres, and there is none: {error}");
        eprintln!("capability: no PostgreSQL, the test is left out: {error}");
        return;
    }
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let schema = format!("ommi_driver_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    block_on(admin.run_script(vec![
        format!("DROP SCHEMA IF EXISTS {schema} CASCADE"),
        format!("CREATE SCHEMA {schema}"),
    ]))
    .unwrap();
    test(&Place { admin, schema });
}

/// A schema of its own.
pub struct Place {
    pub admin: PostgresDriver,
    pub schema: String,
}

impl Place {
    pub fn config(&self) -> PostgresConfig {
        let mut config = config();
        config.search_path = Some(self.schema.clone());
        config
    }

    pub fn driver(&self, change: impl FnOnce(&mut PostgresConfig)) -> PostgresDriver {
        let mut config = self.config();
        change(&mut config);
        PostgresDriver::new(config).unwrap()
    }

    /// A driver with the users' table.
    pub fn users(&self, change: impl FnOnce(&mut PostgresConfig)) -> (PostgresDriver, Arc<ModelDef>) {
        let (driver, user) = (self.driver(change), user());
        block_on(driver.run_script(driver.create_statements(std::slice::from_ref(&user)).unwrap())).unwrap();
        (driver, user)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let dropped = block_on(self.admin.run_script(vec![format!("DROP SCHEMA {} CASCADE", self.schema)]));
        if let Err(error) = dropped {
            eprintln!("the schema {} is left behind: {error}", self.schema);
        }
    }
}

pub fn user() -> Arc<ModelDef> {
    ModelDef::builder("User")
        .table("users")
        .field(FieldDef::new("id", FieldType::Int).auto())
        .field(FieldDef::new("name", FieldType::Text))
        .field(FieldDef::new("age", FieldType::Int).nullable())
        .build()
        .unwrap()
}

pub fn plan(model: &Arc<ModelDef>, action: Action, reach: Reach) -> Plan {
    Plan {
        action,
        tables: vec![model.clone()],
        enclosing: 0,
        joins: Vec::new(),
        semi_join: false,
        filter: None,
        grouping: None,
        order: Vec::new(),
        limit: None,
        offset: None,
        limit_by: None,
        lock: None,
        distinct: false,
        params: Vec::new(),
        reach,
    }
}

pub fn terms(model: &Arc<ModelDef>) -> Vec<Term> {
    let tables = std::slice::from_ref(model);
    (0..model.fields().len()).map(|field| Term::column(tables, Column { table: 0, field })).collect()
}

/// The rows whose key is the parameter.
pub fn with_key(mut plan: Plan) -> Plan {
    plan.filter = Some(PlanExpr::Apply {
        operator: Operator::Eq,
        subject: FieldType::Int,
        operands: vec![PlanExpr::Column(Column { table: 0, field: 0 }), PlanExpr::Param(0)],
    });
    plan.params = vec![ParamType::Scalar(FieldType::Int)];
    plan
}

pub fn by_key(driver: &PostgresDriver, model: &Arc<ModelDef>) -> Arc<Statement> {
    let plan = with_key(plan(model, Action::Fetch(terms(model)), Reach::Unique));
    Arc::new(driver.compile(&plan).unwrap())
}

pub fn all(driver: &PostgresDriver, model: &Arc<ModelDef>) -> Arc<Statement> {
    let plan = plan(model, Action::Fetch(terms(model)), Reach::Unlimited);
    Arc::new(driver.compile(&plan).unwrap())
}

pub fn count(driver: &PostgresDriver, model: &Arc<ModelDef>) -> Arc<Statement> {
    Arc::new(driver.compile(&plan(model, Action::Count(Vec::new()), Reach::Limited)).unwrap())
}

/// Sets the name of the row of a key to the second parameter.
pub fn rename(driver: &PostgresDriver, model: &Arc<ModelDef>) -> Arc<Statement> {
    let mut plan = with_key(plan(model, Action::Update(vec![(1, PlanExpr::Param(1))]), Reach::Unique));
    plan.params.push(ParamType::Scalar(FieldType::Text));
    Arc::new(driver.compile(&plan).unwrap())
}

pub fn insert(driver: &PostgresDriver, model: &Arc<ModelDef>) -> Arc<Statement> {
    let action = Action::Insert { fields: vec![1, 2], returning: Some(0) };
    Arc::new(driver.compile(&plan(model, action, Reach::Unique)).unwrap())
}

/// A statement written by hand.
pub fn text(text: &str, reach: Reach, columns: &[FieldType]) -> Arc<Statement> {
    let mut statement = Statement::new(text, reach);
    statement.columns = columns.to_vec();
    statement.labels = (0..columns.len()).map(|column| format!("Model.column{column}")).collect();
    Arc::new(statement)
}

pub fn rows(count: i64) -> RowBatch {
    let mut rows = RowBatch::with_capacity(2, count as usize);
    for number in 0..count {
        rows.push_row(&[Cell::Text(&format!("user {number}")), Cell::Int(number % 90)]);
    }
    rows
}

pub fn int(value: i64) -> Param {
    Param::Scalar(Value::Int(value))
}

pub fn string(value: &str) -> Param {
    Param::Scalar(Value::Text(value.into()))
}

pub fn options(batch_rows: usize) -> FetchOptions {
    FetchOptions { batch_rows }
}

pub fn begin(driver: &PostgresDriver) -> Arc<dyn Transaction> {
    block_on(driver.begin(TransactionOptions::default())).unwrap()
}

/// All rows of a stream, as values.
pub fn collect(stream: RowStream) -> Result<Vec<Vec<Value>>> {
    block_on(async {
        let (mut found, mut stream) = (Vec::new(), stream);
        while let Some(batch) = stream.next().await {
            let batch = batch?;
            for row in 0..batch.len() {
                found.push(batch.row(row).map(|cell| cell.to_value()).collect::<Result<_>>()?);
            }
        }
        Ok(found)
    })
}

pub fn read(
    executor: &dyn Executor,
    statement: &Arc<Statement>,
    params: Vec<Param>,
) -> Result<Vec<Vec<Value>>> {
    collect(executor.fetch(statement.clone(), params, FetchOptions::default()))
}

pub fn number(executor: &dyn Executor, statement: &Arc<Statement>) -> i64 {
    match read(executor, statement, Vec::new()).unwrap()[0][0] {
        Value::Int(number) => number,
        ref other => panic!("a number of {other:?}"),
    }
}
