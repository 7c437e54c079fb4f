//! What a database refuses, and how it says so: the kind, the columns, the model.

use ommi_core::schema::Action;

use crate::case::cases;
use crate::kit::*;

cases! {
    a_unique_field_may_have_a_unique_index_too,
    a_key_that_is_taken,
    a_unique_field_that_is_taken,
    nulls_are_not_the_same,
    a_unique_index_over_two_fields,
    unique_text_regards_case,
    unique_decimals_are_numbers,
    a_unique_column_of_an_odd_name,
    a_reference_to_nothing [ForeignKeys],
    a_reference_that_is_null [ForeignKeys],
    a_change_of_a_reference_to_nothing [ForeignKeys],
    a_reference_by_a_composite_key [ForeignKeys],
    changed_keys_are_followed [ForeignKeys],
    rows_that_refer_to_each_other_in_a_circle [ForeignKeys],
    text_that_is_too_long_is_an_error,
    errors_name_the_model_and_the_statement_without_values,
}

fn a_unique_field_may_have_a_unique_index_too(db: &Db) -> Result<()> {
    let token = models::built(
        ModelDef::builder("Token")
            .field(models::id())
            .field(FieldDef::new("code", FieldType::Text).unique())
            .index(None, ["code"], true),
    );
    db.add(&token, &[("code", text("a"))])?;
    let error = refused(db.add(&token, &[("code", text("a"))]), ErrorKind::UniqueViolation);
    assert_eq!(error.columns(), ["code"]);
    Ok(())
}

fn a_key_that_is_taken(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let error = refused(db.add(&user, &[("id", int(3)), ("name", text("x"))]), ErrorKind::UniqueViolation);
    assert_eq!((error.model(), error.columns()), (Some("User"), ["id".to_owned()].as_slice()));
    Ok(())
}

fn a_unique_field_that_is_taken(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let add = db.add(&user, &[("name", text("x")), ("email", text("bob@x.org"))]);
    let error = refused(add, ErrorKind::UniqueViolation);
    assert_eq!((error.model(), error.columns()), (Some("User"), ["email".to_owned()].as_slice()));
    Ok(())
}

fn nulls_are_not_the_same(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    for _ in 0..2 {
        db.add(&user, &[("name", text("x")), ("email", NULL)])?;
    }
    assert_eq!(db.count(find(&user).filter(field(&user, "email").test(IsNull)))?, 3);
    Ok(())
}

fn a_unique_index_over_two_fields(db: &Db) -> Result<()> {
    let seat = models::built(
        ModelDef::builder("Seat")
            .field(models::id())
            .field(FieldDef::new("row", FieldType::Int))
            .field(FieldDef::new("place", FieldType::Text).column("seat_place"))
            .index(None, ["row", "place"], true),
    );
    db.add(&seat, &[("row", int(1)), ("place", text("a"))])?;
    db.add(&seat, &[("row", int(1)), ("place", text("b"))])?;
    let error = refused(db.add(&seat, &[("row", int(1)), ("place", text("a"))]), ErrorKind::UniqueViolation);
    assert_eq!(error.columns(), ["row", "seat_place"]);
    Ok(())
}

fn unique_text_regards_case(db: &Db) -> Result<()> {
    let user = models::user();
    for email in ["a", "A", "a ", "ä", "Ä", "a\u{308}"] {
        db.add(&user, &[("name", text("x")), ("email", text(email))])?;
    }
    assert_eq!(db.count(find(&user))?, 6);
    Ok(())
}

fn unique_decimals_are_numbers(db: &Db) -> Result<()> {
    let price = models::built(
        ModelDef::builder("Price")
            .field(models::id())
            .field(FieldDef::new("amount", FieldType::Decimal).unique()),
    );
    db.add(&price, &[("amount", dec("1.50"))])?;
    refused(db.add(&price, &[("amount", dec("1.5"))]), ErrorKind::UniqueViolation);
    refused(
        db.change(find(&price), &[("amount", lit(dec("1.5")))])
            .and_then(|_| db.add(&price, &[("amount", dec("15E-1"))])),
        ErrorKind::UniqueViolation,
    );
    Ok(())
}

fn a_unique_column_of_an_odd_name(db: &Db) -> Result<()> {
    let odd = models::built(
        ModelDef::builder("Odd")
            .table("odd table.x")
            .field(models::id())
            .field(FieldDef::new("value", FieldType::Int).column("group by").unique()),
    );
    db.add(&odd, &[("value", int(1))])?;
    let error = refused(db.add(&odd, &[("value", int(1))]), ErrorKind::UniqueViolation);
    assert_eq!(error.columns(), ["group by"]);
    Ok(())
}

