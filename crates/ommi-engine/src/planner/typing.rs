//! Typing: lowers expressions to plan expressions, gives every literal its type and refuses what has no meaning.

use std::sync::Arc;

use ommi_core::plan::{Column, ParamType, PlanAggregate, PlanExpr, Term};
use ommi_core::query::{ColumnRef, Expr, Operator};
use ommi_core::schema::{FieldType, ModelDef};
use ommi_core::value::Value;
use ommi_core::{Error, ErrorKind, Result};

use crate::limits::Limits;

use super::aggregate::Groups;
use super::agreed::null_test;
use super::rules::{check_arity, given_nowhere, is_membership, misplaced_list, no_meaning, value_rule};
use super::{ParamCheck, Rule};

/// More parts than this are combined in a balanced tree: databases limit how deep a chain of ORs may go.
const MAX_FLAT: usize = 64;

/// Lowers the expressions of one operation; parameters are numbered as it meets literals.
pub(super) struct Typist<'a> {
    pub(super) tables: Vec<Arc<ModelDef>>,
    pub(super) limits: &'a Limits,
    pub(super) params: Vec<Option<ParamCheck>>,
    pub(super) groups: Option<Groups<'a>>,
    pub(super) aggregates: Vec<PlanAggregate>,
    /// Whether what is lowered decides about rows.
    pub(super) filters: bool,
}

/// An operand on its way down.
pub(super) enum Operand {
    /// It has a type of its own; the field is the one that messages name.
    Typed(Typed),
    /// A literal, waiting for the type of its neighbour.
    Literal(usize),
    /// A list of literals, waiting likewise.
    List(usize),
    /// A list without a member.
    EmptyList,
}

/// A lowered expression, its type, and the first field in it.
pub(super) struct Typed {
    pub(super) expr: PlanExpr,
    pub(super) ty: FieldType,
    pub(super) origin: Option<ColumnRef>,
}

impl Typed {
    /// What the operand is, for messages: `User.age (an integer)`.
    fn describe(&self) -> String {
        match (&self.expr, &self.origin) {
            (PlanExpr::Column(_), Some(column)) => {
                format!("{}.{} ({})", column.model.name(), column.definition().name, self.ty.describe())
            }
            (_, Some(column)) => {
                format!(
                    "the expression with {}.{} ({})",
                    column.model.name(),
                    column.definition().name,
                    self.ty.describe()
                )
            }
            (_, None) => format!("an expression ({})", self.ty.describe()),
        }
    }
}

impl<'a> Typist<'a> {
    /// For a plan over these tables; those of enclosing plans come last, the nearest first.
    pub(super) fn new(tables: Vec<Arc<ModelDef>>, limits: &'a Limits) -> Self {
        Self { tables, limits, params: Vec::new(), groups: None, aggregates: Vec::new(), filters: false }
    }

    /// The checks of all parameters met, in their order.
    pub(super) fn into_checks(self) -> Result<Vec<ParamCheck>> {
        let untyped = || Error::new(ErrorKind::Internal, "the planner left a parameter without a type");
        self.params.into_iter().map(|check| check.ok_or_else(untyped)).collect()
    }

    /// The column that a reference names.
    pub(super) fn column(&self, column: &ColumnRef) -> Result<Column> {
        let table = self.tables.iter().position(|table| table.id() == column.model.id());
        match table {
            Some(table) if column.field < column.model.fields().len() => {
                Ok(Column { table, field: column.field })
            }
            Some(_) | None => {
                Err(Error::new(ErrorKind::Internal, "a field is not in the plan")
                    .with_model(column.model.name()))
            }
        }
    }

    /// Every column of the first table.
    pub(super) fn whole_model(&self) -> Vec<Term> {
        let column = |field| Term::column(&self.tables, Column { table: 0, field });
        (0..self.tables[0].fields().len()).map(column).collect()
    }

    /// The table whose rows are found.
    pub(super) fn first_table(&self) -> Arc<ModelDef> {
        self.tables[0].clone()
    }

