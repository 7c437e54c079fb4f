//! What `use_models` makes of a table that is there and differs: optional columns are added, all else is refused.

use ommi_core::schema::{Action, ModelBuilder};

use crate::case::cases;
use crate::kit::*;

cases! {
    a_new_optional_field_becomes_a_column,
    several_new_optional_fields,
    a_new_index_is_created,
    every_difference_is_named_and_nothing_changed,
    another_type_is_a_difference,
    another_nullability_is_a_difference,
    another_key_is_a_difference,
    a_required_column_that_no_field_is_stored_in_is_a_difference,
    an_optional_column_that_no_field_is_stored_in_is_none,
    every_type_fits_the_column_made_for_it,
    two_models_on_one_table,
}

fn items(more: impl FnOnce(ModelBuilder) -> ModelBuilder) -> Arc<ModelDef> {
    models::built(more(ModelDef::builder("Item").table("items").field(models::id())))
}

fn named(model: ModelBuilder) -> ModelBuilder {
    model.field(FieldDef::new("name", FieldType::Text))
}

/// A table made for `made` is refused for `wanted`, by a message that names `place`.
#[track_caller]
fn differs(db: &Db, made: &Arc<ModelDef>, wanted: &Arc<ModelDef>, place: &str) -> Result<()> {
    now(db.handle().recreate_models(vec![made.clone()]))?;
    let error = refused(db.set_up(&[wanted]), ErrorKind::IncompatibleSchema);
    assert!(error.message().contains(place), "{error}");
    Ok(())
}

fn a_new_optional_field_becomes_a_column(db: &Db) -> Result<()> {
    let old = items(named);
    db.add(&old, &[("name", text("kept"))])?;
    let new = items(|model| named(model).field(FieldDef::new("size", FieldType::Int).nullable()));
    db.set_up(&[&new])?;
    assert_eq!(db.rows(find(&new))?, [[int(1), text("kept"), NULL]]);
    db.add(&new, &[("name", text("new")), ("size", int(3))])?;
    assert_eq!(db.count(find(&old))?, 2);
    Ok(())
}

fn several_new_optional_fields(db: &Db) -> Result<()> {
    let old = items(named);
    db.add(&old, &[("name", text("kept"))])?;
    let user = models::people(db)?;
    let new = items(|model| {
        named(model)
            .field(FieldDef::new("price", FieldType::Decimal).nullable())
            .field(FieldDef::new("the \"day\"", FieldType::Date).nullable())
            .field(FieldDef::new("tags", FieldType::List(Box::new(FieldType::Text))).nullable())
            .field(FieldDef::new("code", FieldType::Text).nullable().unique())
            .field(FieldDef::new("owner_id", FieldType::Int).nullable())
            .reference(["owner_id"], models::to(&user, Action::SetNull))
    });
    db.set_up(&[&new])?;
    let row = [
        ("price", dec("1.5")),
        ("the \"day\"", day("2026-01-01")),
        ("tags", json("[\"a\"]")),
        ("code", text("x")),
        ("owner_id", int(1)),
    ];
    db.add(&new, &[&[("name", text("new"))], row.as_slice()].concat())?;
    assert_eq!(db.count(find(&new).filter(field(&new, "tags").is(Contains, "a")))?, 1);
    let again = db.add(&new, &[("name", text("again")), ("code", text("x"))]);
    refused(again, ErrorKind::UniqueViolation);
    finds(db, &new, field(&user, "name").is(Eq, "Ada"), &[2]);
    Ok(())
}

fn a_new_index_is_created(db: &Db) -> Result<()> {
    let old = items(named);
    db.add_all(&old, &["name"], &[vec![text("a")], vec![text("b")]])?;
    let new = items(|model| named(model).index(None, ["name"], true));
    db.set_up(&[&new])?;
    refused(db.add(&new, &[("name", text("a"))]), ErrorKind::UniqueViolation);
    Ok(())
}

fn every_difference_is_named_and_nothing_changed(db: &Db) -> Result<()> {
    let old = items(|model| named(model).field(FieldDef::new("size", FieldType::Int)));
    db.add(&old, &[("name", text("a")), ("size", int(1))])?;
    let wrong = items(|model| {
        model
            .field(FieldDef::new("name", FieldType::Int))
            .field(FieldDef::new("size", FieldType::Int).nullable())
            .field(FieldDef::new("weight", FieldType::Float))
            .field(FieldDef::new("colour", FieldType::Text).nullable())
    });
    db.watch().scripts();
    let error = refused(db.set_up(&[&wrong]), ErrorKind::IncompatibleSchema);
    for name in ["Item.name", "Item.size", "Item.weight"] {
        assert!(error.message().contains(name), "{name}: {error}");
    }
    assert_eq!(db.watch().scripts(), [] as [&str; 0]);
    assert!(!db.handle().is_ready(&wrong));
    assert_eq!(db.rows(find(&old))?, [[int(1), text("a"), int(1)]]);
    Ok(())
}

fn another_type_is_a_difference(db: &Db) -> Result<()> {
    let of = |ty: FieldType| items(|model| model.field(FieldDef::new("value", ty)));
    differs(db, &of(FieldType::Text), &of(FieldType::Int), "Item.value")?;
    differs(db, &of(FieldType::Int), &of(FieldType::Text), "Item.value")?;
    differs(db, &of(FieldType::Text), &of(FieldType::Bytes), "Item.value")?;
    differs(db, &of(FieldType::Float), &of(FieldType::Text), "Item.value")
}

fn another_nullability_is_a_difference(db: &Db) -> Result<()> {
    let required = items(named);
    let optional = items(|model| model.field(FieldDef::new("name", FieldType::Text).nullable()));
    differs(db, &required, &optional, "Item.name")?;
    differs(db, &optional, &required, "Item.name")
}

fn another_key_is_a_difference(db: &Db) -> Result<()> {
    let code = || FieldDef::new("code", FieldType::Int);
    let by_id = items(|model| model.field(code()));
    let by_both = items(|model| model.field(code()).key(["id", "code"]));
    differs(db, &by_id, &by_both, "key")?;
    differs(db, &by_both, &by_id, "key")
}

fn a_required_column_that_no_field_is_stored_in_is_a_difference(db: &Db) -> Result<()> {
    differs(db, &items(named), &items(|model| model), "name")
}

fn an_optional_column_that_no_field_is_stored_in_is_none(db: &Db) -> Result<()> {
    let old = items(|model| model.field(FieldDef::new("note", FieldType::Text).nullable()));
    db.add(&old, &[("note", text("kept"))])?;
    let new = items(|model| model);
    db.set_up(&[&new])?;
    assert_eq!(db.count(find(&new))?, 1);
    assert_eq!(db.values(find(&old).select(&["note"]))?, [text("kept")]);
    Ok(())
}

fn every_type_fits_the_column_made_for_it(db: &Db) -> Result<()> {
    let sample = models::sample();
    db.set_up(&[&sample])?;
    now(db.explicit().use_models(vec![sample]))?;
    now(db.explicit().use_models(vec![models::sample()]))
}

fn two_models_on_one_table(db: &Db) -> Result<()> {
    let whole = items(|model| named(model).field(FieldDef::new("size", FieldType::Int).nullable()));
    let part = items(named);
    db.set_up(&[&part, &whole])?;
    db.add(&whole, &[("name", text("a")), ("size", int(1))])?;
    db.add(&part, &[("name", text("b"))])?;
    assert_eq!(db.count(find(&whole).filter(field(&whole, "size").test(IsNull)))?, 1);
    Ok(())
}
