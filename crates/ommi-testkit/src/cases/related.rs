//! Some of the rows that a relation leads to: those for which a condition holds, sorted, so many of each parent.

use ommi_core::query::{Direction, Order};
use ommi_core::schema::{RelationDef, RelationKind};
use ommi_engine::{RelationOptions, relation_query_with};

use crate::case::cases;
use crate::kit::*;

cases! {
    rows_that_a_condition_leaves,
    rows_of_each_parent_in_an_order,
    the_first_rows_of_each_parent,
    the_order_decides_which_rows_are_first,
    the_key_completes_the_order,
    what_is_computed_can_be_sorted_by,
    a_limit_of_nothing,
    a_limit_beyond_all_rows,
    the_first_rows_through_an_association,
    the_first_rows_by_a_composite_key,
    a_condition_on_a_model_that_is_joined,
    one_statement_serves_every_limit,
    values_of_every_type_come_through,
    a_limit_of_each_kind_and_another_limit_are_refused,
}

fn load(
    db: &Db,
    model: &Arc<ModelDef>,
    relation: &RelationDef,
    keys: &[i64],
    options: &RelationOptions,
) -> Result<Vec<(i64, Vec<i64>)>> {
    let values: Vec<Vec<Value>> = keys.iter().map(|key| vec![int(*key)]).collect();
    let load = relation_query_with(model, relation, &values, options)?;
    let mut found: Vec<(i64, Vec<i64>)> = keys.iter().map(|key| (*key, Vec::new())).collect();
    for row in db.rows(load.query)? {
        let (Value::Int(id), Value::Int(parent)) = (&row[0], &row[load.row_keys[0]]) else {
            panic!("a related row is {row:?}")
        };
        let of_parent = found.iter_mut().find(|(key, _)| key == parent);
        of_parent.expect("the row is of one of the parents").1.push(*id);
    }
    Ok(found)
}

/// Users 1 and 2 and 3 with posts 1 to 7: by their authors and scores. User 3 has none.
fn posts(db: &Db) -> Result<(models::Blog, RelationDef)> {
    let blog = models::blog();
    models::add_people(db, &blog.user)?;
    let post = |title: &str, author: i64, score: Value| vec![text(title), int(author), score];
    let rows = [
        post("a", 1, int(5)),
        post("b", 1, NULL),
        post("c", 2, int(2)),
        post("d", 1, int(9)),
        post("e", 2, int(2)),
        post("f", 1, int(5)),
        post("g", 2, int(7)),
    ];
    db.add_all(&blog.post, &["title", "author_id", "score"], &rows)?;
    let relation = models::relation("posts", RelationKind::Many, &blog.post);
    Ok((blog, relation))
}

fn by(model: &Arc<ModelDef>, name: &str, direction: Direction) -> Vec<Order> {
    vec![Order::new(column(model, name), direction)]
}

fn rows_that_a_condition_leaves(db: &Db) -> Result<()> {
    let (blog, relation) = posts(db)?;
    let filter = Some(field(&blog.post, "score").is(Ge, 5));
    let options = RelationOptions { filter, ..RelationOptions::default() };
    let found = load(db, &blog.user, &relation, &[1, 2, 3], &options)?;
    assert_eq!(found, [(1, vec![1, 4, 6]), (2, vec![7]), (3, vec![])]);
    Ok(())
}

fn rows_of_each_parent_in_an_order(db: &Db) -> Result<()> {
    let (blog, relation) = posts(db)?;
    let order = by(&blog.post, "score", Direction::Descending);
    let options = RelationOptions { order, ..RelationOptions::default() };
    let found = load(db, &blog.user, &relation, &[1, 2], &options)?;
    assert_eq!(found, [(1, vec![4, 1, 6, 2]), (2, vec![7, 3, 5])], "NULL last, equal scores by key");
    Ok(())
}

fn first(rows: u64, order: Vec<Order>) -> RelationOptions {
    RelationOptions { order, limit: Some(rows), filter: None }
}

fn the_first_rows_of_each_parent(db: &Db) -> Result<()> {
    let (blog, relation) = posts(db)?;
    let found = load(db, &blog.user, &relation, &[1, 2, 3], &first(2, Vec::new()))?;
    assert_eq!(found, [(1, vec![1, 2]), (2, vec![3, 5]), (3, vec![])]);
    Ok(())
}

fn the_order_decides_which_rows_are_first(db: &Db) -> Result<()> {
    let (blog, relation) = posts(db)?;
    let last = first(2, by(&blog.post, "id", Direction::Descending));
    assert_eq!(load(db, &blog.user, &relation, &[1, 2], &last)?, [(1, vec![6, 4]), (2, vec![7, 5])]);
    let lowest = first(1, by(&blog.post, "score", Direction::Ascending));
    assert_eq!(
        load(db, &blog.user, &relation, &[1, 2], &lowest)?,
        [(1, vec![2]), (2, vec![3])],
        "NULL first"
    );
    let kept = RelationOptions { filter: Some(field(&blog.post, "title").is(Ne, "b")), ..lowest };
    assert_eq!(
        load(db, &blog.user, &relation, &[1], &kept)?,
        [(1, vec![1])],
        "what is left out takes no place"
    );
    Ok(())
}

