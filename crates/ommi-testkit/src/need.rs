//! Needs: the capabilities that cases ask for, and how a database without one must refuse.

use ommi_core::driver::{Capabilities, TransactionOptions};
use ommi_core::query::Operator;
use ommi_core::{Error, ErrorKind, Result};

use crate::db::{Db, now, refused};
use crate::expr::{Build, field, find, lit};
use crate::models;
use crate::run::Run;

/// A capability that a case depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nested transactions and named savepoints.
    Savepoints,
    /// Schema changes that can be rolled back.
    TransactionalSchema,
    /// References that the database checks.
    ForeignKeys,
    /// Floats that are NaN.
    FloatNan,
}

impl Need {
    pub(crate) fn is_met(self, capabilities: &Capabilities) -> bool {
        match self {
            Need::Savepoints => capabilities.savepoints,
            Need::TransactionalSchema => capabilities.transactional_schema,
            Need::ForeignKeys => capabilities.foreign_keys,
            Need::FloatNan => capabilities.float_nan,
        }
    }

    /// Asks for what the database lacks.
    pub(crate) fn check_refusal(self, db: &Db) -> Result<()> {
        match self {
            Need::Savepoints => {
                let tx = now(db.handle().begin(TransactionOptions::default()))?;
                unsupported(db, || now(tx.nested()).map(drop));
                unsupported(db, || now(tx.savepoint("here")));
            }
            Need::FloatNan => {
                let sample = models::sample();
                let error = unsupported(db, || db.add(&sample, &[("float", f64::NAN.into())]).map(drop));
                assert_eq!((error.model(), error.field()), (Some("Sample"), Some("float")));
                let float = || field(&sample, "float");
                unsupported(db, || db.change(find(&sample), &[("float", lit(f64::NAN))]).map(drop));
                unsupported(db, || {
                    db.rows(find(&sample).filter(float().is(Operator::Eq, f64::NAN))).map(drop)
                });
                let listed = float().among(Operator::In, [1.0, f64::NAN]);
                unsupported(db, || db.rows(find(&sample).filter(listed)).map(drop));
            }
            // Nothing can be asked for: these databases do otherwise without being told.
            Need::TransactionalSchema | Need::ForeignKeys => {}
        }
        Ok(())
    }
}

fn unsupported(db: &Db, ask: impl FnOnce() -> Result<()>) -> Error {
    refused(db.unsent(ask), ErrorKind::Unsupported)
}
