//! Rows put together: groups, which of them count, their order and pages.

use ommi_core::query::{Direction, Lock, Projection};

use crate::case::cases;
use crate::kit::*;

cases! {
    rows_are_put_together_by_a_field,
    nulls_are_one_group,
    groups_by_several_fields,
    groups_by_computed_values,
    a_group_by_a_computed_value_is_known_by_its_values,
    groups_without_rows_are_none,
    only_some_groups_count,
    all_rows_count_as_one_group_or_not,
    groups_are_sorted_by_keys_and_aggregates,
    pages_of_groups,
    groups_are_counted_and_looked_for,
    keys_need_not_be_returned,
    equal_keys_of_every_type_are_one_group,
    groups_over_joins_count_what_is_joined,
    groups_with_a_condition_on_others_count_each_row_once,
    groups_in_a_transaction,
    groups_are_refused_where_they_mean_nothing,
    what_is_not_grouped_is_refused,
    a_shape_of_groups_serves_other_values,
}

fn ages(db: &Db) -> Result<Arc<ModelDef>> {
    models::people(db)
}

fn rows_are_put_together_by_a_field(db: &Db) -> Result<()> {
    let user = ages(db)?;
    let query = find(&user).by_group(&["age"]).by("age");
    let found =
        db.rows(query.returning([field(&user, "age"), rows(), made(Function::Max, &user, "name")]))?;
    let expected = [
        [NULL, int(1), text("Cyd")],
        [int(17), int(1), text("bob")],
        [int(36), int(2), text("Dan")],
        [int(60), int(1), text("Eve")],
    ];
    assert_eq!(found, expected);
    Ok(())
}

fn nulls_are_one_group(db: &Db) -> Result<()> {
    let sample = stored(db, "int", &[NULL, int(1), NULL, NULL])?;
    let found = find(&sample).by_group(&["int"]).by("int").returning([field(&sample, "int"), rows()]);
    assert_eq!(db.rows(found)?, [[NULL, int(3)], [int(1), int(1)]]);
    Ok(())
}

fn groups_by_several_fields(db: &Db) -> Result<()> {
    let pairs = [[int(1), int(1)], [int(1), int(2)], [int(1), int(1)], [NULL, int(1)], [NULL, NULL]];
    let sample = stored_pairs(db, ["int", "other_int"], &pairs)?;
    let found = find(&sample).by_group(&["int", "other_int"]).by("other_int").by("int");
    let found = db.rows(found.returning([rows(), field(&sample, "other_int"), field(&sample, "int")]))?;
    let expected =
        [[int(1), NULL, NULL], [int(1), int(1), NULL], [int(2), int(1), int(1)], [int(1), int(2), int(1)]];
    assert_eq!(found, expected);
    Ok(())
}

fn groups_by_computed_values(db: &Db) -> Result<()> {
    let user = ages(db)?;
    let decade = || field(&user, "age").is(Div, 10).is(Mul, 10);
    let mut query = find(&user).order(decade(), Direction::Ascending);
    query.group(decade());
    let found = db.rows(query.returning([decade(), rows(), decade().is(Add, 9)]))?;
    let expected = [
        [NULL, int(1), NULL],
        [int(10), int(1), int(19)],
        [int(30), int(2), int(39)],
        [int(60), int(1), int(69)],
    ];
    assert_eq!(found, expected);
    let mut query = find(&user).order(decade(), Direction::Ascending).which(decade().is(Gt, 10));
    query.group(decade());
    assert_eq!(db.values(query.returning([decade()]))?, [int(30), int(60)]);
    // A predicate is a value too.
    let grown_up = || field(&user, "age").is(Ge, 18);
    let mut query =
        find(&user).order(rows(), Direction::Descending).filter(field(&user, "age").test(IsNotNull));
    query.group(grown_up());
    assert_eq!(
        db.rows(query.returning([grown_up(), rows()]))?,
        [[true.into(), int(3)], [false.into(), int(1)]]
    );
    Ok(())
}

