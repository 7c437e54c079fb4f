//! What one statement does to several rows: all of it at once, as if no row came before another one.

use ommi_core::schema::Action;

use crate::case::cases;
use crate::kit::*;

cases! {
    unique_values_that_move_through_each_other [UniqueAtStatementEnd],
    a_unique_value_that_is_computed_for_one_row,
    a_unique_value_that_is_computed_for_the_first_row,
    a_unique_value_for_several_rows,
    rows_follow_the_key_of_another_row_of_their_model [ForeignKeys, OwnReferencesFollow],
    a_key_is_set_to_the_value_that_it_has [ForeignKeys, OwnReferencesFollow],
    rows_are_found_before_the_first_is_removed [ForeignKeys],
    rows_that_go_along_with_others_are_counted [ForeignKeys],
    rows_that_only_go_along_are_not_counted [ForeignKeys],
    counted_rows_are_removed_or_not_with_their_transaction [ForeignKeys],
    a_row_that_refers_to_itself_is_removed [ForeignKeys, ReferencesAtStatementEnd],
    a_condition_is_computed_where_those_before_hold [ConditionsInOrder],
}

/// Three seats, at the places 1, 2 and 3, in the rows 1, 1 and 2.
fn seats(db: &Db) -> Result<Arc<ModelDef>> {
    let seat = models::seat();
    let rows = [[1, 1, 1], [2, 1, 2], [3, 2, 1]].map(|row| row.map(int).to_vec());
    db.add_all(&seat, &["place", "row", "number"], &rows)?;
    Ok(seat)
}

/// 1 has no boss, 2 is led by 1, 3 by 2, 4 by 4.
fn chain(db: &Db, on_update: Action, on_delete: Action) -> Result<Arc<ModelDef>> {
    let person = models::person(on_update, on_delete);
    for (id, boss) in [(1, NULL), (2, int(1)), (3, int(2)), (4, int(4))] {
        db.add(&person, &[("id", int(id)), ("boss_id", boss)])?;
    }
    Ok(person)
}

fn unique_values_that_move_through_each_other(db: &Db) -> Result<()> {
    let seat = seats(db)?;
    let places = || find(&seat).by("id").select(&["place"]);
    assert_eq!(db.change(find(&seat), &[("place", field(&seat, "place").is(Add, 1))])?, 3);
    assert_eq!(db.values(places())?, [2, 3, 4].map(int));
    assert_eq!(db.change(find(&seat), &[("place", field(&seat, "place").is(Sub, 1))])?, 3);
    assert_eq!(db.values(places())?, [1, 2, 3].map(int));
    let all_alike = field(&seat, "place").is(Mul, 0);
    refused(db.change(find(&seat), &[("place", all_alike)]), ErrorKind::UniqueViolation);
    Ok(())
}

fn a_unique_value_that_is_computed_for_one_row(db: &Db) -> Result<()> {
    let seat = seats(db)?;
    let place = |by: i64| field(&seat, "place").is(Add, by);
    let one = |id: i64| find(&seat).filter(field(&seat, "id").is(Eq, id));
    refused(db.change(one(1), &[("place", place(1))]), ErrorKind::UniqueViolation);
    assert_eq!(db.change(one(1), &[("place", place(10))])?, 1);
    assert_eq!(db.change(one(1), &[("id", field(&seat, "place"))])?, 1);
    assert_eq!(db.rows(one(11))?, [[11, 11, 1, 1].map(int)]);
    Ok(())
}

fn a_unique_value_that_is_computed_for_the_first_row(db: &Db) -> Result<()> {
    let seat = seats(db)?;
    let moved = |query: Query, by: i64| db.change(query, &[("place", field(&seat, "place").is(Add, by))]);
    // The last one makes room for the one before it, and so on.
    for (limited, count) in [(0, 0), (1, 1)] {
        assert_eq!(moved(find(&seat).by_desc("place").limit(limited), 1)?, count);
    }
    refused(moved(find(&seat).by("place").limit(1), 1), ErrorKind::UniqueViolation);
    assert_eq!(moved(find(&seat).by("place").offset(1).limit(1), 1)?, 1);
    assert_eq!(moved(find(&seat).filter(field(&seat, "row").is(Eq, 1)).by("place").limit(1), 1)?, 1);
    assert_eq!(db.values(find(&seat).by("id").select(&["place"]))?, [2, 3, 4].map(int));
    if !db.capabilities().unique_at_statement_end {
        refused(db.unsent(|| moved(find(&seat).by("place").limit(2), 9)), ErrorKind::Unsupported);
    }
    Ok(())
}

