//! Rows on their way in.

use ommi_core::ErrorKind;
use ommi_core::value::{Cell, RowBatch};

use super::*;
use crate::insert::checked;
use crate::testing::models;

fn batch(rows: &[&[Cell<'_>]]) -> RowBatch {
    let mut batch = RowBatch::with_capacity(rows[0].len(), rows.len());
    rows.iter().for_each(|row| batch.push_row(row));
    batch
}

fn positions(names: &[&str]) -> Vec<usize> {
    names.iter().map(|name| models().user.require_field(name).unwrap()).collect()
}

fn check(names: &[&str], rows: &[&[Cell<'_>]]) -> Result<RowBatch> {
    checked(&models().user, &positions(names), batch(rows), &crate::limits::tests::nanless())
}

#[test]
fn rows_go_in_by_one_statement_and_keys_come_back() {
    let (handle, fake) = handle();
    let rows = batch(&[&[Cell::Text("ada"), Cell::Int(36)], &[Cell::Text("bob"), Cell::Int(2)]]);
    let keys = wait(handle.session().insert(models().user.clone(), positions(&["name", "age"]), rows));
    assert_eq!(keys, [1, 2]);
    assert_eq!(fake.take_log(), ["compile User", "insert [User] 2"]);
}

#[test]
fn no_rows_are_no_statement() {
    let (handle, fake) = handle();
    let rows = RowBatch::with_capacity(2, 0);
    assert!(
        wait(handle.session().insert(models().user.clone(), positions(&["name", "age"]), rows)).is_empty()
    );
    assert_eq!(fake.take_log(), ["compile User"]);
}

#[test]
fn a_required_field_without_a_value_is_refused() {
    let (handle, _) = handle();
    let rows = batch(&[&[Cell::Text("ada")]]);
    let error = fail(handle.session().insert(models().user.clone(), positions(&["name"]), rows));
    assert_eq!(error.to_string(), "User.age: a value is required: the field is not optional");
}

#[test]
fn a_cell_that_does_not_fit_is_refused_by_row_and_field() {
    let error = check(&["age"], &[&[Cell::Int(1)], &[Cell::Text("x")]]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.to_string(), "User.age: expected an integer, got text (row 2 of 2)");
    let error = check(&["name"], &[&[Cell::Text("far too long a name")]]).unwrap_err();
    assert_eq!(error.to_string(), "User.name: the text has 19 characters and 10 are allowed");
    assert!(check(&["name"], &[&[Cell::Text("a\0")]]).is_err());
    assert!(check(&["name"], &[&[Cell::Null]]).is_err());
    assert!(check(&["balance"], &[&[Cell::Decimal("NaN")]]).is_err());
    assert_eq!(check(&["weight"], &[&[Cell::Float(f64::NAN)]]).unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn a_text_of_few_characters_and_many_bytes_fits() {
    assert!(check(&["name"], &[&[Cell::Text("ääääääääää")]]).is_ok());
}

#[test]
fn the_key_may_be_left_to_the_database() {
    assert!(check(&["id", "name"], &[&[Cell::Null, Cell::Text("ada")]]).is_ok());
}

#[test]
fn integers_stand_for_floats_and_decimals_where_that_is_exact() {
    let rows = check(&["weight", "balance"], &[&[Cell::Int(3), Cell::Int(1200)]]).unwrap();
    assert_eq!(rows.row(0).collect::<Vec<_>>(), [Cell::Float(3.0), Cell::Decimal("1200")]);
    assert!(check(&["weight"], &[&[Cell::Int(i64::MAX)]]).is_err());
}

#[test]
fn equal_decimals_are_stored_as_equal_text() {
    for text in ["1.10", "01.1", "+1.1", "1.100", "0.11E1"] {
        let rows = check(&["balance"], &[&[Cell::Decimal(text)]]).unwrap();
        assert_eq!(rows.get(0, 0), Some(Cell::Decimal("1.1")), "{text}");
    }
    for text in ["0", "-1.5", "100", "0.001"] {
        let rows = check(&["balance"], &[&[Cell::Decimal(text)]]).unwrap();
        assert_eq!(rows.get(0, 0), Some(Cell::Decimal(text)));
    }
    let rows = check(&["balance"], &[&[Cell::Decimal("-0.0")]]).unwrap();
    assert_eq!(rows.get(0, 0), Some(Cell::Decimal("0")));
}
