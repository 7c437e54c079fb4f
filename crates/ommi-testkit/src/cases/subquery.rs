//! Subqueries: rows found by what other queries find.

use ommi_core::query::{Case, Direction, Lock, Subquery};

use crate::case::cases;
use crate::kit::*;
use crate::models::Blog;

cases! {
    a_value_among_those_that_a_query_selects,
    a_value_that_is_not_among_them,
    a_null_among_them_leaves_what_is_not_found_unknown,
    nothing_is_among_nothing,
    rows_for_which_others_exist,
    rows_of_the_enclosing_query_are_seen_by_its_joins_too,
    subqueries_of_subqueries,
    subqueries_of_the_same_model,
    subqueries_with_joins_of_their_own,
    subqueries_beside_joins,
    subqueries_of_groups,
    subqueries_of_distinct_values_and_pages,
    subqueries_in_any_place_of_a_filter,
    computed_values_among_selected_ones,
    values_of_every_type_are_looked_for,
    updates_and_deletes_by_subqueries,
    rows_of_the_written_table_decide_as_they_were,
    keys_are_changed_by_subqueries,
    one_shape_serves_other_values,
    subqueries_without_a_meaning_are_refused,
}

fn exists(query: Query) -> Expr {
    Subquery::exists(query).into()
}

fn among(member: Expr, query: Query) -> Expr {
    Subquery::among(member, query).into()
}

fn selecting(query: Query, model: &Arc<ModelDef>, name: &str) -> Query {
    query.returning([field(model, name)])
}

fn filled(db: &Db) -> Result<Blog> {
    let blog = models::blog();
    blog.fill(db)?;
    Ok(blog)
}

/// The authors of posts.
fn authors(blog: &Blog) -> Query {
    selecting(find(&blog.post), &blog.post, "author_id")
}

/// The posts of the user around.
fn own_posts(blog: &Blog) -> Query {
    find(&blog.post).filter(field(&blog.post, "author_id").vs(Eq, field(&blog.user, "id")))
}

fn a_value_among_those_that_a_query_selects(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    finds(db, &blog.user, among(field(&blog.user, "id"), authors(&blog)), &[1, 2, 5]);
    let noted = authors(&blog).filter(field(&blog.post, "title").is(Eq, "Notes"));
    finds(db, &blog.user, among(field(&blog.user, "id"), noted.clone()), &[1, 5]);
    let query = || find(&blog.user).filter(among(field(&blog.user, "id"), noted.clone()));
    assert_eq!(db.count(query())?, 2);
    assert!(db.exists(query())?);
    assert_eq!(db.values(selecting(query().by("name"), &blog.user, "name"))?, ["Ada", "Eve"].map(text));
    Ok(())
}

fn a_value_that_is_not_among_them(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    finds(db, &blog.user, among(field(&blog.user, "id"), authors(&blog)).negate(), &[3, 4]);
    finds(db, &blog.user, among(field(&blog.user, "age"), authors(&blog)).negate(), &[1, 2, 4, 5]);
    Ok(())
}

fn a_null_among_them_leaves_what_is_not_found_unknown(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let scores = || selecting(find(&blog.post), &blog.post, "score");
    let id = || field(&blog.user, "id");
    finds(db, &blog.user, among(id(), scores()), &[2, 5]);
    finds(db, &blog.user, among(id(), scores()).negate(), &[]);
    let known = scores().filter(field(&blog.post, "score").test(IsNotNull));
    finds(db, &blog.user, among(id(), known).negate(), &[1, 3, 4]);
    finds(db, &blog.user, among(id(), scores()).test(IsNull), &[1, 3, 4]);
    finds(db, &blog.user, among(id(), scores()).test(IsNotNull), &[2, 5]);
    Ok(())
}

fn nothing_is_among_nothing(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let none = || authors(&blog).filter(field(&blog.post, "title").is(Eq, "none"));
    for name in ["id", "age"] {
        finds(db, &blog.user, among(field(&blog.user, name), none()), &[]);
        finds(db, &blog.user, among(field(&blog.user, name), none()).negate(), &[1, 2, 3, 4, 5]);
    }
    finds(db, &blog.user, exists(none()), &[]);
    finds(db, &blog.user, exists(none()).negate(), &[1, 2, 3, 4, 5]);
    Ok(())
}

