//! Where arithmetic in a condition overflows, and what a database may make of it that computes conditions in an order
//! of its own: come upon an overflow that other conditions leave out, or leave out one that the oracle comes upon.

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::query::{Case, ColumnRef, Expr, Operator, Path, Query};
use ommi_core::schema::{FieldDef, FieldType, ModelDef};
use ommi_core::value::Value;
use ommi_engine::Session;

use super::expr::{failing_parts, is_arithmetic};
use super::step::{Ground, Step};
use crate::oracle::oracle;
use crate::run::{Row, Run};

/// More rows than this are not tried: then an overflow counts as possible.
const MOST_ROWS: usize = 20_000;

/// What is in doubt of a step, asked before it is run.
#[derive(Debug, Default)]
pub(super) struct Overflow {
    /// What can overflow, where the database may compute it for rows that are not asked for.
    parts: Vec<Expr>,
    /// What the rows of the models hold, and what the condition compares with them.
    values: Vec<Value>,
    /// The database may have its answer without computing what overflows.
    may_be_missed: bool,
}

impl Overflow {
    /// Takes note of what there is, and asks the oracle.
    pub(super) fn of(step: &Step, ground: &Ground<'_>, oracle: &Session) -> Self {
        let query = step.query().filter(|_| !ground.able.conditions_in_order);
        let Some((query, filter)) = query.and_then(|query| Some((query, query.filter.as_ref()?))) else {
            return Self::default();
        };
        let parts = failing_parts(filter);
        if parts.is_empty() {
            return Self::default();
        }
        if !step.computes_beside() {
            return Self { may_be_missed: is_decided_by_null(query, filter, oracle), ..Self::default() };
        }
        let mut values = Vec::new();
        literals(filter, &mut values);
        for model in named(query, filter) {
            values.extend(oracle.rows(Query::new(model)).unwrap_or_default().into_iter().flatten());
        }
        Self { parts: parts.into_iter().cloned().collect(), values, may_be_missed: true }
    }

    /// Whether the database may have its answer without computing what overflows.
    pub(super) fn may_be_missed(&self) -> bool {
        self.may_be_missed
    }

    /// Whether the database may come upon an overflow: a part of the condition overflows with some of the values that it
    /// is about. They need not be those of one row, as databases put one thing for another that is equal to it.
    pub(super) fn may_be_met(&self) -> bool {
        self.parts.iter().any(|part| overflows(part, &self.values).unwrap_or(true))
    }
}

/// Whether NULL decides a comparison: in no row without one anything overflows.
fn is_decided_by_null(query: &Query, filter: &Expr, oracle: &Session) -> bool {
    let mut columns = Vec::new();
    columns_of(filter, &mut columns);
    let no_nulls =
        columns.into_iter().map(|column| Expr::Apply(Operator::IsNotNull, vec![Expr::Column(column)]));
    let filter = Expr::And(no_nulls.chain([filter.clone()]).collect());
    oracle.count(Query::new(query.model.clone()).filter(filter)).is_ok()
}

/// Whether an expression overflows in a table that has every combination of the values in its columns.
fn overflows(part: &Expr, values: &[Value]) -> Result<bool> {
    let mut columns = Vec::new();
    columns_of(part, &mut columns);
    let fitting = |column: &ColumnRef| {
        let ty = &column.definition().ty;
        let mut fitting: Vec<Value> = Vec::new();
        for value in values.iter().filter_map(|value| value.clone().coerce(ty).ok()) {
            if !value.is_null() && !fitting.contains(&value) {
                fitting.push(value);
            }
        }
        fitting
    };
    let mut rows: Vec<Row> = vec![Vec::new()];
    for column in &columns {
        let fitting = fitting(column);
        if rows.len() * fitting.len() > MOST_ROWS {
            return Ok(true);
        }
        rows = rows
            .iter()
            .flat_map(|row| fitting.iter().map(|value| [row, [value.clone()].as_slice()].concat()))
            .collect();
    }
    let model = table(&columns)?;
    let names: Vec<&str> = model.fields()[1..].iter().map(|field| field.name.as_str()).collect();
    let oracle = oracle();
    oracle.add_all(&model, &names, &rows)?;
    let part = moved(part, &columns, &model);
    // No row fulfils the condition, so that it is computed for each.
    let test = |operator| Expr::Apply(operator, vec![part.clone()]);
    let neither = Expr::And(vec![test(Operator::IsNull), test(Operator::IsNotNull)]);
    Ok(oracle.count(Query::new(model).filter(neither)).is_err())
}

/// A model with fields of the columns' types.
fn table(columns: &[ColumnRef]) -> Result<Arc<ModelDef>> {
    let mut id = FieldDef::new("id", FieldType::Int);
    id.auto = true;
    let field = |(number, column): (usize, &ColumnRef)| {
        FieldDef::new(format!("c{number}"), column.definition().ty.clone())
    };
    let fields = columns.iter().enumerate().map(field);
    fields
        .fold(ModelDef::builder("Values").field(id).key(["id"]), ommi_core::schema::ModelBuilder::field)
        .build()
}

