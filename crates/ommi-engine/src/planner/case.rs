//! `case` in expressions: one of several values of one type.

use ommi_core::plan::{ParamType, PlanCase, PlanExpr};
use ommi_core::query::{Case, Expr};
use ommi_core::schema::FieldType;
use ommi_core::value::Value;
use ommi_core::{Error, Result};

use super::rules::misplaced_list;
use super::typing::{Operand, Typed, Typist, placed};
use super::{ParamCheck, Rule};

impl Typist<'_> {
    /// Lowers conditions and values in the order in which the shape's walk meets them.
    pub(super) fn case(&mut self, case: &Case) -> Result<Typed> {
        if case.branches.is_empty() {
            return Err(Error::query("`case` needs a condition with its value at least"));
        }
        let mut conditions = Vec::with_capacity(case.branches.len());
        let mut values = Vec::with_capacity(case.branches.len() + 1);
        for (condition, value) in &case.branches {
            conditions.push(self.predicate(condition)?);
            values.push(self.operand(value)?);
        }
        if let Some(otherwise) = &case.otherwise {
            values.push(self.operand(otherwise)?);
        }
        let typed = values.iter().find_map(|value| match value {
            Operand::Typed(typed) => Some((typed.ty.clone(), typed.origin.clone())),
            Operand::Literal(_) | Operand::List(_) | Operand::EmptyList => None,
        });
        let (ty, origin) = match typed {
            Some(typed) => typed,
            None => (type_of_values(case)?, None),
        };
        let values = values.into_iter().map(|value| self.of_type(value, &ty));
        let values = values.collect::<Result<Vec<_>>>().map_err(|error| placed(error, origin.as_ref()))?;
        let mut values = values.into_iter();
        let branches = conditions.into_iter().zip(values.by_ref()).collect();
        let case = PlanCase { branches, otherwise: values.next(), ty: ty.clone() };
        Ok(Typed { expr: PlanExpr::Case(Box::new(case)), ty, origin })
    }

    /// One of the values, which have one type.
    fn of_type(&mut self, value: Operand, ty: &FieldType) -> Result<PlanExpr> {
        match value {
            Operand::Typed(typed) if typed.ty == *ty => Ok(typed.expr),
            Operand::Typed(typed) => Err(Error::query(format!(
                "the values of `case` have one type: {} stands beside {}",
                typed.ty.describe(),
                ty.describe()
            ))),
            Operand::Literal(param) => {
                let (ty, model) = (ParamType::Scalar(ty.clone()), self.first_table());
                self.set_check(param, ParamCheck { ty, rule: Rule::Operand, model, field: None });
                Ok(PlanExpr::Param(param))
            }
            Operand::List(_) | Operand::EmptyList => Err(misplaced_list()),
        }
    }
}

/// The type of values alone: that of all, where integers among floats or decimals become such.
fn type_of_values(case: &Case) -> Result<FieldType> {
    let mut found: Option<FieldType> = None;
    for value in case.values() {
        let Expr::Value(value) = value else { continue };
        let Some(ty) = type_of(value) else { continue };
        found = match found {
            None => Some(ty),
            Some(known) if known == ty => Some(known),
            Some(FieldType::Int) if ty.is_numeric() => Some(ty),
            Some(known) if known.is_numeric() && ty == FieldType::Int => Some(known),
            Some(known) => {
                return Err(Error::query(format!(
                    "the values of `case` have one type: {} stands beside {}",
                    ty.describe(),
                    known.describe()
                )));
            }
        };
    }
    found.ok_or_else(|| Error::query("`case` needs a value that is not NULL"))
}

fn type_of(value: &Value) -> Option<FieldType> {
    match value {
        Value::Null => None,
        Value::Bool(_) => Some(FieldType::Bool),
        Value::Int(_) => Some(FieldType::Int),
        Value::Float(_) => Some(FieldType::Float),
        Value::Text(_) => Some(FieldType::Text),
        Value::Bytes(_) => Some(FieldType::Bytes),
        Value::Decimal(_) => Some(FieldType::Decimal),
        Value::Uuid(_) => Some(FieldType::Uuid),
        Value::DateTime(_) | Value::Timestamp(_) => Some(FieldType::DateTime),
        Value::Date(_) => Some(FieldType::Date),
        Value::Time(_) => Some(FieldType::Time),
        Value::Duration(_) => Some(FieldType::Duration),
        Value::Json(_) => Some(FieldType::Json),
    }
}
