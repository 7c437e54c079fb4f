//! What sessions, transactions, setup and relations tell a driver.

mod binding;
mod endings;
mod hooks;
mod inserting;
mod limits;
mod query_cache;
mod relations;
mod schema;
mod sessions;
mod timeouts;
mod transactions;

use std::sync::Arc;

use futures_executor::block_on;
use ommi_core::query::{Expr, Operation, Query};
use ommi_core::schema::ModelDef;
use ommi_core::{Error, Result};

use crate::testing::Fake;
use crate::{Handle, HandleOptions};

fn handle() -> (Handle, Arc<Fake>) {
    open(HandleOptions::default())
}

fn implicit() -> (Handle, Arc<Fake>) {
    open(HandleOptions { implicit_setup: true, ..HandleOptions::default() })
}

fn open(options: HandleOptions) -> (Handle, Arc<Fake>) {
    let fake = Fake::new();
    (Handle::new(fake.clone(), options), fake)
}

fn all(model: &Arc<ModelDef>) -> Operation {
    Operation::Fetch(Query::new(model.clone()))
}

fn fetch(model: &Arc<ModelDef>, predicate: Expr) -> Operation {
    Operation::Fetch(Query::new(model.clone()).filter(predicate))
}

fn wait<T>(future: impl Future<Output = Result<T>>) -> T {
    block_on(future).unwrap()
}

fn fail<T: std::fmt::Debug>(future: impl Future<Output = Result<T>>) -> Error {
    block_on(future).unwrap_err()
}
