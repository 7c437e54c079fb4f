use jiff::civil::{DateTime, Time};
use mongodb::bson::oid::ObjectId;
use mongodb::bson::raw::{CString, RawBson, RawBsonRef, RawDocumentBuf};
use mongodb::bson::{Bson, Document, doc};
use ommi_core::ErrorKind;
use ommi_core::schema::{FieldDef, FieldType, ModelDef};
use ommi_core::value::{Cell, RowBatch, Value};

use super::*;

fn read(raw: RawBsonRef<'_>, ty: &FieldType) -> ommi_core::Result<Value> {
    let mut batch = RowBatch::with_capacity(1, 1);
    decode(raw, ty, "Model.field", &mut batch)?;
    batch.end_row();
    batch.get(0, 0).unwrap().to_value()
}

#[track_caller]
fn comes_back(value: Value, ty: FieldType) -> RawBson {
    let raw = encode(&value, &ty, "Model.field").unwrap();
    assert_eq!(read(raw.as_raw_bson_ref(), &ty).unwrap(), value, "{raw:?}");
    // A row's cell becomes the same.
    let mut document = RawDocumentBuf::new();
    let key = CString::try_from("key").unwrap();
    let mut text = String::new();
    append_cell(&mut document, &key, value.as_cell(&mut text), &ty, "Model.field").unwrap();
    match document.get("key").unwrap() {
        Some(appended) => assert_eq!(RawBson::from(appended), raw),
        None => assert_eq!(value, Value::Null),
    }
    raw
}

fn dec(text: &str) -> Value {
    Value::from(text.parse::<bigdecimal::BigDecimal>().unwrap())
}

#[test]
fn every_type_comes_back_as_it_went_in() {
    let moment: DateTime = "2026-11-21T12:30:00.000001".parse().unwrap();
    let instant: jiff::Timestamp = "1969-12-31T23:59:59.999Z".parse().unwrap();
    let fine: jiff::Timestamp = "2026-11-21T12:30:00.000001Z".parse().unwrap();
    for (value, ty) in [
        (Value::Null, FieldType::Int),
        (Value::Bool(true), FieldType::Bool),
        (Value::Int(i64::MIN), FieldType::Int),
        (Value::Float(-0.0), FieldType::Float),
        (Value::Float(f64::INFINITY), FieldType::Float),
        (Value::Text("{\"$gt\": \"\"}".into()), FieldType::Text),
        (Value::Bytes(vec![0, 255]), FieldType::Bytes),
        (Value::Uuid(uuid::Uuid::from_u128(7)), FieldType::Uuid),
        (Value::DateTime(moment), FieldType::DateTime),
        (Value::Timestamp(fine), FieldType::DateTime),
        (Value::DateTime(moment), FieldType::NaiveDateTime),
        (Value::Timestamp(instant), FieldType::Timestamp),
        (Value::Date("0001-01-01".parse().unwrap()), FieldType::Date),
        (Value::Time(Time::new(23, 59, 59, 999_999_000).unwrap()), FieldType::Time),
        (Value::Duration(i64::MAX), FieldType::Duration),
        (Value::Json("[1,2]".into()), FieldType::List(Box::new(FieldType::Int))),
    ] {
        comes_back(value, ty);
    }
}

#[test]
fn decimals_have_up_to_34_digits_wherever_the_point_is() {
    let nines = "9".repeat(34);
    for text in [
        "0",
        "1.5",
        "-0.000001",
        "12345678901234567890.12345678901234",
        &nines,
        &format!("-{}.{}", "9".repeat(17), "9".repeat(17)),
        &format!("0.{}{nines}", "0".repeat(40)),
        &format!("{nines}{}", "0".repeat(300)),
        "1E6144",
        "1E-6176",
        "7E-6000",
    ] {
        comes_back(dec(text), FieldType::Decimal);
    }
    for text in [&format!("{nines}1"), &format!("0.1{}1", "0".repeat(40)), "1E6145", "1E-6177"] {
        let error = encode(&dec(text), &FieldType::Decimal, "Model.price").unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Unsupported, Some("price")), "{text}");
    }
}

