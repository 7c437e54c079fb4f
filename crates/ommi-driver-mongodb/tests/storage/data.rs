//! Values and names that could be operators are data.

use mongodb::bson::{Bson, doc};
use ommi_core::value::Value;

use super::database::database;
use super::models::{json, odd, text, user, visit};

#[test]
fn a_single_key_is_the_id_and_null_is_no_field() {
    let Some(database) = database() else { return };
    let user = user();
    database.create(&[&user]);
    assert_eq!(database.add(&user, &["name", "age"], &[vec![text("ada"), Value::Int(36)]]).unwrap(), [1]);
    assert_eq!(database.documents("users"), [doc! { "_id": 1_i64, "name": "ada", "age": 36_i64 }]);
}

#[test]
fn a_composite_key_is_a_document_and_its_fields_stand_at_the_top_too() {
    let Some(database) = database() else { return };
    let visit = visit();
    database.create(&[&user(), &visit]);
    database.add(&visit, &["user_id", "place"], &[vec![Value::Int(1), text("x")]]).unwrap();
    let expected = doc! { "_id": { "place": "x", "user_id": 1_i64 }, "place": "x", "user_id": 1_i64 };
    let found = database.documents("visits").remove(0);
    assert_eq!(found.get("_id"), expected.get("_id"));
    assert_eq!((found.get("place"), found.get("user_id")), (expected.get("place"), expected.get("user_id")));
    let again = database.add(&visit, &["user_id", "place"], &[vec![Value::Int(1), text("x")]]).unwrap_err();
    assert_eq!(
        (again.is_unique_violation(), again.columns()),
        (true, &["place".to_owned(), "user_id".to_owned()][..])
    );
}

#[test]
fn texts_and_nested_values_that_look_like_operators_are_found_as_they_are() {
    let Some(database) = database() else { return };
    let odd = odd();
    database.create(&[&odd]);
    let texts = ["{\"$gt\": \"\"}", "$where", "$$ROOT", "a.b", "$eq"];
    let nested =
        [r#"{"$gt":""}"#, r#"{"$where":"1"}"#, r#"{"$ne":null}"#, r#"{"$oid":"x"}"#, r#"["$a",{"$or":[]}]"#];
    let rows: Vec<Vec<Value>> = texts
        .iter()
        .zip(nested)
        .enumerate()
        .map(|(key, (value, data))| {
            let key = i64::try_from(key).unwrap();
            vec![Value::Int(key), text(value), text(value), text(value), json(data)]
        })
        .collect();
    database.add(&odd, &["key", "dollar", "path", "id", "data"], &rows).unwrap();
    for (key, (value, data)) in texts.iter().zip(nested).enumerate() {
        let wanted = Value::Int(i64::try_from(key).unwrap());
        for name in ["dollar", "path", "id"] {
            let found = database.find(&odd, Some((name, text(value)))).unwrap();
            assert_eq!(found.len(), 1, "{name} = {value}");
            assert_eq!(found[0][0], wanted);
        }
        let found = database.find(&odd, Some(("data", json(data)))).unwrap();
        assert_eq!((found.len(), &found[0][0], &found[0][5]), (1, &wanted, &json(data)), "{data}");
    }
    // An operator as a value finds what equals it, never what it would ask for.
    assert!(database.find(&odd, Some(("data", json(r#"{"$exists":true}"#)))).unwrap().is_empty());
}

#[test]
fn operators_are_written_as_data_too() {
    let Some(database) = database() else { return };
    let odd = odd();
    database.create(&[&odd]);
    database.add(&odd, &["key"], &[vec![Value::Int(1)]]).unwrap();
    for (name, value) in [
        ("dollar", text("$key")),
        ("path", text("$$ROOT")),
        ("escaped", text("{\"$literal\": 1}")),
        ("data", json(r#"{"$add":["$key",1],"a.b":{"$inc":1}}"#)),
        ("data", json("null")),
        ("data", Value::Null),
    ] {
        assert_eq!(database.set(&odd, name, value.clone()).unwrap(), 1);
        let row = database.find(&odd, None).unwrap().remove(0);
        assert_eq!(row[odd.require_field(name).unwrap()], value, "{name}");
    }
}

#[test]
fn odd_names_stand_beside_each_other() {
    let Some(database) = database() else { return };
    let odd = odd();
    database.create(&[&odd]);
    let row = vec![Value::Int(1), text("dollar"), text("path"), text("id"), text("escaped"), json("{}")];
    database
        .add(&odd, &["key", "dollar", "path", "id", "escaped", "data"], std::slice::from_ref(&row))
        .unwrap();
    assert_eq!(database.find(&odd, None).unwrap(), [row]);
    let stored = database.documents("odd%24table").remove(0);
    let expected = [("_id", Bson::Int64(1)), ("%24where", "dollar".into()), ("a%2Eb", "path".into())];
    for (name, value) in
        expected.into_iter().chain([("%5Fid", "id".into()), ("%2524where", "escaped".into())])
    {
        assert_eq!(stored.get(name), Some(&value), "{name}");
    }
}

#[test]
fn a_refused_row_shows_no_value() {
    let Some(database) = database() else { return };
    let user = user();
    database.create(&[&user]);
    let row = |name: &str| vec![text(name), text("secret@x"), Value::Int(1)];
    let fields = ["name", "email", "age"];
    database.add(&user, &fields, &[row("ada")]).unwrap();
    for (rows, columns) in [(vec![row("bob")], ["email"]), (vec![row("secret")], ["name"])] {
        let error = database.add(&user, &fields, &rows).unwrap_err();
        assert_eq!(error.columns(), columns, "{error}");
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(!error.to_string().contains("secret") && !source.contains("secret"), "{error} / {source}");
    }
}
