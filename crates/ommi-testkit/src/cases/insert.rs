//! Adding rows: keys written back, many at once, all or none.

use crate::case::cases;
use crate::kit::*;

cases! {
    a_row_gets_a_key,
    keys_come_back_in_the_order_of_rows,
    a_given_key_is_kept,
    given_and_generated_keys_in_one_insert,
    a_key_of_text,
    a_composite_key,
    no_rows_are_nothing_to_do,
    ten_thousand_rows,
    ten_thousand_wide_rows,
    all_rows_or_none,
    a_row_that_clashes_with_another_of_the_same_insert,
    a_row_that_refers_to_a_later_one_of_the_same_insert [ForeignKeys, ReferencesAtStatementEnd],
    fields_left_out_are_null,
    fields_left_out_take_the_defaults,
    fields_in_any_order,
    a_row_of_nothing_but_its_key,
    a_required_field_left_out_is_an_error,
    null_in_a_required_field_is_an_error,
    a_value_of_another_type_is_an_error,
    the_row_that_is_wrong_is_told,
    keys_beyond_the_largest,
    inserts_follow_each_other,
}

fn a_row_gets_a_key(db: &Db) -> Result<()> {
    let user = models::user();
    let ada = db.add(&user, &[("name", text("Ada"))])?;
    let bob = db.add(&user, &[("name", text("bob"))])?;
    assert_ne!(ada, bob);
    assert_eq!(
        db.values(find(&user).filter(field(&user, "id").is(Eq, ada)).select(&["name"]))?,
        [text("Ada")]
    );
    Ok(())
}

fn keys_come_back_in_the_order_of_rows(db: &Db) -> Result<()> {
    let user = models::user();
    let names: Vec<String> = (0..500).map(|number| format!("user {}", (number * 7919) % 500)).collect();
    let rows: Vec<Row> = names.iter().map(|name| vec![text(name)]).collect();
    let keys = db.add_all(&user, &["name"], &rows)?;
    for (key, name) in keys.iter().zip(&names).step_by(29) {
        assert_eq!(
            db.values(find(&user).filter(field(&user, "id").is(Eq, *key)).select(&["name"]))?,
            [text(name)]
        );
    }
    assert_eq!(keys.len(), 500);
    Ok(())
}

fn a_given_key_is_kept(db: &Db) -> Result<()> {
    let user = models::user();
    for key in [42, -7, 0, i64::MIN, 1 << 40] {
        assert_eq!(db.add(&user, &[("id", int(key)), ("name", text("x"))])?, key);
    }
    assert_eq!(db.ids(find(&user).by("id"))?, [i64::MIN, -7, 0, 42, 1 << 40]);
    Ok(())
}

fn given_and_generated_keys_in_one_insert(db: &Db) -> Result<()> {
    let user = models::user();
    let rows =
        [vec![int(10), text("a")], vec![NULL, text("b")], vec![int(20), text("c")], vec![NULL, text("d")]];
    let keys = db.add_all(&user, &["id", "name"], &rows)?;
    assert_eq!((keys[0], keys[2]), (10, 20));
    let found = db.rows(find(&user).by("name").select(&["id", "name"]))?;
    let expected: Vec<Row> =
        keys.iter().zip(["a", "b", "c", "d"]).map(|(key, name)| vec![int(*key), text(name)]).collect();
    assert_eq!(found, expected);
    Ok(())
}

fn a_key_of_text(db: &Db) -> Result<()> {
    let country = models::built(
        ModelDef::builder("Country")
            .field(FieldDef::new("code", FieldType::Text))
            .field(FieldDef::new("name", FieldType::Text))
            .key(["code"]),
    );
    db.add_all(
        &country,
        &["code", "name"],
        &[vec![text("de"), text("Germany")], vec![text("DE"), text("other")]],
    )?;
    assert_eq!(
        db.values(find(&country).filter(field(&country, "code").is(Eq, "de")).select(&["name"]))?,
        [text("Germany")]
    );
    refused(db.add(&country, &[("code", text("de")), ("name", text("again"))]), ErrorKind::UniqueViolation);
    refused(db.unsent(|| db.add(&country, &[("name", text("no code"))])), ErrorKind::Validation);
    Ok(())
}

fn a_composite_key(db: &Db) -> Result<()> {
    let (pair, _) = models::pair_and_note();
    let row = |left: i64, right: &str| vec![int(left), text(right)];
    assert_eq!(
        db.add_all(&pair, &["left", "right"], &[row(1, "a"), row(1, "b"), row(2, "a")])?,
        [] as [i64; 0]
    );
    let error = refused(
        db.add_all(&pair, &["left", "right"], &[row(3, "a"), row(1, "b")]),
        ErrorKind::UniqueViolation,
    );
    assert_eq!(error.columns(), ["left", "right"]);
    assert_eq!(db.count(find(&pair))?, 3);
    Ok(())
}

