//! Needs: the capabilities that cases ask for, and how a database without one must refuse.

use futures_util::TryStreamExt;
use ommi_core::driver::{Capabilities, FetchOptions, Raw, TransactionOptions};
use ommi_core::query::{Lock, Operator, Query};
use ommi_core::schema::{Action, FieldType, SchemaDef};
use ommi_core::value::Value;
use ommi_core::{Error, ErrorKind, Result};

use crate::db::{Db, now, refused};
use crate::expr::{Ask, Build, field, find, lit};
use crate::models;
use crate::run::Run;
use crate::values::{bytes, dec, instant, text};

/// A capability that a case depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nested transactions and named savepoints.
    Savepoints,
    /// Schema changes that can be rolled back.
    TransactionalSchema,
    /// Columns that a table has or has not.
    FixedColumns,
    /// References that the database checks.
    ForeignKeys,
    /// Transactions that write at once.
    ConcurrentWriters,
    /// References that the database checks when a statement ends.
    ReferencesAtStatementEnd,
    /// Rows that go along with others before references are checked.
    CascadesBeforeChecks,
    /// Unique values that the database checks when a statement ends.
    UniqueAtStatementEnd,
    /// Changes of what rows of the same model refer to.
    OwnReferencesFollow,
    /// Conditions that are computed for no row that others leave out.
    ConditionsInOrder,
    /// Floats that are NaN.
    FloatNan,
    /// Floats that are infinite.
    FloatInfinity,
    /// The remainder of floats.
    FloatRemainder,
    /// Decimals of any length.
    LongDecimals,
    /// Values of any length in indexes.
    LongIndexed,
    /// Statements that undo themselves alone when they fail.
    StatementRollback,
    /// Writes in transactions that wait for the row of another.
    RowWaits,
    /// Instants to the microsecond.
    Microseconds,
    /// Bytes in an order.
    BytesOrder,
    /// Locks of rows that do not wait for others.
    LockWithoutWaiting,
    /// Statements in the database's own language.
    RawStatements,
    /// Schemas that migrations change.
    SchemaChanges,
}

impl Need {
    pub(crate) fn is_met(self, capabilities: &Capabilities) -> bool {
        match self {
            Need::Savepoints => capabilities.savepoints,
            Need::TransactionalSchema => capabilities.transactional_schema,
            Need::FixedColumns => capabilities.fixed_columns,
            Need::ForeignKeys => capabilities.foreign_keys,
            Need::ConcurrentWriters => capabilities.concurrent_writers,
            Need::ReferencesAtStatementEnd => capabilities.references_at_statement_end,
            Need::CascadesBeforeChecks => capabilities.cascades_before_checks,
            Need::UniqueAtStatementEnd => capabilities.unique_at_statement_end,
            Need::OwnReferencesFollow => capabilities.own_references_follow,
            Need::ConditionsInOrder => capabilities.conditions_in_order,
            Need::FloatNan => capabilities.float_nan,
            Need::FloatInfinity => capabilities.float_infinity,
            Need::FloatRemainder => capabilities.float_remainder,
            Need::LongDecimals => {
                capabilities.decimal_limit.is_none() && capabilities.decimal_digits.is_none()
            }
            Need::LongIndexed => {
                capabilities.indexed_length.is_none() && capabilities.indexed_bytes.is_none()
            }
            Need::StatementRollback => capabilities.statement_rollback,
            Need::RowWaits => capabilities.row_waits,
            Need::Microseconds => capabilities.timestamp_microseconds,
            Need::BytesOrder => capabilities.bytes_order,
            Need::LockWithoutWaiting => capabilities.lock_without_waiting,
            Need::RawStatements => capabilities.raw_statements,
            Need::SchemaChanges => capabilities.schema_changes,
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
            Need::UniqueAtStatementEnd => refuses_computed_unique_values(db),
            Need::OwnReferencesFollow => {
                for on_update in [Action::Cascade, Action::Restrict] {
                    let person = models::person(on_update, Action::SetNull);
                    let error = unsupported(db, || db.change(find(&person), &[("id", lit(9))]).map(drop));
                    assert_eq!((error.model(), error.field()), (Some("Person"), Some("id")));
                }
            }
            Need::FloatNan => refuses_value(db, "float", &f64::NAN.into()),
            Need::FloatInfinity => {
                refuses_value(db, "float", &f64::INFINITY.into());
                refuses_value(db, "float", &f64::NEG_INFINITY.into());
            }
            Need::FloatRemainder => {
                let sample = models::sample();
                let rest = || field(&sample, "float").is(Operator::Rem, 2.5);
                unsupported(db, || db.rows(find(&sample).filter(rest().is(Operator::Eq, 1.0))).map(drop));
                unsupported(db, || db.change(find(&sample), &[("float", rest())]).map(drop));
            }
            Need::LongDecimals => refuses_long_decimals(db),
            Need::LongIndexed => refuses_long_values(db),
            Need::Microseconds => {
                refuses_value(db, "timestamp", &instant("2026-11-21T12:30:00.000001Z"));
            }
            Need::BytesOrder => refuses_order_of_bytes(db),
            Need::LockWithoutWaiting => {
                let user = models::user();
                for lock in [Lock::Skip, Lock::Refuse] {
                    let query = Query { lock: Some(lock), ..find(&user) };
                    unsupported(db, || db.rows(query).map(drop));
                }
            }
            Need::RawStatements => {
                let raw = || Raw {
                    text: "SELECT 1".to_owned(),
                    model: None,
                    columns: vec![FieldType::Int],
                    names: Vec::new(),
                };
                let read =
                    || now(db.fetch_raw(raw(), Vec::new(), FetchOptions::default()).try_collect::<Vec<_>>());
                unsupported(db, || read().map(drop));
                unsupported(db, || now(db.write_raw(raw(), Vec::new())).map(drop));
            }
            Need::SchemaChanges => {
                let nothing = SchemaDef::default();
                unsupported(db, || db.handle().driver().change_statements(&nothing, &[]).map(drop));
            }
            // Nothing can be asked for: these databases do otherwise without being told.
            Need::TransactionalSchema
            | Need::FixedColumns
            | Need::ForeignKeys
            | Need::ConcurrentWriters
            | Need::ReferencesAtStatementEnd
            | Need::StatementRollback
            | Need::RowWaits
            | Need::CascadesBeforeChecks
            | Need::ConditionsInOrder => {}
        }
        Ok(())
    }
}

