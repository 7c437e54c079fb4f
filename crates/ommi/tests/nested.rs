//! Paths into nested values, typed.
#![allow(clippy::unwrap_used)] // a failure of a helper is a failed test

use std::collections::{BTreeMap, HashMap};

use ommi::{ErrorKind, Model, Nested, key, prelude::*};
use serde::{Deserialize, Serialize};

#[derive(Nested, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Address {
    home_town: String,
    #[serde(rename = "zip")]
    code: Option<String>,
    place: Option<Place>,
    labels: HashMap<String, String>,
    r#type: u8,
    #[serde(skip)]
    #[allow(dead_code)]
    unknown: i32,
}

#[derive(Nested, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(rename_all(serialize = "SCREAMING-KEBAB-CASE", deserialize = "SCREAMING-KEBAB-CASE"))]
struct Place {
    far_north: f64,
    visits: BTreeMap<String, Counted<i64>>,
}

#[derive(Nested, Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Counted<N> {
    count: N,
    sure: bool,
}

#[derive(Model, Debug, Clone, PartialEq)]
struct User {
    id: i64,
    #[model(json)]
    address: Address,
    #[model(json)]
    second: Option<Address>,
    data: serde_json::Value,
}

fn address(town: &str) -> Address {
    let visits = BTreeMap::from([("may".to_owned(), Counted { count: 3, sure: true })]);
    Address {
        home_town: town.into(),
        code: None,
        place: Some(Place { far_north: 48.5, visits }),
        labels: HashMap::from([("the floor".to_owned(), "third".to_owned())]),
        r#type: 7,
        unknown: 0,
    }
}

async fn users() -> Ommi {
    let db = Ommi::connect("sqlite://:memory:").await.unwrap();
    let data = serde_json::json!({"size": 2, "deep": {"text": "x"}});
    let ada = User {
        id: 1,
        address: address("Paris"),
        second: Some(Address { place: None, code: Some("75005".into()), ..address("Rome") }),
        data,
    };
    let bob = User { id: 2, address: address("Oslo"), second: None, data: serde_json::json!(null) };
    db.add_all(&mut [ada, bob]).await.unwrap();
    db
}

async fn ids(db: &Ommi, predicate: ommi::Predicate) -> Vec<i64> {
    db.find::<User>().filter(predicate).select(User::ID).order_by(User::ID).all().await.unwrap()
}

#[tokio::test]
async fn names_are_those_that_serde_writes() {
    let db = users().await;
    assert_eq!(ids(&db, User::ADDRESS.at(Address::HOME_TOWN).eq("Paris")).await, [1]);
    assert_eq!(ids(&db, User::ADDRESS.at(Address::TYPE).between(7, 8)).await, [1, 2]);
    assert_eq!(ids(&db, User::ADDRESS.at(Address::CODE).is_null()).await, [1, 2]);
    assert_eq!(
        ids(&db, User::ADDRESS.at(Address::LABELS).at(key("the floor")).starts_with("th")).await,
        [1, 2]
    );
    let place = || User::ADDRESS.at(Address::PLACE);
    assert_eq!(ids(&db, place().at(Place::FAR_NORTH).lt(50.0)).await, [1, 2]);
    let may = || place().at(Place::VISITS).at(key("may"));
    assert_eq!(ids(&db, may().at(Counted::COUNT).eq(3) & may().at(Counted::SURE).eq(true)).await, [1, 2]);
}

#[tokio::test]
async fn an_optional_value_has_paths_too() {
    let db = users().await;
    assert_eq!(ids(&db, User::SECOND.at(Address::HOME_TOWN).ne("Paris")).await, [1]);
    assert_eq!(ids(&db, User::SECOND.at(Address::PLACE).at(Place::FAR_NORTH).is_null()).await, [1, 2]);
    let codes =
        db.find::<User>().select(User::SECOND.at(Address::CODE)).order_by(User::ID).all().await.unwrap();
    assert_eq!(codes, [Some("75005".to_owned()), None]);
}

#[tokio::test]
async fn values_of_any_form_have_paths_of_a_named_type() {
    let db = users().await;
    assert_eq!(ids(&db, User::DATA.path::<i64>(["size"]).gt(1)).await, [1]);
    assert_eq!(ids(&db, User::DATA.path::<String>(["deep", "text"]).eq("x")).await, [1]);
    assert_eq!(ids(&db, User::DATA.path::<String>(["size"]).is_null()).await, [1, 2]);
    let none: [&str; 0] = [];
    let error = db.find::<User>().filter(User::DATA.path::<i64>(none).eq(1)).all().await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::Query, Some("data")), "{error}");
}

#[tokio::test]
async fn paths_are_sorted_and_set_from() {
    let db = users().await;
    let by_town = db.find::<User>().order_by(User::ADDRESS.at(Address::HOME_TOWN).asc()).all().await.unwrap();
    assert_eq!(by_town.iter().map(|user| user.id).collect::<Vec<_>>(), [2, 1]);
    let town = User::ADDRESS.at(Address::HOME_TOWN).lower();
    let found =
        db.find::<User>().select((town.clone(), ommi::count())).group_by(town.clone()).order_by(town.asc());
    assert_eq!(found.all().await.unwrap(), [(Some("oslo".to_owned()), 1), (Some("paris".to_owned()), 1)]);
}