fn rows_for_which_others_exist(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    finds(db, &blog.user, exists(own_posts(&blog)), &[1, 2, 5]);
    finds(db, &blog.user, exists(own_posts(&blog)).negate(), &[3, 4]);
    let good = own_posts(&blog).filter(field(&blog.post, "score").is(Gt, 4));
    finds(db, &blog.user, exists(good), &[1, 5]);
    finds(db, &blog.user, exists(find(&blog.tag)), &[1, 2, 3, 4, 5]);
    let above = find(&blog.post).filter(field(&blog.post, "score").vs(Gt, field(&blog.user, "id")));
    finds(db, &blog.user, exists(above), &[1, 2, 3, 4, 5]);
    let third = own_posts(&blog).filter(field(&blog.post, "id").vs(Gt, field(&blog.user, "id").is(Add, 1)));
    finds(db, &blog.user, exists(third), &[]);
    Ok(())
}

fn rows_of_the_enclosing_query_are_seen_by_its_joins_too(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    // Tags of the post that was joined to the user.
    let own_tags = find(&blog.post_tag)
        .filter(field(&blog.post_tag, "post_id").vs(Eq, field(&blog.post, "id")))
        .filter(field(&blog.post_tag, "tag_id").is(Eq, 1));
    let titled = |title: &str| field(&blog.post, "title").is(Eq, title);
    finds(db, &blog.user, titled("Engines").and(exists(own_tags.clone())), &[1]);
    finds(db, &blog.user, titled("Notes").and(exists(own_tags.clone())), &[]);
    finds(db, &blog.user, titled("Notes").and(exists(own_tags).negate()), &[1, 5]);
    Ok(())
}

fn subqueries_of_subqueries(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let rusty = selecting(find(&blog.tag).filter(field(&blog.tag, "label").is(Eq, "rust")), &blog.tag, "id");
    let tagged = selecting(
        find(&blog.post_tag).filter(among(field(&blog.post_tag, "tag_id"), rusty)),
        &blog.post_tag,
        "post_id",
    );
    let writers = authors(&blog).filter(among(field(&blog.post, "id"), tagged));
    finds(db, &blog.user, among(field(&blog.user, "id"), writers), &[1, 2]);
    // The innermost one sees the rows of both around it.
    let pair = find(&blog.post_tag)
        .filter(field(&blog.post_tag, "post_id").vs(Eq, field(&blog.post, "id")))
        .filter(field(&blog.post_tag, "tag_id").vs(Eq, field(&blog.user, "id")));
    finds(db, &blog.user, exists(own_posts(&blog).filter(exists(pair.clone()))), &[1]);
    finds(db, &blog.user, exists(own_posts(&blog).filter(exists(pair).negate())), &[1, 2, 5]);
    Ok(())
}

fn subqueries_of_the_same_model(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let grown = selecting(find(&user).filter(field(&user, "age").is(Ge, 36)), &user, "id");
    finds(db, &user, among(field(&user, "id"), grown.clone()), &[1, 4, 5]);
    finds(
        db,
        &user,
        among(field(&user, "id"), grown).negate().and(field(&user, "age").test(IsNotNull)),
        &[2],
    );
    finds(db, &user, exists(find(&user).filter(field(&user, "age").is(Gt, 100))), &[]);
    Ok(())
}

fn subqueries_with_joins_of_their_own(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let tagged = |tag: i64| field(&blog.post_tag, "tag_id").is(Eq, tag);
    finds(db, &blog.user, among(field(&blog.user, "id"), authors(&blog).filter(tagged(2))), &[1]);
    finds(db, &blog.user, among(field(&blog.user, "id"), authors(&blog).filter(tagged(1))), &[1, 2]);
    finds(db, &blog.user, exists(own_posts(&blog).filter(tagged(1))), &[1, 2]);
    finds(db, &blog.user, exists(own_posts(&blog).filter(tagged(3))), &[]);
    Ok(())
}

fn subqueries_beside_joins(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let motto = field(&blog.profile, "motto").is(Eq, "first");
    finds(db, &blog.user, motto.clone().and(exists(own_posts(&blog))), &[1]);
    finds(
        db,
        &blog.user,
        motto.or(exists(own_posts(&blog).filter(field(&blog.post, "score").is(Eq, 2)))),
        &[1, 2],
    );
    let notes =
        selecting(find(&blog.post).filter(field(&blog.post, "title").is(Eq, "Notes")), &blog.post, "id");
    finds(db, &blog.user, among(field(&blog.post, "id"), notes), &[1, 5]);
    Ok(())
}

