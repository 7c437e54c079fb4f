//! What is found, changed or removed by key carries the shard key: a cluster asks one shard then instead of all.

use std::sync::{Arc, LazyLock};

use ommi_core::plan::{Action, Plan, PlanExpr, Reach};
use ommi_core::query::Operator;
use ommi_core::schema::{FieldDef, FieldType, ModelDef};
use ommi_core::value::Value;

use crate::database::{Database, int, text, with_database};
use crate::models::{found, plan, test, with};

static ORDER: LazyLock<Arc<ModelDef>> = LazyLock::new(|| {
    ModelDef::builder("Order")
        .field(FieldDef::new("number", FieldType::Int))
        .field(FieldDef::new("shop", FieldType::Text))
        .field(FieldDef::new("note", FieldType::Text))
        .key(["number", "shop"])
        .shard([("shop", true)])
        .build()
        .unwrap()
});

fn filled(database: &Database) {
    for number in 0..3 {
        database.add(&ORDER, &[&[Value::Int(number), "a".into(), "-".into()]]);
        database.add(&ORDER, &[&[Value::Int(number), "b".into(), "-".into()]]);
    }
}

/// One order by its key: its number and its shop.
fn by_key() -> PlanExpr {
    let equal = |name: &str, param: usize| test(Operator::Eq, (0, &ORDER), name, param..param + 1);
    PlanExpr::And(vec![equal("number", 0), equal("shop", 1)])
}

const KEY: [FieldType; 2] = [FieldType::Int, FieldType::Text];

/// What is asked for an order by its key.
const ASKED: &str = r#"{"$and":[{"_id":{"number":?1,"shop":?2}},{"shop":{"$eq":?2}}]}"#;

#[track_caller]
fn asked(database: &Database, plan: &Plan, place: &str) {
    let text = database.compiled(plan);
    assert!(text.contains(&format!("\"{place}\":{ASKED}")), "{text}");
}

#[test]
fn a_key_brings_the_shard_key_along() {
    with_database(&[&ORDER], |database| {
        filled(database);
        let mut fetch = with(found(&ORDER, by_key()), &KEY);
        fetch.reach = Reach::Unique;
        asked(database, &fetch, "filter");
        assert_eq!(database.ids(&fetch, &[int(1), text("b")]), [1]);
        assert_eq!(database.ids(&fetch, &[int(1), text("c")]), [] as [i64; 0]);
        let explained = database.explain(&fetch, &[int(1), text("b")]);
        assert!(explained.contains("IXSCAN") && !explained.contains("COLLSCAN"), "{explained}");

        let delete =
            Plan { filter: Some(by_key()), reach: Reach::Unique, ..with(plan(&ORDER, Action::Delete), &KEY) };
        asked(database, &delete, "q");
        assert_eq!(database.write(&delete, &[int(1), text("b")]).unwrap(), 1);
        let note = Action::Update(vec![(2, PlanExpr::Param(2))]);
        let update = Plan {
            filter: Some(by_key()),
            reach: Reach::Unique,
            ..with(plan(&ORDER, note), &[FieldType::Int, FieldType::Text, FieldType::Text])
        };
        asked(database, &update, "q");
        assert_eq!(database.write(&update, &[int(1), text("a"), text("new")]).unwrap(), 1);
        assert_eq!(database.write(&update, &[int(1), text("b"), text("new")]).unwrap(), 0);
    });
}

#[test]
fn found_documents_are_changed_on_their_shards() {
    with_database(&[&ORDER], |database| {
        filled(database);
        let shop = |shop: &str| {
            let plan = found(&ORDER, test(Operator::Eq, (0, &ORDER), "shop", 0..1));
            database.ids(&with(plan, &[FieldType::Text]), &[text(shop)])
        };
        // By a limit: their keys are found first.
        let deleted = Plan { limit: Some(0), ..with(plan(&ORDER, Action::Delete), &[FieldType::Int]) };
        assert_eq!(database.write(&deleted, &[int(2)]).unwrap(), 2);
        assert_eq!(shop("a").len() + shop("b").len(), 4);
        // A part of the shard key becomes another: documents are removed and added.
        let moved = Plan {
            filter: Some(test(Operator::Eq, (0, &ORDER), "shop", 0..1)),
            ..with(
                plan(&ORDER, Action::Update(vec![(1, PlanExpr::Param(1))])),
                &[FieldType::Text, FieldType::Text],
            )
        };
        let before = shop("a");
        assert_eq!(database.write(&moved, &[text("a"), text("c")]).unwrap(), before.len() as u64);
        assert_eq!((shop("a"), shop("c")), (Vec::new(), before));
    });
}
