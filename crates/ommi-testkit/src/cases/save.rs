//! Saving: what changed is written, and a version tells of lost races.

use ommi_engine::{RowState, Saving};

use crate::case::cases;
use crate::kit::*;
use crate::run::batch;

cases! {
    only_what_changed_is_written,
    nothing_is_sent_where_nothing_changed,
    all_fields_are_written_where_the_row_is_not_known,
    another_key_is_another_row,
    a_version_begins_at_one,
    a_version_counts_what_is_saved,
    a_lost_race_is_a_conflict,
    a_removed_row_is_a_conflict,
    a_delete_of_an_old_version_is_a_conflict,
    a_version_that_does_not_count_yet_is_found_by_null,
    a_version_that_is_no_integer_is_refused,
}

/// Pages that count how often they were saved.
fn page() -> Arc<ModelDef> {
    let fields = ModelDef::builder("Page")
        .field(models::id())
        .field(FieldDef::new("title", FieldType::Text))
        .field(FieldDef::new("body", FieldType::Text).nullable())
        .field(FieldDef::new("version", FieldType::Int).nullable())
        .version("version");
    models::built(fields)
}

/// Saves as a face does: the version that the row has then, where it has one.
fn save(db: &Db, model: &Arc<ModelDef>, row: &[Value], before: Option<&[Value]>) -> Result<Option<Value>> {
    let state = RowState { model: model.clone(), values: row.to_vec() };
    let before = before.map(|before| batch(before.len(), &[before.to_vec()]));
    match state.saving(before.as_ref())? {
        Saving::Unchanged => Ok(None),
        Saving::Check(exists) => panic!("{exists:?} asks for a row that has fields to write"),
        Saving::Write { update, version } => {
            let rows = now(db.write(update))?;
            assert!(state.found(rows)?, "the row is there");
            Ok(version.map(|(_, value)| value))
        }
    }
}

fn the_row(db: &Db, model: &Arc<ModelDef>) -> Result<Row> {
    Ok(db.rows(find(model))?.remove(0))
}

fn one_person(db: &Db) -> Result<(Arc<ModelDef>, Row)> {
    let user = models::user();
    db.add(&user, &[("name", text("Ada")), ("email", text("ada@x.org")), ("age", int(36))])?;
    let row = the_row(db, &user)?;
    Ok((user, row))
}

fn with(row: &[Value], field: usize, value: Value) -> Row {
    let mut changed = row.to_vec();
    changed[field] = value;
    changed
}

fn only_what_changed_is_written(db: &Db) -> Result<()> {
    let (user, row) = one_person(db)?;
    db.change(find(&user), &[("age", lit(37))])?;
    save(db, &user, &with(&row, 1, text("Lovelace")), Some(&row))?;
    assert_eq!(the_row(db, &user)?, with(&with(&row, 1, text("Lovelace")), 3, int(37)));
    Ok(())
}

fn nothing_is_sent_where_nothing_changed(db: &Db) -> Result<()> {
    let (user, row) = one_person(db)?;
    db.unsent(|| save(db, &user, &row, Some(&row)))?;
    let page = page();
    db.add(&page, &[("title", text("Notes")), ("version", int(1))])?;
    let row = the_row(db, &page)?;
    assert_eq!(db.unsent(|| save(db, &page, &row, Some(&row)))?, None);
    Ok(())
}

fn all_fields_are_written_where_the_row_is_not_known(db: &Db) -> Result<()> {
    let (user, row) = one_person(db)?;
    db.change(find(&user), &[("age", lit(37))])?;
    save(db, &user, &row, None)?;
    assert_eq!(the_row(db, &user)?, row);
    Ok(())
}

fn another_key_is_another_row(db: &Db) -> Result<()> {
    let (user, row) = one_person(db)?;
    let other = db.add(&user, &[("name", text("Grace"))])?;
    let moved = with(&with(&row, 0, int(other)), 2, NULL);
    save(db, &user, &moved, Some(&row))?;
    let found = db.rows(find(&user).filter(field(&user, "id").is(Eq, other)))?;
    assert_eq!(found, [moved], "every field, for what the other row holds is not known");
    Ok(())
}

