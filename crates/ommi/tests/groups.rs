//! Aggregates and groups, typed.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use bigdecimal::BigDecimal;
use common::*;
use ommi::{ErrorKind, FromRow, Model, count, prelude::*};

#[derive(FromRow, Debug, PartialEq)]
struct Ages {
    active: bool,
    people: i64,
    mean: Option<f64>,
}

#[derive(Model, Debug, Clone)]
struct Payment {
    id: i64,
    kind: Option<String>,
    amount: BigDecimal,
}

async fn people() -> Ommi {
    let db = Ommi::connect("memory://").await.unwrap();
    db.use_models(ommi::models![User, Post, Comment, Role, UserRole]).await.unwrap();
    let mut users = [user("Ada", 36), user("bob", 17), user("Cyd", 60), user("Dan", 36)];
    db.add_all(&mut users).await.unwrap();
    db
}

#[tokio::test]
async fn values_are_made_of_all_rows() {
    let db = people().await;
    let made = (count(), User::AGE.sum(), User::AGE.avg(), User::NAME.min(), User::EMAIL.max());
    let row = db.find::<User>().select(made).one().await.unwrap();
    assert_eq!(row, (4, Some(149), Some(37.25), Some("Ada".to_owned()), None));
    let different = db.find::<User>().select(User::AGE.count().distinct()).one().await.unwrap();
    assert_eq!(different, 3);
    let grown_up = db.find::<User>().select(User::AGE.min().filter(User::AGE.ge(18))).one().await.unwrap();
    assert_eq!(grown_up, Some(36));
}

#[tokio::test]
async fn rows_are_put_together() {
    let db = people().await;
    let groups = || db.find::<User>().select((User::AGE, count())).group_by(User::AGE);
    let sorted = groups().order_by((count().desc(), User::AGE)).all().await.unwrap();
    assert_eq!(sorted, [(36, 2), (17, 1), (60, 1)]);
    assert_eq!(groups().having(count().gt(1)).all().await.unwrap(), [(36, 2)]);
    assert_eq!(groups().having(User::NAME.max().eq("bob")).first().await.unwrap(), Some((17, 1)));
    assert_eq!(groups().count().await.unwrap(), 3);
    let decade = || User::AGE / 10;
    let decades = db.find::<User>().select((decade(), count())).group_by(decade()).order_by(decade());
    assert_eq!(decades.all().await.unwrap(), [(Some(1), 1), (Some(3), 2), (Some(6), 1)]);
}

#[tokio::test]
async fn aggregates_are_computed_with() {
    let db = people().await;
    let row = db.find::<User>().select((User::AGE.sum() / count(), count() * 2)).one().await.unwrap();
    assert_eq!(row, (Some(37), Some(8)));
    let doubled = db.find::<User>().select((User::AGE * 2).max()).one().await.unwrap();
    assert_eq!(doubled, Some(120));
}

#[tokio::test]
async fn decimals_are_summed_exactly() {
    let db = Ommi::connect("memory://").await.unwrap();
    let payment = |amount: &str| Payment { id: 0, kind: None, amount: amount.parse().unwrap() };
    db.add_all(&mut [payment("0.1"), payment("0.2"), payment("1")]).await.unwrap();
    let row =
        db.find::<Payment>().select((Payment::AMOUNT.sum(), Payment::AMOUNT.avg())).one().await.unwrap();
    let number = |text: &str| Some(text.parse::<BigDecimal>().unwrap());
    assert_eq!(row, (number("1.3"), number("0.43333333333333333333")));
}

#[tokio::test]
async fn what_is_selected_becomes_a_struct_by_name() {
    let db = people().await;
    let ages = db
        .find::<User>()
        .select((User::AGE.avg().named("mean"), User::ACTIVE, count().named("people")))
        .group_by(User::ACTIVE)
        .order_by(User::ACTIVE.desc())
        .into_struct::<Ages>();
    let expected = [
        Ages { active: true, people: 3, mean: Some(44.0) },
        Ages { active: false, people: 1, mean: Some(17.0) },
    ];
    assert_eq!(ages.all().await.unwrap(), expected);
}

#[tokio::test]
async fn names_that_do_not_fit_are_refused() {
    let db = people().await;
    let groups = || db.find::<User>().group_by(User::ACTIVE);
    let unnamed = groups().select((User::ACTIVE, count())).into_struct::<Ages>().all().await.unwrap_err();
    assert!(unnamed.to_string().contains("value 2 of what is selected has no name"), "{unnamed}");
    let missing = groups().select(User::ACTIVE).into_struct::<Ages>().all().await.unwrap_err();
    assert!(missing.to_string().contains("nothing that is selected is called `people`"), "{missing}");
    let strange = groups().select(count().named("women")).into_struct::<Ages>().all().await.unwrap_err();
    assert!(strange.to_string().contains("`Ages` has no field `women`"), "{strange}");
}

#[tokio::test]
async fn what_is_not_grouped_is_refused() {
    let db = people().await;
    let error = db.find::<User>().select((User::NAME, count())).all().await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::Query, Some("name")));
    let error = db.find::<User>().filter(count().gt(1)).all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Query);
}