fn a_group_by_a_computed_value_is_known_by_its_values(db: &Db) -> Result<()> {
    let user = ages(db)?;
    let by = |step: i64| field(&user, "age").is(Div, step);
    let mut query = find(&user);
    query.group(by(10));
    assert_eq!(db.rows(query.clone().returning([by(10), rows()]))?.len(), 4);
    // Another value makes another expression, of the same structure.
    let error = refused(db.rows(query.returning([by(20), rows()])), ErrorKind::Query);
    assert_eq!((error.model(), error.field()), (Some("User"), Some("age")));
    Ok(())
}

fn groups_without_rows_are_none(db: &Db) -> Result<()> {
    let user = models::user();
    assert_eq!(db.rows(find(&user).by_group(&["age"]).returning([rows()]))?, [] as [Row; 0]);
    assert_eq!(db.rows(find(&user).returning([rows()]))?, [[int(0)]]);
    Ok(())
}

fn only_some_groups_count(db: &Db) -> Result<()> {
    let user = ages(db)?;
    let ages = || find(&user).by_group(&["age"]).by("age");
    let having = |condition: Expr| db.values(ages().which(condition).returning([field(&user, "age")]));
    assert_eq!(having(rows().is(Gt, 1))?, [int(36)]);
    assert_eq!(having(made(Function::Min, &user, "name").is(Ge, "E"))?, [int(17), int(60)]);
    assert_eq!(having(field(&user, "age").is(Lt, 40).and(rows().is(Eq, 1)))?, [int(17)]);
    assert_eq!(having(rows().is(Gt, 1).or(field(&user, "age").test(IsNull)))?, [NULL, int(36)]);
    assert_eq!(having(made(Function::Count, &user, "email").is(Eq, 0).negate())?, [17, 36, 60].map(int));
    assert_eq!(having(rows().among(In, [2, 3]))?, [int(36)]);
    assert_eq!(having(made(Function::Avg, &user, "age").between(20, 40))?, [int(36)]);
    // What is unknown does not hold.
    assert_eq!(having(made(Function::Max, &user, "age").is(Gt, 0).negate())?, [] as [Value; 0]);
    let twice = ages().which(rows().is(Ge, 1)).which(rows().is(Lt, 2)).returning([field(&user, "age")]);
    assert_eq!(db.values(twice)?, [NULL, int(17), int(60)]);
    Ok(())
}

fn all_rows_count_as_one_group_or_not(db: &Db) -> Result<()> {
    let user = ages(db)?;
    let all = |least: i64| find(&user).which(rows().is(Ge, least)).returning([rows()]);
    assert_eq!(db.rows(all(5))?, [[int(5)]]);
    assert_eq!(db.rows(all(6))?, [] as [Row; 0]);
    assert_eq!((db.count(all(5))?, db.count(all(6))?), (1, 0));
    assert_eq!((db.exists(all(5))?, db.exists(all(6))?), (true, false));
    let nothing = find(&user).filter(field(&user, "age").is(Gt, 99)).returning([rows()]);
    assert_eq!((db.count(nothing.clone())?, db.exists(nothing.clone())?), (1, true));
    assert_eq!(db.rows(nothing.clone().limit(0))?, [] as [Row; 0]);
    assert_eq!(db.rows(nothing.offset(1))?, [] as [Row; 0]);
    Ok(())
}

fn groups_are_sorted_by_keys_and_aggregates(db: &Db) -> Result<()> {
    let user = ages(db)?;
    let query = || find(&user).by_group(&["age"]).returning([field(&user, "age")]);
    let sorted = |by: Expr, direction| db.values(query().order(by, direction).by("age"));
    assert_eq!(sorted(rows(), Direction::Descending)?, [int(36), NULL, int(17), int(60)]);
    assert_eq!(
        sorted(made(Function::Max, &user, "name"), Direction::Ascending)?,
        [NULL, int(36), int(60), int(17)]
    );
    assert_eq!(
        sorted(made(Function::Sum, &user, "age"), Direction::Descending)?,
        [36, 60, 17].map(int).into_iter().chain([NULL]).collect::<Vec<_>>()
    );
    assert_eq!(sorted(rows().is(Mul, -1), Direction::Ascending)?, [int(36), NULL, int(17), int(60)]);
    Ok(())
}

