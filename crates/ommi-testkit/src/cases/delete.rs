//! Deletes: which rows go, and what goes with them.

use ommi_core::schema::Action;

use crate::case::cases;
use crate::kit::*;

cases! {
    a_delete_removes_the_rows_found,
    a_delete_counts_them,
    a_delete_without_a_filter_removes_all,
    a_delete_with_order_and_limit,
    a_delete_with_an_offset_keeps_the_first_rows,
    a_delete_over_a_join,
    a_delete_through_an_association,
    a_delete_of_composite_keys,
    referring_rows_go_where_told [ForeignKeys],
    referring_fields_become_null_where_told [ForeignKeys],
    rows_that_are_referred_to_stay [ForeignKeys],
    rows_that_go_by_one_reference_do_not_stand_by_another [ForeignKeys, CascadesBeforeChecks],
    a_deleted_key_is_free_again,
}

fn a_delete_removes_the_rows_found(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    db.remove(find(&user).filter(field(&user, "age").is(Eq, 36)))?;
    assert_eq!(db.ids(find(&user).by("id"))?, [2, 3, 5]);
    Ok(())
}

fn a_delete_counts_them(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert_eq!(db.remove(find(&user).filter(field(&user, "age").is(Gt, 100)))?, 0);
    assert_eq!(db.remove(find(&user).filter(field(&user, "id").is(Eq, 1)))?, 1);
    assert_eq!(db.remove(find(&user).filter(field(&user, "id").is(Eq, 1)))?, 0);
    assert_eq!(db.remove(find(&user).filter(field(&user, "age").test(IsNotNull)))?, 3);
    Ok(())
}

fn a_delete_without_a_filter_removes_all(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert_eq!(db.remove(find(&user))?, 5);
    assert!(!db.exists(find(&user))?);
    Ok(())
}

fn a_delete_with_order_and_limit(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert_eq!(db.remove(find(&user).by_desc("age").limit(1))?, 1);
    assert_eq!(db.remove(find(&user).by("age").limit(1))?, 1);
    assert_eq!(db.ids(find(&user).by("id"))?, [1, 2, 4]);
    Ok(())
}

fn a_delete_with_an_offset_keeps_the_first_rows(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert_eq!(db.remove(find(&user).by("id").offset(2))?, 3);
    assert_eq!(db.ids(find(&user).by("id"))?, [1, 2]);
    Ok(())
}

fn a_delete_over_a_join(db: &Db) -> Result<()> {
    let blog = models::blog();
    blog.fill(db)?;
    assert_eq!(db.remove(find(&blog.post).filter(field(&blog.user, "name").is(Eq, "Ada")))?, 2);
    assert_eq!(db.ids(find(&blog.post).by("id"))?, [3, 4]);
    assert_eq!(db.count(find(&blog.user))?, 5);
    Ok(())
}

fn a_delete_through_an_association(db: &Db) -> Result<()> {
    let blog = models::blog();
    blog.fill(db)?;
    let tagged = field(&blog.post_tag, "tag_id").is(Ge, 0).and(field(&blog.tag, "label").is(Eq, "rust"));
    assert_eq!(db.remove(find(&blog.post).filter(tagged))?, 2);
    assert_eq!(db.ids(find(&blog.post).by("id"))?, [2, 4]);
    Ok(())
}

fn a_delete_of_composite_keys(db: &Db) -> Result<()> {
    let (pair, _) = models::pair_and_note();
    let rows = [(1, "a"), (1, "b"), (2, "a"), (2, "b")].map(|(left, right)| vec![int(left), text(right)]);
    db.add_all(&pair, &["left", "right"], &rows)?;
    let one = field(&pair, "left").is(Eq, 1).and(field(&pair, "right").is(Eq, "b"));
    assert_eq!(db.remove(find(&pair).filter(one))?, 1);
    assert_eq!(db.remove(find(&pair).by_desc("left").by_desc("right").limit(1))?, 1);
    let rest = db.rows(find(&pair).by("left").select(&["left", "right"]))?;
    assert_eq!(rest, [[int(1), text("a")], [int(2), text("a")]]);
    Ok(())
}

fn referring_rows_go_where_told(db: &Db) -> Result<()> {
    let blog = models::blog();
    blog.fill(db)?;
    assert_eq!(db.remove(find(&blog.user).filter(field(&blog.user, "name").is(Eq, "Ada")))?, 1);
    assert_eq!(db.ids(find(&blog.post).by("id"))?, [3, 4]);
    assert_eq!(db.count(find(&blog.post_tag))?, 1);
    assert_eq!(db.count(find(&blog.profile))?, 1);
    Ok(())
}

fn referring_fields_become_null_where_told(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let visit = models::pointing("Visit", &user, Action::SetNull);
    db.add_all(&visit, &["target_id"], &[vec![int(1)], vec![int(2)], vec![NULL]])?;
    db.remove(find(&user).filter(field(&user, "id").is(Eq, 1)))?;
    assert_eq!(db.values(find(&visit).by("id").select(&["target_id"]))?, [NULL, int(2), NULL]);
    Ok(())
}

fn rows_that_are_referred_to_stay(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let visit = models::pointing("Visit", &user, Action::Restrict);
    db.add(&visit, &[("target_id", int(1))])?;
    refused(db.remove(find(&user)), ErrorKind::ForeignKeyViolation);
    assert_eq!(db.count(find(&user))?, 5);
    db.remove(find(&visit))?;
    assert_eq!(db.remove(find(&user))?, 5);
    Ok(())
}

fn rows_that_go_by_one_reference_do_not_stand_by_another(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let visit = models::built(
        ModelDef::builder("Visit")
            .field(models::id())
            .field(FieldDef::new("host_id", FieldType::Int))
            .field(FieldDef::new("guest_id", FieldType::Int))
            .reference(["host_id"], models::to(&user, Action::Restrict))
            .reference(["guest_id"], models::to(&user, Action::Cascade)),
    );
    let rows = [(1, 1), (2, 2), (1, 2), (2, 1)].map(|(host, guest)| vec![int(host), int(guest)]);
    db.add_all(&visit, &["host_id", "guest_id"], &rows)?;
    assert_eq!(db.remove(find(&user).filter(field(&user, "id").is(Le, 2)))?, 2);
    assert_eq!(db.count(find(&visit))?, 0);
    Ok(())
}

fn a_deleted_key_is_free_again(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    db.remove(find(&user).filter(field(&user, "id").is(Eq, 2)))?;
    assert_eq!(db.add(&user, &[("id", int(2)), ("name", text("new")), ("email", text("bob@x.org"))])?, 2);
    assert_eq!(db.count(find(&user))?, 5);
    Ok(())
}
