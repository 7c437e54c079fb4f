//! Every operator, by what it finds.
#![allow(clippy::unwrap_used)] // a failure of a helper is a failed test

mod common;

use common::{User, with_users};
use ommi::{ErrorKind, IntoPredicate, Model, prelude::*};

async fn found(db: &Ommi, predicate: impl IntoPredicate) -> Vec<String> {
    db.find::<User>().filter(predicate).order_by(User::NAME).select(User::NAME).all().await.unwrap()
}

#[tokio::test]
async fn comparisons_with_values() {
    let db = with_users().await;
    assert_eq!(found(&db, User::AGE.eq(36)).await, ["Ada"]);
    assert_eq!(found(&db, User::AGE.ne(36)).await, ["Barbara", "Grace", "Linus"]);
    assert_eq!(found(&db, User::AGE.lt(28)).await, ["Linus"]);
    assert_eq!(found(&db, User::AGE.le(28)).await, ["Barbara", "Linus"]);
    assert_eq!(found(&db, User::AGE.gt(36)).await, ["Grace"]);
    assert_eq!(found(&db, User::AGE.ge(36)).await, ["Ada", "Grace"]);
    assert_eq!(found(&db, User::AGE.between(20, 40)).await, ["Ada", "Barbara"]);
}

#[tokio::test]
async fn comparisons_with_columns_and_arithmetic() {
    let db = with_users().await;
    assert_eq!(found(&db, User::AGE.lt(User::ID * 5)).await, ["Linus"]);
    assert_eq!(found(&db, (User::AGE / 10).eq(3)).await, ["Ada"]);
    assert_eq!(found(&db, (User::AGE % 2 + 1).eq(2)).await, ["Grace"]);
    assert_eq!(found(&db, (100 - User::AGE).gt(80)).await, ["Linus"]);
    assert_eq!(found(&db, (User::NAME + "!").eq("Ada!")).await, ["Ada"]);
    assert_eq!(found(&db, User::AGE.between(User::ID * 10, User::ID + 43)).await, ["Ada", "Grace"]);
}

#[tokio::test]
async fn membership_of_borrowed_and_owned_values() {
    let db = with_users().await;
    let owned = vec!["Ada".to_owned(), "Grace".to_owned()];
    assert_eq!(found(&db, User::NAME.in_(&owned)).await, ["Ada", "Grace"]);
    assert_eq!(found(&db, User::NAME.in_(["Ada"])).await, ["Ada"]);
    assert_eq!(found(&db, User::NAME.in_(["Ada"].iter())).await, ["Ada"]);
    assert_eq!(found(&db, User::NAME.not_in(owned)).await, ["Barbara", "Linus"]);
    assert_eq!(found(&db, User::AGE.in_(Vec::<i32>::new())).await, Vec::<String>::new());
    assert_eq!(found(&db, User::AGE.not_in([0; 0])).await.len(), 4);
}

#[tokio::test]
async fn text_operators_take_wildcards_literally() {
    let db = with_users().await;
    db.add(&mut common::user("100%_\\*?[x]$", 1)).await.unwrap();
    for part in ["%", "_", "\\", "*", "?", "[", "$", "0%_"] {
        assert_eq!(found(&db, User::NAME.contains(part)).await, ["100%_\\*?[x]$"], "{part}");
    }
    assert_eq!(found(&db, User::NAME.starts_with("100%")).await.len(), 1);
    assert_eq!(found(&db, User::NAME.ends_with("]$")).await.len(), 1);
    assert_eq!(found(&db, User::NAME.not_contains("a")).await.len(), 2);
}

#[tokio::test]
async fn patterns_match_by_case_unless_asked_otherwise() {
    let db = with_users().await;
    assert_eq!(found(&db, User::NAME.like("%a")).await, ["Ada", "Barbara"]);
    assert_eq!(found(&db, User::NAME.like("a__")).await, Vec::<String>::new());
    assert_eq!(found(&db, User::NAME.ilike("a__")).await, ["Ada"]);
    assert_eq!(found(&db, User::NAME.regex("^[AG]")).await, ["Ada", "Grace"]);
    let error = db.find::<User>().filter(User::NAME.regex("(")).all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
}

