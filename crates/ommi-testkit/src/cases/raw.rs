//! Statements in the database's own language.

use futures_util::TryStreamExt;
use ommi_core::driver::Raw;

use crate::case::cases;
use crate::kit::*;
use crate::run::unpacked;

cases! {
    rows_of_a_model [RawStatements],
    rows_of_values [RawStatements],
    changes_are_counted [RawStatements],
    values_are_never_written_into_the_text [RawStatements],
    values_of_every_type [RawStatements],
    statements_are_part_of_a_transaction [RawStatements],
    the_same_statement_is_prepared_once [RawStatements],
    names_and_values_that_do_not_fit_are_refused [RawStatements],
    columns_that_do_not_fit_are_refused [RawStatements],
    mistakes_are_told [RawStatements],
}

fn raw(text: &str, columns: &[FieldType], names: &[&str]) -> Raw {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    Raw { text: text.to_owned(), model: None, columns: columns.to_vec(), names }
}

fn of_model(text: &str, model: &Arc<ModelDef>, names: &[&str]) -> Raw {
    let columns: Vec<FieldType> = model.fields().iter().map(|field| field.ty.clone()).collect();
    Raw { model: Some(model.clone()), ..raw(text, &columns, names) }
}

fn read(session: &Session, raw: Raw, values: impl IntoIterator<Item = Value>) -> Result<Vec<Row>> {
    let rows = session.fetch_raw(raw, values.into_iter().collect(), FetchOptions::default());
    let batches: Vec<RowBatch> = now(rows.try_collect())?;
    Ok(batches.iter().map(unpacked).collect::<Result<Vec<_>>>()?.concat())
}

fn write(session: &Session, text: &str, values: &[(&str, Value)]) -> Result<u64> {
    let (names, values): (Vec<&str>, Vec<Value>) = values.iter().cloned().unzip();
    now(session.write_raw(raw(text, &[], &names), values))
}

fn rows_of_a_model(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let text = "SELECT {*} FROM users WHERE age = :age AND id > :id ORDER BY id DESC";
    let found = read(db, of_model(text, &user, &["id", "age"]), [int(0), int(36)])?;
    let same = db.rows(find(&user).filter(field(&user, "age").is(Eq, 36)).by_desc("id"))?;
    assert_eq!(found, same);
    let joined = "SELECT u.{*} FROM users u JOIN users o ON o.age = u.age AND o.id <> u.id ORDER BY u.id";
    assert_eq!(read(db, of_model(joined, &user, &[]), [])?.len(), 2);
    Ok(())
}

fn rows_of_values(db: &Db) -> Result<()> {
    models::people(db)?;
    let columns = [FieldType::Text, FieldType::Int];
    let text = "SELECT name, age FROM users WHERE name <> ':name' AND id < :id ORDER BY id -- :age\n";
    let found = read(db, raw(text, &columns, &["id"]), [int(4)])?;
    assert_eq!(found, [[text_of("Ada"), int(36)], [text_of("bob"), int(17)], [text_of("Cyd"), NULL]]);
    let nothing = read(db, raw("SELECT name, age FROM users WHERE id < :id", &columns, &["id"]), [int(0)])?;
    assert_eq!(nothing, [] as [Row; 0]);
    Ok(())
}

fn text_of(value: &str) -> Value {
    text(value)
}

fn changes_are_counted(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let changed =
        write(db, "UPDATE users SET age = :age WHERE age = :old", &[("age", int(37)), ("old", int(36))])?;
    assert_eq!(changed, 2);
    finds(db, &user, field(&user, "age").is(Eq, 37), &[1, 4]);
    assert_eq!(write(db, "DELETE FROM users WHERE name = :name", &[("name", text("Eve"))])?, 1);
    assert_eq!(write(db, "DELETE FROM users WHERE name = :name", &[("name", text("Eve"))])?, 0);
    let add = "INSERT INTO users (id, name, age) VALUES (:id, :name, :age)";
    assert_eq!(write(db, add, &[("id", int(9)), ("name", text("Flo")), ("age", NULL)])?, 1);
    finds(db, &user, field(&user, "age").test(IsNull), &[3, 9]);
    Ok(())
}

fn values_are_never_written_into_the_text(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    for hostile in ["'; DROP TABLE users; --", ":id", "\\", "\"", "$1", "?", "{*}", "ä😀", ""] {
        let changed =
            write(db, "UPDATE users SET name = :n WHERE id = :id", &[("n", text(hostile)), ("id", int(1))])?;
        assert_eq!(changed, 1, "{hostile}");
        let found =
            read(db, of_model("SELECT {*} FROM users WHERE name = :n", &user, &["n"]), [text(hostile)])?;
        assert_eq!(found.len(), 1, "{hostile}");
        assert_eq!(found[0][1], text(hostile));
    }
    assert_eq!(db.count(find(&user))?, 5);
    Ok(())
}