    /// Says what the value of a parameter must be.
    pub(super) fn set_check(&mut self, param: usize, check: ParamCheck) {
        self.params[param] = Some(check);
    }

    /// The aggregates that were met.
    pub(super) fn take_aggregates(&mut self) -> Vec<PlanAggregate> {
        std::mem::take(&mut self.aggregates)
    }

    /// Lowers something that stands alone; `done` says what is done with it, for messages.
    pub(super) fn term(&mut self, expr: &Expr, done: &str) -> Result<Term> {
        match self.operand(expr)? {
            Operand::Typed(Typed { expr, ty, .. }) => Ok(Term { expr, ty }),
            Operand::Literal(_) | Operand::List(_) | Operand::EmptyList => {
                Err(Error::query(format!("a value alone cannot be {done}; name a field or an aggregate")))
            }
        }
    }

    /// A parameter for a limit or an offset.
    pub(super) fn count(&mut self) -> usize {
        let model = self.tables[0].clone();
        self.params.push(Some(ParamCheck {
            ty: ParamType::Scalar(FieldType::Int),
            rule: Rule::Count,
            model,
            field: None,
        }));
        self.params.len() - 1
    }

    /// Lowers what a field of the first table is set to.
    pub(super) fn assigned(&mut self, field: usize, value: &Expr) -> Result<PlanExpr> {
        let model = self.tables[0].clone();
        let Some(definition) = model.fields().get(field) else {
            return Err(Error::new(ErrorKind::Internal, format!("there is no field at position {field}")));
        };
        let name = |error: Error| error.with_model(model.name()).with_field(&definition.name);
        self.check_own_fields(value).map_err(name)?;
        match self.operand(value)? {
            Operand::Literal(param) => {
                self.params[param] = Some(ParamCheck {
                    ty: ParamType::Scalar(definition.ty.clone()),
                    rule: Rule::Assigned,
                    model: model.clone(),
                    field: Some(field),
                });
                Ok(PlanExpr::Param(param))
            }
            Operand::Typed(typed) if typed.ty == definition.ty => Ok(typed.expr),
            Operand::Typed(typed) => Err(name(Error::validation(format!(
                "the field holds {} and cannot be set to {}",
                definition.ty.describe(),
                typed.describe()
            )))),
            Operand::List(_) | Operand::EmptyList => Err(name(misplaced_list())),
        }
    }

    /// An update sees the updated row alone.
    fn check_own_fields(&self, value: &Expr) -> Result<()> {
        match value {
            Expr::Column(column) if column.model.id() != self.tables[0].id() => Err(Error::query(format!(
                "an update computes from fields of {} only, not from {}.{}",
                self.tables[0].name(),
                column.model.name(),
                column.definition().name
            ))),
            value => value.parts().into_iter().try_for_each(|part| self.check_own_fields(part)),
        }
    }

    /// Lowers an expression that decides about rows.
    pub(super) fn predicate(&mut self, expr: &Expr) -> Result<PlanExpr> {
        if let Some(key) = self.key(expr) {
            return if key.ty == FieldType::Bool { Ok(key.expr) } else { Err(not_a_predicate(&key)) };
        }
        match expr {
            Expr::Value(Value::Bool(known)) => Ok(PlanExpr::Constant(*known)),
            Expr::And(parts) => self.combination(parts, true, PlanExpr::And),
            Expr::Or(parts) => self.combination(parts, false, PlanExpr::Or),
            Expr::Not(inner) => Ok(PlanExpr::Not(Box::new(self.predicate(inner)?))),
            Expr::Column(_)
            | Expr::Apply(..)
            | Expr::Value(_)
            | Expr::List(_)
            | Expr::Aggregate(_)
            | Expr::Case(_)
            | Expr::Path(_)
            | Expr::Random
            | Expr::Subquery(_)
            | Expr::Given(_) => match self.operand(expr)? {
                Operand::Typed(Typed { expr, ty: FieldType::Bool, .. }) => Ok(expr),
                Operand::Typed(typed) => Err(not_a_predicate(&typed)),
                Operand::Literal(_) | Operand::List(_) | Operand::EmptyList => {
                    Err(Error::query("a value alone is not a predicate; compare a field with it"))
                }
            },
        }
    }