#[test]
fn nested_values_are_documents_and_their_keys_are_names() {
    for text in [
        "null",
        "0",
        "\"a\"",
        "true",
        "[]",
        "{}",
        "[1,[null],1.5,\"x\",{\"a\":{}}]",
        r#"{"":1,"$gt":"","$where":{"a.b":[{"$or":[]}]},"_id":2,"a.b":3}"#,
        "[18446744073709551615,-9223372036854775808,1.0,1e+300,-0.0]",
        "\"nul \\u0000 in text\"",
    ] {
        comes_back(Value::Json(text.into()), FieldType::Json);
    }
    let raw = comes_back(Value::Json(r#"{"$gt":{"a.b":1}}"#.into()), FieldType::Json);
    let mut document = RawDocumentBuf::new();
    document.append(CString::try_from("j").unwrap(), raw);
    let expected = doc! { "j": { "$gt": { "a.b": 1_i64 } } };
    assert_eq!(Document::try_from(document.as_ref()).unwrap(), expected);
    assert_eq!(comes_back(Value::Json("null".into()), FieldType::Json), RawBson::MinKey);
}

#[test]
fn a_key_with_nul_and_no_json_at_all_are_refused() {
    for (text, part) in [(r#"{"a\u0000b":1}"#, "NUL"), ("{", "no JSON"), ("1e999", "no JSON")] {
        let error = encode(&Value::Json(text.into()), &FieldType::Json, "Model.data").unwrap_err();
        assert_eq!(
            (error.kind(), error.model(), error.field()),
            (ErrorKind::Validation, Some("Model"), Some("data"))
        );
        assert!(error.message().contains(part), "{error}");
    }
}

#[test]
fn instants_finer_than_milliseconds_are_refused() {
    let fine: jiff::Timestamp = "2026-11-21T12:30:00.000001Z".parse().unwrap();
    let error = encode(&Value::Timestamp(fine), &FieldType::Timestamp, "Model.at").unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::Unsupported, Some("at")));
}

fn found(value: impl Into<Bson>, ty: FieldType) -> ommi_core::Result<Value> {
    let document = mongodb::bson::RawDocumentBuf::try_from(&doc! { "v": value.into() }).unwrap();
    read(document.get("v").unwrap().unwrap(), &ty)
}

#[test]
fn what_others_wrote_is_read_where_nothing_is_lost() {
    let id = uuid::Uuid::from_u128(7);
    let date = mongodb::bson::DateTime::from_millis(86_400_000);
    for (value, ty, expected) in [
        (Bson::Int32(3), FieldType::Int, Value::Int(3)),
        (Bson::Double(3.0), FieldType::Int, Value::Int(3)),
        (Bson::Double(i64::MIN as f64), FieldType::Int, Value::Int(i64::MIN)),
        (Bson::Int32(3), FieldType::Float, Value::Float(3.0)),
        (Bson::Int32(1), FieldType::Bool, Value::Bool(true)),
        (Bson::Double(1.5), FieldType::Decimal, dec("1.5")),
        (Bson::Int64(100), FieldType::Decimal, dec("100")),
        (Bson::Decimal128("1.500".parse().unwrap()), FieldType::Decimal, dec("1.5")),
        (Bson::Decimal128("1E+3".parse().unwrap()), FieldType::Int, Value::Int(1000)),
        (Bson::String(id.to_string()), FieldType::Uuid, Value::Uuid(id)),
        (Bson::DateTime(date), FieldType::Date, Value::Date("1970-01-02".parse().unwrap())),
        (
            Bson::DateTime(date),
            FieldType::DateTime,
            Value::Timestamp("1970-01-02T00:00:00Z".parse().unwrap()),
        ),
        (
            Bson::DateTime(date),
            FieldType::NaiveDateTime,
            Value::DateTime("1970-01-02T00:00:00".parse().unwrap()),
        ),
        (Bson::Null, FieldType::Text, Value::Null),
        (
            doc! { "b": 1, "a": [date] }.into(),
            FieldType::Json,
            Value::Json(r#"{"a":["1970-01-02T00:00:00Z"],"b":1}"#.into()),
        ),
    ] {
        assert_eq!(found(value.clone(), ty.clone()).unwrap(), expected, "{value:?} as {ty}");
    }
}

#[test]
fn what_would_be_another_value_is_an_error_that_names_the_field() {
    for (value, ty, says) in [
        (Bson::Double(1.5), FieldType::Int, "the database holds a float, which is no such value"),
        (Bson::Double(i64::MAX as f64), FieldType::Int, "no such value"),
        (Bson::Int64((1 << 53) + 1), FieldType::Float, "no such value"),
        (Bson::String("1".into()), FieldType::Int, "expected an integer, the database holds text"),
        (Bson::Double(f64::NAN), FieldType::Decimal, "no such value"),
        (Bson::ObjectId(ObjectId::new()), FieldType::Text, "an ObjectId"),
        (Bson::String("soon".into()), FieldType::DateTime, "no such value"),
        (doc! {}.into(), FieldType::List(Box::new(FieldType::Int)), "a document"),
        (Bson::Int32(2), FieldType::Bool, "no such value"),
    ] {
        let error = found(value, ty).unwrap_err();
        assert_eq!(
            (error.kind(), error.model(), error.field()),
            (ErrorKind::Query, Some("Model"), Some("field"))
        );
        assert!(error.message().contains(says), "{error}");
    }
}

#[test]
fn names_that_mean_something_else_are_escaped_and_come_back() {
    for (column, stored) in [
        ("name", "name"),
        ("a$b", "a$b"),
        ("$where", "%24where"),
        ("a.b", "a%2Eb"),
        ("_id", "%5Fid"),
        ("100%", "100%25"),
        ("%24", "%2524"),
        ("%2E.", "%252E%2E"),
    ] {
        assert_eq!(field_name(column), stored);
        assert_eq!(column_name(stored), column);
    }
    for (table, stored) in [
        ("users", "users"),
        ("a.b", "a.b"),
        (".a", "%2Ea"),
        ("a$b", "a%24b"),
        ("system.users", "%73ystem.users"),
        ("%73ystem.x", "%2573ystem.x"),
    ] {
        assert_eq!(collection_name(table), stored);
        assert_eq!(column_name(stored), table);
    }
}

#[test]
fn a_single_key_is_the_id_and_several_are_parts_of_it() {
    let field = |name: &str| FieldDef::new(name, FieldType::Int);
    let one = ModelDef::builder("One").field(field("id")).field(field("_id").column("_id")).key(["id"]);
    let one = one.build().unwrap();
    assert_eq!((key_layout(&one), stored_name(&one, 0).as_ref()), (KeyLayout::Single(0), "_id"));
    assert_eq!(stored_name(&one, 1), "%5Fid");
    let two = ModelDef::builder("Two").field(field("a")).field(field("b")).key(["b", "a"]).build().unwrap();
    assert_eq!((key_layout(&two), stored_name(&two, 0).as_ref()), (KeyLayout::Composite, "a"));
}

#[test]
fn a_missing_field_is_null() {
    let mut document = RawDocumentBuf::new();
    let key = CString::try_from("a").unwrap();
    append_cell(&mut document, &key, Cell::Null, &FieldType::Text, "Model.a").unwrap();
    assert!(document.is_empty());
}