fn values_of_every_type(db: &Db) -> Result<()> {
    let values = [
        ("bool", Value::Bool(true)),
        ("int", int(i64::MIN)),
        ("float", 2.5.into()),
        ("text", text("ä")),
        ("bytes", bytes(b"\x00\xff")),
        ("decimal", dec("1.25")),
        ("uuid", uuid(7)),
        ("naive", moment("2026-11-22 10:00:00.000001")),
        ("timestamp", instant("2026-11-22T10:00:00Z")),
        ("date", day("2026-11-22")),
        ("time", clock("10:00:00.000001")),
        ("duration", micros(-5)),
    ];
    let sample = stored(db, "int", &[NULL])?;
    for (name, value) in values {
        let ty = sample.fields()[sample.require_field(name)?].ty.clone();
        let quote = if db.handle().driver().name() == "mysql" { '`' } else { '"' };
        let set = format!("UPDATE samples SET {quote}{name}{quote} = :value");
        let changed = write(db, &set, &[("value", value.clone())]);
        assert_eq!(changed.map_err(|error| error.with_field(name))?, 1);
        let get = format!("SELECT {quote}{name}{quote} FROM samples WHERE {quote}{name}{quote} = :value");
        let found = read(db, raw(&get, &[ty], &["value"]), [value.clone()]);
        assert_eq!(found.map_err(|error| error.with_field(name))?, [[value]]);
    }
    Ok(())
}

fn statements_are_part_of_a_transaction(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    let session = tx.session();
    write(&session, "UPDATE users SET age = :age", &[("age", int(1))])?;
    let inside = read(&session, raw("SELECT COUNT(*) FROM users WHERE age = 1", &[FieldType::Int], &[]), [])?;
    assert_eq!(inside, [[int(5)]]);
    now(tx.rollback())?;
    assert_eq!(db.count(find(&user).filter(field(&user, "age").is(Eq, 1)))?, 0);
    Ok(())
}

fn the_same_statement_is_prepared_once(db: &Db) -> Result<()> {
    models::people(db)?;
    for id in 1..=5 {
        let found =
            read(db, raw("SELECT id FROM users WHERE id = :id", &[FieldType::Int], &["id"]), [int(id)])?;
        assert_eq!(found, [[int(id)]]);
    }
    Ok(())
}

fn names_and_values_that_do_not_fit_are_refused(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let told = |raw: Raw, values: Vec<Value>, why: &str| {
        let error = refused(db.unsent(|| read(db, raw, values)), ErrorKind::Validation);
        assert!(error.message().contains(why), "{error}");
    };
    let int_column = [FieldType::Int];
    told(raw("SELECT id FROM users WHERE id = :id", &int_column, &[]), vec![], "`:id`, and no value");
    told(raw("SELECT id FROM users", &int_column, &["id"]), vec![int(1)], "no `:id`");
    told(raw("SELECT {*} FROM users", &int_column, &[]), vec![], "none is given");
    told(of_model("SELECT id FROM users", &user, &[]), vec![], "{*}");
    Ok(())
}

fn columns_that_do_not_fit_are_refused(db: &Db) -> Result<()> {
    models::people(db)?;
    let more = raw("SELECT id, name FROM users", &[FieldType::Int], &[]);
    refused(read(db, more, []), ErrorKind::Query);
    let fewer = raw("SELECT id FROM users", &[FieldType::Int, FieldType::Text], &[]);
    refused(read(db, fewer, []), ErrorKind::Query);
    let other = raw("SELECT name FROM users", &[FieldType::Uuid], &[]);
    refused(read(db, other, []), ErrorKind::Query);
    assert_eq!(read(db, raw("SELECT COUNT(*) FROM users", &[FieldType::Int], &[]), [])?, [[int(5)]]);
    Ok(())
}

fn mistakes_are_told(db: &Db) -> Result<()> {
    models::people(db)?;
    assert!(read(db, raw("SELECT nothing FROM users", &[FieldType::Int], &[]), []).is_err());
    assert!(write(db, "UPDAT users", &[]).is_err());
    refused(
        write(db, "INSERT INTO users (id, name) VALUES (:id, 'x')", &[("id", int(1))]),
        ErrorKind::UniqueViolation,
    );
    Ok(())
}