fn a_unique_value_for_several_rows(db: &Db) -> Result<()> {
    let seat = seats(db)?;
    refused(db.change(find(&seat), &[("place", lit(9))]), ErrorKind::UniqueViolation);
    assert_eq!(db.values(find(&seat).by("id").select(&["place"]))?, [1, 2, 3].map(int));
    let second = find(&seat).filter(field(&seat, "number").is(Eq, 1));
    refused(db.change(second, &[("row", lit(1))]), ErrorKind::UniqueViolation);
    let first = find(&seat).filter(field(&seat, "row").is(Eq, 1));
    assert_eq!(db.change(first, &[("row", lit(3))])?, 2);
    Ok(())
}

fn rows_follow_the_key_of_another_row_of_their_model(db: &Db) -> Result<()> {
    let person = chain(db, Action::Cascade, Action::Restrict)?;
    let one = |id: i64| find(&person).filter(field(&person, "id").is(Eq, id));
    assert_eq!(db.change(one(2), &[("id", lit(12))])?, 1);
    assert_eq!(db.change(one(4), &[("id", lit(14))])?, 1);
    let expected = [(1, NULL), (3, int(12)), (12, int(1)), (14, int(14))];
    assert_eq!(db.rows(find(&person).by("id"))?, expected.map(|(id, boss)| [int(id), boss]));
    Ok(())
}

fn a_key_is_set_to_the_value_that_it_has(db: &Db) -> Result<()> {
    let person = chain(db, Action::Restrict, Action::Restrict)?;
    for id in [1, 2, 4] {
        let one = find(&person).filter(field(&person, "id").is(Eq, id));
        assert_eq!(db.change(one, &[("id", lit(id))])?, 1);
    }
    Ok(())
}

fn rows_are_found_before_the_first_is_removed(db: &Db) -> Result<()> {
    let person = chain(db, Action::Restrict, Action::SetNull)?;
    let leader = || find(&person).filter(field(&person, "boss_id").test(IsNull));
    assert_eq!(db.remove(leader())?, 1);
    let expected = [(2, NULL), (3, int(2)), (4, int(4))];
    assert_eq!(db.rows(find(&person).by("id"))?, expected.map(|(id, boss)| [int(id), boss]));
    assert_eq!(db.remove(leader())?, 1);
    assert_eq!(db.ids(find(&person).by("id"))?, [3, 4]);
    Ok(())
}

fn rows_that_go_along_with_others_are_counted(db: &Db) -> Result<()> {
    let person = chain(db, Action::Restrict, Action::Cascade)?;
    assert_eq!(db.remove(find(&person).filter(field(&person, "id").is(Le, 3)))?, 3);
    assert_eq!(db.remove(find(&person))?, 1);
    let again = chain(db, Action::Restrict, Action::Cascade)?;
    assert_eq!(db.remove(find(&again))?, 4);
    Ok(())
}

fn rows_that_only_go_along_are_not_counted(db: &Db) -> Result<()> {
    let person = chain(db, Action::Restrict, Action::Cascade)?;
    assert_eq!(db.remove(find(&person).by("id").limit(2))?, 2);
    assert_eq!(db.ids(find(&person))?, [4]);
    assert_eq!(db.remove(find(&person).filter(field(&person, "boss_id").test(IsNull)))?, 0);
    Ok(())
}

fn counted_rows_are_removed_or_not_with_their_transaction(db: &Db) -> Result<()> {
    let person = chain(db, Action::Restrict, Action::Cascade)?;
    let tx = db.begin()?;
    assert_eq!(tx.session().remove(find(&person))?, 4);
    now(tx.rollback())?;
    assert_eq!(db.count(find(&person))?, 4);
    let visit = models::pointing("Visit", &person, Action::Restrict);
    db.add(&visit, &[("target_id", int(3))])?;
    refused(db.remove(find(&person)), ErrorKind::ForeignKeyViolation);
    assert_eq!(db.count(find(&person))?, 4);
    db.remove(find(&visit))?;
    assert_eq!(db.remove(find(&person))?, 4);
    Ok(())
}

fn a_row_that_refers_to_itself_is_removed(db: &Db) -> Result<()> {
    let person = chain(db, Action::Restrict, Action::Restrict)?;
    let one = |id: i64| find(&person).filter(field(&person, "id").is(Eq, id));
    refused(db.remove(one(2)), ErrorKind::ForeignKeyViolation);
    assert_eq!(db.remove(one(4))?, 1);
    Ok(())
}

fn a_condition_is_computed_where_those_before_hold(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let huge = field(&user, "age").is(Mul, i64::MAX).is(Gt, 0);
    refused(db.rows(find(&user).filter(huge.clone())), ErrorKind::Query);
    let of_none = field(&user, "age").is(Gt, 100).and(huge);
    assert_eq!(db.count(find(&user).filter(of_none))?, 0);
    Ok(())
}