fn a_reference_to_nothing(db: &Db) -> Result<()> {
    let blog = models::blog();
    blog.fill(db)?;
    let error = refused(
        db.add(&blog.post, &[("title", text("x")), ("author_id", int(99))]),
        ErrorKind::ForeignKeyViolation,
    );
    assert_eq!(error.model(), Some("Post"));
    assert_eq!(db.count(find(&blog.post))?, 4);
    Ok(())
}

fn a_reference_that_is_null(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let visit = models::pointing("Visit", &user, Action::Restrict);
    db.add(&visit, &[("target_id", NULL)])?;
    assert_eq!(db.count(find(&visit))?, 1);
    Ok(())
}

fn a_change_of_a_reference_to_nothing(db: &Db) -> Result<()> {
    let blog = models::blog();
    blog.fill(db)?;
    refused(db.change(find(&blog.post), &[("author_id", lit(99))]), ErrorKind::ForeignKeyViolation);
    finds(db, &blog.post, field(&blog.post, "author_id").is(Eq, 99), &[]);
    Ok(())
}

fn a_reference_by_a_composite_key(db: &Db) -> Result<()> {
    let (pair, note) = models::pair_and_note();
    db.add(&pair, &[("left", int(1)), ("right", text("a"))])?;
    let note_on = |left: i64, right: &str| {
        db.add(&note, &[("pair_left", int(left)), ("pair_right", text(right)), ("body", text("x"))])
    };
    note_on(1, "a")?;
    refused(note_on(1, "b"), ErrorKind::ForeignKeyViolation);
    refused(db.remove(find(&pair)), ErrorKind::ForeignKeyViolation);
    Ok(())
}

fn changed_keys_are_followed(db: &Db) -> Result<()> {
    let blog = models::blog();
    blog.fill(db)?;
    db.change(find(&blog.user).filter(field(&blog.user, "id").is(Eq, 1)), &[("id", lit(77))])?;
    finds(db, &blog.post, field(&blog.post, "author_id").is(Eq, 77), &[1, 2]);
    Ok(())
}

fn rows_that_refer_to_each_other_in_a_circle(db: &Db) -> Result<()> {
    // A model that refers to itself: the smallest circle.
    let cell = std::sync::Arc::new(std::sync::OnceLock::<Arc<ModelDef>>::new());
    let here = cell.clone();
    let target = ommi_core::schema::ModelLink::new("Person", move || {
        here.get().cloned().ok_or_else(|| Error::new(ErrorKind::Schema, "not built yet"))
    });
    let person = models::built(
        ModelDef::builder("Person")
            .field(models::id())
            .field(FieldDef::new("boss_id", FieldType::Int).nullable())
            .reference(
                ["boss_id"],
                ommi_core::schema::ReferenceDef { target, ..models::to(&models::user(), Action::SetNull) },
            ),
    );
    cell.set(person.clone()).unwrap();
    let boss = db.add(&person, &[("boss_id", NULL)])?;
    db.add(&person, &[("boss_id", int(boss))])?;
    db.change(find(&person).filter(field(&person, "id").is(Eq, boss)), &[("boss_id", lit(boss))])?;
    refused(db.add(&person, &[("boss_id", int(99))]), ErrorKind::ForeignKeyViolation);
    assert_eq!(db.remove(find(&person).filter(field(&person, "id").is(Eq, boss)))?, 1);
    assert_eq!(db.values(find(&person).select(&["boss_id"]))?, [NULL]);
    Ok(())
}

fn errors_name_the_model_and_the_statement_without_values(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let secret = "correct horse battery staple";
    db.add(&user, &[("name", text("x")), ("email", text(secret))])?;
    let add = db.add(&user, &[("name", text("y")), ("email", text(secret))]);
    let error = refused(add, ErrorKind::UniqueViolation);
    let message = format!("{error} {error:?}");
    assert!(message.contains("User") && !message.contains(secret), "{message}");
    assert!(error.statement().is_some_and(|statement| !statement.is_empty()));
    Ok(())
}

fn text_that_is_too_long_is_an_error(db: &Db) -> Result<()> {
    let model = models::built(
        ModelDef::builder("Short")
            .field(models::id())
            .field(FieldDef::new("word", FieldType::Text).max_length(3)),
    );
    for fits in ["", "abc", "äöü", "😀😀😀"] {
        db.add(&model, &[("word", text(fits))])?;
    }
    refused(db.unsent(|| db.add(&model, &[("word", text("abcd"))])), ErrorKind::Validation);
    let error =
        refused(db.unsent(|| db.change(find(&model), &[("word", lit("😀😀😀😀"))])), ErrorKind::Validation);
    assert_eq!((error.model(), error.field()), (Some("Short"), Some("word")));
    Ok(())
}
