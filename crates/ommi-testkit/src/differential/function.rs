//! Functions and `case`: values of a type made of a field of it, and numbers that measure a field.

use ommi_core::query::{Case, Expr, Operator};
use ommi_core::schema::FieldType;
use ommi_core::value::Value;

use super::expr::Subject;
use super::tape::Tape;
use super::value::operand;

impl Subject<'_> {
    /// A value of the same type, made of a field.
    pub(super) fn function(&self, tape: &mut Tape<'_>, field: Expr, ty: &FieldType) -> Expr {
        let kept = |operator: &Operator| {
            is_function(*operator) && operator.typing(ty).is_some_and(|typing| typing.result == *ty)
        };
        let operators: Vec<Operator> = Operator::ALL.iter().copied().filter(kept).collect();
        match tape.pick(&operators).copied().unwrap_or(Operator::Coalesce) {
            Operator::Coalesce if tape.chance(40) => self.case(tape, field, ty),
            Operator::Coalesce => Expr::Apply(Operator::Coalesce, vec![field, self.plain(tape, ty)]),
            Operator::Round => {
                let digits = Expr::Value(Value::Int(tape.below(4) as i64));
                Expr::Apply(Operator::Round, vec![field, digits])
            }
            operator => Expr::Apply(operator, vec![field]),
        }
    }

    fn case(&self, tape: &mut Tape<'_>, field: Expr, ty: &FieldType) -> Expr {
        let condition = |tape: &mut Tape<'_>| {
            let column = self.column(tape, |_| true);
            let operator = if tape.chance(50) { Operator::IsNull } else { Operator::IsNotNull };
            match tape.chance(50) {
                true => Expr::Apply(operator, vec![Expr::Column(column)]),
                false => {
                    let other = Expr::Value(operand(tape, &column.definition().ty, self.able));
                    Expr::binary(Operator::Eq, Expr::Column(column), other)
                }
            }
        };
        let mut branches = vec![(condition(tape), field)];
        if tape.chance(30) {
            branches.push((condition(tape), self.plain(tape, ty)));
        }
        let otherwise = tape.chance(60).then(|| self.plain(tape, ty));
        Case { branches, otherwise }.into()
    }

    /// A field or a value: databases may or may not compute what they do not need.
    fn plain(&self, tape: &mut Tape<'_>, ty: &FieldType) -> Expr {
        let field = if tape.chance(40) { self.column_of(tape, ty) } else { None };
        match field {
            Some(column) => Expr::Column(column),
            None => Expr::Value(operand(tape, ty, self.able)),
        }
    }

    /// A comparison of a number that measures a field, where one does.
    pub(super) fn measured(&self, tape: &mut Tape<'_>) -> Option<Expr> {
        let measures = |ty: &FieldType| -> Vec<Operator> {
            let measures = |operator: &&Operator| {
                is_function(**operator)
                    && *ty != FieldType::Int
                    && operator.typing(ty).is_some_and(|typing| typing.result == FieldType::Int)
            };
            Operator::ALL.iter().filter(measures).copied().collect()
        };
        let column = self.column(tape, |ty| !measures(ty).is_empty());
        let operator = *tape.pick(&measures(&column.definition().ty))?;
        let measured = Expr::Apply(operator, vec![Expr::Column(column)]);
        let signs = [Operator::Eq, Operator::Ne, Operator::Lt, Operator::Ge];
        let sign = tape.pick(&signs).copied().unwrap_or(Operator::Eq);
        let pool = [0, 1, 2, 3, 12, 23, 31, 1969, 2026, 9999];
        let number = tape.pick(&pool).copied().unwrap_or(0);
        Some(Expr::binary(sign, measured, Expr::Value(Value::Int(number))))
    }
}

/// Whether the operator is a function of a value.
pub(super) fn is_function(operator: Operator) -> bool {
    match operator {
        Operator::Lower
        | Operator::Upper
        | Operator::Length
        | Operator::Trim
        | Operator::Abs
        | Operator::Round
        | Operator::Year
        | Operator::Month
        | Operator::Day
        | Operator::Hour
        | Operator::Coalesce => true,
        Operator::Eq
        | Operator::Ne
        | Operator::Lt
        | Operator::Le
        | Operator::Gt
        | Operator::Ge
        | Operator::In
        | Operator::NotIn
        | Operator::Contains
        | Operator::NotContains
        | Operator::StartsWith
        | Operator::EndsWith
        | Operator::Like
        | Operator::ILike
        | Operator::Regex
        | Operator::Between
        | Operator::IsNull
        | Operator::IsNotNull
        | Operator::IsTrue
        | Operator::Add
        | Operator::Sub
        | Operator::Mul
        | Operator::Div
        | Operator::Rem => false,
    }
}
