//! Names of tables, columns and indexes hold anything.

use crate::case::cases;
use crate::kit::*;

cases! {
    reserved_words,
    quotes_of_every_kind,
    spaces_dots_and_signs,
    other_alphabets_and_emoji,
    columns_of_other_names_than_their_fields,
    names_that_look_like_placeholders,
    upper_and_lower_case,
    a_model_named_order_with_a_field_index,
    odd_names_in_joins,
    many_columns,
    names_with_nul_are_refused,
    two_fields_on_one_column_are_refused,
}

/// Sets up a table of these names and does everything with it that names are part of.
#[track_caller]
fn works(db: &Db, table: &str, columns: [&str; 3]) -> Result<()> {
    let [key, value, other] = columns;
    let model = models::built(
        ModelDef::builder("Named")
            .table(table)
            .field(FieldDef::new("key", FieldType::Int).column(key))
            .field(FieldDef::new("value", FieldType::Text).column(value))
            .field(FieldDef::new("other", FieldType::Int).column(other).nullable().unique())
            .key(["key"])
            .index(Some(format!("ix {table} {value}")), ["value"], false)
            .index(None, ["value", "other"], true),
    );
    db.set_up(&[&model])?;
    db.set_up(&[&model])?;
    db.add_all(&model, &["value", "other"], &[vec![text("a"), int(1)], vec![text("b"), int(2)]])?;
    let error =
        refused(db.add(&model, &[("value", text("c")), ("other", int(1))]), ErrorKind::UniqueViolation);
    assert_eq!(error.columns(), [other]);
    finds(db, &model, field(&model, "value").is(Eq, "b").and(field(&model, "other").is(Gt, 1)), &[2]);
    finds(
        db,
        &model,
        field(&model, "value").is(Regex, "[ab]").and(field(&model, "other").is(Add, 1).among(In, [2])),
        &[1],
    );
    let last = || find(&model).by_desc("other").limit(1);
    assert_eq!(db.change(last(), &[("other", lit(3))])?, 1);
    let third = find(&model).filter(field(&model, "other").is(Eq, 3));
    assert_eq!(db.change(third, &[("value", field(&model, "value").is(Add, "!"))])?, 1);
    assert_eq!(
        db.values(find(&model).by_desc("value").select(&["value"]).distinct())?,
        ["b!", "a"].map(text)
    );
    assert_eq!(db.remove(find(&model).filter(field(&model, "other").is(Eq, 1)))?, 1);
    assert_eq!(db.count(find(&model))?, 1);
    now(db.handle().recreate_models(vec![model.clone()]))?;
    assert_eq!(db.count(find(&model))?, 0);
    now(db.handle().remove_models(vec![model]))
}

/// As [`works`], for names that some databases cannot hold: they say so before anything is created.
#[track_caller]
fn works_or_is_refused(db: &Db, table: &str, columns: [&str; 3]) -> Result<()> {
    drop(db.watch().scripts());
    match works(db, table, columns) {
        Err(error) if error.kind() == ErrorKind::Schema => {
            let names = [table, columns[0], columns[1], columns[2]];
            assert!(names.iter().any(|name| error.message().contains(&format!("{name:?}"))), "{error}");
            assert_eq!(db.watch().scripts(), [] as [String; 0]);
            Ok(())
        }
        outcome => outcome,
    }
}

fn reserved_words(db: &Db) -> Result<()> {
    works(db, "order", ["select", "from", "where"])?;
    works(db, "table", ["index", "group", "limit"])?;
    works(db, "user", ["primary", "key", "references"])?;
    works(db, "values", ["null", "true", "default"])?;
    works(db, "t0", ["t1", "rowid_", "value"])
}

fn quotes_of_every_kind(db: &Db) -> Result<()> {
    works(db, "it's", ["a'b", "''", "'"])?;
    works(db, "say \"hi\"", ["\"", "a\"b", "\"\"\""])?;
    works(db, "back`tick", ["`", "a`b", "``"])?;
    works(db, "[square]", ["[", "]", "a]b"])?;
    works(db, "back\\slash", ["\\", "a\\'b", "\\\""])
}

