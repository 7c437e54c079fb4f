//! Every type of field comes back as it went in.
#![allow(clippy::unwrap_used)] // a failure of a helper is a failed test

use std::time::Duration;

use bigdecimal::BigDecimal;
use jiff::{SignedDuration, Timestamp, civil};
use ommi::{ErrorKind, Model, StoredEnum, prelude::*};
use uuid::Uuid;

#[derive(StoredEnum, Debug, Clone, Copy, PartialEq)]
enum Colour {
    Red,
    #[stored(rename = "sky blue")]
    Blue,
}

#[derive(StoredEnum, Debug, Clone, Copy, PartialEq)]
#[stored(integer)]
enum Level {
    Low = -1,
    Middle,
    High = 10,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[model(transparent)]
struct Name(String);

#[derive(Model, Debug, Clone, Copy, PartialEq)]
#[model(transparent)]
struct Grams {
    amount: u32,
}

#[derive(serde::Serialize, serde::Deserialize, Debug, Clone, PartialEq)]
struct Nested {
    b: Vec<Option<f64>>,
    a: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
struct Everything {
    id: Option<i64>,
    truth: bool,
    tiny: i8,
    byte: u8,
    large: u64,
    size: usize,
    single: f32,
    double: f64,
    text: String,
    letter: char,
    bytes: Vec<u8>,
    decimal: BigDecimal,
    uuid: Uuid,
    date: civil::Date,
    time: civil::Time,
    moment: civil::DateTime,
    instant: Timestamp,
    span: SignedDuration,
    wait: Duration,
    list: Vec<i64>,
    words: Option<Vec<String>>,
    colour: Colour,
    level: Option<Level>,
    name: Name,
    weight: Option<Grams>,
    wrapped: Json<Nested>,
    #[model(json)]
    nested: Nested,
    #[model(json)]
    perhaps: Option<Nested>,
    document: serde_json::Value,
}

fn everything() -> Everything {
    let nested = Nested { b: vec![Some(1.5), None], a: "ä".into() };
    Everything {
        id: None,
        truth: true,
        tiny: i8::MIN,
        byte: u8::MAX,
        large: i64::MAX as u64,
        size: 7,
        single: 0.1,
        double: f64::MIN_POSITIVE,
        text: "quote ' \" emoji 🦀".into(),
        letter: '🦀',
        bytes: vec![0, 255, 39],
        decimal: "123456789012345678901234567890.1234500".parse().unwrap(),
        uuid: Uuid::from_u128(0x1234_5678_9abc_def0),
        date: civil::date(2026, 11, 21),
        time: civil::time(23, 59, 59, 123_456_000),
        moment: civil::date(1969, 12, 31).at(1, 2, 3, 4000),
        instant: "1969-12-31T23:59:59.999999Z".parse().unwrap(),
        span: SignedDuration::from_micros(-1_500_001),
        wait: Duration::from_micros(1_500_001),
        list: vec![3, 1, 2],
        words: Some(vec![String::new(), "x,\"".into()]),
        colour: Colour::Blue,
        level: Some(Level::Middle),
        name: Name("Ada".into()),
        weight: Some(Grams { amount: 5 }),
        wrapped: Json(nested.clone()),
        nested: nested.clone(),
        perhaps: Some(nested),
        document: serde_json::json!({"z": [1, null, "x"], "a": {}}),
    }
}

#[tokio::test]
async fn every_type_comes_back_as_it_went_in() {
    let db = Ommi::connect("sqlite://:memory:").await.unwrap();
    let mut full = everything();
    let mut sparse = Everything { words: None, level: None, weight: None, perhaps: None, ..everything() };
    db.add(&mut full).await.unwrap();
    db.add(&mut sparse).await.unwrap();
    assert_eq!((full.id, sparse.id), (Some(1), Some(2)));
    assert_eq!(db.get::<Everything>(1).await.unwrap(), full);
    assert_eq!(db.get::<Everything>(2).await.unwrap(), sparse);
    assert_eq!(db.find::<Everything>().order_by(Everything::ID).all().await.unwrap(), [full, sparse]);
}

#[tokio::test]
async fn every_type_is_found_by_its_value() {
    let db = Ommi::connect("sqlite://:memory:").await.unwrap();
    let mut model = everything();
    db.add(&mut model).await.unwrap();
    type E = Everything;
    let e = everything();
    for (name, predicate) in [
        ("truth", E::TRUTH.eq(true)),
        ("tiny", E::TINY.lt(0)),
        ("byte", E::BYTE.ge(255)),
        ("large", E::LARGE.eq(e.large)),
        ("single", E::SINGLE.eq(0.1)),
        ("text", E::TEXT.eq(&e.text)),
        ("letter", E::LETTER.eq('🦀')),
        ("bytes", E::BYTES.eq(e.bytes)),
        ("decimal", E::DECIMAL.eq(&e.decimal)),
        ("uuid", E::UUID.in_([e.uuid])),
        ("date", E::DATE.between(e.date, e.date)),
        ("time", E::TIME.ge(e.time)),
        ("moment", E::MOMENT.eq(e.moment)),
        ("instant", E::INSTANT.le(e.instant)),
        ("span", E::SPAN.eq(e.span)),
        ("wait", E::WAIT.gt(Duration::ZERO)),
        ("list", E::LIST.contains(3)),
        ("colour", E::COLOUR.eq(Colour::Blue)),
        ("level", E::LEVEL.lt(Level::High)),
        ("name", E::NAME.eq(Name("Ada".into()))),
        ("name", E::NAME.starts_with("A")),
        ("weight", E::WEIGHT.eq(Grams { amount: 5 })),
        ("nested", E::NESTED.eq(Json(e.nested))),
    ] {
        assert_eq!(db.find::<E>().filter(predicate).count().await.unwrap(), 1, "{name}");
    }
}

#[tokio::test]
async fn what_is_finer_than_a_microsecond_is_cut_off() {
    #[derive(Model, Debug)]
    struct Event {
        id: i64,
        at: Timestamp,
    }
    let db = Ommi::connect("sqlite://:memory:").await.unwrap();
    let at: Timestamp = "1969-12-31T23:59:59.123456789Z".parse().unwrap();
    db.add(&mut Event { id: 1, at }).await.unwrap();
    assert_eq!(db.get::<Event>(1).await.unwrap().at.to_string(), "1969-12-31T23:59:59.123456Z");
    assert_eq!(db.find::<Event>().filter(Event::AT.eq(at)).count().await.unwrap(), 1);
}

#[tokio::test]
async fn values_that_no_column_holds_are_refused_by_name() {
    let db = Ommi::connect("sqlite://:memory:").await.unwrap();
    let refused = async |change: fn(&mut Everything)| {
        let mut model = everything();
        change(&mut model);
        let error = db.add(&mut model).await.unwrap_err();
        assert_eq!((error.kind(), error.model()), (ErrorKind::Validation, Some("Everything")), "{error}");
        error.field().map(str::to_owned)
    };
    assert_eq!(refused(|model| model.large = u64::MAX).await.as_deref(), Some("large"));
    assert_eq!(refused(|model| model.text = "a\0b".into()).await.as_deref(), Some("text"));
    assert_eq!(refused(|model| model.wait = Duration::MAX).await.as_deref(), Some("wait"));
    assert_eq!(refused(|model| model.name = Name("\0".into())).await.as_deref(), Some("name"));
    assert_eq!(db.find::<Everything>().count().await.unwrap(), 0);
}

#[tokio::test]
async fn an_unknown_variant_is_an_error_that_lists_the_known_ones() {
    #[derive(Model, Debug)]
    #[model(table = "things")]
    struct Raw {
        id: i64,
        colour: String,
    }
    #[derive(Model, Debug)]
    #[model(table = "things")]
    struct Thing {
        id: i64,
        colour: Colour,
    }
    let db = Ommi::connect("sqlite://:memory:").await.unwrap();
    db.add(&mut Raw { id: 1, colour: "green".into() }).await.unwrap();
    let error = db.get::<Thing>(1).await.unwrap_err();
    assert!(error.to_string().starts_with("Thing.colour: "), "{error}");
    assert!(error.to_string().contains("Red, sky blue"), "{error}");
}