fn the_key_completes_the_order(db: &Db) -> Result<()> {
    let (blog, relation) = posts(db)?;
    let options = first(2, by(&blog.post, "score", Direction::Descending));
    assert_eq!(load(db, &blog.user, &relation, &[1, 2], &options)?, [(1, vec![4, 1]), (2, vec![7, 3])]);
    Ok(())
}

fn what_is_computed_can_be_sorted_by(db: &Db) -> Result<()> {
    let (blog, relation) = posts(db)?;
    let minus = Expr::binary(Sub, lit(0), field(&blog.post, "id"));
    let options = first(1, vec![Order::new(minus, Direction::Ascending)]);
    assert_eq!(load(db, &blog.user, &relation, &[1, 2], &options)?, [(1, vec![6]), (2, vec![7])]);
    Ok(())
}

fn a_limit_of_nothing(db: &Db) -> Result<()> {
    let (blog, relation) = posts(db)?;
    let found = load(db, &blog.user, &relation, &[1, 2], &first(0, Vec::new()))?;
    assert_eq!(found, [(1, vec![]), (2, vec![])]);
    Ok(())
}

fn a_limit_beyond_all_rows(db: &Db) -> Result<()> {
    let (blog, relation) = posts(db)?;
    for limit in [4, u64::MAX] {
        let found = load(db, &blog.user, &relation, &[1, 2], &first(limit, Vec::new()))?;
        assert_eq!(found, [(1, vec![1, 2, 4, 6]), (2, vec![3, 5, 7])]);
    }
    Ok(())
}

fn the_first_rows_through_an_association(db: &Db) -> Result<()> {
    let blog = models::blog();
    blog.fill(db)?;
    let tags = RelationDef {
        through: Some(models::link(&blog.post_tag)),
        ..models::relation("tags", RelationKind::Many, &blog.tag)
    };
    let options = first(1, by(&blog.tag, "label", Direction::Descending));
    let found = load(db, &blog.post, &tags, &[1, 2, 3, 4], &options)?;
    assert_eq!(found, [(1, vec![1]), (2, vec![2]), (3, vec![1]), (4, vec![])]);
    Ok(())
}

fn the_first_rows_by_a_composite_key(db: &Db) -> Result<()> {
    let (pair, note) = models::pair_and_note();
    let pairs = [(1, "a"), (1, "b")].map(|(left, right)| vec![int(left), text(right)]);
    db.add_all(&pair, &["left", "right"], &pairs)?;
    let notes = [(1, "a"), (1, "b"), (1, "b"), (1, "a")];
    let notes = notes.map(|(left, right)| vec![int(left), text(right), text("note")]);
    db.add_all(&note, &["pair_left", "pair_right", "body"], &notes)?;
    let relation = models::relation("notes", RelationKind::Many, &note);
    let options = first(1, by(&note, "id", Direction::Descending));
    let load = relation_query_with(&pair, &relation, &pairs, &options)?;
    let mut ids = db.ids(load.query)?;
    ids.sort_unstable();
    assert_eq!(ids, [3, 4]);
    Ok(())
}

fn a_condition_on_a_model_that_is_joined(db: &Db) -> Result<()> {
    let blog = models::blog();
    blog.fill(db)?;
    let posts = models::relation("posts", RelationKind::Many, &blog.post);
    let filter = Some(field(&blog.post_tag, "tag_id").is(Ge, 1));
    let options = RelationOptions { filter, ..first(1, by(&blog.post, "id", Direction::Descending)) };
    let found = load(db, &blog.user, &posts, &[1, 2, 5], &options)?;
    assert_eq!(found, [(1, vec![2]), (2, vec![3]), (5, vec![])]);
    Ok(())
}

fn one_statement_serves_every_limit(db: &Db) -> Result<()> {
    let (blog, relation) = posts(db)?;
    load(db, &blog.user, &relation, &[1], &first(1, Vec::new()))?;
    let compiled = db.watch().compiled();
    load(db, &blog.user, &relation, &[1, 2, 3], &first(3, Vec::new()))?;
    assert_eq!(db.watch().compiled(), compiled);
    Ok(())
}

fn values_of_every_type_come_through(db: &Db) -> Result<()> {
    let sample = models::sample();
    db.add(
        &sample,
        &[
            ("int", int(1)),
            ("text", text("grün")),
            ("bool", Value::Bool(true)),
            ("float", Value::Float(1.5)),
            ("decimal", dec("10.50")),
            ("json", Value::Json(r#"{"a":[1,null]}"#.into())),
            ("bytes", bytes(&[0, 255])),
        ],
    )?;
    let whole = db.rows(find(&sample))?;
    let mut query = find(&sample);
    query.order = by(&sample, "id", Direction::Ascending);
    query.limit_by =
        Some(Box::new(ommi_core::query::LimitBy { columns: vec![column(&sample, "int")], limit: 1 }));
    assert_eq!(db.rows(query)?, whole);
    Ok(())
}

fn a_limit_of_each_kind_and_another_limit_are_refused(db: &Db) -> Result<()> {
    let (blog, relation) = posts(db)?;
    let options = first(1, Vec::new());
    let mut query = relation_query_with(&blog.user, &relation, &[vec![int(1)]], &options)?.query;
    query.limit = Some(1);
    refused(db.unsent(|| db.rows(query)), ErrorKind::Internal);
    Ok(())
}
