//! Relations: one query loads the related rows of any number of parents.

use ommi_core::schema::{RelationDef, RelationKind};
use ommi_engine::relation_query;

use crate::case::cases;
use crate::kit::*;

cases! {
    many_rows_of_each_parent,
    the_one_row_that_a_parent_refers_to,
    the_one_row_that_refers_to_a_parent,
    many_rows_through_an_association,
    an_association_backwards,
    parents_without_related_rows,
    no_parents,
    a_parent_asked_for_twice,
    null_has_no_related_row,
    many_parents_by_a_composite_key,
    a_thousand_parents_in_one_statement,
    two_references_need_a_name,
    a_model_without_a_reference_is_an_error,
}

/// Loads a relation: the parent's value and the first field of each related row.
fn load(db: &Db, model: &Arc<ModelDef>, relation: &RelationDef, keys: &[i64]) -> Result<Vec<(i64, i64)>> {
    let keys: Vec<Vec<Value>> = keys.iter().map(|key| vec![int(*key)]).collect();
    let load = relation_query(model, relation, &keys)?;
    let mut pairs = Vec::new();
    for row in db.rows(load.query)? {
        match (row.first(), load.row_keys.first().and_then(|key| row.get(*key))) {
            (Some(Value::Int(id)), Some(Value::Int(parent))) => pairs.push((*parent, *id)),
            other => panic!("a related row has {other:?}"),
        }
    }
    pairs.sort_unstable();
    Ok(pairs)
}

fn filled(db: &Db) -> Result<models::Blog> {
    let blog = models::blog();
    blog.fill(db)?;
    Ok(blog)
}

fn many(name: &str, target: &Arc<ModelDef>) -> RelationDef {
    models::relation(name, RelationKind::Many, target)
}

fn one(name: &str, target: &Arc<ModelDef>) -> RelationDef {
    models::relation(name, RelationKind::One, target)
}

fn many_rows_of_each_parent(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let posts = many("posts", &blog.post);
    assert_eq!(load(db, &blog.user, &posts, &[1])?, [(1, 1), (1, 2)]);
    assert_eq!(load(db, &blog.user, &posts, &[1, 2, 5])?, [(1, 1), (1, 2), (2, 3), (5, 4)]);
    Ok(())
}

fn the_one_row_that_a_parent_refers_to(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let author = one("author", &blog.user);
    assert_eq!(load(db, &blog.post, &author, &[1, 5])?, [(1, 1), (5, 5)]);
    let loading = relation_query(&blog.post, &author, &[])?;
    assert_eq!(loading.parent_fields, [blog.post.require_field("author_id")?]);
    Ok(())
}

fn the_one_row_that_refers_to_a_parent(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    assert_eq!(load(db, &blog.user, &one("profile", &blog.profile), &[1, 2, 3])?, [(1, 1), (2, 2)]);
    Ok(())
}

fn many_rows_through_an_association(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let tags = RelationDef { through: Some(models::link(&blog.post_tag)), ..many("tags", &blog.tag) };
    assert_eq!(load(db, &blog.post, &tags, &[1, 2, 3, 4])?, [(1, 1), (1, 2), (2, 2), (3, 1)]);
    Ok(())
}

fn an_association_backwards(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let posts = RelationDef { through: Some(models::link(&blog.post_tag)), ..many("posts", &blog.post) };
    assert_eq!(load(db, &blog.tag, &posts, &[1, 2, 3])?, [(1, 1), (1, 3), (2, 1), (2, 2)]);
    Ok(())
}

fn parents_without_related_rows(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    assert_eq!(load(db, &blog.user, &many("posts", &blog.post), &[3, 4, 99])?, []);
    Ok(())
}

fn no_parents(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    assert_eq!(load(db, &blog.user, &many("posts", &blog.post), &[])?, []);
    Ok(())
}

fn a_parent_asked_for_twice(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    assert_eq!(load(db, &blog.user, &many("posts", &blog.post), &[2, 2, 2])?, [(2, 3)]);
    Ok(())
}

fn null_has_no_related_row(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let loading = relation_query(&blog.user, &many("posts", &blog.post), &[vec![NULL], vec![int(2)]])?;
    assert_eq!(db.rows(loading.query)?.len(), 1);
    Ok(())
}

fn many_parents_by_a_composite_key(db: &Db) -> Result<()> {
    let (pair, note) = models::pair_and_note();
    let pairs = [(1, "a"), (1, "b"), (2, "a")].map(|(left, right)| vec![int(left), text(right)]);
    db.add_all(&pair, &["left", "right"], &pairs)?;
    let notes =
        [(1, "a"), (1, "b"), (1, "b")].map(|(left, right)| vec![int(left), text(right), text("note")]);
    db.add_all(&note, &["pair_left", "pair_right", "body"], &notes)?;
    let loading = relation_query(&pair, &many("notes", &note), &pairs)?;
    let loaded = db.rows(loading.query.clone())?;
    let key_of = |row: &Row| loading.row_keys.iter().map(|key| row[*key].clone()).collect::<Vec<_>>();
    let keys: Vec<_> = loaded.iter().map(key_of).collect();
    assert_eq!(keys, [[int(1), text("a")], [int(1), text("b")], [int(1), text("b")]]);
    // A pair of another left and right is none of them.
    let crossed =
        relation_query(&pair, &many("notes", &note), &[vec![int(2), text("b")], vec![int(2), text("a")]])?;
    assert_eq!(db.rows(crossed.query)?, [] as [Row; 0]);
    Ok(())
}

fn a_thousand_parents_in_one_statement(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let posts = many("posts", &blog.post);
    load(db, &blog.user, &posts, &[1])?;
    let compiled = db.watch().compiled();
    let keys: Vec<i64> = (1..=1000).collect();
    assert_eq!(load(db, &blog.user, &posts, &keys)?.len(), 4);
    assert_eq!(db.watch().compiled(), compiled);
    Ok(())
}

fn two_references_need_a_name(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let messages = many("messages", &blog.message);
    let error = refused(relation_query(&blog.user, &messages, &[]), ErrorKind::Schema);
    assert!(error.message().contains("sender_id") && error.message().contains("receiver_id"), "{error}");
    let received = RelationDef { by: Some("receiver_id".into()), ..messages };
    assert_eq!(load(db, &blog.user, &received, &[1, 2, 5])?, [(1, 2), (2, 1), (5, 3)]);
    Ok(())
}

fn a_model_without_a_reference_is_an_error(_: &Db) -> Result<()> {
    let (user, sample) = (models::user(), models::sample());
    let error = refused(relation_query(&user, &many("samples", &sample), &[]), ErrorKind::Schema);
    assert_eq!((error.model(), error.field()), (Some("User"), Some("samples")));
    Ok(())
}
