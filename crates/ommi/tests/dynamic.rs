//! Models that are known only while the program runs.
#![allow(clippy::unwrap_used)] // a failure of a helper is a failed test

use std::sync::Arc;

use ommi::schema::{Action, FieldDef, FieldType, ModelDef, ModelLink, ReferenceDef};
use ommi::{ErrorKind, Row, column, prelude::*};

fn planes() -> Arc<ModelDef> {
    ModelDef::builder("Plane")
        .table("planes")
        .field(FieldDef::new("id", FieldType::Int))
        .field(FieldDef::new("tail", FieldType::Text).unique())
        .field(FieldDef::new("seats", FieldType::Int).nullable())
        .field(FieldDef::new("active", FieldType::Bool))
        .build()
        .unwrap()
}

fn plane(model: &Arc<ModelDef>, tail: &str, seats: i64) -> Row {
    Row::new(model)
        .with("tail", tail)
        .unwrap()
        .with("seats", seats)
        .unwrap()
        .with("active", seats > 10)
        .unwrap()
}

#[tokio::test]
async fn rows_are_added_found_changed_and_removed() {
    let (db, model) = (Ommi::connect("sqlite://:memory:").await.unwrap(), planes());
    let mut rows = [plane(&model, "N1", 5), plane(&model, "N2", 50), plane(&model, "N3", 150)];
    db.add_rows(&mut rows).await.unwrap();
    assert_eq!(rows[2].get::<i64>("id").unwrap(), 3);

    let (seats, tail) = (column(&model, "seats").unwrap(), column(&model, "tail").unwrap());
    let active = column(&model, "active").unwrap();
    let tails = async |predicate: ommi::Predicate| -> Vec<String> {
        let found = db.find_dynamic(&model).filter(predicate).order_by(tail.asc()).all().await.unwrap();
        found.iter().map(|row| row.get("tail").unwrap()).collect()
    };
    assert_eq!(tails(seats.ge(50) & tail.ne("N3")).await, ["N2"]);
    assert_eq!(tails(!active.is_true()).await, ["N1"]);
    assert_eq!(tails((seats.clone() / 10).in_([0, 15])).await, ["N1", "N3"]);
    assert_eq!(tails(tail.ends_with("2") | seats.is_null()).await, ["N2"]);
    assert_eq!(tails(seats.between(5, seats.clone())).await.len(), 3);

    let all = || db.find_dynamic(&model);
    assert_eq!(all().filter(active).update(seats.set(seats.clone() * 2)).await.unwrap(), 2);
    assert_eq!(
        all().order_by(seats.desc()).first().await.unwrap().unwrap().get::<i32>("seats").unwrap(),
        300
    );
    let mut first = all().filter(tail.eq("N1")).one().await.unwrap();
    first.set("tail", "N9").unwrap();
    db.save_row(&mut first).await.unwrap();
    assert_eq!(all().filter(tail.eq("N9")).count().await.unwrap(), 1);
    db.delete_row(&first).await.unwrap();
    assert!(db.delete_row(&first).await.unwrap_err().is_no_result());
    assert_eq!(all().delete().await.unwrap(), 2);
}

#[tokio::test]
async fn names_and_values_are_checked() {
    let (db, model) = (Ommi::connect("sqlite://:memory:").await.unwrap(), planes());
    let error = column(&model, "wings").unwrap_err();
    assert!(error.to_string().contains("id, tail, seats, active"), "{error}");
    let error = Row::new(&model).with("seats", "many").unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::Validation, Some("seats")));
    let mut row = Row::new(&model);
    let error = db.add_row(&mut row).await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::Validation, Some("tail")), "{error}");
    let error = plane(&model, "N1", 1).get::<bool>("tail").unwrap_err();
    assert_eq!(error.to_string(), "Plane.tail: expected a bool, the database holds text");
    let mut mixed = [plane(&model, "N1", 1), plane(&planes(), "N2", 1)];
    assert_eq!(db.add_rows(&mut mixed).await.unwrap_err().kind(), ErrorKind::Validation);
}

#[tokio::test]
async fn references_join_dynamic_models() {
    let (db, model) = (Ommi::connect("sqlite://:memory:").await.unwrap(), planes());
    let target = model.clone();
    let flights = ModelDef::builder("Flight")
        .field(FieldDef::new("id", FieldType::Int))
        .field(FieldDef::new("plane_id", FieldType::Int))
        .reference(
            ["plane_id"],
            ReferenceDef {
                fields: Vec::new(),
                target: ModelLink::new("Plane", move || Ok(target.clone())),
                target_fields: Vec::new(),
                on_delete: Action::Cascade,
                on_update: Action::Restrict,
            },
        )
        .build()
        .unwrap();
    db.use_models(vec![model.clone(), flights.clone()]).await.unwrap();
    db.add_rows(&mut [plane(&model, "N1", 5), plane(&model, "N2", 50)]).await.unwrap();
    db.add_row(&mut Row::new(&flights).with("plane_id", 2).unwrap()).await.unwrap();
    let flown = db.find_dynamic(&model).filter(column(&flights, "id").unwrap().ge(1)).one().await.unwrap();
    assert_eq!(flown.get::<String>("tail").unwrap(), "N2");
}
