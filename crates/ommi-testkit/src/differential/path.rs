//! Paths into nested values.

use ommi_core::query::{Expr, Operator, Path};
use ommi_core::schema::FieldType;

use super::expr::Subject;
use super::tape::Tape;
use super::value::operand;

/// Names that lead somewhere in some nested values, and some that never do.
const WAYS: [&[&str]; 8] =
    [&["a"], &["b"], &["b", "a"], &["a", "a"], &["ä"], &["", "b"], &["b", "c"], &["b", "0"]];

impl Subject<'_> {
    /// A comparison of something inside a nested field, where there is one.
    pub(super) fn inside(&self, tape: &mut Tape<'_>) -> Option<Expr> {
        let column = self.column(tape, |ty| *ty == FieldType::Json);
        if column.definition().ty != FieldType::Json {
            return None;
        }
        let types = [FieldType::Int, FieldType::Text, FieldType::Float, FieldType::Bool];
        let ty = tape.pick(&types)?.clone();
        let way = *tape.pick(&WAYS)?;
        let path = Expr::from(Path::into(column, way.iter().copied(), ty.clone()));
        let mut operators =
            vec![Operator::Eq, Operator::Ne, Operator::Lt, Operator::Ge, Operator::In, Operator::IsNull];
        if ty == FieldType::Text {
            operators.extend([Operator::StartsWith, Operator::Contains]);
        }
        let operator = *tape.pick(&operators)?;
        Some(match operator {
            Operator::IsNull => Expr::Apply(operator, vec![path]),
            Operator::In => {
                let values = (0..tape.below(4)).map(|_| operand(tape, &ty, self.able)).collect();
                Expr::Apply(operator, vec![path, Expr::List(values)])
            }
            operator => Expr::binary(operator, path, self.beside(tape, &ty)),
        })
    }
}
