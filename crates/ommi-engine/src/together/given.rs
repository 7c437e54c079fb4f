//! What a conflict sets, for one row: the given values in the place of what stands for them.

use ommi_core::Result;
use ommi_core::query::{Aggregate, Case, ColumnRef, Expr, Path};
use ommi_core::value::Value;

/// The expression with the given values in it.
pub(super) fn with_given(expr: &Expr, value: &impl Fn(&ColumnRef) -> Result<Value>) -> Result<Expr> {
    match expr {
        Expr::Given(column) => value(column).map(Expr::Value),
        expr => within(expr, value),
    }
}

/// A part of an expression. A value there needs a field beside it that tells its type, so it brings its own one.
fn within(expr: &Expr, value: &impl Fn(&ColumnRef) -> Result<Value>) -> Result<Expr> {
    let all = |parts: &[Expr]| parts.iter().map(|part| within(part, value)).collect::<Result<Vec<_>>>();
    Ok(match expr {
        Expr::Given(column) => Expr::from(Case {
            branches: vec![(Expr::Value(Value::Bool(true)), Expr::Value(value(column)?))],
            otherwise: Some(Expr::Column(column.clone())),
        }),
        // What a subquery would say of a given value is refused where the change is planned.
        Expr::Column(_) | Expr::Value(_) | Expr::List(_) | Expr::Subquery(_) | Expr::Random => expr.clone(),
        Expr::Apply(operator, parts) => Expr::Apply(*operator, all(parts)?),
        Expr::And(parts) => Expr::And(all(parts)?),
        Expr::Or(parts) => Expr::Or(all(parts)?),
        Expr::Not(inner) => within(inner, value)?.negate(),
        Expr::Aggregate(made) => Expr::from(Aggregate {
            subject: made.subject.as_ref().map(|subject| within(subject, value)).transpose()?,
            filter: made.filter.as_ref().map(|filter| within(filter, value)).transpose()?,
            ..(**made).clone()
        }),
        Expr::Path(path) => Expr::from(Path { subject: within(&path.subject, value)?, ..(**path).clone() }),
        Expr::Case(case) => {
            let pair =
                |(condition, then): &(Expr, Expr)| Ok((within(condition, value)?, within(then, value)?));
            Expr::from(Case {
                branches: case.branches.iter().map(pair).collect::<Result<_>>()?,
                otherwise: case.otherwise.as_ref().map(|expr| within(expr, value)).transpose()?,
            })
        }
    })
}
