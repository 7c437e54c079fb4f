//! Every type: stored, defaulted, compared, listed and read back.

use ommi_core::driver::Param;
use ommi_core::plan::{Action, Column, ParamType, Plan, PlanExpr};
use ommi_core::query::Operator;
use ommi_core::schema::{FieldDef, FieldType, ModelDef};
use ommi_core::value::Value;

use super::models::{apply, list, param, plan, terms};
use super::{Database, decimal, with};

/// Each type with two values, the smaller one first.
fn samples() -> Vec<(FieldType, [Value; 2])> {
    let uuid = |text: &str| Value::Uuid(text.parse().unwrap());
    let moment = |text: &str| Value::DateTime(text.parse().unwrap());
    let instant = |text: &str| Value::Timestamp(text.parse().unwrap());
    vec![
        (FieldType::Bool, [false.into(), true.into()]),
        (FieldType::Int, [i64::MIN.into(), i64::MAX.into()]),
        (FieldType::Float, [(-1e-300).into(), 1.7976931348623157e308.into()]),
        (FieldType::Text, ["it's \\ \"x\"\n".into(), "ß😀".into()]),
        (FieldType::Bytes, [Value::Bytes(vec![0, 39, 92, 255]), Value::Bytes(vec![1])]),
        (
            FieldType::Decimal,
            [decimal("-99999.00000000000000000001"), decimal("123456789012345678901234567890.5")],
        ),
        (
            FieldType::Uuid,
            [uuid("00000000-0000-0000-0000-0000000000ff"), uuid("ffffffff-ffff-ffff-ffff-ffffffffffff")],
        ),
        (FieldType::DateTime, [moment("2024-02-29T12:00:00.5"), instant("2024-02-29T12:00:00.5Z")]),
        (FieldType::NaiveDateTime, [moment("1000-01-01T00:00:00"), moment("9999-12-31T23:59:59.999999")]),
        (FieldType::Timestamp, [instant("1970-01-01T00:00:00Z"), instant("2024-02-29T12:00:00.000001Z")]),
        (
            FieldType::Date,
            [Value::Date("1000-01-01".parse().unwrap()), Value::Date("9999-12-31".parse().unwrap())],
        ),
        (
            FieldType::Time,
            [Value::Time("00:00:00".parse().unwrap()), Value::Time("23:59:59.999999".parse().unwrap())],
        ),
        (FieldType::Duration, [Value::Duration(-86_400_000_001), Value::Duration(3_000_000_000_000_000)]),
        (FieldType::Json, [Value::Json(r#"{"a":[1,null,"x'\\"]}"#.into()), Value::Json("[1.0]".into())]),
        (list(FieldType::Int), [Value::Json("[]".into()), Value::Json("[1,-2]".into())]),
        (list(FieldType::Float), [Value::Json("[0.0]".into()), Value::Json("[1.5,-1e300]".into())]),
        (list(FieldType::Bool), [Value::Json("[]".into()), Value::Json("[true,false]".into())]),
        (
            list(FieldType::Text),
            [Value::Json("[]".into()), Value::Json(r#"["a,b","","NULL","{\"'\\"]"#.into())],
        ),
    ]
}

pub(crate) fn every_type_is_kept_and_compared(database: &mut dyn Database) {
    for (number, (ty, values)) in samples().into_iter().enumerate() {
        let model = ModelDef::builder("Sample")
            .table(format!("sample{number}"))
            .field(FieldDef::new("id", FieldType::Int))
            .field(FieldDef::new("value", ty.clone()).nullable().default(values[1].clone()))
            .index(None, ["value"], false)
            .build()
            .unwrap();
        // A list has no order, and some databases no index for it.
        let model = if ty.is_ordered() {
            model
        } else {
            ModelDef::builder("Sample")
                .table(format!("sample{number}"))
                .field(FieldDef::new("id", FieldType::Int))
                .field(FieldDef::new("value", ty.clone()).nullable().default(values[1].clone()))
                .build()
                .unwrap()
        };
        database.create(&[&model]);
        assert!(database.columns(model.table())[1].fits.contains(&ty), "{ty}");
        database.add(&model, &[Value::Int(1), values[0].clone()]);
        let short =
            with(plan(&model, Action::Insert { fields: vec![0], returning: None }), &[FieldType::Int]);
        database.write(&short, &[Param::Scalar(Value::Int(2))]);
        database.add(&model, &[Value::Int(3), Value::Null]);
        let ids = Action::Fetch(terms(&model, vec![Column { table: 0, field: 0 }]));
        let value = PlanExpr::Column(Column { table: 0, field: 1 });
        let filtered = |operator, params: Vec<ParamType>| {
            let filter = Some(apply(operator, ty.clone(), [value.clone(), param(0)]));
            Plan { filter, params, ..plan(&model, ids.clone()) }
        };
        let scalar = vec![ParamType::Scalar(ty.clone())];
        let mut by = |plan: &Plan, param: Param| {
            let mut ids = database.ids(plan, &[param]);
            ids.sort_unstable();
            ids
        };
        for (position, value) in values.iter().enumerate() {
            let equal = filtered(Operator::Eq, scalar.clone());
            assert_eq!(by(&equal, Param::Scalar(value.clone())), [position as i64 + 1], "{ty}");
        }
        if ty.is_ordered() {
            let greater = filtered(Operator::Gt, scalar.clone());
            assert_eq!(by(&greater, Param::Scalar(values[0].clone())), [2], "{ty}");
        }
        let members = filtered(Operator::In, vec![ParamType::List(ty.clone())]);
        assert_eq!(by(&members, Param::List(values.to_vec())), [1, 2], "{ty}");
        assert_eq!(by(&members, Param::List(vec![values[1].clone(), Value::Null])), [2], "{ty}");
        let update = Plan { params: scalar.clone(), ..plan(&model, Action::Update(vec![(1, param(0))])) };
        assert_eq!(database.write(&update, &[Param::Scalar(values[0].clone())]), 3, "{ty}");
        let equal = filtered(Operator::Eq, scalar);
        assert_eq!(database.ids(&equal, &[Param::Scalar(values[0].clone())]).len(), 3, "{ty}");
    }
}
