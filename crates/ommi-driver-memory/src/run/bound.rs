//! A plan with the tables and parameters that it runs with.

use ommi_core::driver::Param;
use ommi_core::plan::{Column, Plan};
use ommi_core::schema::FieldType;
use ommi_core::value::Value;
use ommi_core::{Error, Result};

use super::group::Group;
use crate::data::{Row, State, Table, fits};
use crate::error;
use crate::meaning::{Patterns, Scope};

/// See the module.
pub(crate) struct Bound<'a> {
    pub(super) plan: &'a Plan,
    pub(super) params: &'a [Param],
    pub(super) tables: Vec<&'a Table>,
    /// Where the tables are, for subqueries.
    state: &'a State,
    /// What an enclosing plan is looking at: one row of each of its tables.
    around: &'a [Row],
    /// Where the fields of each table's model are stored; nothing where there is no such column.
    positions: Vec<Vec<Option<usize>>>,
    patterns: Patterns,
}

impl<'a> Bound<'a> {
    /// # Errors
    /// `ModelNotFound` where a table does not exist.
    pub(super) fn new(plan: &'a Plan, params: &'a [Param], state: &'a State) -> Result<Self> {
        Self::within(&[], plan, params, state)
    }

    fn within(around: &'a [Row], plan: &'a Plan, params: &'a [Param], state: &'a State) -> Result<Self> {
        let find = |model: &std::sync::Arc<ommi_core::schema::ModelDef>| {
            state.table(model.table()).map_err(|error| error.with_model(model.name()))
        };
        let tables = plan.tables.iter().map(find).collect::<Result<Vec<_>>>()?;
        let positions = plan
            .tables
            .iter()
            .zip(&tables)
            .map(|(model, table)| {
                model.fields().iter().map(|field| table.def.position(&field.column)).collect()
            })
            .collect();
        Ok(Self { plan, params, tables, state, around, positions, patterns: Patterns::default() })
    }

    /// Where a column is stored.
    ///
    /// # Errors
    /// `Query` where the table has no such column.
    pub(super) fn position(&self, column: Column) -> Result<usize> {
        self.positions[column.table][column.field].ok_or_else(|| {
            let table = self.tables[column.table].def.name.as_str();
            error::no_column(table, &self.plan.field(column).column)
        })
    }

    /// A column of joined rows, one of each table.
    ///
    /// # Errors
    /// `Query`, naming model and field, where there is no such column or it holds something else.
    pub(super) fn value<'r>(&'r self, rows: &'r [Row], column: Column) -> Result<&'r Value> {
        let own = self.plan.tables.len() - self.plan.enclosing;
        let row = if column.table < own { &rows[column.table] } else { &self.around[column.table - own] };
        let value = &row[self.position(column)?];
        let field = self.plan.field(column);
        if fits(value, &field.ty) {
            return Ok(value);
        }
        let model = self.plan.tables[column.table].name();
        Err(unexpected(&field.ty, value).with_model(model).with_field(&field.name))
    }

    /// A limit or an offset.
    pub(super) fn count(&self, param: usize) -> Result<usize> {
        match self.params.get(param) {
            Some(Param::Scalar(Value::Int(count))) => Ok(usize::try_from(*count).unwrap_or(0)),
            Some(Param::Scalar(_) | Param::List(_)) | None => {
                Err(error::broken_plan("a limit or an offset is no number"))
            }
        }
    }

    /// A group, for expressions to be evaluated over.
    pub(super) fn over_group<'r>(&'r self, group: &'r Group) -> OverGroup<'r> {
        OverGroup { bound: self, group }
    }

    /// Joined rows, one of each table, for expressions to be evaluated over.
    pub(super) fn over<'r>(&'r self, rows: &'r [Row]) -> Over<'r> {
        Over { bound: self, rows }
    }
}

fn unexpected(ty: &FieldType, value: &Value) -> Error {
    Error::query(format!("expected {}, the database holds {}", ty.describe(), value.kind_name()))
}

/// Joined rows of a bound plan.
pub(super) struct Over<'r> {
    bound: &'r Bound<'r>,
    rows: &'r [Row],
}

impl Scope for Over<'_> {
    fn column(&self, column: Column) -> Result<&Value> {
        self.bound.value(self.rows, column)
    }

    fn key(&self, _: usize) -> Result<&Value> {
        Err(error::broken_plan("a row has no key of a group"))
    }

    fn aggregate(&self, _: usize) -> Result<&Value> {
        Err(error::broken_plan("a row has no aggregate"))
    }

    fn params(&self) -> &[Param] {
        self.bound.params
    }

    fn patterns(&self) -> &Patterns {
        &self.bound.patterns
    }

    fn found(&self, plan: &Plan) -> Result<Vec<Value>> {
        let around: Vec<Row> = self.rows.iter().chain(self.bound.around).cloned().collect();
        Bound::within(&around, plan, self.bound.params, self.bound.state)?.values_found()
    }
}

/// A group of a bound plan's rows.
pub(super) struct OverGroup<'r> {
    bound: &'r Bound<'r>,
    group: &'r Group,
}

impl Scope for OverGroup<'_> {
    fn column(&self, _: Column) -> Result<&Value> {
        Err(error::broken_plan("a group has no columns"))
    }

    fn key(&self, place: usize) -> Result<&Value> {
        self.group.keys.get(place).ok_or_else(|| error::broken_plan("a key is not in the plan"))
    }

    fn aggregate(&self, place: usize) -> Result<&Value> {
        self.group.aggregates.get(place).ok_or_else(|| error::broken_plan("an aggregate is not in the plan"))
    }

    fn params(&self) -> &[Param] {
        self.bound.params
    }

    fn patterns(&self) -> &Patterns {
        &self.bound.patterns
    }

    fn found(&self, _: &Plan) -> Result<Vec<Value>> {
        Err(error::broken_plan("a group has no subquery"))
    }
}
