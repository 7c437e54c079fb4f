//! What the tests have in common: users to work on, statements over them, and a look at what the server does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mongodb::bson::{Document, doc};
use ommi_core::driver::{BoxFuture, Driver, Executor, Param, Statement};
use ommi_core::plan::{Action, Column, ParamType, Plan, PlanExpr, Reach, Term};
use ommi_core::query::Operator;
use ommi_core::schema::{FieldType, ModelDef};
use ommi_core::value::Value;
use ommi_driver_mongodb::MongodbDriver;

use super::database::{Database, database};
use super::models::{text, user};

/// A database with so many users, whose keys begin with 1.
pub(crate) fn users(count: usize) -> Option<(Database, Arc<ModelDef>)> {
    let database = database()?;
    let user = user();
    database.create(&[&user]);
    let rows: Vec<_> = (0..count).map(|_| vec![text("user")]).collect();
    database.add(&user, &["name"], &rows).unwrap();
    Some((database, user))
}

/// Waits until something holds, for at most a minute.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "{what} did not happen");
        std::thread::yield_now();
    }
}

/// Names the user of that key.
pub(crate) fn rename(
    driver: &MongodbDriver,
    executor: &(impl Executor + ?Sized),
    user: &Arc<ModelDef>,
    key: i64,
    name: &str,
) -> BoxFuture<ommi_core::Result<u64>> {
    let mut plan = plan(user, Action::Update(vec![(1, PlanExpr::Param(0))]));
    let subject = PlanExpr::Column(Column { table: 0, field: 0 });
    let equal = PlanExpr::Apply {
        operator: Operator::Eq,
        subject: FieldType::Int,
        operands: vec![subject, PlanExpr::Param(1)],
    };
    plan.filter = Some(equal);
    plan.params = vec![ParamType::Scalar(FieldType::Text), ParamType::Scalar(FieldType::Int)];
    plan.reach = Reach::Unique;
    let params = vec![Param::Scalar(text(name)), Param::Scalar(Value::Int(key))];
    executor.write(Arc::new(driver.compile(&plan).unwrap()), params)
}

/// A read of all users' keys, in their order.
pub(crate) fn all(driver: &MongodbDriver, user: &Arc<ModelDef>) -> Arc<Statement> {
    Arc::new(
        driver
            .compile(&plan(
                user,
                Action::Fetch(vec![Term::column(std::slice::from_ref(user), Column { table: 0, field: 0 })]),
            ))
            .unwrap(),
    )
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

/// How many operations and cursors of this kind the server has on the test's users.
pub(crate) fn at_work(database: &Database, what: Document) -> usize {
    let name = database.config.database.as_deref().unwrap();
    let mut wanted = doc! { "ns": format!("{name}.users") };
    wanted.extend(what);
    let pipeline =
        vec![doc! { "$currentOp": { "idleCursors": true, "allUsers": true } }, doc! { "$match": wanted }];
    let asked = doc! { "aggregate": 1, "pipeline": pipeline, "cursor": {} };
    let answer = database.admin(asked);
    answer.get_document("cursor").unwrap().get_array("firstBatch").unwrap().len()
}

/// Updates that run or wait.
pub(crate) fn updates(database: &Database) -> usize {
    at_work(database, doc! { "op": "update", "active": true })
}

/// Cursors that rest.
pub(crate) fn cursors(database: &Database) -> usize {
    at_work(database, doc! { "type": "idleCursor" })
}
