//! The ways to add rows: one, many at once, by COPY, and the sequence behind a key.

use ommi_core::plan::{Action, ParamType};
use ommi_core::schema::{FieldDef, FieldType, ModelDef};
use ommi_sql::{Dialect, compile, postgres};

use crate::common::Database;
use crate::common::models::{PERSON, person, plan};
use crate::database::{Postgres, Text, with_postgres};
use tokio_postgres::types::ToSql;

fn insert(fields: &[&str]) -> (String, postgres::Insert) {
    let fields: Vec<_> = fields.iter().map(|field| person(field).field).collect();
    let mut plan = plan(&PERSON, Action::Insert { fields: fields.clone(), returning: Some(0) });
    plan.params = fields.iter().map(|field| ParamType::Scalar(PERSON.fields()[*field].ty.clone())).collect();
    let statement = compile(&plan, Dialect::Postgres).unwrap();
    let details = statement.payload.as_ref().unwrap().downcast_ref::<postgres::Details>().unwrap();
    assert_eq!(details.table, "people");
    (statement.text.clone(), details.insert.clone().unwrap())
}

fn keys(postgres: &mut Postgres, text: &str, params: &[&str]) -> Vec<Option<i64>> {
    let params: Vec<_> = params.iter().map(|param| Text(Some((*param).to_owned()))).collect();
    let params: Vec<_> = params.iter().map(|param| param as &(dyn ToSql + Sync)).collect();
    let rows = postgres.runtime.block_on(postgres.client.query(text, &params));
    rows.unwrap_or_else(|error| panic!("{text}: {error:?}")).iter().map(|row| row.get(0)).collect()
}

#[test]
fn one_row_gives_its_key() {
    let (text, _) = insert(&["name", "age"]);
    assert_eq!(text, r#"INSERT INTO "people" ("name", "age") VALUES ($1::text, $2::bigint) RETURNING "id""#);
    with_postgres(|postgres| {
        (postgres as &mut dyn Database).create(&[&PERSON]);
        assert_eq!(keys(postgres, &text, &["Ada", "1"]), [Some(1)]);
        let (text, _) = insert(&[]);
        assert_eq!(text, r#"INSERT INTO "people" VALUES (DEFAULT) RETURNING "id""#);
    });
}

#[test]
fn many_rows_give_their_keys_in_order() {
    let (_, insert) = insert(&["name", "tags", "score"]);
    let text = insert.many(&["text", "_text", "float8"]);
    with_postgres(|postgres| {
        (postgres as &mut dyn Database).create(&[&PERSON]);
        let found = keys(postgres, &text, &["{a,b,c}", r#"{"{x,y}",NULL,"{}"}"#, "{1,NULL,Infinity}"]);
        assert_eq!(found, [Some(1), Some(2), Some(3)]);
        let order = "SELECT id FROM people WHERE name = 'b' AND tags IS NULL AND score IS NULL";
        assert_eq!(keys(postgres, order, &[]), [Some(2)]);
    });
}

#[test]
fn many_rows_without_a_field_take_defaults() {
    let model = ModelDef::builder("Serial").field(FieldDef::new("id", FieldType::Int)).build().unwrap();
    let plan = plan(&model, Action::Insert { fields: Vec::new(), returning: Some(0) });
    let statement = compile(&plan, Dialect::Postgres).unwrap();
    let details = statement.payload.as_ref().unwrap().downcast_ref::<postgres::Details>().unwrap();
    let text = details.insert.as_ref().unwrap().many(&[]);
    with_postgres(|postgres| {
        (postgres as &mut dyn Database).create(&[&model]);
        assert_eq!(keys(postgres, &text, &["3"]), [Some(1), Some(2), Some(3)]);
    });
}

#[test]
fn the_sequence_gives_keys_and_never_goes_back() {
    let (_, generated) = insert(&["name"]);
    let (_, given) = insert(&["id", "name"]);
    assert_eq!((generated.given_key, given.given_key), (None, Some(0)));
    assert!(
        generated.advance.is_none() && generated.copy_with_key.is_some() && given.copy_with_key.is_none()
    );
    let (allocate, advance) = (generated.allocate.unwrap(), given.advance.unwrap());
    with_postgres(|postgres| {
        (postgres as &mut dyn Database).create(&[&PERSON]);
        assert_eq!(keys(postgres, &allocate, &["2"]), [Some(1), Some(2)]);
        let mut next = |given: &str| {
            keys(postgres, &advance, &[given]);
            keys(postgres, &allocate, &["1"])[0].unwrap()
        };
        assert_eq!(next("10"), 11);
        assert_eq!(next("5"), 12);
        assert_eq!(next("-9223372036854775808"), 13);
        assert_eq!(next("13"), 14);
        assert_eq!(next("1000000"), 1_000_001);
        assert_eq!(next("20000"), 1_000_002);
    });
}

#[test]
fn copies_and_probes_are_accepted() {
    let (_, insert) = insert(&["name", "age"]);
    assert_eq!(insert.copy, r#"COPY "people" ("name", "age") FROM STDIN (FORMAT binary)"#);
    let with_key = insert.copy_with_key.unwrap();
    assert_eq!(with_key, r#"COPY "people" ("id", "name", "age") FROM STDIN (FORMAT binary)"#);
    with_postgres(|postgres| {
        (postgres as &mut dyn Database).create(&[&PERSON]);
        let probe = postgres.runtime.block_on(postgres.client.prepare(&insert.probe)).unwrap();
        let types: Vec<_> = probe.columns().iter().map(|column| column.type_().name().to_owned()).collect();
        assert_eq!(types, ["text", "int8"]);
        assert_eq!(keys(postgres, &insert.key_probe.unwrap(), &[]), []);
    });
}
