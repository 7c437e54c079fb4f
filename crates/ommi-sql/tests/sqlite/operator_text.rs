//! The text of every operator on every kind of subject, accepted by SQLite.

use ommi_core::driver::Transform;
use ommi_core::plan::PlanExpr;
use ommi_core::query::Operator;
use ommi_core::schema::FieldType;

use crate::database::{database, prepared};
use crate::models::{PERSON, apply, field, on, param, people_where};

/// The WHERE clause, with the table's name left out, and the binds.
fn condition(filter: PlanExpr) -> (String, Vec<(usize, Transform)>) {
    let statement = prepared(&database(&[&PERSON]), &people_where(filter));
    let condition = statement.text.strip_prefix("SELECT \"people\".\"id\" FROM \"people\" WHERE ").unwrap();
    let binds = statement.binds.iter().map(|bind| (bind.param, bind.transform)).collect();
    (condition.replace("\"people\".", ""), binds)
}

fn text(filter: PlanExpr) -> String {
    condition(filter).0
}

#[test]
fn equality_is_plain_for_all_types() {
    assert_eq!(text(on(Operator::Eq, "name", [param(0)])), r#""name" = ?"#);
    assert_eq!(text(on(Operator::Ne, "age", [param(0)])), r#""age" <> ?"#);
    assert_eq!(text(on(Operator::Eq, "balance", [param(0)])), r#""balance" = ?"#);
    assert_eq!(text(on(Operator::Eq, "age", [field("id")])), r#""age" = "id""#);
}

#[test]
fn order_is_plain_but_for_decimals() {
    assert_eq!(text(on(Operator::Lt, "name", [param(0)])), r#""name" < ?"#);
    assert_eq!(text(on(Operator::Le, "age", [param(0)])), r#""age" <= ?"#);
    assert_eq!(text(on(Operator::Gt, "score", [param(0)])), r#""score" > ?"#);
    assert_eq!(text(on(Operator::Ge, "balance", [param(0)])), r#"("balance" COLLATE ommi_decimal) >= ?"#);
    assert_eq!(text(on(Operator::Between, "age", [param(0), param(1)])), r#""age" BETWEEN ? AND ?"#);
    assert_eq!(
        text(on(Operator::Between, "balance", [param(0), param(1)])),
        r#"("balance" COLLATE ommi_decimal) BETWEEN ? AND ?"#
    );
}

#[test]
fn a_list_of_any_length_is_one_placeholder() {
    assert_eq!(
        condition(on(Operator::In, "name", [param(0)])),
        (r#""name" IN (SELECT value FROM rarray(?))"#.to_owned(), vec![(0, Transform::Plain)])
    );
    assert_eq!(
        text(on(Operator::NotIn, "balance", [param(0)])),
        r#""balance" NOT IN (SELECT value FROM rarray(?))"#
    );
}

#[test]
fn text_searches_use_no_pattern() {
    assert_eq!(text(on(Operator::Contains, "name", [param(0)])), r#"instr("name", ?) > 0"#);
    assert_eq!(text(on(Operator::NotContains, "name", [param(0)])), r#"instr("name", ?) = 0"#);
    assert_eq!(
        condition(on(Operator::StartsWith, "name", [param(0)])),
        (
            r#""name" >= ? AND "name" < ifnull(?, x'')"#.to_owned(),
            vec![(0, Transform::Plain), (0, Transform::PrefixEnd)]
        )
    );
    assert_eq!(
        text(on(Operator::StartsWith, "name", [field("name")])),
        r#"substr("name", 1, length("name")) = "name""#
    );
    assert_eq!(
        condition(on(Operator::EndsWith, "name", [param(0)])),
        (
            r#"substr("name", (length("name") - length(?)) + 1) = ?"#.to_owned(),
            vec![(0, Transform::Plain), (0, Transform::Plain)]
        )
    );
}

#[test]
fn patterns_are_functions_or_glob() {
    assert_eq!(
        condition(on(Operator::Like, "name", [param(0)])),
        (r#""name" GLOB ?"#.to_owned(), vec![(0, Transform::LikeToGlob)])
    );
    assert_eq!(text(on(Operator::Like, "name", [field("name")])), r#"ommi_like("name", "name")"#);
    assert_eq!(text(on(Operator::ILike, "name", [param(0)])), r#"ommi_ilike("name", ?)"#);
    assert_eq!(text(on(Operator::Regex, "name", [param(0)])), r#"ommi_regex("name", ?)"#);
}

#[test]
fn tests_for_null_and_truth() {
    assert_eq!(text(on(Operator::IsNull, "age", [])), r#""age" IS NULL"#);
    assert_eq!(text(on(Operator::IsNotNull, "age", [])), r#""age" IS NOT NULL"#);
    assert_eq!(text(on(Operator::IsTrue, "active", [])), r#""active" IS 1"#);
    let predicate = apply(Operator::IsTrue, FieldType::Bool, [on(Operator::Gt, "age", [param(0)])]);
    assert_eq!(text(predicate), r#"("age" > ?) IS 1"#);
}

#[test]
fn membership_in_a_list_compares_type_and_value() {
    assert_eq!(
        text(on(Operator::Contains, "tags", [param(0)])),
        r#"(CASE WHEN ("tags" IS NOT NULL AND ? IS NOT NULL) THEN EXISTS(SELECT 1 FROM json_each("tags") AS "member" WHERE "member"."type" IN ('text') AND "member"."value" = ?) END)"#
    );
    assert_eq!(
        text(on(Operator::NotContains, "flags", [param(0)])),
        r#"NOT (CASE WHEN ("flags" IS NOT NULL AND ? IS NOT NULL) THEN EXISTS(SELECT 1 FROM json_each("flags") AS "member" WHERE "member"."type" IN ('true', 'false') AND "member"."value" = ?) END)"#
    );
}

#[test]
fn arithmetic_is_exact_where_the_type_is() {
    let equals = |operator, name| {
        text(apply(Operator::Eq, FieldType::Int, [on(operator, name, [param(0)]), param(1)]))
    };
    assert_eq!(equals(Operator::Add, "age"), r#"ommi_int_add("age", ?) = ?"#);
    assert_eq!(equals(Operator::Sub, "age"), r#"ommi_int_sub("age", ?) = ?"#);
    assert_eq!(equals(Operator::Mul, "age"), r#"ommi_int_mul("age", ?) = ?"#);
    assert_eq!(equals(Operator::Div, "age"), r#"ommi_int_div("age", ?) = ?"#);
    assert_eq!(equals(Operator::Rem, "age"), r#"ommi_int_rem("age", ?) = ?"#);
    assert_eq!(equals(Operator::Add, "balance"), r#"ommi_decimal_add("balance", ?) = ?"#);
    assert_eq!(equals(Operator::Sub, "balance"), r#"ommi_decimal_sub("balance", ?) = ?"#);
    assert_eq!(equals(Operator::Mul, "balance"), r#"ommi_decimal_mul("balance", ?) = ?"#);
    assert_eq!(equals(Operator::Div, "balance"), r#"ommi_decimal_div("balance", ?) = ?"#);
    assert_eq!(equals(Operator::Rem, "balance"), r#"ommi_decimal_rem("balance", ?) = ?"#);
    assert_eq!(equals(Operator::Add, "score"), r#"ommi_float_add("score", ?) = ?"#);
    assert_eq!(equals(Operator::Sub, "score"), r#"ommi_float_sub("score", ?) = ?"#);
    assert_eq!(equals(Operator::Mul, "score"), r#"ommi_float_mul("score", ?) = ?"#);
    assert_eq!(equals(Operator::Div, "score"), r#"ommi_float_div("score", ?) = ?"#);
    assert_eq!(equals(Operator::Rem, "score"), r#"ommi_float_rem("score", ?) = ?"#);
    assert_eq!(equals(Operator::Add, "name"), r#"("name" || ?) = ?"#);
}

#[test]
fn nested_arithmetic_keeps_its_order() {
    let inner = on(Operator::Sub, "score", [param(0)]);
    let outer = apply(Operator::Sub, FieldType::Float, [field("score"), inner.clone()]);
    let product = apply(Operator::Mul, FieldType::Float, [outer, inner]);
    let filter = apply(Operator::Gt, FieldType::Float, [product, param(1)]);
    assert_eq!(
        text(filter),
        r#"ommi_float_mul(ommi_float_sub("score", ommi_float_sub("score", ?)), ommi_float_sub("score", ?)) > ?"#
    );
}

#[test]
fn connectives_nest() {
    let old = on(Operator::Gt, "age", [param(0)]);
    let named = on(Operator::Eq, "name", [param(1)]);
    let both = PlanExpr::And(vec![old.clone(), named.clone()]);
    let either = PlanExpr::Or(vec![both.clone(), PlanExpr::Not(Box::new(old.clone()))]);
    assert_eq!(text(either.clone()), r#"("age" > ? AND "name" = ?) OR (NOT "age" > ?)"#);
    assert_eq!(
        text(PlanExpr::And(vec![either, named.clone()])),
        r#"(("age" > ? AND "name" = ?) OR (NOT "age" > ?)) AND "name" = ?"#
    );
    assert_eq!(text(PlanExpr::Not(Box::new(both))), r#"NOT ("age" > ? AND "name" = ?)"#);
    assert_eq!(text(PlanExpr::And(Vec::new())), "TRUE");
    assert_eq!(text(PlanExpr::Or(Vec::new())), "FALSE");
    assert_eq!(text(PlanExpr::Constant(false)), "FALSE");
}

#[test]
fn every_operator_is_lowered() {
    for operator in Operator::ALL {
        let (name, operands) = match operator {
            Operator::IsNull | Operator::IsNotNull => ("age", 0),
            Operator::IsTrue => ("active", 0),
            Operator::Lower | Operator::Upper | Operator::Length | Operator::Trim => ("name", 0),
            Operator::Year | Operator::Month | Operator::Day | Operator::Hour | Operator::Abs => ("age", 0),
            Operator::Round => ("score", 1),
            Operator::Between => ("age", 2),
            Operator::Contains
            | Operator::NotContains
            | Operator::StartsWith
            | Operator::EndsWith
            | Operator::Like
            | Operator::ILike
            | Operator::Regex => ("name", 1),
            Operator::Eq
            | Operator::Ne
            | Operator::Lt
            | Operator::Le
            | Operator::Gt
            | Operator::Ge
            | Operator::In
            | Operator::NotIn
            | Operator::Add
            | Operator::Sub
            | Operator::Mul
            | Operator::Div
            | Operator::Rem
            | Operator::Coalesce => ("age", 1),
        };
        assert!(!text(on(*operator, name, (0..operands).map(param))).is_empty());
    }
}
