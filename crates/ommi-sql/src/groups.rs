//! Groups of rows as SQL: what they are grouped by, and what is made of their rows.

use ommi_core::plan::{Grouping, PlanAggregate, PlanExpr, Term};
use ommi_core::query::Function;
use ommi_core::schema::FieldType;
use ommi_core::{Error, Result};
use sea_query::{Asterisk, CaseStatement, Expr, ExprTrait, SelectStatement};

use crate::Dialect;
use crate::expr::{lower, number};
use crate::operators::{call, collated, decimal_quotient, float_quotient};
use crate::scope::{Scope, broken_plan};

/// GROUP BY and HAVING.
pub(crate) fn grouped(scope: &Scope<'_>, select: &mut SelectStatement) -> Result<()> {
    let Some(grouping) = &scope.plan.grouping else { return Ok(()) };
    for place in 0..grouping.keys.len() {
        select.add_group_by([key(scope, place)?]);
    }
    if let Some(having) = &grouping.having {
        select.and_having(lower(&scope.in_having(), having)?);
    }
    Ok(())
}

/// What rows are grouped by. PostgreSQL knows it again word for word: its parameters have the same numbers everywhere.
pub(crate) fn key(scope: &Scope<'_>, place: usize) -> Result<Expr> {
    let key = grouping(scope)?.keys.get(place).ok_or_else(|| broken_plan("a key is not in the plan"))?;
    let value = lower(scope, &key.expr)?;
    Ok(match (scope.dialect, &key.expr) {
        (Dialect::Sqlite | Dialect::Postgres, _) | (_, PlanExpr::Column(_)) => value,
        // HAVING sees columns only inside of aggregates or where they are keys as they are; all values are equal.
        (Dialect::Mysql(_), _) if scope.is_having => call("MIN", [value]).into(),
        (Dialect::Mysql(_), _) => value,
    })
}

/// One aggregate of a group.
pub(crate) fn aggregate(scope: &Scope<'_>, place: usize) -> Result<Expr> {
    let aggregate = grouping(scope)?.aggregates.get(place);
    let aggregate = aggregate.ok_or_else(|| broken_plan("an aggregate is not in the plan"))?;
    let Some(subject) = &aggregate.subject else {
        return match (aggregate.function, &aggregate.filter) {
            (Function::Count, None) => Ok(Expr::col(Asterisk).count()),
            (Function::Count, Some(_)) => {
                Ok(call("COUNT", [taking_part(scope, aggregate, number(1))?]).into())
            }
            (Function::Sum | Function::Avg | Function::Min | Function::Max, _) => {
                Err(broken_plan("an aggregate has nothing to work on"))
            }
        };
    };
    let values = Values { dialect: scope.dialect, subject, aggregate };
    let value = taking_part(scope, aggregate, lower(scope, &subject.expr)?)?;
    match aggregate.function {
        Function::Count => Ok(values.call("COUNT", value)),
        Function::Sum => values.sum(value),
        Function::Avg => values.mean(value),
        Function::Min => Ok(values.call("MIN", collated(scope.dialect, &subject.ty, value))),
        Function::Max => Ok(values.call("MAX", collated(scope.dialect, &subject.ty, value))),
    }
}

/// The value where the row takes part, else NULL, which no aggregate looks at.
fn taking_part(scope: &Scope<'_>, aggregate: &PlanAggregate, value: Expr) -> Result<Expr> {
    Ok(match &aggregate.filter {
        Some(filter) => CaseStatement::new().case(lower(scope, filter)?, value).into(),
        None => value,
    })
}

fn grouping<'p>(scope: &Scope<'p>) -> Result<&'p Grouping> {
    scope.plan.grouping.as_ref().ok_or_else(|| broken_plan("the plan has no groups"))
}

/// The values that an aggregate is made of.
struct Values<'p> {
    dialect: Dialect,
    subject: &'p Term,
    aggregate: &'p PlanAggregate,
}

impl Values<'_> {
    /// A function over the values, or over the different ones.
    fn call(&self, name: &'static str, value: Expr) -> Expr {
        if !self.aggregate.distinct {
            return call(name, [value]).into();
        }
        let placeholder = match self.dialect {
            Dialect::Sqlite | Dialect::Mysql(_) => "?",
            Dialect::Postgres => "$1",
        };
        Expr::cust_with_expr(format!("{name}(DISTINCT {placeholder})"), value)
    }

    fn count(&self, value: Expr) -> Expr {
        self.call("COUNT", value)
    }

    fn sum(&self, value: Expr) -> Result<Expr> {
        let sum = match (&self.subject.ty, self.dialect) {
            (FieldType::Int, Dialect::Sqlite) => self.call("ommi_int_sum", value),
            // It is a numeric there, which fits or not as a whole.
            (FieldType::Int, Dialect::Postgres) => {
                self.call("SUM", value.cast_as("bigint")).cast_as("bigint")
            }
            // It is a decimal there; DIV looks whether it fits.
            (FieldType::Int, Dialect::Mysql(_)) => {
                let sum = self.call("SUM", value.cast_as("SIGNED"));
                sum.binary(sea_query::BinOper::Custom("DIV"), number(1))
            }
            (FieldType::Float, Dialect::Sqlite) => self.call("ommi_float_sum", value),
            // NaN equals itself there, so that nullif finds it.
            (FieldType::Float, Dialect::Postgres) => {
                call("nullif", [self.call("SUM", value), Expr::cust("'NaN'::float8")]).into()
            }
            // A sum that overflows is noticed only where something is computed with it.
            (FieldType::Float, Dialect::Mysql(_)) => self.call("SUM", value).add(number(0)),
            (FieldType::Decimal, Dialect::Sqlite) => self.call("ommi_decimal_sum", value),
            (FieldType::Decimal, Dialect::Postgres | Dialect::Mysql(_)) => self.call("SUM", value),
            (ty, _) => return Err(no_number(ty)),
        };
        Ok(sum)
    }

    /// The sum by the count, which is NULL where there is nothing to count.
    fn mean(&self, value: Expr) -> Result<Expr> {
        match (&self.subject.ty, self.dialect) {
            (FieldType::Int, Dialect::Sqlite) => Ok(self.call("ommi_int_avg", value)),
            (FieldType::Int, Dialect::Postgres) => {
                let value = value.cast_as("bigint");
                let sum = self.call("SUM", value.clone()).cast_as("float8");
                Ok(sum.div(call("nullif", [self.count(value), number(0)])))
            }
            (FieldType::Int, Dialect::Mysql(_)) => {
                let value = value.cast_as("SIGNED");
                let sum = self.call("SUM", value.clone()).cast_as("DOUBLE");
                Ok(sum.div(call("nullif", [self.count(value), number(0)])))
            }
            (FieldType::Float, dialect) => {
                Ok(float_quotient(dialect, self.sum(value.clone())?, self.count(value)))
            }
            (FieldType::Decimal, dialect) => {
                Ok(decimal_quotient(dialect, self.sum(value.clone())?, self.count(value)))
            }
            (ty, _) => Err(no_number(ty)),
        }
    }
}

fn no_number(ty: &FieldType) -> Error {
    broken_plan(format!("the plan computes with {}", ty.describe()))
}
