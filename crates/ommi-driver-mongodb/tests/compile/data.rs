//! Values are data: none of them is ever taken for a part of the command.

use ommi_core::driver::Param;
use ommi_core::plan::{Action, PlanExpr};
use ommi_core::query::Operator;
use ommi_core::schema::{FieldDef, FieldType, ModelDef};
use ommi_core::value::Value;

use crate::database::{int, text, with_database};
use crate::models::{PERSON, apply, column, found, ids, plan, test, with};

const HOSTILE: [&str; 8] = [
    r#"{"$gt":""}"#,
    r#"{"$ne":null}"#,
    r#"{"$literal":1}"#,
    r#"{"$where":"sleep(1000)"}"#,
    r#"{"$c":{"$in":[]},"a.b":1}"#,
    r#"["$name"]"#,
    r#""$name""#,
    r#"{"":{"":1}}"#,
];

/// Whether a text and a part of it are as an operator wants them.
type Meaning = fn(&str, &str) -> bool;

#[test]
fn nested_values_that_look_like_operators_are_compared_as_values() {
    with_database(&[&PERSON], |database| {
        let note = column(0, &PERSON, "note");
        for (number, hostile) in (1..).zip(HOSTILE) {
            database.add(&PERSON, &[&[Value::Int(number), "x".into()]]);
            let set = plan(&PERSON, Action::Update(vec![(note.field, PlanExpr::Param(0))]));
            let set = ommi_core::plan::Plan {
                filter: Some(test(Operator::Eq, (0, &PERSON), "id", 1..2)),
                ..with(set, &[FieldType::Json, FieldType::Int])
            };
            assert_eq!(
                database.write(&set, &[Param::Scalar(Value::Json(hostile.into())), int(number)]).unwrap(),
                1
            );
        }
        for (number, hostile) in (1..).zip(HOSTILE) {
            let json = || Value::Json(hostile.into());
            let same = with(ids(&PERSON, test(Operator::Eq, (0, &PERSON), "note", 0..1)), &[FieldType::Json]);
            assert_eq!(database.ids(&same, &[Param::Scalar(json())]), [number], "{hostile}");
            let among = ids(&PERSON, test(Operator::In, (0, &PERSON), "note", 0..1));
            assert_eq!(
                database.ids(&among, &[Param::List(vec![json(), Value::Null])]),
                [number],
                "{hostile}"
            );
            let all = found(&PERSON, test(Operator::Eq, (0, &PERSON), "id", 0..1));
            assert_eq!(database.rows(&all, &[int(number)]).unwrap()[0][note.field], json());
        }
    });
}

#[test]
fn texts_that_look_like_paths_and_operators_are_texts() {
    with_database(&[&PERSON], |database| {
        let texts: Vec<&str> = HOSTILE.into_iter().chain(["$name", "$$ROOT", ".*", "\\A"]).collect();
        for (number, hostile) in (1..).zip(&texts) {
            database.add(&PERSON, &[&[Value::Int(number), (*hostile).into()]]);
        }
        let meanings: [(Operator, Meaning); 4] = [
            (Operator::Eq, |text, part| text == part),
            (Operator::StartsWith, |text, part| text.starts_with(part)),
            (Operator::EndsWith, |text, part| text.ends_with(part)),
            (Operator::Contains, |text, part| text.contains(part)),
        ];
        for (number, hostile) in (1..).zip(&texts) {
            for (operator, meaning) in meanings {
                let numbered = (1..).zip(&texts).filter(|(_, text)| meaning(text, hostile));
                let expected: Vec<i64> = numbered.map(|(number, _)| number).collect();
                let plan = ids(&PERSON, test(operator, (0, &PERSON), "name", 0..1));
                assert_eq!(database.ids(&plan, &[text(hostile)]), expected, "{} {hostile}", operator.name());
            }
            let name = column(0, &PERSON, "name");
            let joined = apply(Operator::Add, FieldType::Text, [PlanExpr::Param(0), PlanExpr::Column(name)]);
            let same = apply(Operator::Eq, FieldType::Text, [joined, PlanExpr::Param(1)]);
            let plan = with(ids(&PERSON, same), &[FieldType::Text, FieldType::Text]);
            assert_eq!(
                database.ids(&plan, &[text("$"), text(&format!("${hostile}"))]),
                [number],
                "{hostile}"
            );
        }
    });
}

#[test]
fn whole_floats_and_integers_are_not_the_same_nested_value() {
    with_database(&[&PERSON], |database| {
        let note = column(0, &PERSON, "note");
        let stored =
            [r#"{"a":1}"#, r#"{"a":1.0}"#, r#"[1,{"b":[2.0]}]"#, r#"[1,{"b":[2]}]"#, "1", "1.0", "null"];
        for (number, json) in (1..).zip(stored) {
            let mut row = vec![Value::Null; PERSON.fields().len()];
            (row[0], row[1], row[note.field]) = (number.into(), "x".into(), Value::Json(json.into()));
            database.add(&PERSON, &[&row]);
        }
        let all: Vec<i64> = (1..=stored.len() as i64).collect();
        for (number, json) in (1..).zip(stored) {
            let params = [Param::Scalar(Value::Json(json.into()))];
            let same =
                |operator| with(ids(&PERSON, test(operator, (0, &PERSON), "note", 0..1)), &[FieldType::Json]);
            assert_eq!(database.ids(&same(Operator::Eq), &params), [number], "{json}");
            let others: Vec<i64> = all.iter().copied().filter(|other| *other != number).collect();
            assert_eq!(database.ids(&same(Operator::Ne), &params), others, "{json}");
        }
        let known = ids(&PERSON, test(Operator::IsNotNull, (0, &PERSON), "note", 0..0));
        assert_eq!(database.ids(&known, &[]), all);
    });
}

#[test]
fn columns_have_any_name() {
    let names = ["a.b", "$c", "d$", "%24", "_id", "0", "ä 😀", "%t1", "c0", "new"];
    let key = FieldDef::new("key", FieldType::Int);
    let builder = ModelDef::builder("Odd").field(key).key(["key"]);
    let builder = names.iter().enumerate().fold(builder, |builder, (place, name)| {
        builder.field(FieldDef::new(format!("f{place}"), FieldType::Int).column(*name).nullable())
    });
    let model = builder.build().unwrap();
    with_database(&[&model], |database| {
        let row: Vec<Value> = (0..=names.len() as i64).map(Value::Int).collect();
        database.add(&model, &[&row]);
        for (place, name) in (1..).zip(names) {
            let field = format!("f{}", place - 1);
            let this = |number| (found(&model, test(Operator::Eq, (0, &model), &field, 0..1)), [int(number)]);
            let (plan, params) = this(place);
            assert_eq!(database.rows(&plan, &params).unwrap(), std::slice::from_ref(&row), "{name}");
            let position = model.position(&field).unwrap();
            let sum = apply(
                Operator::Add,
                FieldType::Int,
                [PlanExpr::Column(column(0, &model, &field)), PlanExpr::Param(0)],
            );
            let add = crate::models::plan(&model, Action::Update(vec![(position, sum)]));
            assert_eq!(database.write(&with(add, &[FieldType::Int]), &[int(100)]).unwrap(), 1, "{name}");
            let (plan, params) = this(place + 100);
            assert_eq!(database.rows(&plan, &params).unwrap().len(), 1, "{name}");
            let back = crate::models::plan(&model, Action::Update(vec![(position, PlanExpr::Param(0))]));
            database.write(&with(back, &[FieldType::Int]), &[int(place)]).unwrap();
        }
    });
}
