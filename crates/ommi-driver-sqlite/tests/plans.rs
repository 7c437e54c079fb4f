//! Plans compiled by `ommi-sql` and run: every type there and back, and the schema that was created.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::sync::Arc;

use common::*;
use futures_executor::block_on;
use ommi_core::driver::{Driver, Executor, Param};
use ommi_core::plan::{Action, Column, ParamType, Plan, PlanExpr, PlanOrder, Reach, Term};
use ommi_core::query::{Direction, Operator};
use ommi_core::schema::{FieldDef, FieldType, ModelDef};
use ommi_core::value::{RowBatch, Value};
use ommi_driver_sqlite::{SqliteConfig, SqliteDriver};

fn model() -> Arc<ModelDef> {
    let field = |name: &str, ty| FieldDef::new(name, ty).nullable();
    ModelDef::builder("Order")
        .field(FieldDef::new("id", FieldType::Int))
        .field(field("bool", FieldType::Bool))
        .field(field("float", FieldType::Float))
        .field(field("index", FieldType::Text))
        .field(field("bytes", FieldType::Bytes))
        .field(field("decimal", FieldType::Decimal))
        .field(field("uuid", FieldType::Uuid))
        .field(field("datetime", FieldType::DateTime))
        .field(field("timestamp", FieldType::Timestamp))
        .field(field("date", FieldType::Date))
        .field(field("time", FieldType::Time))
        .field(field("duration", FieldType::Duration))
        .field(field("json", FieldType::Json))
        .field(field("list", FieldType::List(Box::new(FieldType::Text))))
        .build()
        .unwrap()
}

fn first_row() -> Vec<Value> {
    let date = jiff::civil::date(1999, 12, 31);
    vec![
        Value::Bool(true),
        Value::Float(-0.1),
        Value::Text("naïve 'quotes' 🦀".into()),
        Value::Bytes(vec![0, 255]),
        Value::Decimal("-12345678901234567890.000001".parse().unwrap()),
        Value::Uuid(uuid::Uuid::from_u128(0x1234_5678)),
        Value::DateTime(date.at(23, 59, 59, 999_999_000)),
        Value::Timestamp(jiff::Timestamp::from_microsecond(-1).unwrap()),
        Value::Date(date),
        Value::Time(jiff::civil::time(0, 0, 0, 1_000)),
        Value::Duration(-1),
        Value::Json("{\"a\":[1,null]}".into()),
        Value::Json("[\"x\"]".into()),
    ]
}

fn second_row() -> Vec<Value> {
    let mut row = first_row();
    row[4] = Value::Decimal("9".parse().unwrap());
    row[6] = Value::Timestamp(jiff::Timestamp::from_microsecond(5).unwrap());
    row[1] = Value::Float(f64::INFINITY);
    row
}

fn plan(model: &Arc<ModelDef>, action: Action, params: Vec<ParamType>) -> Plan {
    Plan {
        action,
        tables: vec![model.clone()],
        enclosing: 0,
        joins: Vec::new(),
        semi_join: false,
        filter: None,
        grouping: None,
        order: Vec::new(),
        limit: None,
        offset: None,
        limit_by: None,
        distinct: false,
        lock: None,
        params,
        reach: Reach::Unlimited,
    }
}

fn terms(model: &Arc<ModelDef>, fields: impl IntoIterator<Item = usize>) -> Vec<Term> {
    fields.into_iter().map(|field| term(model, field)).collect()
}

fn term(model: &Arc<ModelDef>, field: usize) -> Term {
    Term::column(std::slice::from_ref(model), Column { table: 0, field })
}

