//! MySQL's updates and deletes by way of other tables or of a page. It cannot read the table that it writes, but for a
//! derived table, nor take a limit in the subquery of IN; joined with a derived table it looks rows up by their key.

use ommi_core::Result;
use ommi_core::plan::Plan;
use sea_query::{Expr, ExprTrait, SelectStatement, TableRef};

use super::rows::{found, is_paged, key};
use crate::Dialect;
use crate::expr::all;
use crate::scope::{Scope, identifier};
use crate::writer::NO_LIMIT;

const FOUND: &str = "found";

/// The keys of the rows that a write is about, as `k0`, `k1`...; more may be selected.
pub(super) fn keys(plan: &Plan, dialect: Dialect) -> Result<SelectStatement> {
    let inner = Scope::query(plan, dialect);
    let mut keys = found(&inner)?;
    for (position, column) in key(&inner)?.into_iter().enumerate() {
        keys.expr_as(column, format!("k{position}"));
    }
    // A derived table without a limit may be merged into the statement, and the table read and written then.
    if !is_paged(plan) {
        keys.limit(NO_LIMIT);
    }
    Ok(keys)
}

/// A subquery of [`keys`] as a table.
pub(super) fn table(keys: SelectStatement) -> TableRef {
    TableRef::SubQuery(Box::new(keys), identifier(FOUND))
}

/// The written table's key equals that of the row found.
pub(super) fn same_key(scope: &Scope<'_>) -> Result<Expr> {
    let pairs = key(scope)?.into_iter().enumerate();
    Ok(all(pairs.map(|(position, column)| column.eq(of_found(format!("k{position}")))).collect()))
}

/// A column of the rows found.
pub(super) fn of_found(name: String) -> Expr {
    Expr::col((FOUND, name))
}
