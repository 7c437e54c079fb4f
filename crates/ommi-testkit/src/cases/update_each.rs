//! Updates of many rows, each to values of its own.

use crate::case::cases;
use crate::kit::*;

cases! {
    each_row_gets_its_own_values,
    many_rows_get_their_own_values,
    rows_of_a_composite_key_get_their_own_values,
    every_type_gets_its_own_values,
    unique_values_are_set_row_by_row,
    rows_that_are_not_there_do_not_count,
    what_does_not_fit_is_refused_before_anything_is_sent,
    all_rows_are_updated_or_none,
}

fn put(session: &Session, model: &Arc<ModelDef>, fields: &[&str], rows: &[Row]) -> Result<u64> {
    let positions = fields.iter().map(|name| model.require_field(name)).collect::<Result<Vec<_>>>()?;
    let width = model.key().len() + fields.len();
    now(session.update_each(model.clone(), positions, crate::run::batch(width, rows)))
}

fn each_row_gets_its_own_values(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let rows = [
        vec![int(1), text("Lady"), int(37)],
        vec![int(3), text("Cydney"), int(1)],
        vec![int(5), text("Eva"), NULL],
    ];
    assert_eq!(put(db, &user, &["name", "age"], &rows)?, 3);
    let all = db.rows(find(&user).by("id").select(&["name", "age"]))?;
    assert_eq!(
        all,
        [
            [text("Lady"), int(37)],
            [text("bob"), int(17)],
            [text("Cydney"), int(1)],
            [text("Dan"), int(36)],
            [text("Eva"), NULL],
        ]
    );
    // The same for all, and NULL for all.
    assert_eq!(put(db, &user, &["age"], &[vec![int(1), int(7)], vec![int(2), int(7)]])?, 2);
    assert_eq!(put(db, &user, &["active"], &[vec![int(1), NULL], vec![int(2), NULL]])?, 2);
    assert_eq!(db.count(find(&user).filter(field(&user, "age").is(Eq, 7)))?, 2);
    assert_eq!(db.count(find(&user).filter(field(&user, "active").test(IsNull)))?, 3);
    // A row that is named twice gets what comes last.
    assert_eq!(put(db, &user, &["age"], &[vec![int(1), int(8)], vec![int(1), int(9)]])?, 2);
    assert_eq!(db.values(find(&user).by("id").limit(1).select(&["age"]))?, [int(9)]);
    assert_eq!(put(db, &user, &["age"], &[])?, 0);
    Ok(())
}

fn many_rows_get_their_own_values(db: &Db) -> Result<()> {
    let user = models::user();
    let names: Vec<Row> = (0..300).map(|number| vec![text(&format!("n{number}"))]).collect();
    let keys = db.add_all(&user, &["name"], &names)?;
    let rows: Vec<Row> =
        keys.iter().map(|key| vec![int(*key), text(&format!("new {key}")), int(key * 2)]).collect();
    let before = db.handle().operations();
    assert_eq!(put(db, &user, &["name", "age"], &rows)?, 300);
    assert!(db.handle().operations() - before < 10, "few statements write many rows");
    for row in db.rows(find(&user).select(&["id", "name", "age"]))? {
        let Value::Int(key) = row[0] else { panic!("{row:?}") };
        assert_eq!(row[1..], [text(&format!("new {key}")), int(key * 2)]);
    }
    Ok(())
}

fn rows_of_a_composite_key_get_their_own_values(db: &Db) -> Result<()> {
    let (pair, _) = models::pair_and_note();
    let keys = [(1, "a"), (1, "b"), (2, "a")];
    db.add_all(&pair, &["left", "right"], &keys.map(|(left, right)| vec![int(left), text(right)]))?;
    let rows = keys.map(|(left, right)| vec![int(left), text(right), text(&format!("{left}{right}"))]);
    assert_eq!(put(db, &pair, &["value"], &rows)?, 3);
    let values = db.values(find(&pair).by("left").by("right").select(&["value"]))?;
    assert_eq!(values, [text("1a"), text("1b"), text("2a")]);
    Ok(())
}

