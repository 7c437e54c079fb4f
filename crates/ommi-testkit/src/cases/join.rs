//! Joins implied by naming fields of other models.

use ommi_core::query::Direction;

use crate::case::cases;
use crate::kit::*;

cases! {
    a_predicate_on_the_referred_model,
    a_predicate_on_referring_models_finds_each_row_once,
    predicates_on_one_referring_model_speak_of_one_row,
    a_model_without_referring_rows_is_not_found,
    a_join_counts_each_row_once,
    a_join_in_exists,
    a_join_in_a_page,
    a_join_through_an_association_that_is_named,
    a_join_over_several_models,
    a_join_along_a_unique_reference_in_both_directions,
    fields_of_the_referred_model_are_selected,
    fields_of_referring_models_multiply_rows,
    distinct_fields_of_referring_models,
    an_order_by_the_referred_model,
    an_order_by_referring_models_is_refused,
    fields_of_two_models_are_compared,
    alternatives_over_two_models,
    a_negation_over_a_join,
    models_without_a_way_between_them_are_refused,
    two_references_are_ambiguous,
    a_predicate_says_which_reference,
    a_join_by_a_composite_key,
    a_join_on_null_finds_nothing,
}

fn filled(db: &Db) -> Result<models::Blog> {
    let blog = models::blog();
    blog.fill(db)?;
    Ok(blog)
}

fn a_predicate_on_the_referred_model(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    finds(db, &blog.post, field(&blog.user, "name").is(Eq, "Ada"), &[1, 2]);
    finds(
        db,
        &blog.post,
        field(&blog.user, "age").is(Gt, 40).and(field(&blog.post, "title").is(Eq, "Notes")),
        &[4],
    );
    Ok(())
}

fn a_predicate_on_referring_models_finds_each_row_once(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    finds(db, &blog.user, field(&blog.post, "title").test(IsNotNull), &[1, 2, 5]);
    finds(db, &blog.user, field(&blog.post, "title").is(Eq, "Notes"), &[1, 5]);
    finds(db, &blog.tag, field(&blog.post_tag, "post_id").is(Le, 2), &[1, 2]);
    Ok(())
}

fn predicates_on_one_referring_model_speak_of_one_row(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let (title, score) = (|| field(&blog.post, "title"), || field(&blog.post, "score"));
    // Ada has a post "Notes" and a post with score 5, but no post that is both.
    finds(db, &blog.user, title().is(Eq, "Notes").and(score().is(Eq, 5)), &[]);
    finds(db, &blog.user, title().is(Eq, "Notes").and(score().is(Eq, 9)), &[5]);
    Ok(())
}

fn a_model_without_referring_rows_is_not_found(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    // A join asks for a row that is there: one that is not there has no NULL fields.
    finds(db, &blog.user, field(&blog.post, "score").test(IsNull), &[1]);
    finds(db, &blog.tag, field(&blog.post_tag, "post_id").test(IsNull), &[]);
    Ok(())
}

fn a_join_counts_each_row_once(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    assert_eq!(db.count(find(&blog.user).filter(field(&blog.post, "id").is(Gt, 0)))?, 3);
    assert_eq!(db.count(find(&blog.post).filter(field(&blog.user, "id").is(Gt, 0)))?, 4);
    Ok(())
}

fn a_join_in_exists(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    assert!(db.exists(find(&blog.user).filter(field(&blog.post, "title").is(Eq, "Games")))?);
    assert!(!db.exists(find(&blog.user).filter(field(&blog.post, "title").is(Eq, "none")))?);
    Ok(())
}

fn a_join_in_a_page(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let writers = || find(&blog.user).filter(field(&blog.post, "id").is(Gt, 0)).by_desc("name");
    assert_eq!(db.ids(writers().limit(2))?, [2, 5]);
    assert_eq!(db.ids(writers().limit(2).offset(2))?, [1]);
    assert_eq!(db.count(writers().limit(2))?, 2);
    Ok(())
}

fn a_join_through_an_association_that_is_named(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let tagged =
        |label: &str| field(&blog.post_tag, "tag_id").is(Gt, 0).and(field(&blog.tag, "label").is(Eq, label));
    finds(db, &blog.post, tagged("rust"), &[1, 3]);
    finds(db, &blog.post, tagged("idle"), &[]);
    let titled = field(&blog.post_tag, "tag_id").is(Gt, 0).and(field(&blog.post, "title").is(Eq, "Engines"));
    finds(db, &blog.tag, titled, &[1, 2]);
    Ok(())
}

fn a_join_over_several_models(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let rusty = field(&blog.post, "id")
        .is(Gt, 0)
        .and(field(&blog.post_tag, "tag_id").is(Gt, 0))
        .and(field(&blog.tag, "label").is(Eq, "rust"));
    finds(db, &blog.user, rusty, &[1, 2]);
    let mottos =
        field(&blog.profile, "motto").is(Eq, "first").and(field(&blog.post, "title").is(Eq, "Notes"));
    finds(db, &blog.user, mottos, &[1]);
    // The users between posts and profiles need not be named.
    finds(db, &blog.post, field(&blog.profile, "motto").is(Eq, "second"), &[3]);
    Ok(())
}

fn a_join_along_a_unique_reference_in_both_directions(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    finds(db, &blog.user, field(&blog.profile, "motto").is(Eq, "second"), &[2]);
    finds(db, &blog.profile, field(&blog.user, "name").is(Eq, "Ada"), &[1]);
    let by_motto = find(&blog.user).order(column(&blog.profile, "motto"), Direction::Descending);
    assert_eq!(db.ids(by_motto)?, [2, 1]);
    Ok(())
}

