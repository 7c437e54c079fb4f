//! The operators as SQL: one file per family, one arm per operator here.

mod arithmetic;
mod comparison;
mod function;
mod list;
mod membership;
mod null;
mod path;
mod pattern;
mod text;

use ommi_core::Result;
use ommi_core::plan::PlanExpr;
use ommi_core::query::Operator;
use ommi_core::schema::FieldType;
use sea_query::{BinOper, Expr, ExprTrait, Func, FunctionCall};

use crate::expr::lower_checked;
use crate::scope::{Scope, broken_plan};

use arithmetic::{Operation, arithmetic};
pub(crate) use arithmetic::{decimal_quotient, float_quotient};
pub(crate) use comparison::{as_equal, collated, is_document, with_collation};
use function::{Letters, Part};
pub(crate) use function::{of_one_collation, one_of_several};
pub(crate) use path::path;

/// An operator with its subject and operands, on their way to SQL.
pub(crate) struct Application<'a> {
    scope: &'a Scope<'a>,
    operator: Operator,
    subject: &'a FieldType,
    operands: &'a [PlanExpr],
}

/// `operator` over its operands as SQL.
pub(crate) fn apply(
    scope: &Scope<'_>,
    operator: Operator,
    subject: &FieldType,
    operands: &[PlanExpr],
) -> Result<Expr> {
    let application = Application { scope, operator, subject, operands };
    match operator {
        Operator::Eq => comparison::equality(&application, BinOper::Equal),
        Operator::Ne => comparison::equality(&application, BinOper::NotEqual),
        Operator::Lt => comparison::order(&application, BinOper::SmallerThan),
        Operator::Le => comparison::order(&application, BinOper::SmallerThanOrEqual),
        Operator::Gt => comparison::order(&application, BinOper::GreaterThan),
        Operator::Ge => comparison::order(&application, BinOper::GreaterThanOrEqual),
        Operator::Between => comparison::between(&application),
        Operator::In => membership::membership(&application, BinOper::In),
        Operator::NotIn => membership::membership(&application, BinOper::NotIn),
        Operator::Contains => contains(&application),
        Operator::NotContains => not_contains(&application),
        Operator::StartsWith => text::starts_with(&application),
        Operator::EndsWith => text::ends_with(&application),
        Operator::Like => pattern::like(&application),
        Operator::ILike => pattern::ilike(&application),
        Operator::Regex => pattern::regex(&application),
        Operator::IsNull => null::is_null(&application),
        Operator::IsNotNull => null::is_not_null(&application),
        Operator::IsTrue => null::is_true(&application),
        Operator::Add => arithmetic::add(&application),
        Operator::Sub => arithmetic(&application, Operation::Sub),
        Operator::Mul => arithmetic(&application, Operation::Mul),
        Operator::Div => arithmetic(&application, Operation::Div),
        Operator::Rem => arithmetic(&application, Operation::Rem),
        Operator::Lower => function::mapped(&application, Letters::Small),
        Operator::Upper => function::mapped(&application, Letters::Capital),
        Operator::Length => function::length(&application),
        Operator::Trim => function::trim(&application),
        Operator::Abs => function::abs(&application),
        Operator::Round => function::round(&application),
        Operator::Year => function::part(&application, Part::Year),
        Operator::Month => function::part(&application, Part::Month),
        Operator::Day => function::part(&application, Part::Day),
        Operator::Hour => function::part(&application, Part::Hour),
        Operator::Coalesce => function::coalesce(&application),
    }
}

/// On a list it is membership, on text a search.
fn contains(application: &Application<'_>) -> Result<Expr> {
    match item_type(application.subject) {
        Some(item) => list::contains(application, item),
        None => text::contains(application),
    }
}

fn not_contains(application: &Application<'_>) -> Result<Expr> {
    match item_type(application.subject) {
        Some(item) => Ok(list::contains(application, item)?.not()),
        None => text::not_contains(application),
    }
}

fn item_type(ty: &FieldType) -> Option<&FieldType> {
    match ty {
        FieldType::List(item) => Some(item),
        FieldType::Bool
        | FieldType::Int
        | FieldType::Float
        | FieldType::Text
        | FieldType::Bytes
        | FieldType::Decimal
        | FieldType::Uuid
        | FieldType::DateTime
        | FieldType::NaiveDateTime
        | FieldType::Timestamp
        | FieldType::Date
        | FieldType::Time
        | FieldType::Duration
        | FieldType::Json => None,
    }
}

impl Application<'_> {
    fn one(&self) -> Result<Expr> {
        match self.operands {
            [subject] => self.lower(subject),
            _ => Err(self.arity()),
        }
    }

    fn two(&self) -> Result<(Expr, Expr)> {
        let (subject, operand) = self.pair()?;
        Ok((self.lower(subject)?, self.lower(operand)?))
    }

    fn pair(&self) -> Result<(&PlanExpr, &PlanExpr)> {
        match self.operands {
            [subject, operand] => Ok((subject, operand)),
            _ => Err(self.arity()),
        }
    }

    fn three(&self) -> Result<(Expr, Expr, Expr)> {
        match self.operands {
            [subject, low, high] => Ok((self.lower(subject)?, self.lower(low)?, self.lower(high)?)),
            _ => Err(self.arity()),
        }
    }

    /// Whether the subject is a column, and costs nothing to be written several times.
    fn is_of_column(&self) -> bool {
        matches!(self.operands.first(), Some(PlanExpr::Column(_)))
    }

    fn lower(&self, operand: &PlanExpr) -> Result<Expr> {
        lower_checked(self.scope, operand)
    }

    fn arity(&self) -> ommi_core::Error {
        let count = self.operands.len();
        broken_plan(format!("the plan has {} operand(s) for {}", count, self.operator.name()))
    }

    fn meaningless(&self) -> ommi_core::Error {
        broken_plan(format!("the plan applies {} to {}", self.operator.name(), self.subject.describe()))
    }
}

/// A call of a function.
pub(crate) fn call(name: &'static str, arguments: impl IntoIterator<Item = Expr>) -> FunctionCall {
    Func::cust(name).args(arguments)
}
