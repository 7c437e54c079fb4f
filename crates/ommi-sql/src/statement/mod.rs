//! Plans as statements: one file per action.

mod aggregate;
mod delete;
mod insert;
mod rows;
mod select;
mod update;

use ommi_core::Result;
use ommi_core::driver::Statement;
use ommi_core::plan::{Action, Plan};
use sea_query::{QueryStatementWriter, SqliteQueryBuilder};

use crate::Dialect;
use crate::writer::Writer;

/// A plan as a statement of `dialect`.
///
/// # Errors
/// `Query` where an update takes values from another model or an expression is nested too deeply, `Internal`
/// where the plan contradicts itself.
pub fn compile(plan: &Plan, dialect: Dialect) -> Result<Statement> {
    match &plan.action {
        Action::Fetch(columns) => select::fetch(plan, dialect, columns),
        Action::Count(columns) => aggregate::count(plan, columns, dialect),
        Action::Exists => aggregate::exists(plan, dialect),
        Action::Update(assignments) => update::update(plan, dialect, assignments),
        Action::Delete => delete::delete(plan, dialect),
        Action::Insert { fields, returning } => insert::insert(plan, dialect, fields, *returning),
    }
}

/// The statement that sea-query's tree renders to.
fn render(plan: &Plan, dialect: Dialect, tree: &impl QueryStatementWriter) -> Statement {
    let mut writer = Writer::default();
    match dialect {
        Dialect::Sqlite => tree.build_collect_into(SqliteQueryBuilder, &mut writer),
    }
    let mut statement = Statement::new(writer.text, plan.reach);
    statement.binds = writer.binds;
    statement
}