/// The value is refused in a row, in an update, beside the field and in a list.
fn refuses_value(db: &Db, name: &str, value: &Value) {
    let sample = models::sample();
    let place = (Some("Sample"), Some(name));
    let error = unsupported(db, || db.add(&sample, &[(name, value.clone())]).map(drop));
    assert_eq!((error.model(), error.field()), place);
    let error = unsupported(db, || db.change(find(&sample), &[(name, lit(value.clone()))]).map(drop));
    assert_eq!((error.model(), error.field()), place);
    let equal = field(&sample, name).is(Operator::Eq, value.clone());
    unsupported(db, || db.rows(find(&sample).filter(equal)).map(drop));
    let listed = field(&sample, name).among(Operator::In, [value.clone()]);
    unsupported(db, || db.rows(find(&sample).filter(listed)).map(drop));
}

/// A decimal with one digit more than there may be is refused.
fn refuses_long_decimals(db: &Db) {
    let one_more = |digits: u32| digits as usize + 1;
    if let Some(limit) = db.capabilities().decimal_limit {
        refuses_value(db, "decimal", &dec(&"9".repeat(one_more(limit.whole))));
        refuses_value(db, "decimal", &dec(&format!("-0.{}1", "0".repeat(one_more(limit.fraction)))));
    }
    if let Some(digits) = db.capabilities().decimal_digits {
        refuses_value(db, "decimal", &dec(&"9".repeat(one_more(digits))));
    }
}

/// Bytes are compared for equality and nothing else.
fn refuses_order_of_bytes(db: &Db) {
    let sample = models::sample();
    for operator in [Operator::Lt, Operator::Le, Operator::Gt, Operator::Ge] {
        let compared = field(&sample, "bytes").is(operator, bytes(b"a"));
        unsupported(db, || db.rows(find(&sample).filter(compared.clone())).map(drop));
    }
    unsupported(db, || db.rows(find(&sample).by("bytes")).map(drop));
}

/// New values for several rows, of a key, a unique field and a field of a unique index.
fn refuses_computed_unique_values(db: &Db) {
    let seat = models::seat();
    let next = |name: &str| field(&seat, name).is(Operator::Add, 1);
    for name in ["id", "place", "row"] {
        let error = unsupported(db, || db.change(find(&seat), &[(name, next(name))]).map(drop));
        assert_eq!((error.model(), error.field()), (Some("Seat"), Some(name)));
        let few = find(&seat).filter(field(&seat, "id").is(Operator::Gt, 1)).by("id").limit(2);
        unsupported(db, || db.change(few, &[(name, field(&seat, "number"))]).map(drop));
    }
}

/// Text that is longer than an index holds is refused where there is one.
fn refuses_long_values(db: &Db) {
    let able = db.capabilities();
    let Some(limit) = able.indexed_length.or(able.indexed_bytes) else { return };
    let long = "x".repeat(limit as usize + 1);
    let user = models::user();
    let row = [("name", text("a")), ("email", text(&long))];
    let error = unsupported(db, || db.add(&user, &row).map(drop));
    assert_eq!((error.model(), error.field()), (Some("User"), Some("email")));
    unsupported(db, || db.change(find(&user), &[("email", lit(long))]).map(drop));
}

fn unsupported(db: &Db, ask: impl FnOnce() -> Result<()>) -> Error {
    refused(db.unsent(ask), ErrorKind::Unsupported)
}
