//! Shapes: one for each structure, whatever the values.

use ommi_core::query::{
    Aggregate, Case, Direction, Function, Groups, LimitBy, Order, Path, Projection, Subquery,
};
use ommi_core::value::Value;
use proptest::prelude::*;

use super::*;
use crate::planner::shape::{MAX_DEPTH, Shape, ValueRef};
use crate::testing::models::reference_to;

fn bytes(operation: &Operation) -> Vec<u8> {
    Shape::of(operation).unwrap().bytes.to_vec()
}

#[test]
fn values_are_no_part_of_a_shape() {
    let user = &models().user;
    assert_eq!(bytes(&fetch(eq(user, "name", "a"))), bytes(&fetch(eq(user, "name", "bc"))));
    assert_ne!(bytes(&fetch(eq(user, "name", "a"))), bytes(&fetch(eq(user, "email", "a"))));
    assert_ne!(bytes(&fetch(eq(user, "email", "a"))), bytes(&fetch(eq(user, "email", Value::Null))));
}

#[test]
fn the_length_of_a_list_is_no_part_of_a_shape_but_its_emptiness_is() {
    let within = |count: i64| {
        let list = Expr::List((0..count).map(Value::Int).collect());
        bytes(&fetch(Expr::binary(Operator::In, column(&models().user, "age"), list)))
    };
    assert_eq!(within(1), within(1000));
    assert_ne!(within(0), within(1));
}

#[test]
fn a_shape_by_key_fits_where_it_is_built() {
    let operation = fetch(eq(&models().user, "id", 1));
    let shape = Shape::of(&operation).unwrap();
    assert!(!shape.bytes.spilled() && !shape.values.spilled());
}

#[test]
fn endless_nesting_is_refused() {
    let user = &models().user;
    let nested = |depth: usize| (0..depth).fold(column(user, "active"), |inner, _| inner.negate());
    assert!(Shape::of(&fetch(nested(MAX_DEPTH - 1))).is_ok());
    let error = Shape::of(&fetch(nested(MAX_DEPTH + 1))).unwrap_err();
    assert!(error.to_string().contains("levels deep"));
}

/// A literal or a structure around literals; kinds of literals vary within what the field takes.
fn text() -> impl Strategy<Value = Expr> {
    let field = prop::sample::select(vec!["name", "email"]);
    let operator = prop::sample::select(vec![Operator::Eq, Operator::Ne, Operator::StartsWith, Operator::Lt]);
    let literal = prop_oneof![3 => "[a-c]{0,3}".prop_map(Value::from), 1 => Just(Value::Null)];
    (field, operator, literal).prop_map(|(field, operator, literal)| {
        Expr::Apply(operator, vec![column(&models().user, field), Expr::Value(literal)])
    })
}

fn number() -> impl Strategy<Value = Expr> {
    let operator = prop::sample::select(vec![Operator::Eq, Operator::Ge, Operator::Between, Operator::In]);
    (operator, any::<i64>(), any::<i64>(), 1..4_usize).prop_map(|(operator, low, high, length)| {
        let mut operands = vec![column(&models().user, "age")];
        match operator {
            Operator::Between => operands.extend([value(low), value(high)]),
            Operator::In => operands.push(Expr::List(vec![Value::Int(low); length])),
            _binary => operands.push(value(low)),
        }
        Expr::Apply(operator, operands)
    })
}

/// A choice between values of one kind, compared with one.
fn choice() -> impl Strategy<Value = Expr> {
    let kinds = prop_oneof![
        (0..3_i64).prop_map(|number| [number, number + 1, 7].map(Value::from)),
        "[a-c]{0,2}".prop_map(|text| [text.clone(), format!("{text}a"), text].map(Value::from)),
    ];
    (kinds, any::<bool>()).prop_map(|([one, two, three], has_other)| {
        let branches = vec![(column(&models().user, "active"), Expr::Value(one))];
        let case = Case { branches, otherwise: has_other.then_some(Expr::Value(two)) };
        Expr::binary(Operator::Eq, case.into(), Expr::Value(three))
    })
}

