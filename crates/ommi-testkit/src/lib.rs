//! The behaviour suite of Ommi: what every driver must do, as one named test for each behaviour. A driver's test
//! binary calls [`Suite`]; see this crate's README for the ten lines that it takes.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a behaviour that does not hold panics, as a failed test does"
)]

mod case;
mod cases;
mod check;
mod db;
mod differential;
mod expr;
mod fresh;
mod generate;
mod library;
mod models;
mod need;
mod oracle;
mod run;
mod schemas;
mod suite;
mod values;
mod watch;

/// What the cases are written with.
mod kit {
    pub(crate) use std::sync::Arc;

    pub(crate) use ommi_core::driver::{FetchOptions, TransactionOptions};
    pub(crate) use ommi_core::query::Operator::*;
    pub(crate) use ommi_core::query::{Aggregate, Expr, Function, Operation, Operator, Query};
    pub(crate) use ommi_core::schema::{FieldDef, FieldType, ModelDef};
    pub(crate) use ommi_core::value::{Cell, RowBatch, Value};
    pub(crate) use ommi_core::{Error, ErrorKind, Result};
    pub(crate) use ommi_engine::{Handle, HandleOptions, Session, Tx};

    pub(crate) use crate::check::{finds, keeps, refuses, stored, stored_pairs};
    pub(crate) use crate::db::{Db, now, refused, when_free};
    pub(crate) use crate::expr::{Ask, Build, column, field, find, lit, made, rows};
    pub(crate) use crate::models;
    pub(crate) use crate::run::{Row, Run};
    pub(crate) use crate::values::*;
}

pub use differential::Differential;
pub use fresh::Fresh;
pub use suite::Suite;
