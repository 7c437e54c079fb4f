//! Generated rows of samples and predicates over them, always the same ones, and the runner of laws over them.

use std::fmt::Debug;
use std::sync::Arc;

use ommi_core::query::{Expr, Operator::*};
use ommi_core::schema::ModelDef;
use ommi_core::value::Value;
use ommi_core::{Error, Result};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use crate::expr::{Build, field, lit, show};
use crate::run::Row;
use crate::values::{NULL, dec};

/// The fields of a sample that have generated values.
pub(crate) const FIELDS: [&str; 10] = [
    "bool",
    "int",
    "float",
    "text",
    "decimal",
    "other_bool",
    "other_int",
    "other_float",
    "other_text",
    "other_decimal",
];

/// Runs `law` on generated inputs: always the same ones, so that a failure can be met again.
pub(crate) fn check<S: Strategy>(cases: u32, strategy: S, law: impl Fn(S::Value) -> Result<()>) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome =
        runner.run(&strategy, |input| law(input).map_err(|error| TestCaseError::fail(format!("{error:?}"))));
    match outcome {
        Ok(()) => {}
        // The smallest input is in the reason, in words.
        Err(TestError::Fail(reason, _)) => panic!("{reason}"),
        Err(TestError::Abort(reason)) => panic!("no inputs: {reason}"),
    }
}

fn values(name: &str) -> BoxedStrategy<Value> {
    let value = match name.strip_prefix("other_").unwrap_or(name) {
        "bool" => any::<bool>().prop_map(Value::Bool).boxed(),
        "int" => (-4_i64..5).prop_map(Value::Int).boxed(),
        "float" => (-4_i32..5).prop_map(|half| Value::Float(f64::from(half) / 2.0)).boxed(),
        "text" => "[aAbä%_]{0,3}".prop_map(Value::Text).boxed(),
        "decimal" => (-40_i64..41).prop_map(|tenths| dec(&format!("{tenths}e-1"))).boxed(),
        other => panic!("no values for {other}"),
    };
    prop_oneof![1 => Just(NULL), 6 => value].boxed()
}

pub(crate) fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row: Vec<BoxedStrategy<Value>> = FIELDS.iter().map(|name| values(name)).collect();
    proptest::collection::vec(row, 0..12)
}

/// A comparison that has a meaning on `name`.
fn comparison(sample: &Arc<ModelDef>, name: &'static str) -> BoxedStrategy<Expr> {
    let subject = operand(sample, name);
    let pair = || (subject.clone(), operand_or_value(sample, name));
    let compare = (pair(), prop::sample::select(vec![Eq, Ne, Lt, Le, Gt, Ge]))
        .prop_map(|((left, right), operator)| Expr::Apply(operator, vec![left, right]));
    let listed = (
        subject.clone(),
        proptest::collection::vec(values(name), 0..4),
        prop::sample::select(vec![In, NotIn]),
    )
        .prop_map(|(left, list, operator)| left.among(operator, list));
    let between = (subject.clone(), operand_or_value(sample, name), operand_or_value(sample, name))
        .prop_map(|(left, low, high)| Expr::Apply(Between, vec![left, low, high]));
    let tested = (subject.clone(), prop::sample::select(vec![IsNull, IsNotNull]))
        .prop_map(|(left, test)| left.test(test));
    let common = prop_oneof![4 => compare, 2 => listed, 1 => between, 1 => tested].boxed();
    match name {
        "text" | "other_text" => {
            let searches = prop::sample::select(vec![Contains, NotContains, StartsWith, EndsWith]);
            let search = (pair(), searches)
                .prop_map(|((left, right), operator)| Expr::Apply(operator, vec![left, right]));
            let pattern = (subject.clone(), values(name), prop::sample::select(vec![Like, ILike, Regex]))
                .prop_map(|(left, pattern, operator)| left.is(operator, pattern));
            prop_oneof![2 => common, 2 => search, 1 => pattern].boxed()
        }
        "bool" | "other_bool" => {
            prop_oneof![2 => common, 1 => subject.clone(), 1 => subject.prop_map(|left| left.test(IsTrue))]
                .boxed()
        }
        _ => common,
    }
}

pub(crate) fn operand_or_value(sample: &Arc<ModelDef>, name: &'static str) -> BoxedStrategy<Expr> {
    prop_oneof![1 => operand(sample, name), 2 => values(name).prop_map(lit)].boxed()
}

/// A field, or arithmetic over fields of its type.
fn operand(sample: &Arc<ModelDef>, name: &'static str) -> BoxedStrategy<Expr> {
    let plain = field(sample, name);
    let kind = name.strip_prefix("other_").unwrap_or(name);
    let operators = match kind {
        "int" => vec![Add, Sub, Mul, Div, Rem],
        // Not every database has the remainder of floats.
        "float" => vec![Add, Sub, Mul, Div],
        "decimal" => vec![Add, Sub, Mul, Div, Rem],
        "text" => vec![Add],
        _ => return Just(plain).boxed(),
    };
    let other =
        field(sample, if name == kind { Box::leak(format!("other_{kind}").into_boxed_str()) } else { kind });
    let right = prop_oneof![Just(other), values(name).prop_map(lit)];
    let computed = (right, prop::sample::select(operators)).prop_map({
        let plain = plain.clone();
        move |(right, operator)| Expr::Apply(operator, vec![plain.clone(), right])
    });
    prop_oneof![3 => Just(plain), 1 => computed].boxed()
}

pub(crate) fn predicate(sample: &Arc<ModelDef>) -> impl Strategy<Value = Expr> + use<> {
    let leaves: Vec<_> = FIELDS.iter().map(|name| comparison(sample, name)).collect();
    let leaf = prop::strategy::Union::new(leaves);
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Expr::And),
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Expr::Or),
            inner.prop_map(Expr::negate),
        ]
    })
}

/// A predicate and the rows that it was tried on.
pub(crate) fn told(predicate: &Expr, rows: &[Row]) -> String {
    format!("{} over the rows of {FIELDS:?} {rows:?}", show(predicate))
}

pub(crate) fn same<T: PartialEq + Debug>(
    found: &T,
    expected: &T,
    what: impl FnOnce() -> String,
) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    Err(Error::query(format!("{}: found {found:?}, expected {expected:?}", what())))
}
