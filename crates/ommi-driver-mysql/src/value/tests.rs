use jiff::civil::{date, time};
use mysql_async::Value as Wire;
use ommi_core::ErrorKind;
use ommi_core::schema::FieldType;
use ommi_core::value::Cell;

use super::*;

fn read(got: &Wire, stored: Stored, ty: FieldType) -> Result<String, ommi_core::Error> {
    let types = [ty];
    let labels = ["User.field".to_owned()];
    let expected = Expected { types: &types, labels: &labels };
    decode(got, stored, 0, &expected, &mut String::new()).map(|cell| format!("{cell:?}"))
}

#[test]
fn every_type_comes_back_as_it_went_in() {
    let moment = date(2026, 2, 3).at(4, 5, 6, 7_000);
    let instant = jiff::Timestamp::from_microsecond(-1).unwrap();
    for (cell, ty, stored) in [
        (Cell::Null, FieldType::Text, Stored::Text),
        (Cell::Bool(true), FieldType::Bool, Stored::Integer),
        (Cell::Int(i64::MIN), FieldType::Int, Stored::Integer),
        (Cell::Float(-0.5), FieldType::Float, Stored::Float),
        (Cell::Text("ä'\\"), FieldType::Text, Stored::Text),
        (Cell::Bytes(b"\0\xff"), FieldType::Bytes, Stored::Bytes),
        (Cell::Decimal("-10.5"), FieldType::Decimal, Stored::Decimal),
        (Cell::Uuid(uuid::Uuid::from_u128(7)), FieldType::Uuid, Stored::Bytes),
        (Cell::DateTime(moment), FieldType::DateTime, Stored::Text),
        (Cell::Timestamp(instant), FieldType::DateTime, Stored::Text),
        (Cell::DateTime(moment), FieldType::NaiveDateTime, Stored::DateTime),
        (Cell::Timestamp(instant), FieldType::Timestamp, Stored::DateTime),
        (Cell::Date(date(1, 1, 1)), FieldType::Date, Stored::Date),
        (Cell::Time(time(23, 59, 59, 999_999_000)), FieldType::Time, Stored::Time),
        (Cell::Duration(-1), FieldType::Duration, Stored::Integer),
        (Cell::Json("{\"a\":1}"), FieldType::Json, Stored::Text),
    ] {
        let sent = encode_cell(cell, &ty).unwrap();
        assert_eq!(read(&sent, stored, ty).unwrap(), format!("{cell:?}"));
    }
}

#[test]
fn what_a_column_cannot_hold_is_refused_before_it_is_sent() {
    let long = format!("1{}", "0".repeat(35));
    for cell in [
        Cell::Date(date(0, 12, 31)),
        Cell::Date(date(-1, 1, 1)),
        Cell::Time(time(0, 0, 0, 1)),
        Cell::Decimal(&long),
        Cell::Decimal("0.0000000000000000000000000000001"),
        Cell::DateTime(date(0, 1, 1).at(0, 0, 0, 0)),
    ] {
        let error = encode_cell(cell, &FieldType::DateTime).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation, "{cell:?}");
    }
    let error = encode_cell(Cell::Float(f64::NAN), &FieldType::Float).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[test]
fn decimals_are_trimmed() {
    for (stored, plain) in
        [("1.100", "1.1"), ("100", "100"), ("0.000", "0"), ("-0.00", "0"), ("-1.50", "-1.5")]
    {
        let cell = read(&Wire::Bytes(stored.into()), Stored::Decimal, FieldType::Decimal).unwrap();
        assert_eq!(cell, format!("{:?}", Cell::Decimal(plain)));
    }
}

#[test]
fn foreign_columns_are_read_where_that_is_exact() {
    let int = |value| Wire::Int(value);
    assert_eq!(read(&int(2), Stored::Integer, FieldType::Float).unwrap(), "Float(2.0)");
    assert_eq!(read(&int(2), Stored::Integer, FieldType::Decimal).unwrap(), "Decimal(\"2\")");
    assert_eq!(read(&Wire::Float(0.5), Stored::Float, FieldType::Float).unwrap(), "Float(0.5)");
    assert_eq!(read(&Wire::Bytes(b"12.00".to_vec()), Stored::Decimal, FieldType::Int).unwrap(), "Int(12)");
    let minute = Wire::Time(true, 1, 0, 1, 0, 0);
    assert_eq!(read(&minute, Stored::Time, FieldType::Duration).unwrap(), "Duration(-86460000000)");
    let spaced = Wire::Bytes(b"{\"b\": 1, \"a\": [1, 2.0]}".to_vec());
    let canonical = format!("{:?}", Cell::Json("{\"a\":[1,2.0],\"b\":1}"));
    assert_eq!(read(&spaced, Stored::Json, FieldType::Json).unwrap(), canonical);
}

#[test]
fn what_is_no_value_of_the_field_is_an_error_that_names_it() {
    for (got, stored, ty) in [
        (Wire::UInt(u64::MAX), Stored::Integer, FieldType::Int),
        (Wire::Int(i64::MAX), Stored::Integer, FieldType::Float),
        (Wire::Int(2), Stored::Integer, FieldType::Bool),
        (Wire::Bytes(b"7".to_vec()), Stored::Text, FieldType::Int),
        (Wire::Bytes(b"x".to_vec()), Stored::Bytes, FieldType::Text),
        (Wire::Bytes(b"\xff".to_vec()), Stored::Text, FieldType::Text),
        (Wire::Bytes(b"1.5".to_vec()), Stored::Decimal, FieldType::Int),
        (Wire::Date(0, 0, 0, 0, 0, 0, 0), Stored::Date, FieldType::Date),
        (Wire::Date(2026, 0, 1, 0, 0, 0, 0), Stored::DateTime, FieldType::NaiveDateTime),
        (Wire::Time(false, 1, 0, 0, 0, 0), Stored::Time, FieldType::Time),
        (Wire::Time(true, 0, 1, 0, 0, 0), Stored::Time, FieldType::Time),
        (Wire::Bytes(b"noon".to_vec()), Stored::Text, FieldType::DateTime),
    ] {
        let error = read(&got, stored, ty).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Query);
        assert_eq!((error.model(), error.field()), (Some("User"), Some("field")));
    }
}