fn subqueries_of_groups(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let busy = authors(&blog).by_group(&["author_id"]).which(rows().is(Gt, 1));
    finds(db, &blog.user, among(field(&blog.user, "id"), busy.clone()), &[1]);
    finds(db, &blog.user, among(field(&blog.user, "id"), busy).negate(), &[2, 3, 4, 5]);
    let best = find(&blog.post).returning([made(Function::Max, &blog.post, "score")]);
    finds(db, &blog.post, among(field(&blog.post, "score"), best), &[4]);
    let own = own_posts(&blog).by_group(&["title"]).which(rows().is(Ge, 1));
    finds(db, &blog.user, exists(own), &[1, 2, 5]);
    let own_author = own_posts(&blog).returning([made(Function::Min, &blog.post, "author_id")]);
    finds(db, &blog.user, among(field(&blog.user, "id"), own_author), &[1, 2, 5]);
    Ok(())
}

fn subqueries_of_distinct_values_and_pages(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let id = || field(&blog.user, "id");
    let first = |direction| authors(&blog).order(field(&blog.post, "id"), direction);
    finds(db, &blog.user, among(id(), first(Direction::Ascending).limit(1)), &[1]);
    finds(db, &blog.user, among(id(), first(Direction::Descending).limit(2)), &[2, 5]);
    finds(db, &blog.user, among(id(), first(Direction::Descending).limit(2)).negate(), &[1, 3, 4]);
    finds(db, &blog.user, among(id(), first(Direction::Ascending).limit(0)), &[]);
    finds(db, &blog.user, among(id(), first(Direction::Ascending).offset(2)), &[2, 5]);
    let distinct = authors(&blog).distinct().by("author_id");
    finds(db, &blog.user, among(id(), distinct.clone()), &[1, 2, 5]);
    finds(db, &blog.user, among(id(), distinct.limit(2)), &[1, 2]);
    finds(db, &blog.user, exists(own_posts(&blog).offset(1)), &[1]);
    finds(db, &blog.user, exists(own_posts(&blog).limit(0)), &[]);
    Ok(())
}

fn subqueries_in_any_place_of_a_filter(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let writes = || exists(own_posts(&blog));
    let listed = || among(field(&blog.user, "id"), authors(&blog));
    finds(db, &blog.user, writes().and(listed()), &[1, 2, 5]);
    finds(db, &blog.user, writes().negate().or(field(&blog.user, "name").is(Eq, "Ada")), &[1, 3, 4]);
    let chosen =
        Case { branches: vec![(writes(), lit("a")), (listed().negate(), lit("b"))], otherwise: None };
    finds(db, &blog.user, Expr::from(chosen).is(Eq, "b"), &[3, 4]);
    finds(db, &blog.user, Expr::Apply(Eq, vec![field(&blog.user, "active"), listed()]), &[1, 4, 5]);
    Ok(())
}

fn computed_values_among_selected_ones(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let doubled = find(&blog.post).returning([field(&blog.post, "author_id").is(Mul, 2)]);
    finds(db, &blog.user, among(field(&blog.user, "id"), doubled.clone()), &[2, 4]);
    finds(db, &blog.user, among(field(&blog.user, "id").is(Mul, 2), doubled), &[1, 2, 5]);
    let titles = find(&blog.post).returning([field(&blog.post, "title").test(Lower)]);
    finds(db, &blog.post, among(field(&blog.post, "title").test(Lower), titles.clone()), &[1, 2, 3, 4]);
    finds(db, &blog.post, among(field(&blog.post, "title"), titles), &[]);
    finds(db, &blog.user, among(lit(5), authors(&blog)), &[1, 2, 3, 4, 5]);
    finds(db, &blog.user, among(lit(4), authors(&blog)), &[]);
    Ok(())
}

fn values_of_every_type_are_looked_for(db: &Db) -> Result<()> {
    let values: [(&str, [Value; 4]); 12] = [
        ("bool", [true.into(), false.into(), true.into(), NULL]),
        ("int", [int(i64::MIN), int(0), int(i64::MAX), NULL]),
        ("float", [Value::from(-0.0), Value::from(0.1), Value::from(f64::MAX), NULL]),
        ("text", [text("a"), text("A"), text("ä\u{1f600}'"), NULL]),
        ("bytes", [bytes(&[0, 255]), bytes(&[]), bytes(&[1]), NULL]),
        ("decimal", [dec("1.5"), dec("-0.001"), dec("12345678901234567890.5"), NULL]),
        ("uuid", [uuid(1), uuid(2), uuid(3), NULL]),
        (
            "timestamp",
            [
                instant("2020-02-29T23:59:59.999Z"),
                instant("0001-01-01T00:00:00Z"),
                instant("1970-01-01T00:00:00Z"),
                NULL,
            ],
        ),
        (
            "naive",
            [
                moment("2020-02-29T23:59:59.999999"),
                moment("1000-01-01T00:00:00"),
                moment("1970-01-01T00:00:00"),
                NULL,
            ],
        ),
        ("date", [day("2020-02-29"), day("1970-01-01"), day("9999-12-31"), NULL]),
        ("time", [clock("00:00:00"), clock("23:59:59.999999"), clock("12:30:00"), NULL]),
        ("duration", [micros(-1), micros(0), micros(86_400_000_000), NULL]),
    ];
    for (name, values) in values {
        let sample = stored(db, name, &values)?;
        let all = selecting(find(&sample), &sample, name);
        finds(db, &sample, among(field(&sample, name), all.clone()), &[1, 2, 3]);
        let first = all.filter(field(&sample, "id").is(Eq, 1));
        let same = db.ids(find(&sample).filter(field(&sample, name).is(Eq, values[0].clone())))?;
        finds(db, &sample, among(field(&sample, name), first), &same);
    }
    Ok(())
}

