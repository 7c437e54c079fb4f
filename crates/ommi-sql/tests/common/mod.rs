//! What the tests of both servers share: models, values, and the cases themselves. A server's own folder says how it
//! is reached.

#[path = "../sqlite/models.rs"]
pub(crate) mod models;

pub(crate) mod logic;
pub(crate) mod patterns;
pub(crate) mod rows;
pub(crate) mod schema;
pub(crate) mod types;
pub(crate) mod writes;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use ommi_core::driver::Param;
use ommi_core::plan::{Action, ParamType, Plan, Reach};
use ommi_core::schema::{ColumnInfo, FieldType, ModelDef};
use ommi_core::value::Value;
use ommi_sql::{Dialect, create_statements};

/// A server with a place of its own for one test.
pub(crate) trait Database {
    fn dialect(&self) -> Dialect;

    /// Runs one statement without parameters.
    fn run(&mut self, statement: &str) -> Result<(), String>;

    /// The rows of a fetch, each cell as the server writes it as text.
    fn try_fetch(&mut self, plan: &Plan, params: &[Param]) -> Result<Vec<Vec<Option<String>>>, String>;

    /// The number of rows that a write found.
    fn try_write(&mut self, plan: &Plan, params: &[Param]) -> Result<u64, String>;

    /// The table's columns.
    fn columns(&mut self, table: &str) -> Vec<ColumnInfo>;

    /// Which of the texts a pattern finds, the pattern being translated already.
    fn matching(&mut self, pattern: &str, texts: &[String]) -> Result<Vec<bool>, String>;
}

impl dyn Database + '_ {
    pub(crate) fn create(&mut self, models: &[&Arc<ModelDef>]) {
        let models: Vec<_> = models.iter().map(|model| Arc::clone(model)).collect();
        for statement in create_statements(&models, self.dialect()).unwrap() {
            self.run(&statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
    }

    pub(crate) fn fetch(&mut self, plan: &Plan, params: &[Param]) -> Vec<Vec<Option<String>>> {
        self.try_fetch(plan, params).unwrap()
    }

    /// The first column of a fetch, as integers.
    pub(crate) fn ids(&mut self, plan: &Plan, params: &[Param]) -> Vec<i64> {
        let first = |row: Vec<Option<String>>| row[0].as_ref().unwrap().parse().unwrap();
        self.fetch(plan, params).into_iter().map(first).collect()
    }

    pub(crate) fn write(&mut self, plan: &Plan, params: &[Param]) -> u64 {
        self.try_write(plan, params).unwrap()
    }

    /// Adds a row with these values for all fields of the model.
    pub(crate) fn add(&mut self, model: &Arc<ModelDef>, values: &[Value]) {
        self.try_add(model, values).unwrap();
    }

    pub(crate) fn try_add(&mut self, model: &Arc<ModelDef>, values: &[Value]) -> Result<u64, String> {
        let fields: Vec<_> = (0..model.fields().len()).collect();
        let mut plan = models::plan(model, Action::Insert { fields, returning: None });
        plan.reach = Reach::Unique;
        plan.params = model.fields().iter().map(|field| ParamType::Scalar(field.ty.clone())).collect();
        let params: Vec<_> = values.iter().cloned().map(Param::Scalar).collect();
        self.try_write(&plan, &params)
    }
}

pub(crate) fn with(plan: Plan, params: &[FieldType]) -> Plan {
    Plan { params: params.iter().cloned().map(ParamType::Scalar).collect(), ..plan }
}

pub(crate) fn text(value: &str) -> Param {
    Param::Scalar(Value::Text(value.to_owned()))
}

pub(crate) fn int(value: i64) -> Param {
    Param::Scalar(Value::Int(value))
}

pub(crate) fn null() -> Param {
    Param::Scalar(Value::Null)
}

pub(crate) fn decimal(value: &str) -> Value {
    Value::Decimal(value.parse().unwrap())
}

/// A name that no other test has.
pub(crate) fn unique_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("ommi_sql_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The server's URL, from the environment or the usual place.
pub(crate) fn url(variable: &str, usual: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| usual.to_owned())
}

/// Says why there is no server; whoever required it gets a failure.
pub(crate) fn missing(database: &str, error: &dyn std::fmt::Display) {
    let required = std::env::var("OMMI_REQUIRE").unwrap_or_default();
    assert!(!required.split(',').any(|name| name.trim() == database), "{database} is required: {error}");
    eprintln!("NOT TESTED: {database} cannot be reached: {error}");
}

/// One test for each case, on the database that `open` gives.
#[macro_export]
macro_rules! on_a_server {
    ($($module:ident :: $case:ident),+ $(,)?) => {
        $(#[test]
        fn $case() {
            $crate::database::with_database(|database| $crate::common::$module::$case(database));
        })+
    };
}
