//! Expressions: every operator on every type that it has a meaning on, over one model or several.

use std::sync::Arc;

use ommi_core::driver::Capabilities;
use ommi_core::query::{ColumnRef, Expr, Operator};
use ommi_core::schema::{FieldType, ModelDef, ModelId};
use ommi_core::value::Value;

use super::function::is_function;
use super::tape::Tape;
use super::value::{has_long_decimals, has_order, like_pattern, operand, regex};

/// What expressions are about.
pub(super) struct Subject<'a> {
    /// The model whose rows are found.
    pub(super) model: &'a Arc<ModelDef>,
    /// All models, some of which may be joined.
    pub(super) models: &'a [Arc<ModelDef>],
    pub(super) able: &'a Capabilities,
    /// Whether other models may be named.
    pub(super) joins: bool,
    /// Whether other queries may be asked.
    pub(super) subqueries: bool,
}

impl Subject<'_> {
    /// A predicate.
    pub(super) fn predicate(&self, tape: &mut Tape<'_>, depth: usize) -> Expr {
        let parts = |tape: &mut Tape<'_>| {
            (0..1 + tape.below(3)).map(|_| self.predicate(tape, depth - 1)).collect::<Vec<_>>()
        };
        match tape.below(12) {
            6 | 7 if depth > 0 => Expr::And(parts(tape)),
            8 | 9 if depth > 0 => Expr::Or(parts(tape)),
            10 if depth > 0 => self.predicate(tape, depth - 1).negate(),
            11 if depth > 0 && tape.chance(20) => Expr::Value(Value::Bool(tape.chance(50))),
            _ => self.applied(tape),
        }
    }

    /// One operator over a field or a computed value.
    fn applied(&self, tape: &mut Tape<'_>) -> Expr {
        if tape.chance(8)
            && let Some(measured) = self.measured(tape)
        {
            return measured;
        }
        if tape.chance(6)
            && let Some(inside) = self.inside(tape)
        {
            return inside;
        }
        if self.subqueries && tape.chance(6) {
            return self.subquery(tape);
        }
        let column = self.column(tape, |_| true);
        let ty = column.definition().ty.clone();
        if ty == FieldType::Bool && tape.chance(20) {
            return Expr::Column(column);
        }
        let is_predicate = |operator: &&Operator| {
            operator.typing(&ty).is_some_and(|typing| typing.result == FieldType::Bool)
                && !is_arithmetic(**operator)
                && !is_function(**operator)
                && (!puts_in_order(**operator) || has_order(&ty, self.able))
        };
        let operators: Vec<Operator> = Operator::ALL.iter().filter(is_predicate).copied().collect();
        let operator = tape.pick(&operators).copied().unwrap_or(Operator::IsNull);
        let subject = if tape.chance(25) {
            self.computed(tape, Expr::Column(column), &ty, 2)
        } else {
            Expr::Column(column)
        };
        match operator {
            Operator::IsNull | Operator::IsNotNull | Operator::IsTrue => Expr::Apply(operator, vec![subject]),
            Operator::In | Operator::NotIn => {
                let values = (0..tape.below(5)).map(|_| operand(tape, &ty, self.able)).collect();
                Expr::Apply(operator, vec![subject, Expr::List(values)])
            }
            Operator::Between => {
                let (low, high) = (self.beside(tape, &ty), self.beside(tape, &ty));
                Expr::Apply(operator, vec![subject, low, high])
            }
            Operator::Like | Operator::ILike => {
                Expr::Apply(operator, vec![subject, Expr::Value(like_pattern(tape))])
            }
            Operator::Regex => Expr::Apply(operator, vec![subject, Expr::Value(regex(tape))]),
            Operator::Contains | Operator::NotContains if matches!(ty, FieldType::List(_)) => {
                let item = if let FieldType::List(item) = &ty { item } else { &ty };
                Expr::Apply(operator, vec![subject, Expr::Value(operand(tape, item, self.able))])
            }
            Operator::Eq
            | Operator::Ne
            | Operator::Lt
            | Operator::Le
            | Operator::Gt
            | Operator::Ge
            | Operator::Contains
            | Operator::NotContains
            | Operator::StartsWith
            | Operator::EndsWith
            | Operator::Add
            | Operator::Sub
            | Operator::Mul
            | Operator::Div
            | Operator::Rem
            | Operator::Lower
            | Operator::Upper
            | Operator::Length
            | Operator::Trim
            | Operator::Abs
            | Operator::Round
            | Operator::Year
            | Operator::Month
            | Operator::Day
            | Operator::Hour
            | Operator::Coalesce => {
                let other = self.beside(tape, &ty);
                if tape.chance(10) && !matches!(ty, FieldType::List(_)) {
                    return Expr::binary(operator, other, subject);
                }
                Expr::binary(operator, subject, other)
            }
        }
    }

    /// What stands beside a subject of some type: a value, a field, or a computed value.
    pub(super) fn beside(&self, tape: &mut Tape<'_>, ty: &FieldType) -> Expr {
        let other = if tape.chance(25) { self.column_of(tape, ty) } else { None };
        match other {
            Some(column) if tape.chance(25) => self.computed(tape, Expr::Column(column), ty, 1),
            Some(column) => Expr::Column(column),
            None => Expr::Value(operand(tape, ty, self.able)),
        }
    }

    /// What a field of the model is set to.
    pub(super) fn assigned(&self, tape: &mut Tape<'_>, ty: &FieldType) -> Option<Expr> {
        let column = Expr::Column(self.column_of(tape, ty)?);
        Some(if tape.chance(70) { self.computed(tape, column, ty, 2) } else { column })
    }

    /// A value computed from an expression, where its type has arithmetic.
    pub(super) fn computed(&self, tape: &mut Tape<'_>, left: Expr, ty: &FieldType, depth: usize) -> Expr {
        if tape.chance(30) && matches!(left, Expr::Column(_)) {
            return self.function(tape, left, ty);
        }
        let operators = self.arithmetic(ty);
        let Some(operator) = tape.pick(&operators).copied() else { return left };
        let is_whole =
            *ty == FieldType::Decimal && !has_long_decimals(self.able) && operator == Operator::Mul;
        let other = if tape.chance(30) && !is_whole { self.column_of(tape, ty) } else { None };
        let right = match other {
            Some(column) => Expr::Column(column),
            // The digits of a product are those of both factors, and there may be a limit to them.
            None if is_whole => Expr::Value(Value::Int(tape.below(9) as i64)),
            None => Expr::Value(operand(tape, ty, self.able)),
        };
        let computed = if tape.chance(20) {
            Expr::Apply(operator, vec![right, left])
        } else {
            Expr::Apply(operator, vec![left, right])
        };
        if depth > 1 && tape.chance(30) { self.computed(tape, computed, ty, depth - 1) } else { computed }
    }

    fn arithmetic(&self, ty: &FieldType) -> Vec<Operator> {
        let is_known = |operator: &Operator| {
            let has_remainder = *ty != FieldType::Float || self.able.float_remainder;
            is_arithmetic(*operator)
                && operator.typing(ty).is_some()
                && (*operator != Operator::Rem || has_remainder)
        };
        Operator::ALL.iter().copied().filter(is_known).collect()
    }

    /// Any field that is `wanted`, of the model or, seldom, of another one; the model's first field where none is.
    pub(super) fn column(&self, tape: &mut Tape<'_>, wanted: impl Fn(&FieldType) -> bool) -> ColumnRef {
        let model = if self.joins && tape.chance(25) { tape.pick(self.models) } else { None };
        let model = model.unwrap_or(self.model);
        let fields: Vec<usize> =
            (0..model.fields().len()).filter(|field| wanted(&model.fields()[*field].ty)).collect();
        match tape.pick(&fields) {
            Some(field) => ColumnRef { model: model.clone(), field: *field },
            None => ColumnRef { model: self.model.clone(), field: 0 },
        }
    }

    pub(super) fn column_of(&self, tape: &mut Tape<'_>, ty: &FieldType) -> Option<ColumnRef> {
        let column = self.column(tape, |other| other == ty);
        (column.definition().ty == *ty).then_some(column)
    }
}

