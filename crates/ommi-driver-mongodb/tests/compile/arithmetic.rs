//! Arithmetic on the server is exact or an error.

use bigdecimal::BigDecimal;
use ommi_core::ErrorKind;
use ommi_core::driver::Param;
use ommi_core::plan::{Action, PlanExpr};
use ommi_core::query::Operator;
use ommi_core::schema::FieldType;
use ommi_core::value::{Value, normalized_decimal};

use crate::database::{Database, with_database};
use crate::models::{PERSON, apply, column, ids, plan, terms, with};

/// What the server makes of a stored decimal and another one.
fn computed(database: &Database, left: &str, operator: Operator, right: &str) -> ommi_core::Result<Value> {
    let balance = column(0, &PERSON, "balance");
    let number = |text: &str| Param::Scalar(Value::Decimal(text.parse().unwrap()));
    let set =
        |value| with(plan(&PERSON, Action::Update(vec![(balance.field, value)])), &[FieldType::Decimal]);
    database.write(&set(PlanExpr::Param(0)), &[number(left)])?;
    let operands = [PlanExpr::Column(balance), PlanExpr::Param(0)];
    database.write(&set(apply(operator, FieldType::Decimal, operands)), &[number(right)])?;
    let row = database.rows(&plan(&PERSON, Action::Fetch(terms(&PERSON, vec![balance]))), &[])?;
    Ok(row[0][0].clone())
}

fn with_one(test: impl FnOnce(&Database)) {
    with_database(&[&PERSON], |database| {
        database.add(&PERSON, &[&[Value::Int(1), "a".into()]]);
        test(database);
    });
}

#[test]
fn decimals_are_exact_or_an_error() {
    with_one(|database| {
        let longest = "9".repeat(34);
        for (left, operator, right, expected) in [
            ("0.1", Operator::Add, "0.2", Some("0.3")),
            ("-1e20", Operator::Sub, "1e-13", Some("-100000000000000000000.0000000000001")),
            ("1e20", Operator::Add, "1e-14", None),
            (&longest, Operator::Add, "1", Some("10000000000000000000000000000000000")),
            (&longest, Operator::Add, "2", None),
            (
                "12345678901234567",
                Operator::Mul,
                "98765432109876543",
                Some("1219326311370217861743636654061881"),
            ),
            ("123456789012345678", Operator::Mul, "98765432109876543", None),
            ("0.1", Operator::Mul, "1e30", Some("100000000000000000000000000000")),
            ("1e-17", Operator::Mul, "1e-17", Some("1e-34")),
            ("-7.5", Operator::Rem, "2", Some("-1.5")),
            ("7.5", Operator::Rem, "-2", Some("1.5")),
        ] {
            let outcome = computed(database, left, operator, right);
            let name = format!("{left} {} {right}", operator.name());
            match expected {
                Some(expected) => {
                    let expected = normalized_decimal(&expected.parse::<BigDecimal>().unwrap());
                    assert_eq!(outcome.unwrap(), Value::Decimal(expected), "{name}");
                }
                None => {
                    let error = outcome.unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::Query, "{name}: {error}");
                    assert!(error.to_string().contains("decimal overflow"), "{name}: {error}");
                }
            }
        }
    });
}

#[test]
fn quotients_are_rounded_half_away_from_zero() {
    with_one(|database| {
        for (left, right, expected) in [
            ("1", "3", "0.33333333333333333333"),
            ("-2", "3", "-0.66666666666666666667"),
            ("1", "-200000000000000000000", "-0.00000000000000000001"),
            ("3", "200000000000000000000", "0.00000000000000000002"),
            ("1", "200000000000000000001", "0"),
            ("-1", "199999999999999999999", "-0.00000000000000000001"),
            // The server's 34 digits make a half of what is a little more, or a little less.
            ("0.99999999999999999999", "1.9999999999999999999", "0.50000000000000000002"),
            ("12345678", "0.000001", "12345678000000"),
            ("1e20", "4", "25000000000000000000"),
        ] {
            let expected = normalized_decimal(&expected.parse::<BigDecimal>().unwrap());
            let outcome = computed(database, left, Operator::Div, right).unwrap();
            assert_eq!(outcome, Value::Decimal(expected), "{left} / {right}");
        }
        assert_eq!(computed(database, "1", Operator::Div, "0").unwrap(), Value::Null);
        assert_eq!(computed(database, "1", Operator::Rem, "0").unwrap(), Value::Null);
        assert!(computed(database, "1e20", Operator::Div, "3").is_err());
    });
}

#[test]
fn an_overflow_names_the_reason() {
    with_one(|database| {
        let (id, score) = (column(0, &PERSON, "id"), column(0, &PERSON, "score"));
        let larger = |ty: FieldType, column, operator| {
            let computed = apply(operator, ty.clone(), [PlanExpr::Column(column), PlanExpr::Param(0)]);
            let filter = apply(Operator::Gt, ty.clone(), [computed, PlanExpr::Param(1)]);
            with(ids(&PERSON, filter), &[ty.clone(), ty])
        };
        let number = |value: i64| Param::Scalar(Value::Int(value));
        let fails = |plan: &_, params: &[Param], reason: &str| {
            let error = database.rows(plan, params).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Query, "{error}");
            assert!(error.to_string().contains(reason), "{error}");
        };
        let sum = larger(FieldType::Int, id, Operator::Add);
        fails(&sum, &[number(i64::MAX), number(0)], "integer overflow");
        assert_eq!(database.ids(&sum, &[number(i64::MAX - 1), number(0)]), [1]);
        let set = plan(&PERSON, Action::Update(vec![(score.field, PlanExpr::Param(0))]));
        let most = Param::Scalar(Value::Float(f64::MAX));
        database.write(&with(set, &[FieldType::Float]), std::slice::from_ref(&most)).unwrap();
        let product = larger(FieldType::Float, score, Operator::Mul);
        fails(&product, &[Param::Scalar(Value::Float(2.0)), most], "float overflow");
    });
}
