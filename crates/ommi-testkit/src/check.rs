//! Checks that many cases make.

use std::sync::Arc;

use ommi_core::query::{Expr, Operator};
use ommi_core::schema::ModelDef;
use ommi_core::value::Value;
use ommi_core::{Error, ErrorKind, Result};
use ommi_engine::Session;

use crate::db::{Db, refused};
use crate::expr::{Ask, Build, field, find, lit, show};
use crate::models;
use crate::run::{Row, Run};
use crate::values::NULL;

/// Samples of which one field has these values, numbered from 1, in place of whatever samples there were.
pub(crate) fn stored(db: &Session, name: &str, values: &[Value]) -> Result<Arc<ModelDef>> {
    let sample = models::sample();
    store_values(db, &sample, name, values)?;
    Ok(sample)
}

/// As [`stored`], for a definition at hand.
pub(crate) fn store_values(db: &Session, sample: &Arc<ModelDef>, name: &str, values: &[Value]) -> Result<()> {
    db.remove(find(sample))?;
    let rows: Vec<Row> =
        (1..).zip(values).map(|(number, value)| vec![Value::Int(number), value.clone()]).collect();
    db.add_all(sample, &["id", name], &rows).map(drop)
}

/// As [`stored`], for two fields.
pub(crate) fn stored_pairs(db: &Db, names: [&str; 2], rows: &[[Value; 2]]) -> Result<Arc<ModelDef>> {
    let sample = models::sample();
    db.remove(find(&sample))?;
    let numbered =
        |(number, [left, right]): (i64, &[Value; 2])| vec![Value::Int(number), left.clone(), right.clone()];
    let rows: Vec<Row> = (1..).zip(rows).map(numbered).collect();
    db.add_all(&sample, &["id", names[0], names[1]], &rows)?;
    Ok(sample)
}

/// A predicate finds the rows of these keys and no others. The key is the model's first field.
#[track_caller]
pub(crate) fn finds(db: &Db, model: &Arc<ModelDef>, predicate: Expr, expected: &[i64]) {
    let key = &model.fields()[model.key()[0]].name;
    match db.ids(find(model).filter(predicate.clone()).by(key)) {
        Ok(found) => assert_eq!(found, expected, "{}", show(&predicate)),
        Err(error) => panic!("{}: {error:?}", show(&predicate)),
    }
}

/// A predicate is refused before anything is sent.
#[track_caller]
pub(crate) fn refuses(db: &Db, model: &Arc<ModelDef>, predicate: Expr, kind: ErrorKind) -> Error {
    refused(db.unsent(|| db.rows(find(model).filter(predicate))), kind)
}

/// Stores each value by an insert and again by an update, reads it back and finds it.
#[track_caller]
pub(crate) fn keeps(db: &Db, name: &str, values: &[Value]) -> Result<()> {
    let sample = stored(db, name, values)?;
    comes_back(db, &sample, name, values)?;
    db.change(find(&sample), &[(name, lit(NULL))])?;
    for (number, value) in (1..).zip(values) {
        let one = find(&sample).filter(field(&sample, "id").is(Operator::Eq, number));
        db.change(one, &[(name, lit(value.clone()))])?;
    }
    comes_back(db, &sample, name, values)
}

#[track_caller]
fn comes_back(db: &Db, sample: &Arc<ModelDef>, name: &str, values: &[Value]) -> Result<()> {
    let found = db.values(find(sample).by("id").select(&[name]))?;
    for (found, value) in found.iter().zip(values) {
        assert!(found == value, "{} became {}", short(value), short(found));
        if !value.is_null() {
            assert!(
                db.exists(find(sample).filter(field(sample, name).is(Operator::Eq, value.clone())))?,
                "{} is not found",
                short(value)
            );
        }
        // Lists may travel as text, which takes more room than the server may have for one statement.
        if !value.is_null() && !is_huge(value) {
            assert!(
                db.exists(find(sample).filter(field(sample, name).among(Operator::In, [value.clone()])))?,
                "{} is not in its list",
                short(value)
            );
        }
    }
    assert_eq!(found.len(), values.len());
    Ok(())
}

fn is_huge(value: &Value) -> bool {
    matches!(value, Value::Bytes(bytes) if bytes.len() > 4 << 20)
}

fn short(value: &Value) -> String {
    format!("{value:?}").chars().take(300).collect()
}
