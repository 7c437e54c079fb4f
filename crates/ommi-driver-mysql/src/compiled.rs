//! Statements for a server that may still be unknown: before the first connection a plan is compiled for MariaDB and
//! for MySQL, and the connection takes its own.

use std::sync::Arc;

use ommi_core::driver::Statement;
use ommi_core::plan::Plan;
use ommi_core::{Error, ErrorKind, Result};
use ommi_sql::mysql::Details;
use ommi_sql::{Dialect, Flavour};

/// MariaDB as it is supported: RETURNING is older than that.
pub(crate) const MARIADB: Flavour = Flavour::MariaDb { returning: true };

/// The payload of our statements.
#[derive(Debug)]
struct Compiled {
    flavour: Flavour,
    details: Arc<Details>,
    /// What tells how many rows a delete finds, where the server's own number is another one.
    counted: Option<Arc<Statement>>,
    /// The same for MySQL, where the statement was compiled for a server not known yet.
    other: Option<Arc<Statement>>,
}

/// A plan's statement for the server, or for both kinds while it is not known.
pub(crate) fn compile(plan: &Plan, flavour: Option<Flavour>) -> Result<Statement> {
    match flavour {
        Some(flavour) => compile_for(plan, flavour, None),
        None => {
            let other = compile_for(plan, Flavour::MySql, None)?;
            compile_for(plan, MARIADB, Some(Arc::new(other)))
        }
    }
}

fn compile_for(plan: &Plan, flavour: Flavour, other: Option<Arc<Statement>>) -> Result<Statement> {
    let dialect = Dialect::Mysql(flavour);
    let counted = match ommi_sql::counted_before(plan, dialect)? {
        Some(counted) => Some(Arc::new(prepared(counted, flavour, None, None)?)),
        None => None,
    };
    prepared(ommi_sql::compile(plan, dialect)?, flavour, counted, other)
}

fn prepared(
    mut statement: Statement,
    flavour: Flavour,
    counted: Option<Arc<Statement>>,
    other: Option<Arc<Statement>>,
) -> Result<Statement> {
    let details = statement.payload.take().and_then(|payload| payload.downcast::<Details>().ok());
    let details =
        details.ok_or_else(|| Error::new(ErrorKind::Internal, "a statement came without its details"))?;
    statement.payload = Some(Arc::new(Compiled { flavour, details, counted, other }));
    Ok(statement)
}

/// The statement as the server of this flavour takes it.
pub(crate) fn variant(statement: Arc<Statement>, flavour: Flavour) -> Arc<Statement> {
    match compiled(&statement) {
        Some(Compiled { flavour: made_for, other: Some(other), .. }) if *made_for != flavour => other.clone(),
        _right_already => statement,
    }
}

/// What is known of a statement; nothing where a program wrote its text itself.
pub(crate) fn details(statement: &Statement) -> Option<&Details> {
    compiled(statement).map(|compiled| compiled.details.as_ref())
}

/// The statement that tells how many rows a delete finds, where the server's own number is another one.
pub(crate) fn counted(statement: &Statement) -> Option<&Statement> {
    compiled(statement)?.counted.as_deref()
}

fn compiled(statement: &Statement) -> Option<&Compiled> {
    statement.payload.as_ref()?.downcast_ref()
}