/// Whether rows exist, or a value is among those of rows.
fn subquery() -> impl Strategy<Value = Expr> {
    let about = prop_oneof![text(), number()];
    (about, any::<bool>(), prop::option::of(0..3_u64)).prop_map(|(filter, is_member, limit)| {
        let user = &models().user;
        let query = Query { limit, ..Query::new(user.clone()).filter(filter) };
        if !is_member {
            return Subquery::exists(query).into();
        }
        let projection = Projection::columns([reference_to(user, "id")]);
        Subquery::among(column(user, "age"), Query { projection, ..query }).into()
    })
}

fn predicate() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        text(),
        number(),
        choice(),
        Just(column(&models().user, "active")),
        any::<bool>().prop_map(value),
        "[a-c]{0,2}".prop_map(|name| eq(&models().country, "name", name.as_str())),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(Expr::And),
            prop::collection::vec(inner.clone(), 1..3).prop_map(Expr::Or),
            inner.prop_map(Expr::negate),
        ]
    })
}

/// What decides which rows are found.
fn filter() -> impl Strategy<Value = Expr> {
    prop_oneof![
        3 => predicate(),
        1 => (predicate(), subquery()).prop_map(|(predicate, subquery)| predicate.or(subquery.negate())),
    ]
}

fn operation() -> impl Strategy<Value = Operation> {
    let order = prop::collection::vec(
        (prop::sample::select(vec!["name", "age"]), any::<bool>()).prop_map(|(field, up)| {
            let direction = if up { Direction::Ascending } else { Direction::Descending };
            Order::new(reference_to(&models().user, field), direction)
        }),
        0..2,
    );
    let projection = prop_oneof![
        2 => Just(Projection::Model),
        1 => Just(Projection::columns([reference_to(&models().user, "name")])),
        1 => prop::collection::vec(computed(), 1..3).prop_map(Projection::Values),
    ];

    let page = (prop::option::of(0..5_u64), prop::option::of(0..5_u64));
    let page = page.prop_map(|(limit, offset)| (limit, offset, None));
    let of_each =
        (prop::sample::subsequence(vec!["name", "age"], 1..3), 0..5_u64).prop_map(|(fields, limit)| {
            let columns = fields.into_iter().map(|field| reference_to(&models().user, field)).collect();
            (None, None, Some(Box::new(LimitBy { columns, limit })))
        });
    let page = prop_oneof![3 => page, 1 => of_each];
    let rows = (prop::option::of(filter()), order, projection, page).prop_map(
        |(filter, order, projection, (limit, offset, limit_by))| {
            let model = models().user.clone();
            Operation::Fetch(Query {
                filter,
                order,
                limit,
                offset,
                limit_by,
                projection,
                ..Query::new(model)
            })
        },
    );
    prop_oneof![3 => rows, 1 => groups()]
}

/// Groups by something computed, or all rows as one.
fn groups() -> impl Strategy<Value = Operation> {
    let having = aggregate().prop_map(|sum| Expr::binary(Operator::Gt, sum, value(1)));
    let keys = prop::collection::vec(computed(), 0..3);
    let parts = (keys, prop::collection::vec(aggregate(), 1..3), prop::option::of(having));
    (prop::option::of(predicate()), parts, any::<bool>()).prop_map(
        |(filter, (keys, made, having), sorted)| {
            let mut query = Query::new(models().user.clone());
            query.filter = filter;
            let by = if sorted { keys.first().or(made.first()) } else { None };
            query.order = by.map(|by| Order::new(by.clone(), Direction::Descending)).into_iter().collect();
            query.projection = Projection::Values(keys.iter().cloned().rev().chain(made).collect());
            query.groups = Some(Box::new(Groups { keys, having }));
            Operation::Fetch(query)
        },
    )
}

/// Ages and something computed from them, with any literal.
fn computed() -> impl Strategy<Value = Expr> {
    (0..3_i64)
        .prop_map(|by| Expr::binary(Operator::Add, column(&models().user, "age"), Expr::Value(by.into())))
}

