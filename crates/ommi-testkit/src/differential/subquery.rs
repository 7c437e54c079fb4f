//! Subqueries: whether another query finds a row, or a value among those that it selects.

use ommi_core::query::{ColumnRef, Direction, Expr, Operator, Order, Projection, Query, Subquery};
use ommi_core::schema::FieldType;

use super::expr::Subject;
use super::tape::Tape;
use super::value::{has_order, operand};

impl Subject<'_> {
    /// A predicate about what another query finds.
    pub(super) fn subquery(&self, tape: &mut Tape<'_>) -> Expr {
        let model = tape.pick(self.models).unwrap_or(self.model);
        let inner = Subject { model, joins: false, subqueries: false, ..*self };
        let mut query = Query::new(model.clone());
        for _ in 0..tape.below(3) {
            query.narrow(inner.compared(tape));
        }
        let is_bound = tape.chance(50);
        if is_bound && let Some(same) = self.same_as_around(tape, &inner) {
            query.narrow(same);
        }
        if tape.chance(40) {
            return Subquery::exists(query).into();
        }
        let member = self.column(tape, is_single);
        let ty = &member.definition().ty;
        let selected = inner.column(tape, |other| other == ty);
        if selected.definition().ty != *ty {
            return Subquery::exists(query).into();
        }
        query.projection = Projection::columns([selected]);
        if !is_bound && tape.chance(30) {
            self.take_page(tape, &mut query);
        }
        let among = Expr::from(Subquery::among(Expr::Column(member), query));
        if tape.chance(40) { among.negate() } else { among }
    }

    /// A comparison that nothing can make fail.
    fn compared(&self, tape: &mut Tape<'_>) -> Expr {
        let column = self.column(tape, is_single);
        let ty = column.definition().ty.clone();
        let tests = [Operator::Eq, Operator::Ne, Operator::IsNull, Operator::IsNotNull, Operator::In];
        let test = tape.pick(&tests).copied().unwrap_or(Operator::IsNotNull);
        let subject = Expr::Column(column);
        let compared = match test {
            Operator::Eq | Operator::Ne => {
                Expr::binary(test, subject, Expr::Value(operand(tape, &ty, self.able)))
            }
            Operator::In => {
                let values = (0..tape.below(3)).map(|_| operand(tape, &ty, self.able)).collect();
                Expr::Apply(test, vec![subject, Expr::List(values)])
            }
            _ => Expr::Apply(test, vec![subject]),
        };
        if tape.chance(20) { compared.negate() } else { compared }
    }

    /// A field of the inner model beside one of the enclosing row.
    fn same_as_around(&self, tape: &mut Tape<'_>, inner: &Subject<'_>) -> Option<Expr> {
        let around = self.column(tape, is_single);
        let own = inner.column_of(tape, &around.definition().ty)?;
        let operator = if tape.chance(80) { Operator::Eq } else { Operator::Ne };
        Some(Expr::Apply(operator, vec![Expr::Column(own), Expr::Column(around)]))
    }

    /// Some of the rows, in an order without ties.
    fn take_page(&self, tape: &mut Tape<'_>, query: &mut Query) {
        let key = query.model.key().to_vec();
        if !key.iter().all(|field| has_order(&query.model.fields()[*field].ty, self.able)) {
            return;
        }
        for field in key {
            let by = ColumnRef { model: query.model.clone(), field };
            query.order.push(Order::new(
                by,
                if tape.chance(50) { Direction::Ascending } else { Direction::Descending },
            ));
        }
        query.limit = Some(tape.below(4) as u64);
        query.offset = tape.chance(40).then(|| tape.below(3) as u64);
    }
}

/// Whether one value can be found among others of its type.
fn is_single(ty: &FieldType) -> bool {
    !matches!(ty, FieldType::Json | FieldType::List(_))
}
