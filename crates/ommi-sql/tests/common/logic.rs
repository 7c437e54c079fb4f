//! What operators find: NULL logic, characters, types and numbers at their edges. The expectations are those of the
//! tests on SQLite.

use ommi_core::driver::Param;
use ommi_core::plan::{Action, ParamType, Plan, PlanExpr};
use ommi_core::query::Operator;
use ommi_core::schema::FieldType;
use ommi_core::value::Value;

use super::models::{PERSON, SEAT, apply, column, field, list, on, param, people_where, plan};
use super::{Database, decimal, int, null, text, with};

const NOBODY: [i64; 0] = [];

/// Five people, some of them without values.
fn people(database: &mut dyn Database) {
    database.create(&[&PERSON]);
    let json = |text: &str| Value::Json(text.to_owned());
    let rows: [[Value; 9]; 5] = [
        [
            1.into(),
            "Ada".into(),
            36.into(),
            1.5.into(),
            decimal("9"),
            true.into(),
            json(r#"["a","b"]"#),
            json("[1,2]"),
            json("[true]"),
        ],
        [
            2.into(),
            "ada".into(),
            20.into(),
            0.0.into(),
            decimal("10.5"),
            false.into(),
            json("[]"),
            json("[10]"),
            json("[false]"),
        ],
        [
            3.into(),
            "Zoë 100%".into(),
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
        ],
        [
            4.into(),
            "_".into(),
            0.into(),
            (-1.5).into(),
            decimal("-3"),
            true.into(),
            json(r#"["1",null]"#),
            json("[9223372036854775807]"),
            json("[]"),
        ],
        [
            5.into(),
            "aDA\\ ".into(),
            (-7).into(),
            1e308.into(),
            decimal("0.5"),
            false.into(),
            json(r#"["é\"'"]"#),
            json("[-1]"),
            json("[true,false]"),
        ],
    ];
    for row in &rows {
        database.add(&PERSON, row);
    }
}

fn found(database: &mut dyn Database, filter: PlanExpr, types: &[FieldType], params: &[Param]) -> Vec<i64> {
    let mut ids = database.ids(&with(people_where(filter), types), params);
    ids.sort_unstable();
    ids
}

pub(crate) fn comparisons_go_by_value(database: &mut dyn Database) {
    people(database);
    let mut by = |operator, name: &str, ty: FieldType, operand: Param| {
        found(database, on(operator, name, [param(0)]), &[ty], &[operand])
    };
    assert_eq!(by(Operator::Eq, "name", FieldType::Text, text("ada")), [2]);
    assert_eq!(by(Operator::Ne, "name", FieldType::Text, text("ada")), [1, 3, 4, 5]);
    assert_eq!(by(Operator::Eq, "name", FieldType::Text, text("aDA\\")), NOBODY);
    assert_eq!(by(Operator::Lt, "name", FieldType::Text, text("_")), [1, 3]);
    assert_eq!(by(Operator::Ge, "age", FieldType::Int, int(20)), [1, 2]);
    assert_eq!(by(Operator::Gt, "balance", FieldType::Decimal, Param::Scalar(decimal("9"))), [2]);
    assert_eq!(by(Operator::Eq, "balance", FieldType::Decimal, Param::Scalar(decimal("10.50"))), [2]);
    assert_eq!(by(Operator::Eq, "score", FieldType::Float, Param::Scalar(Value::Float(-0.0))), [2]);
    assert_eq!(by(Operator::Lt, "active", FieldType::Bool, Param::Scalar(Value::Bool(true))), [2, 5]);
    assert_eq!(by(Operator::Eq, "age", FieldType::Int, null()), NOBODY);
    let between = on(Operator::Between, "name", [param(0), param(1)]);
    let types = [FieldType::Text, FieldType::Text];
    assert_eq!(found(database, between, &types, &[text("A"), text("_")]), [1, 3, 4]);
    let columns = on(Operator::Eq, "age", [field("id")]);
    assert_eq!(found(database, columns, &[], &[]), NOBODY);
    let texts = on(Operator::Le, "name", [field("name")]);
    assert_eq!(found(database, texts, &[], &[]), [1, 2, 3, 4, 5]);
    let nested = apply(
        Operator::Eq,
        FieldType::Bool,
        [on(Operator::Gt, "age", [param(0)]), on(Operator::Eq, "name", [param(1)])],
    );
    let types = [FieldType::Int, FieldType::Text];
    assert_eq!(found(database, nested, &types, &[int(30), text("Ada")]), [1, 2, 4, 5]);
}

pub(crate) fn texts_are_searched_character_by_character(database: &mut dyn Database) {
    people(database);
    let mut by = |operator, operand: &str| {
        found(database, on(operator, "name", [param(0)]), &[FieldType::Text], &[text(operand)])
    };
    assert_eq!(by(Operator::Contains, "da"), [1, 2]);
    assert_eq!(by(Operator::Contains, "DA\\"), [5]);
    assert_eq!(by(Operator::Contains, "%"), [3]);
    assert_eq!(by(Operator::Contains, "_"), [4]);
    assert_eq!(by(Operator::Contains, ""), [1, 2, 3, 4, 5]);
    assert_eq!(by(Operator::NotContains, "a"), [3, 4]);
    assert_eq!(by(Operator::NotContains, ""), NOBODY);
    assert_eq!(by(Operator::StartsWith, "Zo"), [3]);
    assert_eq!(by(Operator::StartsWith, "Zoë"), [3]);
    assert_eq!(by(Operator::StartsWith, "a"), [2, 5]);
    assert_eq!(by(Operator::StartsWith, ""), [1, 2, 3, 4, 5]);
    assert_eq!(by(Operator::StartsWith, "\u{10ffff}"), NOBODY);
    assert_eq!(by(Operator::EndsWith, "da"), [1, 2]);
    assert_eq!(by(Operator::EndsWith, "\\ "), [5]);
    assert_eq!(by(Operator::EndsWith, "xAda"), NOBODY);
    assert_eq!(by(Operator::EndsWith, ""), [1, 2, 3, 4, 5]);
    assert_eq!(by(Operator::Like, "_da"), [1, 2]);
    assert_eq!(by(Operator::Like, "%\\%"), [3]);
    assert_eq!(by(Operator::Like, "\\_"), [4]);
    assert_eq!(by(Operator::Like, "%\\\\_"), [5]);
    assert_eq!(by(Operator::Like, "ADA"), NOBODY);
    assert_eq!(by(Operator::ILike, "ADA%"), [1, 2, 5]);
    assert_eq!(by(Operator::ILike, "ZOË%"), [3]);
    assert_eq!(by(Operator::Regex, r"^\w+ \d+%$"), [3]);
    assert_eq!(by(Operator::Regex, "(?i)^ada"), [1, 2, 5]);
    assert_eq!(by(Operator::Regex, ""), [1, 2, 3, 4, 5]);
    for operator in [Operator::Like, Operator::ILike, Operator::Regex] {
        let unknown = on(operator, "name", [param(0)]);
        let negated = PlanExpr::Not(Box::new(unknown.clone()));
        for unknown in [unknown, negated] {
            assert_eq!(found(database, unknown, &[FieldType::Text], &[null()]), NOBODY, "{operator:?}");
        }
    }
    for operator in [Operator::StartsWith, Operator::EndsWith, Operator::Contains] {
        let own = on(operator, "name", [field("name")]);
        assert_eq!(found(database, own, &[], &[]), [1, 2, 3, 4, 5]);
        let unknown = on(operator, "name", [param(0)]);
        assert_eq!(found(database, unknown.clone(), &[FieldType::Text], &[null()]), NOBODY);
        let negated = PlanExpr::Not(Box::new(unknown));
        assert_eq!(found(database, negated, &[FieldType::Text], &[null()]), NOBODY);
    }
}

fn among(operator: Operator, name: &str, ty: FieldType) -> Plan {
    Plan { params: vec![ParamType::List(ty)], ..people_where(on(operator, name, [param(0)])) }
}

pub(crate) fn lists_of_values_have_any_length(database: &mut dyn Database) {
    people(database);
    let mut by = |operator, name: &str, ty: FieldType, values: Vec<Value>| {
        let mut ids = database.ids(&among(operator, name, ty), &[Param::List(values)]);
        ids.sort_unstable();
        ids
    };
    assert_eq!(by(Operator::In, "age", FieldType::Int, vec![36.into(), 0.into()]), [1, 4]);
    assert_eq!(by(Operator::In, "age", FieldType::Int, vec![Value::Null, 20.into()]), [2]);
    assert_eq!(by(Operator::NotIn, "age", FieldType::Int, vec![36.into()]), [2, 4, 5]);
    assert_eq!(by(Operator::NotIn, "age", FieldType::Int, vec![Value::Null, 36.into()]), NOBODY);
    assert_eq!(by(Operator::In, "name", FieldType::Text, vec!["ada".into(), "aDA\\ ".into()]), [2, 5]);
    assert_eq!(by(Operator::In, "score", FieldType::Float, vec![1e308.into(), (-0.0).into()]), [2, 5]);
    assert_eq!(by(Operator::In, "balance", FieldType::Decimal, vec![decimal("9.0"), decimal("-3")]), [1, 4]);
    assert_eq!(by(Operator::In, "active", FieldType::Bool, vec![true.into()]), [1, 4]);
    let lists = vec![Value::Json("[10]".into()), Value::Json("[1,2]".into())];
    assert_eq!(by(Operator::In, "numbers", list(FieldType::Int), lists.clone()), [1, 2]);
    assert_eq!(by(Operator::NotIn, "numbers", list(FieldType::Int), lists), [4, 5]);
    let many: Vec<Value> = (36..100_036).map(Value::Int).collect();
    assert_eq!(by(Operator::In, "age", FieldType::Int, many), [1]);
    let names: Vec<Value> = (0..20_000).map(|n| format!("nobody {n}").into()).chain(["_".into()]).collect();
    assert_eq!(by(Operator::In, "name", FieldType::Text, names), [4]);
}

pub(crate) fn truth_and_membership_in_stored_lists(database: &mut dyn Database) {
    people(database);
    let active = on(Operator::IsTrue, "active", []);
    assert_eq!(found(database, active.clone(), &[], &[]), [1, 4]);
    assert_eq!(found(database, PlanExpr::Not(Box::new(active)), &[], &[]), [2, 3, 5]);
    let mut by = |operator, name: &str, ty: FieldType, member: Param| {
        found(database, on(operator, name, [param(0)]), &[ty], &[member])
    };
    assert_eq!(by(Operator::Contains, "tags", FieldType::Text, text("a")), [1]);
    assert_eq!(by(Operator::Contains, "tags", FieldType::Text, text("é\"'")), [5]);
    assert_eq!(by(Operator::Contains, "tags", FieldType::Text, text("1")), [4]);
    assert_eq!(by(Operator::NotContains, "tags", FieldType::Text, text("a")), [2, 4, 5]);
    assert_eq!(by(Operator::Contains, "numbers", FieldType::Int, int(1)), [1]);
    assert_eq!(by(Operator::Contains, "numbers", FieldType::Int, int(i64::MAX)), [4]);
    assert_eq!(by(Operator::Contains, "numbers", FieldType::Int, int(i64::MAX - 1)), NOBODY);
    assert_eq!(by(Operator::Contains, "flags", FieldType::Bool, Param::Scalar(true.into())), [1, 5]);
    assert_eq!(by(Operator::NotContains, "flags", FieldType::Bool, Param::Scalar(false.into())), [1, 4]);
    assert_eq!(by(Operator::Contains, "tags", FieldType::Text, null()), NOBODY);
    assert_eq!(by(Operator::NotContains, "tags", FieldType::Text, null()), NOBODY);
}

pub(crate) fn arithmetic_is_exact_or_an_error(database: &mut dyn Database) {
    people(database);
    let computed = |operator, name: &str, ty: FieldType| {
        let sum = on(operator, name, [param(0)]);
        with(people_where(apply(Operator::Eq, ty.clone(), [sum, param(1)])), &[ty.clone(), ty])
    };
    let mut by = |operator, name: &str, ty: FieldType, operand: Value, result: Value| {
        let mut ids =
            database.ids(&computed(operator, name, ty), &[Param::Scalar(operand), Param::Scalar(result)]);
        ids.sort_unstable();
        ids
    };
    let big = i64::MAX - 36;
    assert_eq!(by(Operator::Add, "age", FieldType::Int, big.into(), i64::MAX.into()), [1]);
    assert_eq!(by(Operator::Div, "age", FieldType::Int, 2.into(), (-3).into()), [5]);
    assert_eq!(by(Operator::Rem, "age", FieldType::Int, 2.into(), (-1).into()), [5]);
    assert_eq!(by(Operator::Rem, "age", FieldType::Int, (-1).into(), 0.into()), [1, 2, 4, 5]);
    assert_eq!(by(Operator::Mul, "balance", FieldType::Decimal, decimal("0.1"), decimal("1.05")), [2]);
    let third = decimal("-0.42857142857142857143");
    assert_eq!(by(Operator::Div, "balance", FieldType::Decimal, decimal("7"), third), [4]);
    let half = decimal("0.00000000000000000001");
    assert_eq!(by(Operator::Div, "balance", FieldType::Decimal, decimal("100000000000000000000"), half), [5]);
    assert_eq!(by(Operator::Rem, "balance", FieldType::Decimal, decimal("2"), decimal("-1")), [4]);
    assert_eq!(by(Operator::Rem, "balance", FieldType::Decimal, decimal("-3"), decimal("0")), [1, 4]);
    assert_eq!(by(Operator::Div, "score", FieldType::Float, (-1.5).into(), (-1.0).into()), [1]);
    let null_of = |operator, name: &str, ty: FieldType| {
        let outcome = apply(Operator::IsNull, ty.clone(), [on(operator, name, [param(0)])]);
        with(people_where(outcome), &[ty])
    };
    for (name, ty, zero) in [
        ("age", FieldType::Int, Value::Int(0)),
        ("balance", FieldType::Decimal, decimal("0")),
        ("score", FieldType::Float, Value::Float(0.0)),
    ] {
        let quotient = null_of(Operator::Div, name, ty.clone());
        assert_eq!(database.ids(&quotient, &[Param::Scalar(zero.clone())]).len(), 5, "{name}");
        if ty != FieldType::Float {
            let remainder = null_of(Operator::Rem, name, ty);
            assert_eq!(database.ids(&remainder, &[Param::Scalar(zero)]).len(), 5, "{name}");
        }
    }
    let overflow = null_of(Operator::Mul, "age", FieldType::Int);
    assert!(database.try_fetch(&overflow, &[int(i64::MAX)]).is_err());
    let overflow = null_of(Operator::Mul, "score", FieldType::Float);
    assert!(database.try_fetch(&overflow, &[Param::Scalar(1e10.into())]).is_err());
    database.create(&[&SEAT]);
    database.add(&SEAT, &[0.into(), "a".into(), true.into()]);
    let row = PlanExpr::Column(column(0, &SEAT, "row"));
    for (operator, operand) in [(Operator::Sub, i64::MIN), (Operator::Sub, i64::MAX)] {
        let outcome = apply(operator, FieldType::Int, [row.clone(), param(0)]);
        let outcome = apply(Operator::IsNull, FieldType::Int, [outcome]);
        let none = plan(&SEAT, Action::Count(Vec::new()));
        let none = with(Plan { filter: Some(outcome), ..none }, &[FieldType::Int]);
        assert_eq!(database.try_fetch(&none, &[int(operand)]).is_err(), operand == i64::MIN, "{operand}");
    }
    let joined = on(Operator::Add, "name", [param(0)]);
    let joined = apply(Operator::Eq, FieldType::Text, [joined, param(1)]);
    let types = [FieldType::Text, FieldType::Text];
    assert_eq!(found(database, joined, &types, &[text(" é\\"), text("ada é\\")]), [2]);
}
