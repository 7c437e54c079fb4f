//! Checks that many cases make.

use std::sync::Arc;

use ommi_core::query::{Expr, Operator};
use ommi_core::schema::ModelDef;
use ommi_core::value::Value;
use ommi_core::{Error, ErrorKind, Result};

use crate::db::{Db, refused};
use crate::expr::{Ask, Build, field, find, lit, show};
use crate::models;
use crate::run::{Row, Run};
use crate::values::NULL;

/// Samples of which one field has these values, numbered from 1.
pub(crate) fn stored(db: &Db, name: &str, values: &[Value]) -> Result<Arc<ModelDef>> {
    let sample = models::sample();
    let rows: Vec<Row> = values.iter().map(|value| vec![value.clone()]).collect();
    db.add_all(&sample, &[name], &rows)?;
    Ok(sample)
}

/// Samples of which two fields have these values, numbered from 1.
pub(crate) fn stored_pairs(db: &Db, names: [&str; 2], rows: &[[Value; 2]]) -> Result<Arc<ModelDef>> {
    let sample = models::sample();
    let rows: Vec<Row> = rows.iter().map(|row| row.to_vec()).collect();
    db.add_all(&sample, &names, &rows)?;
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

fn short(value: &Value) -> String {
    format!("{value:?}").chars().take(300).collect()
}
