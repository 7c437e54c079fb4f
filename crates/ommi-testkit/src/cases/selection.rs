//! What of each row is returned: fields, distinct rows, counts, existence.

use ommi_core::query::Assignment;

use crate::case::cases;
use crate::kit::*;

cases! {
    a_model_is_returned_whole_in_its_order,
    fields_are_returned_in_the_order_asked_for,
    a_field_may_be_asked_for_twice,
    no_fields_are_refused,
    distinct_rows_are_returned_once,
    nulls_are_one_distinct_value,
    a_nested_null_is_a_distinct_value,
    distinct_pairs,
    distinct_rows_in_order,
    distinct_pages,
    distinct_rows_cannot_be_ordered_by_what_is_not_there,
    distinct_models_are_all_of_them,
    distinct_decimals_are_distinct_numbers,
    count_counts_rows,
    count_of_nothing_is_zero,
    exists_is_true_of_any_row,
    a_row_is_found_by_its_key,
    nothing_is_found_by_a_strange_key,
    explain_describes_and_does_not_run,
    statements_are_shown_without_values_and_not_sent,
}

fn a_model_is_returned_whole_in_its_order(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let ada = db.rows(find(&user).filter(field(&user, "id").is(Eq, 1)))?;
    assert_eq!(ada, [vec![int(1), text("Ada"), text("ada@x.org"), int(36), true.into()]]);
    Ok(())
}

fn fields_are_returned_in_the_order_asked_for(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let rows = db.rows(find(&user).by("id").limit(2).select(&["age", "name"]))?;
    assert_eq!(rows, [[int(36), text("Ada")], [int(17), text("bob")]]);
    Ok(())
}

fn a_field_may_be_asked_for_twice(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let rows = db.rows(find(&user).by("id").limit(1).select(&["name", "id", "name"]))?;
    assert_eq!(rows, [[text("Ada"), int(1), text("Ada")]]);
    Ok(())
}

fn no_fields_are_refused(db: &Db) -> Result<()> {
    let user = models::user();
    refused(db.unsent(|| db.rows(find(&user).select(&[]))), ErrorKind::Query);
    Ok(())
}

fn distinct_rows_are_returned_once(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert_eq!(db.values(find(&user).select(&["age"]).by("age"))?.len(), 5);
    assert_eq!(
        db.values(find(&user).select(&["age"]).by("age").distinct())?,
        [NULL, int(17), int(36), int(60)]
    );
    Ok(())
}

fn a_nested_null_is_a_distinct_value(db: &Db) -> Result<()> {
    let sample = stored(db, "json", &[json("null"), json("null"), NULL, json("[]")])?;
    let mut found = db.values(find(&sample).select(&["json"]).distinct())?;
    found.sort_by_key(|value| format!("{value:?}"));
    let mut expected = [NULL, json("null"), json("[]")];
    expected.sort_by_key(|value| format!("{value:?}"));
    assert_eq!(found, expected);
    assert_eq!(db.count(find(&sample).select(&["json"]).distinct())?, 3);
    Ok(())
}

fn nulls_are_one_distinct_value(db: &Db) -> Result<()> {
    let sample = stored(db, "int", &[NULL, int(1), NULL, int(1), NULL])?;
    assert_eq!(db.values(find(&sample).select(&["int"]).by("int").distinct())?, [NULL, int(1)]);
    Ok(())
}

fn distinct_pairs(db: &Db) -> Result<()> {
    let rows = [[int(1), int(1)], [int(1), int(2)], [int(1), int(1)], [NULL, int(1)], [NULL, int(1)]];
    let sample = stored_pairs(db, ["int", "other_int"], &rows)?;
    let pairs = db.rows(find(&sample).select(&["int", "other_int"]).distinct().by("int").by("other_int"))?;
    assert_eq!(pairs, [[NULL, int(1)], [int(1), int(1)], [int(1), int(2)]]);
    Ok(())
}

fn distinct_rows_in_order(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert_eq!(
        db.values(find(&user).select(&["age"]).by_desc("age").distinct())?,
        [int(60), int(36), int(17), NULL]
    );
    Ok(())
}

fn distinct_pages(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let ages = || find(&user).select(&["age"]).by("age").distinct();
    assert_eq!(db.values(ages().limit(2))?, [NULL, int(17)]);
    assert_eq!(db.values(ages().limit(2).offset(2))?, [int(36), int(60)]);
    Ok(())
}