/// The expression over that model's fields.
fn moved(expr: &Expr, columns: &[ColumnRef], model: &Arc<ModelDef>) -> Expr {
    let all = |parts: &[Expr]| parts.iter().map(|part| moved(part, columns, model)).collect();
    match expr {
        Expr::Column(column) => {
            let position = columns.iter().position(|known| is_same(known, column));
            Expr::Column(ColumnRef {
                model: model.clone(),
                field: position.map_or(0, |position| position + 1),
            })
        }
        // A condition on rows holds no aggregate.
        Expr::Value(_)
        | Expr::List(_)
        | Expr::Aggregate(_)
        | Expr::Subquery(_)
        | Expr::Given(_)
        | Expr::Random => expr.clone(),
        Expr::Apply(operator, parts) => Expr::Apply(*operator, all(parts)),
        Expr::And(parts) => Expr::And(all(parts)),
        Expr::Or(parts) => Expr::Or(all(parts)),
        Expr::Not(inner) => Expr::Not(Box::new(moved(inner, columns, model))),
        Expr::Path(path) => {
            Expr::from(Path { subject: moved(&path.subject, columns, model), ..(**path).clone() })
        }
        Expr::Case(case) => {
            let moved = |expr: &Expr| moved(expr, columns, model);
            let branches = case.branches.iter();
            let branches = branches.map(|(condition, value)| (moved(condition), moved(value))).collect();
            Case { branches, otherwise: case.otherwise.as_ref().map(moved) }.into()
        }
    }
}

fn is_same(one: &ColumnRef, other: &ColumnRef) -> bool {
    one.model.id() == other.model.id() && one.field == other.field
}

/// The columns of an expression, each once.
fn columns_of(expr: &Expr, found: &mut Vec<ColumnRef>) {
    if let Expr::Column(column) = expr
        && !found.iter().any(|known| is_same(known, column))
    {
        found.push(column.clone());
    }
    expr.parts().into_iter().for_each(|part| columns_of(part, found));
}

/// The literals that columns are compared with.
fn literals(expr: &Expr, found: &mut Vec<Value>) {
    match expr {
        Expr::Apply(operator, _) if is_arithmetic(*operator) => {}
        Expr::Value(value) => found.push(value.clone()),
        Expr::List(values) => found.extend(values.iter().cloned()),
        expr => expr.parts().into_iter().for_each(|part| literals(part, found)),
    }
}

/// The models of a query, each once.
fn named(query: &Query, filter: &Expr) -> Vec<Arc<ModelDef>> {
    let mut columns = Vec::new();
    columns_of(filter, &mut columns);
    let mut models = vec![query.model.clone()];
    for column in columns {
        if !models.iter().any(|known| known.id() == column.model.id()) {
            models.push(column.model);
        }
    }
    models
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{Build, field};
    use crate::models;
    use crate::oracle::oracle;
    use crate::values::NULL;

    /// Of a table with one row of this age: whether an overflow may be met, and whether it may be missed.
    fn doubt(age: impl Into<Value>, filter: impl Fn(Expr, Expr) -> Expr) -> (bool, bool) {
        let user = models::user();
        let oracle = oracle();
        oracle.add_all(&user, &["name", "age"], &[vec![Value::from("a"), age.into()]]).unwrap();
        let huge = field(&user, "age").is(Operator::Mul, i64::MAX).is(Operator::Gt, 0);
        let step = Step::Rows(Query::new(user.clone()).filter(filter(field(&user, "age"), huge)));
        let driver = ommi_driver_memory::MemoryDriver::new(ommi_driver_memory::MemoryConfig::default());
        let able = ommi_core::driver::Driver::capabilities(&driver);
        let able = ommi_core::driver::Capabilities { conditions_in_order: false, ..able.clone() };
        let ground = Ground { models: &[user], rows: &Vec::new(), able: &able };
        let overflow = Overflow::of(&step, &ground, &oracle);
        (overflow.may_be_met(), overflow.may_be_missed())
    }

    #[test]
    fn an_overflow_may_be_met_where_there_is_one() {
        let beside = |bound: i64| move |age: Expr, huge: Expr| age.is(Operator::Gt, bound).and(huge);
        assert_eq!(doubt(36, beside(1)), (true, true));
        assert_eq!(doubt(1, beside(1)), (false, true));
        assert_eq!(doubt(1, beside(100)), (true, true), "a value that it is compared with counts too");
    }

    #[test]
    fn one_comparison_is_in_doubt_beside_null_alone() {
        let alone = |_: Expr, huge: Expr| huge;
        assert_eq!(doubt(36, alone), (false, false));
        assert_eq!(doubt(NULL, alone), (false, true));
    }
}