fn fields_of_the_referred_model_are_selected(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let query =
        find(&blog.post).by("id").columns(vec![column(&blog.post, "title"), column(&blog.user, "name")]);
    let pairs = [["Engines", "Ada"], ["Notes", "Ada"], ["Games", "bob"], ["Notes", "Eve"]];
    assert_eq!(db.rows(query)?, pairs.map(|pair| pair.map(text)));
    Ok(())
}

fn fields_of_referring_models_multiply_rows(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let columns = vec![column(&blog.user, "name"), column(&blog.post, "title")];
    let query =
        find(&blog.user).columns(columns).by("id").order(column(&blog.post, "id"), Direction::Ascending);
    let pairs = [["Ada", "Engines"], ["Ada", "Notes"], ["bob", "Games"], ["Eve", "Notes"]];
    assert_eq!(db.rows(query)?, pairs.map(|pair| pair.map(text)));
    Ok(())
}

fn distinct_fields_of_referring_models(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let titles = find(&blog.user)
        .columns(vec![column(&blog.post, "title")])
        .order(column(&blog.post, "title"), Direction::Ascending)
        .distinct();
    assert_eq!(db.values(titles)?, ["Engines", "Games", "Notes"].map(text));
    Ok(())
}

fn an_order_by_the_referred_model(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let query = find(&blog.post).order(column(&blog.user, "age"), Direction::Ascending).by_desc("id");
    assert_eq!(db.ids(query)?, [3, 2, 1, 4]);
    Ok(())
}

fn an_order_by_referring_models_is_refused(db: &Db) -> Result<()> {
    let blog = models::blog();
    let query = find(&blog.user).order(column(&blog.post, "score"), Direction::Ascending);
    let error = refused(db.unsent(|| db.rows(query)), ErrorKind::Query);
    assert!(error.message().contains("Post.score"), "{error}");
    Ok(())
}

fn fields_of_two_models_are_compared(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let older = field(&blog.user, "age").vs(Gt, field(&blog.post, "score").is(Mul, 8));
    finds(db, &blog.post, older, &[3]);
    let initial = field(&blog.user, "name").vs(Lt, field(&blog.post, "title"));
    finds(db, &blog.post, initial, &[1, 2, 4]);
    Ok(())
}

fn alternatives_over_two_models(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let either = field(&blog.user, "name").is(Eq, "bob").or(field(&blog.post, "title").is(Eq, "Engines"));
    finds(db, &blog.post, either.clone(), &[1, 3]);
    finds(db, &blog.user, either, &[1, 2]);
    Ok(())
}

fn a_negation_over_a_join(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    // Some post is not called "Notes": not the same as having no post called so.
    finds(db, &blog.user, field(&blog.post, "title").is(Eq, "Notes").negate(), &[1, 2]);
    finds(db, &blog.post, field(&blog.user, "name").is(Eq, "Ada").negate(), &[3, 4]);
    Ok(())
}

fn models_without_a_way_between_them_are_refused(db: &Db) -> Result<()> {
    let (user, sample) = (models::user(), models::sample());
    let error = refuses(db, &user, field(&sample, "int").is(Eq, 1), ErrorKind::Query);
    assert!(error.message().contains("User") && error.message().contains("Sample"), "{error}");
    Ok(())
}

fn two_references_are_ambiguous(db: &Db) -> Result<()> {
    let blog = models::blog();
    for (model, other) in [(&blog.message, &blog.user), (&blog.user, &blog.message)] {
        let error = refuses(db, model, field(other, "id").is(Eq, 1), ErrorKind::Query);
        let message = error.message();
        assert!(message.contains("Message.sender_id") && message.contains("Message.receiver_id"), "{error}");
    }
    Ok(())
}

fn a_predicate_says_which_reference(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let by = |name: &str| field(&blog.message, name).vs(Eq, field(&blog.user, "id"));
    finds(db, &blog.message, by("sender_id").and(field(&blog.user, "name").is(Eq, "Ada")), &[1, 3]);
    finds(db, &blog.message, by("receiver_id").and(field(&blog.user, "name").is(Eq, "Ada")), &[2]);
    finds(db, &blog.user, by("receiver_id").and(field(&blog.message, "sender_id").is(Eq, 1)), &[2, 5]);
    Ok(())
}

fn a_join_by_a_composite_key(db: &Db) -> Result<()> {
    let (pair, note) = models::pair_and_note();
    let pairs = [(1, "a", "x"), (1, "b", "y"), (2, "a", "z")]
        .map(|(left, right, value)| vec![int(left), text(right), text(value)]);
    db.add_all(&pair, &["left", "right", "value"], &pairs)?;
    let notes = [(1, "a"), (1, "b"), (2, "a"), (1, "b")]
        .map(|(left, right)| vec![int(left), text(right), text("note")]);
    db.add_all(&note, &["pair_left", "pair_right", "body"], &notes)?;
    finds(db, &note, field(&pair, "value").is(Eq, "y"), &[2, 4]);
    finds(db, &note, field(&pair, "value").is(Ne, "y"), &[1, 3]);
    let noted = db.rows(find(&pair).filter(field(&note, "id").is(Ge, 2)).by("value").select(&["value"]))?;
    assert_eq!(noted, [[text("y")], [text("z")]]);
    Ok(())
}

fn a_join_on_null_finds_nothing(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let visit = models::pointing("Visit", &user, ommi_core::schema::Action::SetNull);
    db.add_all(&visit, &["target_id"], &[vec![NULL], vec![int(3)]])?;
    finds(db, &visit, field(&user, "id").is(Gt, 0), &[2]);
    finds(db, &visit, field(&user, "age").test(IsNull), &[2]);
    Ok(())
}
