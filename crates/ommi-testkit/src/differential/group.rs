//! Groups and computed values: made of a query that selects fields.

use ommi_core::query::{Aggregate, Direction, Expr, Function, Operator, Order, Projection, Query};
use ommi_core::schema::FieldType;
use ommi_core::value::Value;

use super::expr::Subject;
use super::step::Ground;
use super::tape::Tape;
use super::value::has_order;

impl Ground<'_> {
    /// The query with something computed in place of some of its fields. Rows outside of a page are computed by some
    /// databases: it has none.
    pub(super) fn computed(&self, tape: &mut Tape<'_>, mut query: Query) -> Query {
        let subject = self.of(&query);
        let Projection::Values(values) = &query.projection else { return query };
        let computed = values.iter().map(|value| match value {
            Expr::Column(column) if tape.chance(70) => {
                subject.computed(tape, value.clone(), &column.definition().ty, 2)
            }
            value => value.clone(),
        });
        let computed = computed.collect();
        query.projection = Projection::Values(computed);
        (query.order, query.limit, query.offset) = (Vec::new(), None, None);
        query
    }

    /// The query's rows put together by the fields that it selects, or all of them as one.
    pub(super) fn grouped(&self, tape: &mut Tape<'_>, mut query: Query) -> Query {
        let Projection::Values(selected) = std::mem::take(&mut query.projection) else { return query };
        (query.distinct, query.order, query.limit, query.offset) = (false, Vec::new(), None, None);
        let mut keys: Vec<Expr> = Vec::new();
        if tape.chance(80) {
            keys.extend(selected.into_iter().filter(is_key));
        }
        keys.iter().for_each(|key| query.group(key.clone()));
        let mut values = keys.clone();
        let having = tape.chance(30);
        let paged = tape.chance(20) && keys.iter().all(|key| self.is_sorted(key));
        for _ in 0..1 + tape.below(3) {
            values.push(self.aggregate(tape, &query, having || paged));
        }
        if having {
            let least = Expr::Value(Value::Int(tape.below(3) as i64));
            let count = self.aggregate_of(tape, &query, Function::Count, false);
            query.having(Expr::binary(Operator::Gt, count, least));
        }
        if paged {
            query.order = keys.into_iter().map(|key| Order::new(key, Direction::Descending)).collect();
            (query.limit, query.offset) = (Some(tape.below(4) as u64), Some(tape.below(2) as u64));
        }
        query.projection = Projection::Values(values);
        query
    }

    fn of<'a>(&'a self, query: &'a Query) -> Subject<'a> {
        Subject { model: &query.model, models: self.models, able: self.able, joins: false, subqueries: false }
    }

    fn is_sorted(&self, key: &Expr) -> bool {
        matches!(key, Expr::Column(column) if has_order(&column.definition().ty, self.able))
    }

    fn aggregate(&self, tape: &mut Tape<'_>, query: &Query, is_safe: bool) -> Expr {
        let function = tape.pick(Function::ALL).copied().unwrap_or(Function::Count);
        self.aggregate_of(tape, query, function, is_safe)
    }

    /// An aggregate; where it is to be safe, one that no value can make fail: a group that does not count need not be
    /// computed.
    fn aggregate_of(&self, tape: &mut Tape<'_>, query: &Query, function: Function, is_safe: bool) -> Expr {
        let subject = self.of(query);
        // The sum of floats depends on their order.
        let fits = |ty: &FieldType| {
            let is_sum = matches!(function, Function::Sum | Function::Avg);
            function.typing(ty).is_some() && !(is_sum && *ty == FieldType::Float)
        };
        let column = subject.column(tape, fits);
        let ty = column.definition().ty.clone();
        let mut made = if fits(&ty) {
            let column = Expr::Column(column);
            let is_raw = ty != FieldType::Int || !(is_safe || tape.chance(70));
            let value = if is_raw {
                column
            } else {
                Expr::binary(Operator::Rem, column, Expr::Value(Value::Int(97)))
            };
            Aggregate { distinct: tape.chance(30) && is_distinct(&ty), ..Aggregate::of(function, value) }
        } else {
            Aggregate::rows()
        };
        if tape.chance(25) {
            let column = subject.column(tape, |_| true);
            made.filter = Some(Expr::Apply(Operator::IsNotNull, vec![Expr::Column(column)]));
        }
        made.into()
    }
}

fn is_key(expr: &Expr) -> bool {
    matches!(expr, Expr::Column(column) if is_distinct(&column.definition().ty))
}

fn is_distinct(ty: &FieldType) -> bool {
    !matches!(ty, FieldType::Json | FieldType::List(_))
}