fn no_rows_are_nothing_to_do(db: &Db) -> Result<()> {
    let user = models::user();
    assert_eq!(db.unsent(|| db.add_all(&user, &["name"], &[]))?, [] as [i64; 0]);
    Ok(())
}

fn ten_thousand_rows(db: &Db) -> Result<()> {
    let user = models::user();
    let rows: Vec<Row> =
        (0..10_000).map(|number| vec![text(&format!("user {number}")), int(number)]).collect();
    let keys = db.add_all(&user, &["name", "age"], &rows)?;
    assert_eq!(keys.len(), 10_000);
    assert_eq!(db.ids(find(&user).by("age"))?, keys);
    assert_eq!(
        db.values(find(&user).filter(field(&user, "id").is(Eq, keys[7777])).select(&["name"]))?,
        [text("user 7777")]
    );
    Ok(())
}

fn ten_thousand_wide_rows(db: &Db) -> Result<()> {
    let wide = (0..40).fold(ModelDef::builder("Wide").field(models::id()), |model, number| {
        model.field(FieldDef::new(format!("f{number}"), FieldType::Int))
    });
    let wide = models::built(wide);
    let names: Vec<String> = (0..40).map(|number| format!("f{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows: Vec<Row> =
        (0..10_000).map(|row| (0..40).map(|column| int(row * 40 + column)).collect()).collect();
    assert_eq!(db.add_all(&wide, &names, &rows)?.len(), 10_000);
    assert_eq!(db.values(find(&wide).by("id").offset(9_999).select(&["f39"]))?, [int(399_999)]);
    Ok(())
}

fn all_rows_or_none(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let mut rows: Vec<Row> =
        (0..3000).map(|number| vec![text("new"), text(&format!("{number}@x.org"))]).collect();
    rows.push(vec![text("clash"), text("ada@x.org")]);
    let error = refused(db.add_all(&user, &["name", "email"], &rows), ErrorKind::UniqueViolation);
    assert_eq!(error.columns(), ["email"]);
    assert_eq!(db.count(find(&user))?, 5);
    rows.pop();
    assert_eq!(db.add_all(&user, &["name", "email"], &rows)?.len(), 3000);
    Ok(())
}

fn a_row_that_clashes_with_another_of_the_same_insert(db: &Db) -> Result<()> {
    let user = models::user();
    let rows = ["a", "b", "a"].map(|email| vec![text("x"), text(email)]);
    refused(db.add_all(&user, &["name", "email"], &rows), ErrorKind::UniqueViolation);
    assert_eq!(db.count(find(&user))?, 0);
    Ok(())
}

fn a_row_that_refers_to_a_later_one_of_the_same_insert(db: &Db) -> Result<()> {
    let known: Arc<std::sync::OnceLock<Arc<ModelDef>>> = Arc::default();
    let later = known.clone();
    let target = ommi_core::schema::ModelLink::new("Person", move || {
        later.get().cloned().ok_or_else(|| Error::new(ErrorKind::Schema, "not built yet"))
    });
    let reference = ommi_core::schema::ReferenceDef {
        target,
        ..models::to(&models::user(), ommi_core::schema::Action::Restrict)
    };
    let person = models::built(
        ModelDef::builder("Person")
            .field(models::id())
            .field(FieldDef::new("boss_id", FieldType::Int).nullable())
            .reference(["boss_id"], reference),
    );
    known.get_or_init(|| person.clone());
    let row = |id: i64, boss: i64| vec![int(id), int(boss)];
    db.add_all(&person, &["id", "boss_id"], &[row(1, 3), row(2, 2), row(3, 2)])?;
    let lost = db.add_all(&person, &["id", "boss_id"], &[row(4, 5), row(5, 6)]);
    refused(lost, ErrorKind::ForeignKeyViolation);
    // In a transaction too: the statement fails, and not the commit.
    let tx = db.begin()?;
    tx.session().add_all(&person, &["id", "boss_id"], &[row(6, 7), row(7, 1)])?;
    let lost = tx.session().add_all(&person, &["id", "boss_id"], &[row(8, 9), row(9, 10)]);
    refused(lost, ErrorKind::ForeignKeyViolation);
    refused(tx.session().add(&person, &[("boss_id", int(99))]), ErrorKind::ForeignKeyViolation);
    now(tx.commit())?;
    assert_eq!(db.ids(find(&person).by("id"))?, [1, 2, 3, 6, 7]);
    Ok(())
}

fn fields_left_out_are_null(db: &Db) -> Result<()> {
    let user = models::user();
    db.add(&user, &[("name", text("Ada"))])?;
    assert_eq!(db.rows(find(&user).select(&["email", "age", "active"]))?, [[NULL, NULL, NULL]]);
    Ok(())
}

fn fields_left_out_take_the_defaults(db: &Db) -> Result<()> {
    let model = models::built(
        ModelDef::builder("Defaults")
            .field(models::id())
            .field(FieldDef::new("name", FieldType::Text).default("it's \"new\""))
            .field(FieldDef::new("count", FieldType::Int).default(-7))
            .field(FieldDef::new("rate", FieldType::Float).default(0.25))
            .field(FieldDef::new("done", FieldType::Bool).default(true))
            .field(FieldDef::new("price", FieldType::Decimal).default(dec("1.50")))
            .field(FieldDef::new("since", FieldType::Date).default(day("2026-11-21")))
            .field(FieldDef::new("raw", FieldType::Bytes).default(bytes(b"\0\xff"))),
    );
    let given = [("id", int(1))];
    db.add(&model, &given)?;
    let row = db.rows(find(&model))?.remove(0);
    let expected = [
        int(1),
        text("it's \"new\""),
        int(-7),
        0.25.into(),
        true.into(),
        dec("1.5"),
        day("2026-11-21"),
        bytes(b"\0\xff"),
    ];
    assert_eq!(row, expected);
    Ok(())
}

fn fields_in_any_order(db: &Db) -> Result<()> {
    let user = models::user();
    db.add(&user, &[("age", int(36)), ("active", true.into()), ("name", text("Ada"))])?;
    assert_eq!(
        db.rows(find(&user).select(&["name", "age", "active"]))?,
        [[text("Ada"), int(36), true.into()]]
    );
    Ok(())
}

fn a_row_of_nothing_but_its_key(db: &Db) -> Result<()> {
    let model = models::built(ModelDef::builder("Bare").field(models::id()));
    assert_eq!(db.add_all(&model, &["id"], &[vec![NULL], vec![int(9)], vec![NULL]])?.len(), 3);
    assert_eq!(db.count(find(&model))?, 3);
    assert_eq!(db.add_all(&model, &[], &[vec![], vec![]])?.len(), 2);
    assert_eq!(db.count(find(&model))?, 5);
    Ok(())
}

fn a_required_field_left_out_is_an_error(db: &Db) -> Result<()> {
    let user = models::user();
    let error = refused(db.unsent(|| db.add(&user, &[("age", int(1))])), ErrorKind::Validation);
    assert_eq!((error.model(), error.field()), (Some("User"), Some("name")));
    Ok(())
}

fn null_in_a_required_field_is_an_error(db: &Db) -> Result<()> {
    let user = models::user();
    let error = refused(db.unsent(|| db.add(&user, &[("name", NULL)])), ErrorKind::Validation);
    assert_eq!((error.model(), error.field()), (Some("User"), Some("name")));
    Ok(())
}

fn a_value_of_another_type_is_an_error(db: &Db) -> Result<()> {
    let user = models::user();
    for (name, value) in [
        ("age", text("36")),
        ("age", 36.0.into()),
        ("active", int(1)),
        ("email", bytes(b"a")),
        ("email", text("a\0b")),
    ] {
        let add = || db.add(&user, &[("name", text("x")), (name, value)]);
        let error = refused(db.unsent(add), ErrorKind::Validation);
        assert_eq!((error.model(), error.field()), (Some("User"), Some(name)));
    }
    Ok(())
}

fn the_row_that_is_wrong_is_told(db: &Db) -> Result<()> {
    let user = models::user();
    let rows = [vec![text("a"), int(1)], vec![text("b"), text("2")], vec![text("c"), int(3)]];
    let error = refused(db.unsent(|| db.add_all(&user, &["name", "age"], &rows)), ErrorKind::Validation);
    assert!(error.message().contains("row 2 of 3"), "{error}");
    Ok(())
}

fn keys_beyond_the_largest(db: &Db) -> Result<()> {
    let user = models::user();
    db.add(&user, &[("id", int(i64::MAX)), ("name", text("last"))])?;
    // A database finds a free key or says that there is none; it never wraps around onto a row that is there.
    match db.add(&user, &[("name", text("next"))]) {
        Ok(key) => assert_eq!(db.count(find(&user).filter(field(&user, "id").is(Eq, key)))?, 1),
        Err(error) => assert_ne!(error.kind(), ErrorKind::Internal),
    }
    assert_eq!(
        db.values(find(&user).filter(field(&user, "id").is(Eq, i64::MAX)).select(&["name"]))?,
        [text("last")]
    );
    Ok(())
}

fn inserts_follow_each_other(db: &Db) -> Result<()> {
    let user = models::user();
    for number in 0..200 {
        db.add(&user, &[("name", text(&number.to_string())), ("age", int(number))])?;
    }
    assert_eq!(db.count(find(&user))?, 200);
    assert_eq!(db.values(find(&user).by("id").select(&["age"]))?, (0..200).map(int).collect::<Vec<_>>());
    Ok(())
}