fn filled() -> (SqliteDriver, Arc<ModelDef>) {
    let (driver, model) = (SqliteDriver::new(SqliteConfig::memory()).unwrap(), model());
    let script = driver.create_statements(std::slice::from_ref(&model)).unwrap();
    block_on(driver.run_script(script.clone())).unwrap();
    block_on(driver.run_script(script)).unwrap();
    let fields: Vec<usize> = (1..model.fields().len()).collect();
    let types = fields.iter().map(|field| ParamType::Scalar(model.fields()[*field].ty.clone())).collect();
    let insert = driver.compile(&plan(&model, Action::Insert { fields, returning: Some(0) }, types)).unwrap();
    let nulls = vec![Value::Null; model.fields().len() - 1];
    let mut rows = RowBatch::with_capacity(nulls.len(), 3);
    for row in [first_row(), second_row(), nulls] {
        for value in &row {
            rows.push(value.as_cell(&mut String::new()));
        }
        rows.end_row();
    }
    assert_eq!(block_on(driver.insert(Arc::new(insert), rows)).unwrap(), [1, 2, 3]);
    (driver, model)
}

#[test]
fn every_type_comes_back_as_it_went_in() {
    let (driver, model) = filled();
    let all = plan(&model, Action::Fetch(terms(&model, 1..model.fields().len())), Vec::new());
    let select = Arc::new(driver.compile(&all).unwrap());
    let rows = read(&driver, &select, vec![]).unwrap();
    assert_eq!(rows[0], first_row());
    assert_eq!(rows[1], second_row());
    assert!(rows[2].iter().all(Value::is_null));
}

#[test]
fn the_created_table_is_read_back_as_the_model() {
    let (driver, model) = filled();
    let tables = block_on(driver.introspect(vec!["Order".into(), "None".into()])).unwrap();
    assert_eq!(tables.len(), 1);
    for (column, field) in tables[0].columns.iter().zip(model.fields()) {
        assert_eq!((&column.name, column.nullable), (&field.column, field.nullable));
        assert!(column.fits.contains(&field.ty), "{column:?}");
    }
}

fn found(operator: Operator, field: usize, params: Vec<Param>) -> Vec<Value> {
    let (driver, model) = filled();
    let subject = model.fields()[field].ty.clone();
    let types = params.iter().map(|param| match param {
        Param::Scalar(_) => ParamType::Scalar(subject.clone()),
        Param::List(_) => ParamType::List(subject.clone()),
    });
    let mut select = plan(&model, Action::Fetch(terms(&model, [0])), types.collect());
    let operands = std::iter::once(PlanExpr::Column(Column { table: 0, field }))
        .chain((0..params.len()).map(PlanExpr::Param))
        .collect();
    select.filter = Some(PlanExpr::Apply { operator, subject, operands });
    select.order = vec![PlanOrder { by: term(&model, field), direction: Direction::Descending }];
    let select = Arc::new(driver.compile(&select).unwrap());
    read(&driver, &select, params).unwrap().into_iter().map(|mut row| row.remove(0)).collect()
}

#[test]
fn decimals_compare_and_sort_by_value() {
    let decimal = |text: &str| Param::Scalar(Value::Decimal(text.parse().unwrap()));
    assert_eq!(found(Operator::Lt, 5, vec![decimal("100")]), [Value::Int(2), Value::Int(1)]);
    assert_eq!(found(Operator::Eq, 5, vec![decimal("9")]), [Value::Int(2)]);
    let list = vec![Value::Decimal("9".parse().unwrap()), Value::Null];
    assert_eq!(found(Operator::In, 5, vec![Param::List(list)]), [Value::Int(2)]);
}

#[test]
fn text_is_searched_literally() {
    for (operator, pattern) in [
        (Operator::Contains, "'quotes'"),
        (Operator::StartsWith, "naï"),
        (Operator::EndsWith, "🦀"),
        (Operator::Like, "na_ve%"),
        (Operator::ILike, "NAÏVE%"),
        (Operator::Regex, "^na.ve"),
    ] {
        assert_eq!(found(operator, 3, vec![text(pattern)]).len(), 2, "{operator:?}");
        assert_eq!(found(operator, 3, vec![text("%none%")]).len(), 0, "{operator:?}");
    }
}