fn pages_of_groups(db: &Db) -> Result<()> {
    let user = ages(db)?;
    let ages = || find(&user).by_group(&["age"]).by("age").returning([field(&user, "age"), rows()]);
    assert_eq!(db.values(ages().limit(2))?, [NULL, int(17)]);
    assert_eq!(db.values(ages().limit(2).offset(2))?, [int(36), int(60)]);
    assert_eq!(db.values(ages().offset(3))?, [int(60)]);
    assert_eq!(db.values(ages().limit(0))?, [] as [Value; 0]);
    Ok(())
}

fn groups_are_counted_and_looked_for(db: &Db) -> Result<()> {
    let user = ages(db)?;
    let ages = || find(&user).by_group(&["age"]).returning([field(&user, "age"), rows()]);
    assert_eq!(db.count(ages())?, 4);
    assert_eq!(db.count(ages().which(rows().is(Gt, 1)))?, 1);
    assert_eq!(db.count(ages().by("age").limit(3).offset(2))?, 2);
    assert!(db.exists(ages().which(rows().is(Gt, 1)))?);
    assert!(!db.exists(ages().which(rows().is(Gt, 2)))?);
    Ok(())
}

fn keys_need_not_be_returned(db: &Db) -> Result<()> {
    let user = ages(db)?;
    let mut counts = db.values(find(&user).by_group(&["age"]).returning([rows()]))?;
    counts.sort_by_key(|count| format!("{count:?}"));
    assert_eq!(counts, [1, 1, 1, 2].map(int));
    let active = find(&user).by_group(&["active"]).by("active");
    assert_eq!(db.values(active.returning([field(&user, "active")]))?, [NULL, false.into(), true.into()]);
    Ok(())
}

fn equal_keys_of_every_type_are_one_group(db: &Db) -> Result<()> {
    let pairs = [
        ("bool", true.into(), false.into()),
        ("int", int(1), int(2)),
        ("float", 0.0.into(), 1.5.into()),
        ("text", text("a"), text("A")),
        ("bytes", bytes(b"\0a"), bytes(b"a")),
        ("decimal", dec("1.10"), dec("1.11")),
        ("uuid", uuid(1), uuid(2)),
        ("datetime", moment("2026-01-01T12:30:00"), instant("2026-01-01T12:30:00Z")),
        ("naive", moment("2026-01-01T12:30:00"), moment("2026-01-01T12:30:00.000001")),
        ("timestamp", instant("2026-01-01T12:30:00Z"), instant("2026-01-01T12:30:00+01:00")),
        ("date", day("2026-01-01"), day("2026-01-02")),
        ("time", clock("12:30:00"), clock("12:30:00.000001")),
        ("duration", micros(1), micros(-1)),
    ];
    for (name, twice, once) in pairs {
        let sample = stored(db, name, &[twice.clone(), once.clone(), twice.clone()])?;
        let query = find(&sample).by_group(&[name]).order(rows(), Direction::Ascending);
        let found = db.rows(query.returning([field(&sample, name), rows()]))?;
        assert_eq!(found, [[once, int(1)], [twice, int(2)]], "{name}");
    }
    Ok(())
}

fn groups_over_joins_count_what_is_joined(db: &Db) -> Result<()> {
    let blog = models::blog();
    blog.fill(db)?;
    let query = find(&blog.user).by_group(&["name"]).by("name");
    let scores = query.returning([
        field(&blog.user, "name"),
        made(Function::Count, &blog.post, "id"),
        made(Function::Sum, &blog.post, "score"),
    ]);
    let expected =
        [[text("Ada"), int(2), int(5)], [text("Eve"), int(1), int(9)], [text("bob"), int(1), int(2)]];
    assert_eq!(db.rows(scores)?, expected);
    // The other way: by a field of another model.
    let mut query = find(&blog.post).order(field(&blog.user, "name"), Direction::Descending);
    query.group(field(&blog.user, "name"));
    let found = db.rows(query.returning([field(&blog.user, "name"), rows()]))?;
    assert_eq!(found, [[text("bob"), int(1)], [text("Eve"), int(1)], [text("Ada"), int(2)]]);
    Ok(())
}