fn aggregate() -> impl Strategy<Value = Expr> {
    (computed(), any::<bool>(), prop::option::of(predicate()))
        .prop_map(|(subject, distinct, filter)| Aggregate {
            distinct,
            filter,
            ..Aggregate::of(Function::Sum, subject)
        })
        .prop_map(Expr::from)
}

/// The same expression over other values.
fn revalued(expr: &Expr) -> Expr {
    let other = |value: &Value| match value {
        Value::Int(value) => Value::Int(value.wrapping_add(1)),
        Value::Text(text) => Value::Text(format!("{text}z")),
        kept => kept.clone(),
    };
    match expr {
        Expr::Column(column) => Expr::Column(column.clone()),
        Expr::Value(value) => Expr::Value(other(value)),
        Expr::List(values) => Expr::List(values.iter().chain(values).map(other).collect()),
        Expr::Apply(operator, operands) => Expr::Apply(*operator, operands.iter().map(revalued).collect()),
        Expr::And(parts) => Expr::And(parts.iter().map(revalued).collect()),
        Expr::Or(parts) => Expr::Or(parts.iter().map(revalued).collect()),
        Expr::Not(inner) => revalued(inner).negate(),
        Expr::Aggregate(made) => Expr::from(Aggregate {
            subject: made.subject.as_ref().map(revalued),
            filter: made.filter.as_ref().map(revalued),
            ..(**made).clone()
        }),
        Expr::Subquery(subquery) => {
            let filter = subquery.query.filter.as_ref().map(revalued);
            let query = Query { filter, ..subquery.query.clone() };
            Expr::from(Subquery { member: subquery.member.as_ref().map(revalued), query })
        }
        Expr::Given(column) => Expr::Given(column.clone()),
        Expr::Random => Expr::Random,
        Expr::Path(path) => Expr::from(Path { subject: revalued(&path.subject), ..(**path).clone() }),
        Expr::Case(case) => Expr::from(Case {
            branches: case
                .branches
                .iter()
                .map(|(condition, value)| (revalued(condition), revalued(value)))
                .collect(),
            otherwise: case.otherwise.as_ref().map(revalued),
        }),
    }
}

/// A plan's structure: everything in it but the identity of its statement, which it has not yet.
fn structure(operation: &Operation) -> String {
    let plan = plan_of(operation);
    let tables: Vec<_> = plan.tables.iter().map(|table| table.id()).collect();
    let Plan {
        action,
        joins,
        semi_join,
        filter,
        grouping,
        order,
        limit,
        offset,
        limit_by,
        distinct,
        params,
        reach,
        ..
    } = plan;
    format!(
        "{action:?} {tables:?} {joins:?} {semi_join} {filter:?} {grouping:?} {order:?} {limit:?} {offset:?} {limit_by:?} {distinct} {params:?} {reach:?}"
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn two_operations_share_a_shape_exactly_when_they_share_a_plan(left in operation(), right in operation()) {
        prop_assert_eq!(bytes(&left) == bytes(&right), structure(&left) == structure(&right));
    }

    #[test]
    fn other_values_share_the_shape_and_the_plan(predicate in predicate()) {
        let (left, right) = (fetch(predicate.clone()), fetch(revalued(&predicate)));
        prop_assert_eq!(bytes(&left), bytes(&right));
        prop_assert_eq!(structure(&left), structure(&right));
    }

    #[test]
    fn each_parameter_gets_its_own_value(operation in operation()) {
        let shape = Shape::of(&operation).unwrap();
        let planned = plan(&operation).unwrap();
        prop_assert_eq!(shape.values.len(), planned.checks.len());
        for (check, value) in planned.checks.iter().zip(&shape.values) {
            let fits = match (&check.ty, value) {
                (ommi_core::plan::ParamType::Scalar(ty), ValueRef::Scalar(value)) => (*value).clone().coerce(ty).is_ok(),
                (ommi_core::plan::ParamType::List(_), ValueRef::List(_)) => true,
                (ommi_core::plan::ParamType::Scalar(_), ValueRef::Count(_)) => check.rule == crate::planner::Rule::Count,
                _differing => false,
            };
            prop_assert!(fits, "{:?} for {:?}", value, check);
        }
    }
}
