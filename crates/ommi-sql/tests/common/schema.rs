//! Tables as they are made, changed and read back.

use std::sync::{Arc, OnceLock};

use ommi_core::ErrorKind;
use ommi_core::plan::Action;
use ommi_core::schema::{Action as OnChange, FieldDef, FieldType, ModelDef, ModelLink, ReferenceDef};
use ommi_core::value::Value;
use ommi_sql::{Dialect, add_column_statements, create_statements, drop_statements};

use super::Database;
use super::models::{COMMENT, PERSON, POST, SEAT, plan, terms, to};

fn run_all(database: &mut dyn Database, statements: impl FnOnce(Dialect) -> ommi_core::Result<Vec<String>>) {
    let statements = statements(database.dialect()).unwrap();
    for statement in statements {
        database.run(&statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

pub(crate) fn created_tables_fit_their_models(database: &mut dyn Database) {
    let models = [&*PERSON, &*POST, &*COMMENT, &*SEAT];
    database.create(&models);
    database.create(&models);
    for model in models {
        let columns = database.columns(model.table());
        assert_eq!(columns.len(), model.fields().len());
        for (position, (column, field)) in columns.iter().zip(model.fields()).enumerate() {
            assert_eq!(column.name, field.column);
            assert!(column.fits.contains(&field.ty), "{column:?}");
            assert_eq!(column.nullable, field.nullable, "{column:?}");
            assert_eq!(column.key, model.key().iter().position(|key| *key == position));
            assert_eq!(column.has_default, field.auto || field.nullable && column.has_default, "{column:?}");
        }
    }
    assert_eq!(database.columns("nothing"), []);
}

/// Two models, each of which refers to the other.
fn circle() -> [Arc<ModelDef>; 2] {
    let cell = Arc::new(OnceLock::<Arc<ModelDef>>::new());
    let here = Arc::clone(&cell);
    let target = ModelLink::new("Egg", move || Ok(Arc::clone(here.get().unwrap())));
    let hen = ModelDef::builder("Hen")
        .field(FieldDef::new("id", FieldType::Int))
        .field(FieldDef::new("egg", FieldType::Int).nullable())
        .reference(["egg"], ReferenceDef { target, ..to(&PERSON, OnChange::SetNull) })
        .build()
        .unwrap();
    let egg = ModelDef::builder("Egg")
        .field(FieldDef::new("id", FieldType::Int))
        .field(FieldDef::new("hen", FieldType::Int))
        .reference(["hen"], to(&hen, OnChange::Cascade))
        .build()
        .unwrap();
    cell.set(Arc::clone(&egg)).unwrap();
    [hen, egg]
}

pub(crate) fn circles_are_closed_and_dropped(database: &mut dyn Database) {
    let [hen, egg] = circle();
    for models in [[&hen, &egg], [&egg, &hen]] {
        database.create(&models);
        database.create(&models);
        database.add(&hen, &[Value::Int(1), Value::Null]);
        assert!(database.try_add(&hen, &[Value::Int(2), Value::Int(9)]).is_err(), "the reference is watched");
        assert!(database.try_add(&egg, &[Value::Int(2), Value::Int(9)]).is_err());
        database.add(&egg, &[Value::Int(1), Value::Int(1)]);
        for models in [[&hen, &egg], [&egg, &hen]] {
            database.create(&models);
            let models: Vec<_> = models.into_iter().cloned().collect();
            run_all(database, |dialect| drop_statements(&models, dialect));
            run_all(database, |dialect| drop_statements(&models, dialect));
        }
        assert_eq!(database.columns("Hen"), []);
    }
}

pub(crate) fn keys_in_another_order_are_referred_to(database: &mut dyn Database) {
    let reference =
        ReferenceDef { target_fields: vec!["letter".into(), "row".into()], ..to(&SEAT, OnChange::Restrict) };
    let ticket = ModelDef::builder("Ticket")
        .field(FieldDef::new("id", FieldType::Int))
        .field(FieldDef::new("letter", FieldType::Text))
        .field(FieldDef::new("row", FieldType::Int))
        .reference(["letter", "row"], reference)
        .build()
        .unwrap();
    database.create(&[&SEAT, &ticket]);
    database.add(&SEAT, &[Value::Int(1), "a".into(), true.into()]);
    database.add(&ticket, &[Value::Int(1), "a".into(), Value::Int(1)]);
    assert!(database.try_add(&ticket, &[Value::Int(2), "b".into(), Value::Int(1)]).is_err());
}

pub(crate) fn columns_are_added(database: &mut dyn Database) {
    let old = ModelDef::builder("Thing").field(FieldDef::new("id", FieldType::Int)).build().unwrap();
    let new = ModelDef::builder("Thing")
        .field(FieldDef::new("id", FieldType::Int))
        .field(FieldDef::new("code", FieldType::Text).nullable().unique().max_length(3))
        .field(FieldDef::new("size", FieldType::Int).default(7))
        .field(FieldDef::new("owner", FieldType::Int).nullable())
        .reference(["owner"], to(&PERSON, OnChange::SetNull))
        .index(None, ["owner"], false)
        .build()
        .unwrap();
    database.create(&[&PERSON, &old]);
    database.add(&old, &[Value::Int(1)]);
    for field in 1..4 {
        run_all(database, |dialect| add_column_statements(&new, field, dialect));
    }
    database.add(&new, &[Value::Int(2), "abc".into(), Value::Int(1), Value::Null]);
    assert!(database.try_add(&new, &[Value::Int(3), "abc".into(), Value::Int(1), Value::Null]).is_err());
    assert!(database.try_add(&new, &[Value::Int(3), "abcd".into(), Value::Int(1), Value::Null]).is_err());
    assert!(database.try_add(&new, &[Value::Int(3), "abc ".into(), Value::Int(1), Value::Null]).is_err());
    assert!(database.try_add(&new, &[Value::Int(3), "x".into(), Value::Int(1), Value::Int(99)]).is_err());
    let size = plan(&new, Action::Fetch(terms(&new, vec![super::models::column(0, &new, "size")])));
    let mut sizes = database.ids(&size, &[]);
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 7]);
    // The whole model's statements find everything there, the index included.
    database.create(&[&PERSON, &new]);
}

pub(crate) fn lengths_and_uniqueness_are_kept(database: &mut dyn Database) {
    let model = ModelDef::builder("Word")
        .field(FieldDef::new("id", FieldType::Int))
        .field(FieldDef::new("word", FieldType::Text).max_length(3))
        .field(FieldDef::new("code", FieldType::Text).unique())
        .field(FieldDef::new("data", FieldType::Bytes).unique())
        .index(None, ["word", "code"], true)
        .build()
        .unwrap();
    database.create(&[&model]);
    let mut row = |id: i64, word: &str, code: &str| {
        database.try_add(
            &model,
            &[Value::Int(id), word.into(), code.into(), Value::Bytes(vec![id as u8, 0, 255])],
        )
    };
    for (id, code) in ["a", "A", "a ", "ä", "a\u{308}"].into_iter().enumerate() {
        row(id as i64 + 1, "äöü", code).unwrap();
    }
    assert!(row(9, "äöüx", "w").is_err());
    assert!(row(9, "äöü ", "w").is_err());
    assert!(row(9, "äö", "a").is_err());
    assert!(row(1, "äö", "w").is_err());
}

pub(crate) fn names_hold_any_characters_up_to_the_limit(database: &mut dyn Database) {
    let longest = "é".repeat(31);
    for name in
        ["select", "a b", "it's", "\"", "`", "\\", "😀", "a;b", "$1", "?", "$ommi$", "%s", longest.as_str()]
    {
        // MySQL's names have no characters beyond the basic plane.
        if name == "😀" && matches!(database.dialect(), Dialect::Mysql(_)) {
            continue;
        }
        let model = ModelDef::builder("Odd")
            .table(format!("t{name}"))
            .field(FieldDef::new("id", FieldType::Int))
            .field(
                FieldDef::new("value", FieldType::Text)
                    .column(name)
                    .unique()
                    .max_length(9)
                    .default(name.chars().take(9).collect::<String>()),
            )
            .field(FieldDef::new("next", FieldType::Int).column(format!("n{name}")).nullable())
            .index(None, ["value", "next"], false)
            .build()
            .unwrap();
        database.create(&[&model]);
        database.create(&[&model]);
        database.add(&model, &[Value::Int(1), "x".into(), Value::Null]);
        assert_eq!(database.columns(model.table())[1].name, name);
        run_all(database, |dialect| drop_statements(&[model], dialect));
    }
    let long =
        ModelDef::builder("Long").table("é".repeat(65)).field(FieldDef::new("id", FieldType::Int)).build();
    let error = create_statements(&[long.unwrap()], database.dialect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Schema);
}
