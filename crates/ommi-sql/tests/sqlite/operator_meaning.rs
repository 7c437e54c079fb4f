//! What operators find in a real database: NULL logic, characters, types and numbers at their edges.

use ommi_core::plan::PlanExpr;
use ommi_core::query::Operator;
use ommi_core::schema::FieldType;
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::database::{Param, database, ids, int, null, text, texts, try_fetch};
use crate::models::{PERSON, apply, field, on, param, people_where};

const NOBODY: [i64; 0] = [];

fn people() -> Connection {
    let connection = database(&[&PERSON]);
    connection
        .execute_batch(
            r#"INSERT INTO people (id, name, age, score, balance, active, tags, numbers, flags) VALUES
            (1, 'Ada', 36, 1.5, '9', 1, '["a","b"]', '[1,2]', '[true]'),
            (2, 'ada', 20, 0.0, '10.5', 0, '[]', '[10]', '[false]'),
            (3, '', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
            (4, 'a*b%c_[d]', 0, -2.5, '-3', 1, '["1"]', '[9223372036854775807]', '[]'),
            (5, 'Zoë 🐚', 99, 1e308, '0.5', 0, '["x"]', '[0]', '[true,false]');"#,
        )
        .unwrap();
    connection
}

fn found(filter: PlanExpr, params: &[Param]) -> Vec<i64> {
    ids(&people(), &people_where(filter), params)
}

fn with_text(operator: Operator, operand: &str) -> Vec<i64> {
    found(on(operator, "name", [param(0)]), &[text(operand)])
}

#[test]
fn text_is_compared_by_code_point_and_case() {
    assert_eq!(with_text(Operator::Eq, "ada"), [2]);
    assert_eq!(with_text(Operator::Lt, "a"), [1, 3, 5]);
    assert_eq!(with_text(Operator::Ge, "Zoë 🐚"), [2, 4, 5]);
}

#[test]
fn every_character_of_a_search_means_itself() {
    assert_eq!(with_text(Operator::Contains, "*b%c_["), [4]);
    assert_eq!(with_text(Operator::Contains, "%"), [4]);
    assert_eq!(with_text(Operator::NotContains, "a"), [3, 5]);
    assert_eq!(with_text(Operator::StartsWith, "a*"), [4]);
    assert_eq!(with_text(Operator::StartsWith, "A"), [1]);
    assert_eq!(with_text(Operator::EndsWith, "[d]"), [4]);
    assert_eq!(with_text(Operator::EndsWith, "🐚"), [5]);
    assert_eq!(with_text(Operator::EndsWith, "xAda"), NOBODY);
}

#[test]
fn all_texts_hold_begin_and_end_with_nothing() {
    for operator in [Operator::Contains, Operator::StartsWith, Operator::EndsWith] {
        assert_eq!(with_text(operator, ""), [1, 2, 3, 4, 5], "{operator:?}");
    }
    assert_eq!(with_text(Operator::NotContains, ""), NOBODY);
}

#[test]
fn text_searches_take_expressions_too() {
    let twice = apply(Operator::Add, FieldType::Text, [field("name"), field("name")]);
    let starts = apply(Operator::StartsWith, FieldType::Text, [twice.clone(), param(0)]);
    assert_eq!(found(starts, &[text("AdaA")]), [1]);
    let ends = apply(Operator::EndsWith, FieldType::Text, [twice.clone(), field("name")]);
    assert_eq!(found(ends, &[]), [1, 2, 3, 4, 5]);
    assert_eq!(
        found(apply(Operator::Like, FieldType::Text, [field("name"), field("name")]), &[]),
        [1, 2, 3, 4, 5]
    );
}

#[test]
fn a_search_for_null_finds_nothing() {
    let operators = [
        Operator::Eq,
        Operator::Ne,
        Operator::Contains,
        Operator::NotContains,
        Operator::StartsWith,
        Operator::EndsWith,
        Operator::Like,
        Operator::ILike,
        Operator::Regex,
    ];
    for operator in operators {
        let test = on(operator, "name", [param(0)]);
        assert_eq!(found(test.clone(), &[null()]), NOBODY, "{operator:?}");
        assert_eq!(found(PlanExpr::Not(Box::new(test)), &[null()]), NOBODY, "not {operator:?}");
    }
}

#[test]
fn decimals_are_ordered_by_value_and_equal_by_text() {
    let decimal = |operator, value| found(on(operator, "balance", [param(0)]), &[text(value)]);
    assert_eq!(decimal(Operator::Gt, "9"), [2]);
    assert_eq!(decimal(Operator::Le, "0.5"), [4, 5]);
    assert_eq!(decimal(Operator::Eq, "10.5"), [2]);
    let between = on(Operator::Between, "balance", [param(0), param(1)]);
    assert_eq!(found(between, &[text("0.5"), text("9")]), [1, 5]);
    assert_eq!(found(on(Operator::In, "balance", [param(0)]), &[texts(&["9", "-3"])]), [1, 4]);
}

#[test]
fn membership_of_types() {
    let members =
        |name, values: Vec<Value>| found(on(Operator::In, name, [param(0)]), &[Param::Many(values)]);
    assert_eq!(members("age", vec![Value::Integer(36), Value::Integer(0)]), [1, 4]);
    assert_eq!(members("score", vec![Value::Real(1e308), Value::Real(0.0)]), [2, 5]);
    assert_eq!(members("active", vec![Value::Integer(1)]), [1, 4]);
    assert_eq!(members("age", vec![Value::Null, Value::Integer(20)]), [2]);
    let outside = |values| found(on(Operator::NotIn, "age", [param(0)]), &[Param::Many(values)]);
    assert_eq!(outside(vec![Value::Integer(36)]), [2, 4, 5]);
    assert_eq!(outside(vec![Value::Null, Value::Integer(36)]), NOBODY);
}

#[test]
fn a_list_of_a_hundred_thousand() {
    let values: Vec<_> = (36..100_036).map(Value::Integer).collect();
    assert_eq!(found(on(Operator::In, "age", [param(0)]), &[Param::Many(values)]), [1, 5]);
}

#[test]
fn truth_is_never_null() {
    let active = on(Operator::IsTrue, "active", []);
    assert_eq!(found(active.clone(), &[]), [1, 4]);
    assert_eq!(found(PlanExpr::Not(Box::new(active)), &[]), [2, 3, 5]);
}

#[test]
fn members_of_lists_have_a_type() {
    let has = |name, member| found(on(Operator::Contains, name, [param(0)]), &[member]);
    let lacks = |name, member| found(on(Operator::NotContains, name, [param(0)]), &[member]);
    assert_eq!(has("tags", text("a")), [1]);
    assert_eq!(has("tags", text("1")), [4]);
    assert_eq!(lacks("tags", text("a")), [2, 4, 5]);
    assert_eq!(has("numbers", int(1)), [1]);
    assert_eq!(has("numbers", int(i64::MAX)), [4]);
    assert_eq!(has("flags", int(1)), [1, 5]);
    assert_eq!(lacks("flags", int(0)), [1, 4]);
    assert_eq!(has("tags", null()), NOBODY);
    assert_eq!(lacks("tags", null()), NOBODY);
}

#[test]
fn arithmetic_by_zero_is_null_and_overflow_an_error() {
    let result = |operator, name: &str, operand: Param| {
        let ty = if name == "age" { FieldType::Int } else { FieldType::Float };
        let computed = apply(Operator::IsNull, ty, [on(operator, name, [param(0)])]);
        ids(&people(), &people_where(computed), &[operand])
    };
    assert_eq!(result(Operator::Div, "age", int(0)), [1, 2, 3, 4, 5]);
    assert_eq!(result(Operator::Rem, "age", int(0)), [1, 2, 3, 4, 5]);
    assert_eq!(result(Operator::Div, "age", int(7)), [3]);
    assert_eq!(result(Operator::Div, "score", Param::One(Value::Real(0.0))), [1, 2, 3, 4, 5]);
    assert_eq!(result(Operator::Div, "score", Param::One(Value::Real(2.0))), [3]);
    let overflow = apply(Operator::IsNull, FieldType::Int, [on(Operator::Mul, "age", [param(0)])]);
    assert!(try_fetch(&people(), &people_where(overflow), &[int(i64::MAX)]).is_err());
}

#[test]
fn long_alternatives_are_no_deep_tree() {
    let alternatives = (0..20_000).map(|position| on(Operator::Eq, "id", [param(position)])).collect();
    let params: Vec<_> = (0..20_000).map(|value| int(value + 4)).collect();
    assert_eq!(found(PlanExpr::Or(alternatives), &params), [4, 5]);
}

#[test]
fn right_nested_alternatives_are_flattened() {
    let nested = (0..1000).fold(on(Operator::Eq, "id", [param(0)]), |rest, _| {
        PlanExpr::Or(vec![on(Operator::Eq, "id", [param(0)]), rest])
    });
    assert_eq!(found(nested, &[int(2)]), [2]);
}

/// `levels` connectives in turn, each of as many operands as make one flat group.
fn towering(levels: usize) -> PlanExpr {
    (0..levels).fold(on(Operator::IsTrue, "active", []), |inner, level| {
        let mut operands = vec![on(Operator::EndsWith, "name", [param(0)]); 15];
        operands.push(inner);
        if level % 2 == 0 { PlanExpr::And(operands) } else { PlanExpr::Or(operands) }
    })
}

#[test]
fn what_is_accepted_fits_a_small_stack_and_sqlite() {
    let accepted = || {
        assert_eq!(found(towering(17), &[text("Zoë")]), NOBODY);
        let negated =
            (0..290).fold(on(Operator::IsTrue, "active", []), |inner, _| PlanExpr::Not(Box::new(inner)));
        assert_eq!(found(negated, &[]), [1, 4]);
    };
    std::thread::Builder::new().stack_size(1024 * 1024).spawn(accepted).unwrap().join().unwrap();
}

#[test]
fn too_deep_an_expression_is_an_error() {
    let negated =
        (0..310).fold(on(Operator::IsTrue, "active", []), |inner, _| PlanExpr::Not(Box::new(inner)));
    for deep in [negated, towering(20)] {
        let error = ommi_sql::compile(&people_where(deep), ommi_sql::Dialect::Sqlite).unwrap_err();
        assert_eq!(error.kind(), ommi_core::ErrorKind::Query);
        assert!(error.to_string().contains("nested too deeply"), "{error}");
    }
}

#[test]
fn numbers_of_foreign_decimal_columns_compare_with_decimal_text() {
    let connection = database(&[]);
    connection
        .execute_batch(
            "CREATE TABLE people (id INTEGER PRIMARY KEY, balance DECIMAL(10, 2));
             INSERT INTO people VALUES (1, 12.5), (2, 9), (3, 100.25);",
        )
        .unwrap();
    let found =
        |operator, operand| ids(&connection, &people_where(on(operator, "balance", [param(0)])), &[operand]);
    assert_eq!(found(Operator::Eq, text("12.5")), [1]);
    assert_eq!(found(Operator::Gt, text("9")), [1, 3]);
    assert_eq!(found(Operator::In, texts(&["9", "100.25"])), [2, 3]);
}