fn groups_with_a_condition_on_others_count_each_row_once(db: &Db) -> Result<()> {
    let blog = models::blog();
    blog.fill(db)?;
    // Ada has two posts, and is one user.
    let authors = find(&blog.user).filter(field(&blog.post, "title").test(IsNotNull));
    assert_eq!(db.rows(authors.clone().returning([rows()]))?, [[int(3)]]);
    let by_age = authors.by_group(&["age"]).by("age").returning([field(&blog.user, "age"), rows()]);
    assert_eq!(db.rows(by_age)?, [[int(17), int(1)], [int(36), int(1)], [int(60), int(1)]]);
    Ok(())
}

fn groups_in_a_transaction(db: &Db) -> Result<()> {
    let user = ages(db)?;
    let tx = db.begin()?;
    let session = tx.session();
    session.add(&user, &[("name", text("Fay")), ("age", int(60))])?;
    let old = find(&user).by_group(&["age"]).which(field(&user, "age").is(Eq, 60));
    assert_eq!(session.rows(old.returning([rows()]))?, [[int(2)]]);
    assert_eq!(session.rows(find(&user).returning([rows()]))?, [[int(6)]]);
    now(tx.rollback())
}

fn groups_are_refused_where_they_mean_nothing(db: &Db) -> Result<()> {
    let user = models::user();
    let groups = || find(&user).by_group(&["age"]);
    refused(db.unsent(|| db.rows(groups())), ErrorKind::Query);
    refused(db.unsent(|| db.remove(groups())), ErrorKind::Query);
    refused(db.unsent(|| db.change(groups(), &[("age", lit(1))])), ErrorKind::Query);
    refused(db.unsent(|| db.rows(groups().returning([rows()]).distinct())), ErrorKind::Query);
    let locked = Query { lock: Some(Lock::Wait), ..groups().returning([rows()]) };
    refused(db.unsent(|| db.rows(locked)), ErrorKind::Query);
    let sample = models::sample();
    for name in ["json", "ints"] {
        let error = refused(
            db.unsent(|| db.rows(find(&sample).by_group(&[name]).returning([rows()]))),
            ErrorKind::Query,
        );
        assert_eq!((error.model(), error.field()), (Some("Sample"), Some(name)));
    }
    let mut by_value = find(&user).returning([rows()]);
    by_value.group(lit(1));
    refused(db.unsent(|| db.rows(by_value)), ErrorKind::Query);
    let mut by_aggregate = find(&user).returning([rows()]);
    by_aggregate.group(rows());
    refused(db.unsent(|| db.rows(by_aggregate)), ErrorKind::Query);
    Ok(())
}

fn what_is_not_grouped_is_refused(db: &Db) -> Result<()> {
    let user = models::user();
    let groups = || find(&user).by_group(&["age"]);
    let name = || field(&user, "name");
    let error = refused(db.unsent(|| db.rows(groups().returning([name()]))), ErrorKind::Query);
    assert_eq!((error.model(), error.field()), (Some("User"), Some("name")));
    refused(db.unsent(|| db.rows(groups().returning([rows()]).by("name"))), ErrorKind::Query);
    refused(db.unsent(|| db.rows(groups().returning([rows()]).which(name().is(Eq, "a")))), ErrorKind::Query);
    Ok(())
}

fn a_shape_of_groups_serves_other_values(db: &Db) -> Result<()> {
    let user = ages(db)?;
    let shifted = |by: i64, least: i64| {
        let moved = field(&user, "age").is(Add, by);
        let mut query = find(&user).filter(field(&user, "age").test(IsNotNull));
        query.order = vec![ommi_core::query::Order::new(moved.clone(), Direction::Ascending)];
        query.group(moved.clone());
        query.having(rows().is(Ge, least));
        query.projection = Projection::Values(vec![
            moved,
            Aggregate::of(Function::Sum, field(&user, "age").is(Mul, by)).into(),
        ]);
        db.rows(query)
    };
    assert_eq!(shifted(1, 2)?, [[int(37), int(72)]]);
    assert_eq!(shifted(2, 1)?, [[int(19), int(34)], [int(38), int(144)], [int(62), int(120)]]);
    assert_eq!(shifted(3, 2)?, [[int(39), int(216)]]);
    Ok(())
}