fn every_type_gets_its_own_values(db: &Db) -> Result<()> {
    let sample = models::sample();
    db.add_all(&sample, &["int"], &[vec![int(1)], vec![int(2)]])?;
    let values: [(&str, Value, Value); 10] = [
        ("bool", true.into(), NULL),
        ("float", 0.5.into(), int(2)),
        ("text", text("Ä%"), text("")),
        ("bytes", bytes(b"\0a"), bytes(b"")),
        ("decimal", dec("1.5"), dec("-2")),
        ("uuid", Value::Uuid(uuid::Uuid::from_u128(7)), NULL),
        ("timestamp", instant("2026-11-21T12:30:00Z"), instant("1969-01-01T00:00:00Z")),
        ("date", Value::Date("2026-11-21".parse().unwrap()), Value::Date("0099-01-01".parse().unwrap())),
        ("duration", Value::Duration(5), Value::Duration(-5)),
        ("json", Value::Json("[1]".into()), Value::Json("{\"a\":null}".into())),
    ];
    for (name, one, other) in values {
        let rows = [vec![int(1), one.clone()], vec![int(2), other.clone()]];
        assert_eq!(put(db, &sample, &[name], &rows)?, 2, "{name}");
        let other = if name == "float" { 2.0.into() } else { other };
        assert_eq!(db.values(find(&sample).by("id").select(&[name]))?, [one, other], "{name}");
    }
    Ok(())
}

fn unique_values_are_set_row_by_row(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let rows = [vec![int(1), text("one@x.org")], vec![int(2), text("ada@x.org")]];
    assert_eq!(put(db, &user, &["email"], &rows)?, 2);
    let emails = db.values(find(&user).by("id").limit(2).select(&["email"]))?;
    assert_eq!(emails, [text("one@x.org"), text("ada@x.org")]);
    // Two that change places meet half-way, on every database.
    let rows = [vec![int(1), text("ada@x.org")], vec![int(2), text("one@x.org")]];
    refused(put(db, &user, &["email"], &rows), ErrorKind::UniqueViolation);
    Ok(())
}

fn rows_that_are_not_there_do_not_count(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let rows = [vec![int(1), int(1)], vec![int(99), int(2)]];
    assert_eq!(put(db, &user, &["age"], &rows)?, 1);
    assert_eq!(put(db, &user, &["age"], &rows[1..])?, 0);
    Ok(())
}

fn what_does_not_fit_is_refused_before_anything_is_sent(db: &Db) -> Result<()> {
    let user = models::user();
    let refuse = |fields: &[&str], row: Row| {
        refused(db.unsent(|| put(db, &user, fields, std::slice::from_ref(&row))), ErrorKind::Validation)
    };
    let error = refuse(&["age"], vec![int(1), text("x")]);
    assert_eq!((error.model(), error.field()), (Some("User"), Some("age")));
    let error = refuse(&["name"], vec![int(1), NULL]);
    assert_eq!((error.model(), error.field()), (Some("User"), Some("name")));
    let error = refuse(&["id"], vec![int(1), int(2)]);
    assert_eq!((error.model(), error.field()), (Some("User"), Some("id")));
    refuse(&["age"], vec![NULL, int(1)]);
    refuse(&[], vec![int(1)]);
    refuse(&["age", "age"], vec![int(1), int(1), int(2)]);
    Ok(())
}

fn all_rows_are_updated_or_none(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let rows = [vec![int(1), text("new@x.org")], vec![int(3), text("bob@x.org")]];
    let error = refused(put(db, &user, &["email"], &rows), ErrorKind::UniqueViolation);
    assert_eq!(error.columns(), ["email"]);
    assert_eq!(db.values(find(&user).by("id").limit(1).select(&["email"]))?, [text("ada@x.org")]);
    let tx = db.begin()?;
    assert_eq!(put(&tx.session(), &user, &["age"], &[vec![int(1), int(1)], vec![int(2), int(2)]])?, 2);
    now(tx.rollback())?;
    assert_eq!(db.values(find(&user).by("id").limit(2).select(&["age"]))?, [int(36), int(17)]);
    Ok(())
}