fn distinct_rows_cannot_be_ordered_by_what_is_not_there(db: &Db) -> Result<()> {
    let user = models::user();
    let error =
        refused(db.unsent(|| db.rows(find(&user).select(&["age"]).distinct().by("name"))), ErrorKind::Query);
    assert_eq!((error.model(), error.field()), (Some("User"), Some("name")));
    Ok(())
}

fn distinct_models_are_all_of_them(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert_eq!(db.ids(find(&user).distinct().by("id"))?, [1, 2, 3, 4, 5]);
    assert_eq!(db.count(find(&user).distinct())?, 5);
    Ok(())
}

fn distinct_decimals_are_distinct_numbers(db: &Db) -> Result<()> {
    let sample = stored(db, "decimal", &["1.10", "1.1", "100", "1E2", "-0.0", "0"].map(dec))?;
    let numbers = db.values(find(&sample).select(&["decimal"]).distinct().by("decimal"))?;
    assert_eq!(numbers, ["0", "1.1", "100"].map(dec));
    Ok(())
}

fn count_counts_rows(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert_eq!(db.count(find(&user))?, 5);
    assert_eq!(db.count(find(&user).filter(field(&user, "age").is(Eq, 36)))?, 2);
    assert_eq!(db.count(find(&user).filter(field(&user, "age").test(IsNull)))?, 1);
    Ok(())
}

fn count_of_nothing_is_zero(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert_eq!(db.count(find(&user).filter(field(&user, "age").is(Gt, 100)))?, 0);
    db.remove(find(&user))?;
    assert_eq!(db.count(find(&user))?, 0);
    Ok(())
}

fn exists_is_true_of_any_row(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert!(db.exists(find(&user))?);
    assert!(db.exists(find(&user).filter(field(&user, "name").is(Eq, "Eve")))?);
    assert!(!db.exists(find(&user).filter(field(&user, "name").is(Eq, "eve")))?);
    Ok(())
}

fn a_row_is_found_by_its_key(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    for id in 1..=5 {
        assert_eq!(db.ids(find(&user).filter(field(&user, "id").is(Eq, id)))?, [i64::from(id)]);
    }
    let (pair, _) = models::pair_and_note();
    db.add(&pair, &[("left", int(1)), ("right", text("a")), ("value", text("x"))])?;
    let by_key = field(&pair, "left").is(Eq, 1).and(field(&pair, "right").is(Eq, "a"));
    assert_eq!(db.values(find(&pair).filter(by_key).select(&["value"]))?, [text("x")]);
    Ok(())
}

fn nothing_is_found_by_a_strange_key(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    for id in [0, 6, -1, i64::MAX, i64::MIN] {
        assert_eq!(db.ids(find(&user).filter(field(&user, "id").is(Eq, id)))?, [] as [i64; 0]);
    }
    Ok(())
}

fn statements_are_shown_without_values_and_not_sent(db: &Db) -> Result<()> {
    let user = models::user();
    let query = || find(&user).filter(field(&user, "name").is(Eq, "Ada Lovelace"));
    let operations = [
        Operation::Fetch(query()),
        Operation::Count(query()),
        Operation::Exists(query()),
        Operation::Delete(query()),
        Operation::Update(query(), vec![Assignment { field: 1, value: lit("Countess") }]),
    ];
    for operation in operations {
        let text = db.unsent(|| db.statement(&operation))?.text.clone();
        assert!(text.contains("users"), "{text}");
        assert!(!text.contains("Ada") && !text.contains("Countess"), "{text}");
    }
    let nonsense = Operation::Fetch(find(&user).filter(field(&user, "name").is(Gt, 1).vs(Add, lit(1))));
    refused(db.unsent(|| db.statement(&nonsense)), ErrorKind::Query);
    Ok(())
}

fn explain_describes_and_does_not_run(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let lines = now(db.explain(Operation::Fetch(find(&user).filter(field(&user, "id").is(Eq, 1)))))?;
    assert!(!lines.is_empty());
    assert!(
        !now(db.explain(Operation::Delete(find(&user).filter(field(&user, "age").is(Gt, 1)))))?.is_empty()
    );
    assert_eq!(db.count(find(&user))?, 5);
    Ok(())
}
