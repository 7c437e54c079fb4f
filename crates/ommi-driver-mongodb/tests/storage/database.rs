//! The server, with a database of its own for each test, dropped when the test is over; and the crate `mongodb` beside
//! the driver, to write and to read what the driver should not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_executor::block_on;
use futures_util::{StreamExt, TryStreamExt};
use mongodb::bson::{Document, doc};
use mongodb::options::ClientOptions;
use ommi_core::Result;
use ommi_core::driver::{Driver, Executor, FetchOptions, Param};
use ommi_core::plan::{Action, Column, ParamType, Plan, PlanExpr, Reach, Term};
use ommi_core::query::Operator;
use ommi_core::schema::{FieldType, ModelDef};
use ommi_core::value::{RowBatch, Value};
use ommi_driver_mongodb::{MongodbConfig, MongodbDriver};

/// A database for one test.
pub(crate) struct Database {
    pub(crate) driver: MongodbDriver,
    pub(crate) config: MongodbConfig,
    runtime: tokio::runtime::Runtime,
    raw: mongodb::Database,
}

/// Where the server is, without a database; nothing where none is named and none is required.
pub(crate) fn server_url() -> Option<String> {
    let url = std::env::var("OMMI_TEST_MONGODB").ok();
    if url.is_none() {
        let required = std::env::var("OMMI_REQUIRE").unwrap_or_default();
        assert!(!required.contains("mongodb"), "MongoDB is required and OMMI_TEST_MONGODB is not set");
        eprintln!("*** capability: NOT TESTED WITHOUT MONGODB, set OMMI_TEST_MONGODB ***");
    }
    url
}

/// A fresh database; nothing where there is no server.
pub(crate) fn database() -> Option<Database> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let url = server_url()?;
    let mut config = MongodbConfig::from_url(&url).unwrap();
    let name = format!("ommi_storage_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    config.database = Some(name.clone());
    config.pool.connection_timeout = std::time::Duration::from_secs(20);
    let driver = MongodbDriver::new(config.clone()).unwrap();
    block_on(driver.connect()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let raw = runtime.block_on(async {
        let options = ClientOptions::parse(&url).await.unwrap();
        mongodb::Client::with_options(options).unwrap().database(&name)
    });
    Some(Database { driver, config, runtime, raw })
}

impl Drop for Database {
    fn drop(&mut self) {
        let dropped = self.runtime.block_on(async { self.raw.drop().await });
        assert!(dropped.is_ok() || std::thread::panicking(), "the test's database stays: {dropped:?}");
    }
}

impl Database {
    /// Creates the models' collections.
    pub(crate) fn create(&self, models: &[&Arc<ModelDef>]) {
        let models: Vec<_> = models.iter().map(|model| Arc::clone(model)).collect();
        self.run(&self.driver.create_statements(&models).unwrap()).unwrap();
    }

    pub(crate) fn run(&self, statements: &[String]) -> Result<()> {
        block_on(self.driver.run_script(statements.to_vec()))
    }

    /// Adds rows with these values for these fields; gives their keys where the model's are generated.
    pub(crate) fn add(
        &self,
        model: &Arc<ModelDef>,
        fields: &[&str],
        rows: &[Vec<Value>],
    ) -> Result<Vec<i64>> {
        add_with(&self.driver, model, fields, rows)
    }

    /// The rows of the model whose field equals the value; all of them without one.
    pub(crate) fn find(
        &self,
        model: &Arc<ModelDef>,
        equal: Option<(&str, Value)>,
    ) -> Result<Vec<Vec<Value>>> {
        let tables = std::slice::from_ref(model);
        let term = |field| Term::column(tables, Column { table: 0, field });
        let mut plan = plan(model, Action::Fetch((0..model.fields().len()).map(term).collect()));
        let mut params = Vec::new();
        if let Some((name, value)) = equal {
            let field = model.require_field(name).unwrap();
            plan.params = vec![ParamType::Scalar(model.fields()[field].ty.clone())];
            plan.filter = Some(apply(Operator::Eq, model, field));
            params.push(Param::Scalar(value));
        }
        let mut stream =
            self.driver.fetch(Arc::new(self.driver.compile(&plan)?), params, FetchOptions::default());
        block_on(async move {
            let mut rows = Vec::new();
            while let Some(batch) = stream.next().await {
                let batch = batch?;
                for row in 0..batch.len() {
                    rows.push(batch.row(row).map(|cell| cell.to_value()).collect::<Result<_>>()?);
                }
            }
            Ok(rows)
        })
    }

    /// Sets a field in all rows.
    pub(crate) fn set(&self, model: &Arc<ModelDef>, name: &str, value: Value) -> Result<u64> {
        let field = model.require_field(name).unwrap();
        let mut plan = plan(model, Action::Update(vec![(field, PlanExpr::Param(0))]));
        plan.params = vec![ParamType::Scalar(model.fields()[field].ty.clone())];
        block_on(self.driver.write(Arc::new(self.driver.compile(&plan)?), vec![Param::Scalar(value)]))
    }

    /// Writes documents as they are.
    pub(crate) fn put(&self, collection: &str, documents: Vec<Document>) {
        self.runtime.block_on(async {
            self.raw.collection(collection).insert_many(documents).await.unwrap();
        });
    }

    /// All documents as they are.
    pub(crate) fn documents(&self, collection: &str) -> Vec<Document> {
        self.runtime.block_on(async {
            let found = self.raw.collection(collection).find(doc! {}).await.unwrap();
            found.try_collect().await.unwrap()
        })
    }

    /// Runs a command on the server's own database.
    #[allow(dead_code, reason = "the tests of execution use it")]
    pub(crate) fn admin(&self, command: Document) -> Document {
        let admin = self.raw.client().database("admin");
        self.runtime.block_on(async { admin.run_command(command).await.unwrap() })
    }

    /// Runs a command as it is.
    pub(crate) fn command(&self, command: Document) -> Document {
        self.runtime.block_on(async { self.raw.run_command(command).await.unwrap() })
    }
}

/// As [`Database::add`], by another driver.
pub(crate) fn add_with(
    driver: &MongodbDriver,
    model: &Arc<ModelDef>,
    fields: &[&str],
    rows: &[Vec<Value>],
) -> Result<Vec<i64>> {
    let fields: Vec<_> = fields.iter().map(|name| model.require_field(name).unwrap()).collect();
    let mut plan = plan(model, Action::Insert { fields: fields.clone(), returning: model.generated_key() });
    plan.params = fields.iter().map(|at| ParamType::Scalar(model.fields()[*at].ty.clone())).collect();
    let mut batch = RowBatch::with_capacity(fields.len(), rows.len());
    for row in rows {
        for value in row {
            batch.push(value.as_cell(&mut String::new()));
        }
        batch.end_row();
    }
    block_on(driver.insert(Arc::new(driver.compile(&plan)?), batch))
}

fn apply(operator: Operator, model: &ModelDef, field: usize) -> PlanExpr {
    let subject = PlanExpr::Column(Column { table: 0, field });
    let ty: FieldType = model.fields()[field].ty.clone();
    PlanExpr::Apply { operator, subject: ty, operands: vec![subject, PlanExpr::Param(0)] }
}

fn plan(model: &Arc<ModelDef>, action: Action) -> Plan {
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
        distinct: false,
        lock: None,
        params: Vec::new(),
        reach: Reach::Unlimited,
    }
}