fn spaces_dots_and_signs(db: &Db) -> Result<()> {
    works(db, "my table", ["my key", "a.b", " leading"])?;
    works_or_is_refused(db, "my other table", ["my key", "a.b", " leading and trailing "])?;
    works(db, "main.users", ["a,b", "a;b", "a--b"])?;
    works(db, "a/*b*/", ["(", ")", "a=b"])?;
    works(db, "tab\tand\nline", ["\ta", "a\nb", "%s"])?;
    works_or_is_refused(db, "white space", ["\t", "\n", "%s"])
}

fn other_alphabets_and_emoji(db: &Db) -> Result<()> {
    works(db, "größe", ["schlüssel", "straße", "ÄÖÜ"])?;
    works(db, "日本語", ["鍵", "値", "順序"])?;
    works_or_is_refused(db, "😀", ["🔑", "👩‍👩‍👧", "\u{301}"])
}

fn columns_of_other_names_than_their_fields(db: &Db) -> Result<()> {
    // The fields' names, given to each other's columns.
    works(db, "crossed", ["other", "key", "value"])
}

fn names_that_look_like_placeholders(db: &Db) -> Result<()> {
    works(db, "?", ["$1", "?1", ":a"])?;
    works(db, "@p", ["{0}", "%1", "?"])
}

fn upper_and_lower_case(db: &Db) -> Result<()> {
    works(db, "MixedCase", ["Id", "VALUE", "oThEr"])
}

fn a_model_named_order_with_a_field_index(db: &Db) -> Result<()> {
    let order = models::built(
        ModelDef::builder("Order").field(models::id()).field(FieldDef::new("index", FieldType::Int)).index(
            None,
            ["index"],
            false,
        ),
    );
    db.add_all(&order, &["index"], &[vec![int(5)], vec![int(3)]])?;
    assert_eq!(db.ids(find(&order).by("index"))?, [2, 1]);
    finds(db, &order, field(&order, "index").is(Eq, 5), &[1]);
    Ok(())
}

fn odd_names_in_joins(db: &Db) -> Result<()> {
    let group = models::built(
        ModelDef::builder("Group")
            .table("the \"group\"")
            .field(models::id().column("group id"))
            .field(FieldDef::new("name", FieldType::Text).column("na'me")),
    );
    let member = models::built(
        ModelDef::builder("Member")
            .table("select")
            .field(models::id().column("group id"))
            .field(FieldDef::new("group_id", FieldType::Int).column("from"))
            .reference(["group_id"], models::to(&group, ommi_core::schema::Action::Cascade)),
    );
    db.add_all(&group, &["name"], &[vec![text("a")], vec![text("b")]])?;
    db.add_all(&member, &["group_id"], &[vec![int(1)], vec![int(2)], vec![int(2)]])?;
    finds(db, &member, field(&group, "name").is(Eq, "b"), &[2, 3]);
    finds(db, &group, field(&member, "id").is(Ge, 2), &[2]);
    assert_eq!(db.change(find(&group).filter(field(&member, "id").is(Ge, 2)), &[("name", lit("c"))])?, 1);
    assert_eq!(db.remove(find(&member).filter(field(&group, "name").is(Eq, "c")))?, 2);
    Ok(())
}

fn many_columns(db: &Db) -> Result<()> {
    let wide = (0..300).fold(ModelDef::builder("Wide").field(models::id()), |model, number| {
        model.field(FieldDef::new(format!("field number {number}"), FieldType::Int).nullable())
    });
    let wide = models::built(wide);
    db.add(&wide, &[("field number 299", int(7)), ("field number 0", int(1))])?;
    let row = db.rows(find(&wide).filter(field(&wide, "field number 299").is(Eq, 7)))?.remove(0);
    assert_eq!((row.len(), &row[1], &row[300]), (301, &int(1), &int(7)));
    Ok(())
}

fn names_with_nul_are_refused(_: &Db) -> Result<()> {
    for (table, column) in [("a\0b", "x"), ("a", "x\0y"), ("", "x"), ("a", "")] {
        let model = ModelDef::builder("Bad")
            .table(table)
            .field(FieldDef::new("x", FieldType::Int).column(column))
            .build();
        refused(model, ErrorKind::Schema);
    }
    Ok(())
}

fn two_fields_on_one_column_are_refused(_: &Db) -> Result<()> {
    for second in ["a", "A"] {
        let model = ModelDef::builder("Bad")
            .field(FieldDef::new("x", FieldType::Int).column("a"))
            .field(FieldDef::new("y", FieldType::Int).column(second))
            .build();
        refused(model, ErrorKind::Schema);
    }
    Ok(())
}
