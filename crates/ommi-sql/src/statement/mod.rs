//! Plans as statements: one file per action.

mod aggregate;
mod delete;

mod insert;
mod joined;
mod rows;
mod select;
pub(crate) mod subquery;
mod update;

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::driver::Statement;
use ommi_core::plan::{Action, Plan, Reach};
use sea_query::{MysqlQueryBuilder, PostgresQueryBuilder, QueryStatementWriter, SqliteQueryBuilder};

use crate::circle::goes_along;
use crate::constraint::constraints;
use crate::mysql::ListSpot;
use crate::scope::broken_plan;
use crate::writer::Writer;
use crate::{Dialect, mysql, postgres};

/// A plan as a statement of `dialect`. Its payload is [`postgres::Details`] or [`mysql::Details`]; statements for
/// SQLite have none.
///
/// # Errors
/// `Query` where an update takes values from another model or an expression is nested too deeply, `Unsupported` where
/// the database lacks an operator, `Internal` where the plan contradicts itself.
pub fn compile(plan: &Plan, dialect: Dialect) -> Result<Statement> {
    let mut statement = match &plan.action {
        Action::Fetch(terms) => select::fetch(plan, dialect, terms)?,
        Action::Count(terms) => aggregate::count(plan, terms, dialect)?,
        Action::Exists => aggregate::exists(plan, dialect)?,
        Action::Update(assignments) => update::update(plan, dialect, assignments)?,
        Action::Delete => delete::delete(plan, dialect)?,
        Action::Insert { fields, returning } => insert::insert(plan, dialect, fields, *returning)?,
    };
    // Waiting for a lock ends in an error when it takes too long.
    statement.can_fail = plan.lock.is_some() || plan.can_fail();
    add_details(&mut statement, plan, dialect);
    Ok(statement)
}

/// The statement that counts the rows that a delete finds, to be run before it and in one transaction with it, where
/// the database's own count is another one: SQLite and MySQL do not count rows that went along with others before they
/// came to them. Nothing for other plans and databases.
///
/// # Errors
/// As for [`compile`].
pub fn counted_before(plan: &Plan, dialect: Dialect) -> Result<Option<Statement>> {
    let is_wrong = match (&plan.action, dialect) {
        (Action::Delete, Dialect::Sqlite | Dialect::Mysql(_)) if plan.reach != Reach::Unique => {
            goes_along(plan.model())?
        }
        (
            Action::Delete
            | Action::Fetch(_)
            | Action::Count(_)
            | Action::Exists
            | Action::Update(_)
            | Action::Insert { .. },
            _,
        ) => false,
    };
    if !is_wrong {
        return Ok(None);
    }
    let count = Plan { action: Action::Count(Vec::new()), ..plan.clone() };
    let mut statement = compile(&count, dialect)?;
    if let Dialect::Mysql(_) = dialect {
        // Nobody else removes them in between.
        statement.text.push_str(" FOR UPDATE");
    }
    Ok(Some(statement))
}

fn add_details(statement: &mut Statement, plan: &Plan, dialect: Dialect) {
    let table = plan.model().table().to_owned();
    let params = plan.params.clone();
    let constraints = match &plan.action {
        Action::Fetch(_) | Action::Count(_) | Action::Exists => Vec::new(),
        Action::Update(_) | Action::Delete | Action::Insert { .. } => constraints(plan, dialect),
    };
    let inserted = match &plan.action {
        Action::Insert { fields, returning } => Some((fields, *returning)),
        Action::Fetch(_) | Action::Count(_) | Action::Exists | Action::Update(_) | Action::Delete => None,
    };
    match dialect {
        Dialect::Sqlite => {}
        Dialect::Postgres => {
            let insert = inserted.map(|(fields, returning)| postgres::Insert::new(plan, fields, returning));
            statement.payload = Some(Arc::new(postgres::Details { params, table, constraints, insert }));
        }
        Dialect::Mysql(flavour) => {
            let insert =
                inserted.map(|(fields, returning)| mysql::Insert::new(plan, flavour, fields, returning));
            let lists = lists(statement).map(|lists| (*lists).clone()).unwrap_or_default();
            let details = mysql::Details { params, table, constraints, insert, lists };
            statement.payload = Some(Arc::new(details));
        }
    }
}

/// The statement that sea-query's tree renders to.
fn render(plan: &Plan, dialect: Dialect, tree: &impl QueryStatementWriter) -> Statement {
    let mut writer = Writer::new(dialect, plan);
    match dialect {
        Dialect::Sqlite => tree.build_collect_into(SqliteQueryBuilder, &mut writer),
        Dialect::Postgres => tree.build_collect_into(PostgresQueryBuilder, &mut writer),
        Dialect::Mysql(_) => tree.build_collect_into(MysqlQueryBuilder, &mut writer),
    }
    let mut statement = Statement::new(writer.text, plan.reach);
    statement.binds = writer.binds;
    if !writer.lists.is_empty() {
        statement.payload = Some(Arc::new(writer.lists));
    }
    statement
}

/// The statement with another beginning.
fn reworded(mut statement: Statement, before: &str, after: &str) -> Result<Statement> {
    let Some(rest) = statement.text.strip_prefix(before) else {
        return Err(broken_plan("a statement begins in an unknown way"));
    };
    statement.text = format!("{after}{rest}");
    if let Some(lists) = lists(&mut statement) {
        let shifted = lists.iter().map(|list| list.moved(before.len(), after.len())).collect::<Vec<_>>();
        statement.payload = Some(Arc::new(shifted));
    }
    Ok(statement)
}

/// Takes the lists out of the payload, where [`render`] leaves them.
fn lists(statement: &mut Statement) -> Option<Arc<Vec<ListSpot>>> {
    statement.payload.take().and_then(|lists| lists.downcast().ok())
}