    fn combination(
        &mut self,
        parts: &[Expr],
        when_empty: bool,
        combine: fn(Vec<PlanExpr>) -> PlanExpr,
    ) -> Result<PlanExpr> {
        if parts.is_empty() {
            return Ok(PlanExpr::Constant(when_empty));
        }
        let mut lowered = parts.iter().map(|part| self.predicate(part)).collect::<Result<Vec<_>>>()?;
        while lowered.len() > MAX_FLAT {
            let mut rest = lowered.into_iter();
            lowered = Vec::new();
            loop {
                let group: Vec<_> = rest.by_ref().take(MAX_FLAT).collect();
                if group.is_empty() {
                    break;
                }
                lowered.push(combine(group));
            }
        }
        Ok(combine(lowered))
    }

    /// Lowers what stands beside something, or alone.
    pub(super) fn operand(&mut self, expr: &Expr) -> Result<Operand> {
        if let Some(key) = self.key(expr) {
            return Ok(Operand::Typed(key));
        }
        match expr {
            Expr::Column(column) if self.groups.is_some() => Err(not_grouped(column)),
            Expr::Aggregate(aggregate) => self.aggregate(aggregate).map(Operand::Typed),
            Expr::Case(case) => self.case(case).map(Operand::Typed),
            Expr::Path(path) => self.path(path).map(Operand::Typed),
            Expr::Random => Err(Error::query("what is by chance decides about an order only")),
            Expr::Subquery(subquery) => self.subquery(subquery).map(Operand::Typed),
            Expr::Given(column) => Err(placed(given_nowhere(column), Some(column))),
            Expr::Column(column) => Ok(Operand::Typed(Typed {
                expr: PlanExpr::Column(self.column(column)?),
                ty: column.definition().ty.clone(),
                origin: Some(column.clone()),
            })),
            Expr::Value(_) => {
                self.params.push(None);
                Ok(Operand::Literal(self.params.len() - 1))
            }
            Expr::List(values) if values.is_empty() => Ok(Operand::EmptyList),
            Expr::List(_) => {
                self.params.push(None);
                Ok(Operand::List(self.params.len() - 1))
            }
            Expr::Apply(operator, operands) => self.apply(*operator, operands).map(Operand::Typed),
            Expr::And(_) | Expr::Or(_) | Expr::Not(_) => Ok(Operand::Typed(Typed {
                expr: self.predicate(expr)?,
                ty: FieldType::Bool,
                origin: expr.first_column().cloned(),
            })),
        }
    }

    fn apply(&mut self, operator: Operator, operands: &[Expr]) -> Result<Typed> {
        let (operator, operands) = null_test(operator, operands);
        check_arity(operator, operands)?;
        let lowered = operands.iter().map(|operand| self.operand(operand)).collect::<Result<Vec<_>>>()?;
        let subject = lowered.iter().enumerate().find_map(|(position, operand)| match operand {
            Operand::Typed(typed) => Some((position, typed)),
            Operand::Literal(_) | Operand::List(_) | Operand::EmptyList => None,
        });
        let Some((position, subject)) = subject else {
            return Err(Error::query(format!(
                "`{}` needs a field to work on, not values alone",
                operator.name()
            )));
        };
        let (ty, origin) = (subject.ty.clone(), subject.origin.clone());
        let place = |error: Error| placed(error, origin.as_ref());
        if let Some((_, what)) = value_rule(operator)
            && position > 0
        {
            return Err(place(Error::query(format!("{what}, not a field"))));
        }
        let typing = operator
            .typing(&ty)
            .filter(|_| position == 0 || !matches!(ty, FieldType::List(_)))
            .ok_or_else(|| place(no_meaning(operator, &ty)))?;
        if operator == Operator::Rem && ty == FieldType::Float {
            self.limits.check_float_remainder().map_err(place)?;
        }
        if matches!(operator, Operator::Lt | Operator::Le | Operator::Gt | Operator::Ge | Operator::Between) {
            self.limits.check_order(&ty).map_err(place)?;
        }
        let described = subject.describe();
        let neighbour =
            Neighbour { operator, position, described, ty: typing.operand, origin: origin.as_ref() };
        let mut is_empty = false;
        let mut done = Vec::with_capacity(lowered.len());
        for (position, operand) in lowered.into_iter().enumerate() {
            match self.beside(&neighbour, position, operand).map_err(place)? {
                Some(expr) => done.push(expr),
                None => is_empty = true,
            }
        }
        let expr = if is_empty {
            PlanExpr::Constant(operator == Operator::NotIn)
        } else {
            PlanExpr::Apply { operator, subject: ty, operands: done }
        };
        Ok(Typed { expr, ty: typing.result, origin })
    }