#[tokio::test]
async fn null_is_neither_equal_nor_unequal() {
    let db = with_users().await;
    assert_eq!(found(&db, User::EMAIL.is_null()).await.len(), 3);
    assert_eq!(found(&db, User::EMAIL.is_not_null()).await, ["Ada"]);
    assert_eq!(found(&db, User::EMAIL.eq("ada@example.org")).await, ["Ada"]);
    assert_eq!(found(&db, User::EMAIL.ne("x")).await, ["Ada"]);
    assert_eq!(found(&db, User::EMAIL.eq(None::<&str>)).await.len(), 3);
    assert_eq!(found(&db, User::EMAIL.ne(None::<String>)).await, ["Ada"]);
    assert_eq!(found(&db, User::EMAIL.eq(Some("ada@example.org"))).await, ["Ada"]);
}

#[tokio::test]
async fn predicates_combine() {
    let db = with_users().await;
    assert_eq!(found(&db, User::ACTIVE & User::AGE.lt(30)).await, ["Barbara"]);
    assert_eq!(found(&db, !User::ACTIVE | User::NAME.eq("Ada")).await, ["Ada", "Linus"]);
    assert_eq!(found(&db, !(User::AGE.ge(18) & User::NAME.ne("Ada"))).await, ["Ada", "Linus"]);
    assert_eq!(found(&db, User::AGE.gt(1) & !User::ACTIVE).await, ["Linus"]);
}

#[tokio::test]
async fn lists_are_searched_by_item() {
    #[derive(Model, Debug, PartialEq)]
    struct Note {
        id: i64,
        tags: Vec<String>,
        numbers: Option<Vec<i64>>,
    }
    let db = Ommi::connect("sqlite://:memory:").await.unwrap();
    let mut notes = [
        Note { id: 0, tags: vec!["red".into(), "green".into()], numbers: Some(vec![1, 2]) },
        Note { id: 0, tags: vec!["redder".into()], numbers: None },
    ];
    db.add_all(&mut notes).await.unwrap();
    let ids = async |predicate: ommi::Predicate| {
        db.find::<Note>().filter(predicate).select(Note::ID).all().await.unwrap()
    };
    assert_eq!(ids(Note::TAGS.contains("red")).await, [1]);
    assert_eq!(ids(Note::TAGS.not_contains("red")).await, [2]);
    assert_eq!(ids(Note::NUMBERS.contains(2)).await, [1]);
    assert_eq!(ids(Note::TAGS.overlaps(["green", "blue"])).await, [1]);
    assert_eq!(ids(Note::TAGS.contains_all(["green", "red"])).await, [1]);
    assert_eq!(ids(!Note::TAGS.contains_all(["redder", "blue"])).await, [1, 2]);
    assert_eq!(ids(Note::TAGS.overlaps(Vec::<String>::new())).await, [] as [i64; 0]);
    assert_eq!(ids(Note::NUMBERS.contains_all([1, 2])).await, [1]);
    assert_eq!(ids(Note::TAGS.length().eq(1)).await, [2]);
    assert_eq!(ids(Note::NUMBERS.length().is_null()).await, [2]);
    assert_eq!(db.find::<Note>().order_by(Note::ID).all().await.unwrap(), notes);
}

#[tokio::test]
async fn whole_numbers_stand_beside_floats_and_decimals() {
    #[derive(Model, Debug)]
    struct Price {
        id: i64,
        weight: f64,
        amount: bigdecimal::BigDecimal,
    }
    let db = Ommi::connect("sqlite://:memory:").await.unwrap();
    let mut price = Price { id: 0, weight: 1.5, amount: "10.50".parse().unwrap() };
    db.add(&mut price).await.unwrap();
    let heavy = Price::WEIGHT.gt(1) & Price::AMOUNT.lt(11) & (Price::AMOUNT * 2).eq(21);
    assert_eq!(db.find::<Price>().filter(heavy).count().await.unwrap(), 1);
}
