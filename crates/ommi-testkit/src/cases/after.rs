//! Pages by their last row.

use ommi_core::query::Direction;

use crate::case::cases;
use crate::kit::*;

cases! {
    pages_by_their_last_row_are_the_whole,
    pages_in_every_direction_over_nulls,
    pages_of_composite_keys,
    rows_that_come_and_go_move_no_page,
    after_the_last_row_is_nothing,
    counts_and_changes_after_a_row,
    orders_by_anything_else_are_refused,
    rows_without_a_key_are_refused,
}

/// The rows that are behind the first `seen` of `all`, two at a time.
fn walked(db: &Db, model: &Arc<ModelDef>, query: &Query) -> Result<Vec<Row>> {
    let whole: Vec<&str> = model.fields().iter().map(|field| field.name.as_str()).collect();
    let mut seen: Vec<Row> = Vec::new();
    loop {
        let mut page = query.clone().limit(2);
        if let Some(last) = seen.last() {
            page.after(|field| Ok(last[field].clone()))?;
        } else {
            // Completed as the pages behind it are.
            let mut order = query.clone();
            order.after(|_| Ok(int(0)))?;
            page.order = order.order;
        }
        let rows = db.rows(page.select(&whole))?;
        if rows.is_empty() {
            return Ok(seen);
        }
        seen.extend(rows);
    }
}

fn pages_by_their_last_row_are_the_whole(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let ids = |rows: Vec<Row>| rows.into_iter().map(|row| row[0].clone()).collect::<Vec<_>>();
    assert_eq!(ids(walked(db, &user, &find(&user))?), [1, 2, 3, 4, 5].map(int));
    assert_eq!(ids(walked(db, &user, &find(&user).by_desc("name"))?), [2, 5, 4, 3, 1].map(int));
    let some = find(&user).filter(field(&user, "id").is(Ne, 4)).by("name");
    assert_eq!(ids(walked(db, &user, &some)?), [1, 3, 5, 2].map(int));
    Ok(())
}

fn pages_in_every_direction_over_nulls(db: &Db) -> Result<()> {
    let pairs = [[1, 2], [1, 1], [2, 1], [0, 0], [0, 2], [1, 0], [0, 0], [2, 0], [1, 2]];
    let value = |number: i64| if number == 0 { NULL } else { int(number) };
    let sample = stored_pairs(db, ["int", "other_int"], &pairs.map(|pair| pair.map(value)))?;
    let directions = [Direction::Ascending, Direction::Descending];
    for (one, other) in directions.iter().flat_map(|one| directions.iter().map(move |other| (*one, *other))) {
        let sorted =
            || find(&sample).order(field(&sample, "int"), one).order(field(&sample, "other_int"), other);
        let whole = db.ids(sorted().by("id"))?;
        let walked = walked(db, &sample, &sorted())?;
        let ids: Vec<Value> = walked.into_iter().map(|row| row[0].clone()).collect();
        assert_eq!(ids, whole.into_iter().map(int).collect::<Vec<_>>(), "{one:?} {other:?}");
    }
    Ok(())
}

fn pages_of_composite_keys(db: &Db) -> Result<()> {
    let (pair, _) = models::pair_and_note();
    let rows: Vec<Row> = [(2, "a"), (1, "b"), (1, "a"), (2, "c"), (1, "c")]
        .into_iter()
        .map(|(left, right)| vec![int(left), text(right)])
        .collect();
    db.add_all(&pair, &["left", "right"], &rows)?;
    let walked = walked(db, &pair, &find(&pair).by_desc("left"))?;
    let keys: Vec<Row> = walked.into_iter().map(|row| row[..2].to_vec()).collect();
    let expected = [(2, "a"), (2, "c"), (1, "a"), (1, "b"), (1, "c")];
    assert_eq!(keys, expected.map(|(left, right)| [int(left), text(right)]));
    Ok(())
}

fn rows_that_come_and_go_move_no_page(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let mut second = find(&user).by("name").limit(2);
    let cyd = [int(3), text("Cyd")];
    second.after(|field| Ok(cyd[field].clone()))?;
    db.remove(find(&user).filter(field(&user, "name").is(Lt, "D")))?;
    db.add(&user, &[("name", text("Aaron"))])?;
    assert_eq!(db.values(second.select(&["name"]))?, ["Dan", "Eve"].map(text));
    Ok(())
}

fn after_the_last_row_is_nothing(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let mut query = find(&user);
    query.after(|_| Ok(int(5)))?;
    assert_eq!(db.ids(query.clone())?, [] as [i64; 0]);
    assert_eq!(db.count(query)?, 0);
    Ok(())
}

fn counts_and_changes_after_a_row(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let behind = || -> Result<Query> {
        let mut query = find(&user).by_desc("age");
        let row = [int(4), text("Dan"), NULL, int(36)];
        query.after(|field| Ok(row[field].clone()))?;
        Ok(query)
    };
    assert_eq!(db.count(behind()?)?, 2);
    assert_eq!(db.change(behind()?, &[("active", lit(true))])?, 2);
    finds(db, &user, field(&user, "active").test(IsTrue), &[1, 2, 3, 5]);
    assert_eq!(db.remove(behind()?.limit(1))?, 1);
    assert_eq!(db.ids(find(&user).by("id"))?, [1, 3, 4, 5]);
    Ok(())
}

fn orders_by_anything_else_are_refused(_: &Db) -> Result<()> {
    let blog = models::blog();
    let (user, post) = (&blog.user, &blog.post);
    let wrong = [
        find(user).order(field(user, "age").is(Add, 1), Direction::Ascending),
        find(post).order(field(user, "name"), Direction::Ascending),
        find(user).select(&["name"]).distinct(),
        find(user).returning([rows()]),
        find(user).by_group(&["age"]),
    ];
    for mut query in wrong {
        refused(query.after(|_| Ok(int(1))), ErrorKind::Query);
    }
    Ok(())
}

fn rows_without_a_key_are_refused(_: &Db) -> Result<()> {
    let user = models::user();
    let error = refused(find(&user).by("name").after(|_| Ok(NULL)), ErrorKind::Validation);
    assert_eq!((error.model(), error.field()), (Some("User"), Some("id")));
    Ok(())
}
