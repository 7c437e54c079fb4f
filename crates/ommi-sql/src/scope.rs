//! `Scope`: what a lowering must know: the plan, the dialect, and what the tables are called in this part of
//! the statement.

use ommi_core::plan::{Column, Plan};
use ommi_core::{Error, ErrorKind, Result};
use sea_query::{ColumnName, ColumnRef, DynIden, Expr, IntoIden, TableName, TableRef};

use crate::Dialect;

/// What tables are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Naming {
    /// Only the first table is in sight, by its own name.
    Bare,
    /// By position: `t0`, `t1`...; in a subquery `s1t0`, where 1 says how deep it is.
    Aliased,
}

/// The surroundings of an expression.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'p> {
    pub(crate) plan: &'p Plan,
    pub(crate) dialect: Dialect,
    naming: Naming,
    /// Whether the expression is a condition on groups.
    pub(crate) is_having: bool,
    /// What is around the subquery that this is in.
    around: Option<&'p Scope<'p>>,
    /// How many subqueries are around.
    depth: usize,
}

impl<'p> Scope<'p> {
    /// Inside a SELECT over the plan's tables.
    pub(crate) fn query(plan: &'p Plan, dialect: Dialect) -> Self {
        let naming = if plan.tables.len() > 1 { Naming::Aliased } else { Naming::Bare };
        Self { plan, dialect, naming, is_having: false, around: None, depth: 0 }
    }

    /// Inside a subquery of this part of the statement.
    pub(crate) fn subquery(&'p self, plan: &'p Plan) -> Self {
        Self {
            plan,
            dialect: self.dialect,
            naming: Naming::Aliased,
            is_having: false,
            around: Some(self),
            depth: self.depth + 1,
        }
    }

    /// In the outer part of an INSERT, UPDATE or DELETE, where only the written table is in sight.
    pub(crate) fn write(plan: &'p Plan, dialect: Dialect) -> Self {
        Self { plan, dialect, naming: Naming::Bare, is_having: false, around: None, depth: 0 }
    }

    /// The same surroundings, in a condition on groups.
    pub(crate) fn in_having(&self) -> Self {
        Self { is_having: true, ..*self }
    }

    /// A table as FROM names it.
    pub(crate) fn table(&self, table: usize) -> TableRef {
        let alias = match self.naming {
            Naming::Bare => None,
            Naming::Aliased => Some(self.table_name(table)),
        };
        TableRef::Table(TableName(None, identifier(self.plan.tables[table].table())), alias)
    }

    /// A column with its table's name before it: SQLite would take a bare quoted name that is no column for a
    /// string.
    pub(crate) fn column(&self, column: Column) -> Result<Expr> {
        let own = self.plan.tables.len() - self.plan.enclosing;
        if let Some(around) = self.around
            && column.table >= own
        {
            return around.column(Column { table: column.table - own, field: column.field });
        }
        if self.naming == Naming::Bare && column.table != 0 {
            return Err(Error::query(format!(
                "an update takes its values from fields of {}, and {} is of another model",
                self.plan.model().name(),
                label(self.plan, column),
            )));
        }
        let table = TableName(None, self.table_name(column.table));
        let name = identifier(&self.plan.field(column).column);
        Ok(Expr::Column(ColumnRef::Column(ColumnName(Some(table), name))))
    }

    fn table_name(&self, table: usize) -> DynIden {
        match self.naming {
            Naming::Bare => identifier(self.plan.tables[table].table()),
            Naming::Aliased if self.depth > 0 => identifier(&format!("s{}t{table}", self.depth)),
            Naming::Aliased => identifier(&format!("t{table}")),
        }
    }
}

/// A name that sea-query quotes, whatever is in it.
pub(crate) fn identifier(name: &str) -> DynIden {
    name.to_owned().into_iden()
}

/// `Model.field`, for messages.
pub(crate) fn label(plan: &Plan, column: Column) -> String {
    format!("{}.{}", plan.tables[column.table].name(), plan.field(column).name)
}

/// The error for a plan that no planner makes.
pub(crate) fn broken_plan(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Internal, what)
}