fn a_version_begins_at_one(db: &Db) -> Result<()> {
    let page = page();
    let rows = [vec![text("a"), NULL], vec![text("b"), int(0)], vec![text("c"), int(7)]];
    db.add_all(&page, &["title", "version"], &rows)?;
    let mut versions: Vec<Row> = db.rows(find(&page))?;
    versions.sort_by_key(|row| format!("{:?}", row[1]));
    assert_eq!(versions.into_iter().map(|row| row[3].clone()).collect::<Vec<_>>(), [int(1), int(1), int(7)]);
    Ok(())
}

fn versioned(db: &Db) -> Result<(Arc<ModelDef>, Row)> {
    let page = page();
    db.add(&page, &[("title", text("Notes")), ("version", int(1))])?;
    let row = the_row(db, &page)?;
    Ok((page, row))
}

fn a_version_counts_what_is_saved(db: &Db) -> Result<()> {
    let (page, row) = versioned(db)?;
    let changed = with(&row, 1, text("Sketch"));
    assert_eq!(save(db, &page, &changed, Some(&row))?, Some(int(2)));
    assert_eq!(save(db, &page, &with(&changed, 3, int(2)), None)?, Some(int(3)));
    assert_eq!(the_row(db, &page)?, with(&changed, 3, int(3)));
    Ok(())
}

fn a_lost_race_is_a_conflict(db: &Db) -> Result<()> {
    let (page, row) = versioned(db)?;
    save(db, &page, &with(&row, 1, text("mine")), None)?;
    let error = refused(save(db, &page, &with(&row, 2, text("yours")), Some(&row)), ErrorKind::Conflict);
    assert_eq!(error.model(), Some("Page"));
    assert!(error.message().contains("id = 1") && error.message().contains("version 1"), "{error}");
    assert_eq!(the_row(db, &page)?, with(&with(&row, 1, text("mine")), 3, int(2)));
    Ok(())
}

fn a_removed_row_is_a_conflict(db: &Db) -> Result<()> {
    let (page, row) = versioned(db)?;
    db.remove(find(&page))?;
    refused(save(db, &page, &row, None), ErrorKind::Conflict);
    Ok(())
}

fn a_delete_of_an_old_version_is_a_conflict(db: &Db) -> Result<()> {
    let (page, row) = versioned(db)?;
    save(db, &page, &row, None)?;
    let old = RowState { model: page.clone(), values: row.clone() };
    let rows = now(db.write(old.deleting()))?;
    refused(old.found(rows), ErrorKind::Conflict);
    let new = RowState { model: page.clone(), values: with(&row, 3, int(2)) };
    let rows = now(db.write(new.deleting()))?;
    assert!(new.found(rows)?);
    assert_eq!(db.count(find(&page))?, 0);
    Ok(())
}

fn a_version_that_does_not_count_yet_is_found_by_null(db: &Db) -> Result<()> {
    let (page, row) = versioned(db)?;
    db.change(find(&page), &[("version", lit(NULL))])?;
    assert_eq!(save(db, &page, &with(&row, 3, NULL), None)?, Some(int(1)));
    assert_eq!(the_row(db, &page)?, row);
    Ok(())
}

fn a_version_that_is_no_integer_is_refused(_: &Db) -> Result<()> {
    let text = ModelDef::builder("Page").field(models::id()).field(FieldDef::new("tag", FieldType::Text));
    assert_eq!(refused(text.version("tag").build(), ErrorKind::Schema).model(), Some("Page"));
    let key = ModelDef::builder("Page").field(models::id()).field(FieldDef::new("tag", FieldType::Text));
    refused(key.version("id").build(), ErrorKind::Schema);
    Ok(())
}