fn updates_and_deletes_by_subqueries(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let writing = find(&blog.user).filter(exists(own_posts(&blog)));
    assert_eq!(db.change(writing, &[("age", lit(1))])?, 3);
    finds(db, &blog.user, field(&blog.user, "age").is(Eq, 1), &[1, 2, 5]);
    let idle = find(&blog.tag).filter(
        among(field(&blog.tag, "id"), selecting(find(&blog.post_tag), &blog.post_tag, "tag_id")).negate(),
    );
    assert_eq!(db.remove(idle)?, 1);
    assert_eq!(db.ids(find(&blog.tag).by("id"))?, [1, 2]);
    Ok(())
}

fn rows_of_the_written_table_decide_as_they_were(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let smallest = || find(&user).returning([made(Function::Min, &user, "id")]);
    let least = find(&user).filter(among(field(&user, "id"), smallest()));
    assert_eq!(db.change(least.clone(), &[("age", lit(7))])?, 1);
    assert_eq!(db.remove(least)?, 1);
    assert_eq!(db.ids(find(&user).by("id"))?, [2, 3, 4, 5]);
    let others = find(&user).filter(exists(find(&user).filter(field(&user, "id").is(Eq, 2))));
    assert_eq!(db.remove(others)?, 4);
    Ok(())
}

fn keys_are_changed_by_subqueries(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let unused = find(&blog.tag).filter(
        among(field(&blog.tag, "id"), selecting(find(&blog.post_tag), &blog.post_tag, "tag_id")).negate(),
    );
    assert_eq!(db.change(unused, &[("id", lit(30))])?, 1);
    let labels = find(&blog.tag).by("id").returning([field(&blog.tag, "id"), field(&blog.tag, "label")]);
    let expected = [(1, "rust"), (2, "math"), (30, "idle")].map(|(id, label)| [int(id), text(label)]);
    assert_eq!(db.rows(labels)?, expected);
    Ok(())
}

fn one_shape_serves_other_values(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    for (title, expected) in [("Notes", &[1, 5][..]), ("Games", &[2]), ("none", &[])] {
        let titled = authors(&blog).filter(field(&blog.post, "title").is(Eq, title));
        finds(db, &blog.user, among(field(&blog.user, "id"), titled), expected);
    }
    Ok(())
}

fn subqueries_without_a_meaning_are_refused(db: &Db) -> Result<()> {
    let blog = filled(db)?;
    let id = || field(&blog.user, "id");
    let refused = |predicate: Expr, what: &str| {
        let error = refuses(db, &blog.user, predicate, ErrorKind::Query);
        assert!(error.to_string().contains(what), "{error}");
    };
    refused(among(id(), find(&blog.post)), "selects one");
    refused(
        among(id(), find(&blog.post).returning([field(&blog.post, "id"), field(&blog.post, "title")])),
        "selects one",
    );
    refused(among(id(), selecting(find(&blog.post), &blog.post, "title")), "types differ");
    refused(among(id(), selecting(own_posts(&blog), &blog.post, "id").limit(1)), "cannot name fields");
    let mut locking = own_posts(&blog);
    locking.lock = Some(Lock::Wait);
    refused(exists(locking), "locks no rows");
    for wrong in [
        find(&blog.user).returning([exists(own_posts(&blog))]),
        find(&blog.user).order(exists(own_posts(&blog)), Direction::Ascending),
    ] {
        let error = db.rows(wrong).expect_err("a subquery is selected or sorted by");
        assert_eq!(error.kind(), ErrorKind::Query, "{error}");
        assert!(error.to_string().contains("stands in the filter"), "{error}");
    }
    let error =
        db.change(find(&blog.user), &[("active", exists(own_posts(&blog)))]).expect_err("a subquery is set");
    assert!(error.to_string().contains("stands in the filter"), "{error}");
    Ok(())
}
