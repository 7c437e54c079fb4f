//! The server, with a database of its own for each test, dropped when the test is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_executor::block_on;
use futures_util::StreamExt;
use mongodb::Client;
use mongodb::bson::{Document, doc};
use ommi_core::Result;
use ommi_core::driver::{Driver, Executor, FetchOptions, Param};
use ommi_core::plan::{Action, ParamType, Plan, Reach};
use ommi_core::schema::ModelDef;
use ommi_core::value::{RowBatch, Value};
use ommi_driver_mongodb::{MongodbConfig, MongodbDriver};

/// A database for one test.
pub(crate) struct Database(MongodbDriver, Place);

/// The server's URL and the name of the test's database.
struct Place {
    url: String,
    name: String,
}

/// Runs a test on a fresh database with collections for these models.
pub(crate) fn with_database(models: &[&Arc<ModelDef>], test: impl FnOnce(&Database)) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let Ok(url) = std::env::var("OMMI_TEST_MONGODB") else {
        let required = std::env::var("OMMI_REQUIRE").unwrap_or_default();
        assert!(!required.contains("mongodb"), "MongoDB is required and OMMI_TEST_MONGODB is not set");
        eprintln!("*** capability: NOT TESTED WITHOUT MONGODB, set OMMI_TEST_MONGODB ***");
        return;
    };
    let mut config = MongodbConfig::from_url(&url).unwrap();
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("ommi_compile_{}_{number}", std::process::id());
    config.database = Some(name.clone());
    let database = Database(MongodbDriver::new(config).unwrap(), Place { url, name });
    block_on(database.0.connect()).unwrap();
    let models: Vec<_> = models.iter().map(|model| Arc::clone(model)).collect();
    block_on(database.0.run_script(database.0.create_statements(&models).unwrap())).unwrap();
    test(&database);
}

impl Drop for Database {
    fn drop(&mut self) {
        let dropped = block_on(self.0.run_script(vec![r#"{"dropDatabase": 1}"#.to_owned()]));
        if let Err(error) = dropped.and_then(|()| block_on(self.0.close())) {
            eprintln!("the test's database stays: {error}");
        }
    }
}

impl Database {
    /// Adds rows with these values for the first fields of the model.
    pub(crate) fn add(&self, model: &Arc<ModelDef>, rows: &[&[Value]]) {
        let width = rows[0].len();
        let fields: Vec<_> = (0..width).collect();
        let mut plan = super::models::plan(model, Action::Insert { fields, returning: None });
        plan.reach = Reach::Unique;
        plan.params =
            model.fields()[..width].iter().map(|field| ParamType::Scalar(field.ty.clone())).collect();
        let mut batch = RowBatch::with_capacity(width, rows.len());
        for row in rows {
            for value in *row {
                batch.push(value.as_cell(&mut String::new()));
            }
            batch.end_row();
        }
        block_on(self.0.insert(Arc::new(self.0.compile(&plan).unwrap()), batch)).unwrap();
    }

    pub(crate) fn rows(&self, plan: &Plan, params: &[Param]) -> Result<Vec<Vec<Value>>> {
        let statement = Arc::new(self.0.compile(plan)?);
        let mut stream = self.0.fetch(statement, params.to_vec(), FetchOptions::default());
        block_on(async move {
            let mut rows = Vec::new();
            while let Some(batch) = stream.next().await {
                let batch = batch?;
                for row in 0..batch.len() {
                    rows.push(batch.row(row).map(|cell| cell.to_value()).collect::<Result<Vec<_>>>()?);
                }
            }
            Ok(rows)
        })
    }

    /// The first column of a fetch, sorted.
    pub(crate) fn ids(&self, plan: &Plan, params: &[Param]) -> Vec<i64> {
        let first = |row: Vec<Value>| match row[0] {
            Value::Int(id) => id,
            ref other => panic!("a key of {other:?}"),
        };
        let mut ids: Vec<i64> = self.rows(plan, params).unwrap().into_iter().map(first).collect();
        ids.sort_unstable();
        ids
    }

    pub(crate) fn write(&self, plan: &Plan, params: &[Param]) -> Result<u64> {
        block_on(self.0.write(Arc::new(self.0.compile(plan)?), params.to_vec()))
    }

    /// Runs a command of MongoDB's.
    pub(crate) fn command(&self, command: &str) {
        block_on(self.0.run_script(vec![command.to_owned()])).unwrap();
    }

    /// The command of a plan.
    pub(crate) fn compiled(&self, plan: &Plan) -> String {
        self.0.compile(plan).unwrap().text
    }

    /// How the server runs it.
    pub(crate) fn explain(&self, plan: &Plan, params: &[Param]) -> String {
        let statement = Arc::new(self.0.compile(plan).unwrap());
        block_on(self.0.explain(statement, params.to_vec())).unwrap().join("\n")
    }

    /// The stages of a pipeline without parameters, with what they did: the server tells of the indexes of a lookup only
    /// after it ran.
    pub(crate) fn run_stages(&self, plan: &Plan) -> Vec<Document> {
        let mut command: Document = serde_json::from_str(&self.0.compile(plan).unwrap().text).unwrap();
        command.insert("cursor", doc! {});
        let explained = tokio::runtime::Runtime::new().unwrap().block_on(async {
            let client = Client::with_uri_str(&self.1.url).await.unwrap();
            let database = client.database(&self.1.name);
            database.run_command(doc! { "explain": command, "verbosity": "executionStats" }).await.unwrap()
        });
        let stages = explained.get_array("stages").unwrap().iter();
        stages.map(|stage| stage.as_document().unwrap().clone()).collect()
    }
}

pub(crate) fn int(value: i64) -> Param {
    Param::Scalar(Value::Int(value))
}

pub(crate) fn text(value: &str) -> Param {
    Param::Scalar(Value::Text(value.to_owned()))
}