    /// What is checked of a value beside a subject.
    fn check(&self, subject: &Neighbour<'_>, ty: ParamType, rule: Rule) -> ParamCheck {
        match subject.origin {
            Some(origin) => ParamCheck { ty, rule, model: origin.model.clone(), field: Some(origin.field) },
            None => ParamCheck { ty, rule, model: self.tables[0].clone(), field: None },
        }
    }

    /// One operand beside the subject; `None` for the empty list.
    fn beside(
        &mut self,
        subject: &Neighbour<'_>,
        position: usize,
        operand: Operand,
    ) -> Result<Option<PlanExpr>> {
        let takes_list = is_membership(subject.operator) && position == 1;
        match operand {
            Operand::Typed(typed) if position == subject.position => Ok(Some(typed.expr)),
            Operand::Typed(_) | Operand::Literal(_) if takes_list => {
                Err(Error::query(format!("`{}` takes a list of values", subject.operator.name())))
            }
            Operand::Typed(typed) => match value_rule(subject.operator) {
                Some((_, what)) => Err(Error::query(format!("{what}, not {}", typed.describe()))),
                None if typed.ty == subject.ty => Ok(Some(typed.expr)),
                None => Err(Error::query(format!(
                    "`{}` cannot take {} together with {}: the types differ",
                    subject.operator.name(),
                    subject.described,
                    typed.describe()
                ))),
            },
            Operand::Literal(param) => {
                let rule = value_rule(subject.operator).map_or(Rule::Operand, |(rule, _)| rule);
                self.params[param] = Some(self.check(subject, ParamType::Scalar(subject.ty.clone()), rule));
                Ok(Some(PlanExpr::Param(param)))
            }
            Operand::List(param) if takes_list => {
                self.params[param] =
                    Some(self.check(subject, ParamType::List(subject.ty.clone()), Rule::Operand));
                Ok(Some(PlanExpr::Param(param)))
            }
            Operand::EmptyList if takes_list => Ok(None),
            Operand::List(_) | Operand::EmptyList => Err(misplaced_list()),
        }
    }
}

/// What an operand must fit.
struct Neighbour<'a> {
    operator: Operator,
    position: usize,
    described: String,
    ty: FieldType,
    origin: Option<&'a ColumnRef>,
}

/// The error, with the field that an expression is about.
pub(super) fn placed(error: Error, origin: Option<&ColumnRef>) -> Error {
    match origin {
        Some(origin) => error.with_model(origin.model.name()).with_field(&origin.definition().name),
        None => error,
    }
}

fn not_grouped(column: &ColumnRef) -> Error {
    let name = &column.definition().name;
    let error = Error::query(format!(
        "a group has many values of {}.{name}: group by it, or give it to an aggregate such as max",
        column.model.name()
    ));
    placed(error, Some(column))
}

fn not_a_predicate(typed: &Typed) -> Error {
    Error::query(format!("{} is not a predicate; compare it with something", typed.describe()))
}