fn puts_in_order(operator: Operator) -> bool {
    matches!(operator, Operator::Lt | Operator::Le | Operator::Gt | Operator::Ge | Operator::Between)
}

pub(super) fn is_arithmetic(operator: Operator) -> bool {
    matches!(operator, Operator::Add | Operator::Sub | Operator::Mul | Operator::Div | Operator::Rem)
}

/// The parts of an expression that the values of a row can make fail.
pub(super) fn failing_parts(expr: &Expr) -> Vec<&Expr> {
    let own =
        matches!(expr, Expr::Apply(operator, _) if is_arithmetic(*operator) || *operator == Operator::Abs)
            .then_some(expr);
    own.into_iter().chain(expr.parts().into_iter().flat_map(failing_parts)).collect()
}

/// Whether an expression is one comparison that has to be computed for every row: neither NULL, zero as a divisor, a
/// list nor what is known of a field decides it before.
pub(super) fn is_simple(expr: &Expr) -> bool {
    match expr {
        Expr::Column(_) => true,
        Expr::Value(value) => !value.is_null(),
        Expr::Apply(
            Operator::Between | Operator::IsNull | Operator::IsNotNull | Operator::Div | Operator::Rem,
            _,
        )
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::List(_)
        | Expr::Aggregate(_)
        | Expr::Case(_)
        | Expr::Path(_)
        | Expr::Random
        | Expr::Subquery(_)
        | Expr::Given(_) => false,
        Expr::Apply(_, operands) => operands.iter().all(is_simple),
        Expr::Not(inner) => is_simple(inner),
    }
}

/// Whether an expression names a field of another model than this one.
pub(super) fn names_others(expr: &Expr, model: ModelId) -> bool {
    expr.any(|part| matches!(part, Expr::Column(column) if column.model.id() != model))
}
