//! Deletes.

use ommi_core::Result;
use ommi_core::driver::Statement;
use ommi_core::plan::Plan;
use sea_query::Query;

use super::render;
use super::rows::written;
use crate::Dialect;
use crate::scope::Scope;

pub(super) fn delete(plan: &Plan, dialect: Dialect) -> Result<Statement> {
    let scope = Scope::write(plan, dialect);
    let mut delete = Query::delete();
    delete.from_table(scope.table(0));
    if let Some(condition) = written(&scope)? {
        delete.and_where(condition);
    }
    Ok(render(plan, dialect, &delete))
}
