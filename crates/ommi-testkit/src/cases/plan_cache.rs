//! Statements are made once for each shape, and never serve another one.

use crate::case::cases;
use crate::kit::*;

cases! {
    one_shape_is_compiled_once,
    writes_are_compiled_once,
    inserts_of_any_number_of_rows_are_compiled_once,
    null_is_another_shape_than_a_value,
    an_empty_list_is_another_shape,
    a_limit_is_another_shape_than_none,
    operators_do_not_collide,
    fields_do_not_collide,
    models_of_one_name_do_not_collide,
    constants_do_not_collide,
    groups_do_not_collide,
    directions_and_projections_do_not_collide,
    assignments_do_not_collide,
    operations_do_not_collide,
    the_cache_is_bounded,
    a_small_cache_works,
    handles_do_not_share_what_they_know,
}

/// How many statements `work` compiles.
fn compiled<T>(db: &Db, work: impl FnOnce() -> Result<T>) -> Result<usize> {
    let before = db.watch().compiled();
    work()?;
    Ok(db.watch().compiled() - before)
}

/// Runs queries twice over, in both directions, so that each one meets the statements of all others.
#[track_caller]
fn all_differ(db: &Db, queries: &[(Query, &[i64])]) -> Result<()> {
    for (query, expected) in queries.iter().chain(queries.iter().rev()) {
        let shown = query.filter.as_ref().map(crate::expr::show);
        assert_eq!(db.ids(query.clone())?, *expected, "{shown:?}");
    }
    Ok(())
}

fn one_shape_is_compiled_once(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let by_name = |name: String, age: i64| {
        find(&user).filter(field(&user, "name").is(Eq, name).and(field(&user, "age").is(Gt, age)))
    };
    let count = compiled(db, || {
        for number in 0..100 {
            db.rows(by_name(number.to_string(), number))?;
        }
        Ok(())
    })?;
    assert_eq!(count, 1);
    assert_eq!(compiled(db, || db.rows(by_name("a".into(), 1).limit(3)))?, 1);
    assert_eq!(compiled(db, || db.rows(by_name("b".into(), 2).limit(9)))?, 0);
    Ok(())
}

fn writes_are_compiled_once(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let one = |id: i64| find(&user).filter(field(&user, "id").is(Eq, id));
    let update = |id: i64| db.change(one(id), &[("age", lit(id))]);
    assert_eq!(compiled(db, || (0..50).try_for_each(|id| update(id).map(drop)))?, 1);
    assert_eq!(compiled(db, || (0..50).try_for_each(|id| db.remove(one(id)).map(drop)))?, 1);
    Ok(())
}

fn inserts_of_any_number_of_rows_are_compiled_once(db: &Db) -> Result<()> {
    let user = models::user();
    let count = compiled(db, || {
        for rows in [1_usize, 2, 50, 3] {
            db.add_all(&user, &["name"], &vec![vec![text("x")]; rows])?;
        }
        Ok(())
    })?;
    assert_eq!(count, 1);
    Ok(())
}

fn null_is_another_shape_than_a_value(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let by_age = |value: Value| find(&user).filter(field(&user, "age").is(Eq, value)).by("id");
    let not_age = |value: Value| find(&user).filter(field(&user, "age").is(Ne, value)).by("id");
    all_differ(
        db,
        &[
            (by_age(int(17)), &[2]),
            (by_age(NULL), &[3]),
            (not_age(int(17)), &[1, 4, 5]),
            (not_age(NULL), &[1, 2, 4, 5]),
            (find(&user).filter(field(&user, "age").is(Lt, NULL)).by("id"), &[]),
            (find(&user).filter(field(&user, "age").is(Lt, 20)).by("id"), &[2]),
        ],
    )
}

fn an_empty_list_is_another_shape(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let among = |operator, list: &[i64]| {
        find(&user).filter(field(&user, "age").among(operator, list.to_vec())).by("id")
    };
    all_differ(
        db,
        &[
            (among(In, &[17]), &[2]),
            (among(In, &[]), &[]),
            (among(NotIn, &[17]), &[1, 4, 5]),
            (among(NotIn, &[]), &[1, 2, 3, 4, 5]),
            (among(In, &[17, 60]), &[2, 5]),
        ],
    )
}

fn a_limit_is_another_shape_than_none(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let all = || find(&user).by("id");
    all_differ(
        db,
        &[
            (all(), &[1, 2, 3, 4, 5]),
            (all().limit(2), &[1, 2]),
            (all().offset(2), &[3, 4, 5]),
            (all().limit(2).offset(2), &[3, 4]),
            (all().limit(0), &[]),
        ],
    )
}

fn operators_do_not_collide(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let by = |operator| find(&user).filter(field(&user, "age").is(operator, 36)).by("id");
    let name = |operator| find(&user).filter(field(&user, "name").is(operator, "A%")).by("id");
    all_differ(
        db,
        &[
            (by(Eq), &[1, 4]),
            (by(Ne), &[2, 5]),
            (by(Lt), &[2]),
            (by(Le), &[1, 2, 4]),
            (by(Gt), &[5]),
            (by(Ge), &[1, 4, 5]),
            (name(Like), &[1]),
            (name(Contains), &[]),
            (name(NotContains), &[1, 2, 3, 4, 5]),
            (name(ILike), &[1]),
            (name(Regex), &[]),
        ],
    )
}

fn fields_do_not_collide(db: &Db) -> Result<()> {
    let rows = [[int(1), int(2)], [int(2), int(1)]];
    let sample = stored_pairs(db, ["int", "other_int"], &rows)?;
    all_differ(
        db,
        &[
            (find(&sample).filter(field(&sample, "int").is(Eq, 1)), &[1]),
            (find(&sample).filter(field(&sample, "other_int").is(Eq, 1)), &[2]),
            (find(&sample).by("int"), &[1, 2]),
            (find(&sample).by("other_int"), &[2, 1]),
            (find(&sample).select(&["int"]).by("id"), &[1, 2]),
            (find(&sample).select(&["other_int"]).by("id"), &[2, 1]),
        ],
    )
}

fn models_of_one_name_do_not_collide(db: &Db) -> Result<()> {
    let twin = |table: &str| {
        models::built(
            ModelDef::builder("Twin")
                .table(table)
                .field(models::id())
                .field(FieldDef::new("value", FieldType::Int)),
        )
    };
    let (left, right) = (twin("left twins"), twin("right twins"));
    db.add(&left, &[("value", int(1))])?;
    db.add_all(&right, &["value"], &[vec![int(1)], vec![int(1)]])?;
    let of = |model: &Arc<ModelDef>| find(model).filter(field(model, "value").is(Eq, 1)).by("id");
    all_differ(db, &[(of(&left), &[1]), (of(&right), &[1, 2])])
}

fn constants_do_not_collide(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let active = |value: bool| find(&user).filter(field(&user, "active").is(Eq, value)).by("id");
    all_differ(
        db,
        &[
            (find(&user).filter(lit(true)).by("id"), &[1, 2, 3, 4, 5]),
            (find(&user).filter(lit(false)).by("id"), &[]),
            (active(true), &[1, 5]),
            (active(false), &[2, 4]),
        ],
    )
}

fn groups_do_not_collide(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let (ada, bob, adult) = (
        || field(&user, "name").is(Eq, "Ada"),
        || field(&user, "name").is(Eq, "bob"),
        || field(&user, "age").is(Ge, 18),
    );
    let query = |filter: Expr| find(&user).filter(filter).by("id");
    all_differ(
        db,
        &[
            (query(Expr::Or(vec![ada(), Expr::And(vec![bob(), adult()])])), &[1]),
            (query(Expr::And(vec![Expr::Or(vec![ada(), bob()]), adult()])), &[1]),
            (query(Expr::Or(vec![ada(), bob(), adult()])), &[1, 2, 4, 5]),
            (query(Expr::And(vec![ada(), bob(), adult()])), &[]),
            (query(Expr::Or(vec![Expr::And(vec![ada(), bob()]), adult()])), &[1, 4, 5]),
            (query(Expr::And(vec![ada().negate(), adult()])), &[4, 5]),
            (query(Expr::And(vec![ada(), adult()]).negate()), &[2, 3, 4, 5]),
        ],
    )
}

fn directions_and_projections_do_not_collide(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    all_differ(
        db,
        &[
            (find(&user).by("name"), &[1, 3, 4, 5, 2]),
            (find(&user).by_desc("name"), &[2, 5, 4, 3, 1]),
            (find(&user).by("age").by("name"), &[3, 2, 1, 4, 5]),
            (find(&user).by("name").by("age"), &[1, 3, 4, 5, 2]),
            (find(&user).select(&["id"]).by("name"), &[1, 3, 4, 5, 2]),
            (find(&user).select(&["id", "name"]).by_desc("name"), &[2, 5, 4, 3, 1]),
            (find(&user).select(&["id"]).distinct().by("id"), &[1, 2, 3, 4, 5]),
        ],
    )
}

fn assignments_do_not_collide(db: &Db) -> Result<()> {
    let sample = stored_pairs(db, ["int", "other_int"], &[[int(10), int(20)]])?;
    let row = || db.rows(find(&sample).select(&["int", "other_int"]));
    db.change(find(&sample), &[("int", lit(1)), ("other_int", lit(2))])?;
    assert_eq!(row()?, [[int(1), int(2)]]);
    db.change(find(&sample), &[("other_int", lit(1)), ("int", lit(2))])?;
    assert_eq!(row()?, [[int(2), int(1)]]);
    db.change(find(&sample), &[("int", field(&sample, "other_int"))])?;
    assert_eq!(row()?, [[int(1), int(1)]]);
    db.change(find(&sample), &[("int", field(&sample, "other_int").is(Add, 5))])?;
    db.change(find(&sample), &[("int", field(&sample, "int").is(Add, 5))])?;
    assert_eq!(row()?, [[int(11), int(1)]]);
    Ok(())
}

fn operations_do_not_collide(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let adults = || find(&user).filter(field(&user, "age").is(Ge, 18));
    for _ in 0..2 {
        assert_eq!(db.count(adults())?, 3);
        assert!(db.exists(adults())?);
        assert_eq!(db.ids(adults().by("id"))?, [1, 4, 5]);
        assert_eq!(db.change(adults(), &[("active", lit(true))])?, 3);
    }
    assert_eq!(db.remove(adults())?, 3);
    assert_eq!(db.count(adults())?, 0);
    Ok(())
}

fn the_cache_is_bounded(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let handle = db.other(HandleOptions { plan_cache_size: 64, ..HandleOptions::default() });
    for shape in 0..1000_u32 {
        // As many operators as the number has bits make a shape of its own.
        let conditions = (0..10)
            .map(|bit| field(&user, "age").is(if shape >> bit & 1 == 1 { Gt } else { Ge }, 18))
            .collect();
        let found = handle.session().count(find(&user).filter(Expr::And(conditions)))?;
        assert_eq!(found, 3);
    }
    assert!(handle.cached_plans() <= 128, "{} plans are kept", handle.cached_plans());
    Ok(())
}

fn a_small_cache_works(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    for plan_cache_size in [0, 1, 2] {
        let handle = db.other(HandleOptions { plan_cache_size, ..HandleOptions::default() });
        for _ in 0..3 {
            assert_eq!(handle.session().count(find(&user))?, 5);
            assert_eq!(handle.session().ids(find(&user).by("id").limit(1))?, [1]);
            assert!(handle.session().exists(find(&user))?);
        }
    }
    Ok(())
}

fn handles_do_not_share_what_they_know(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let other = db.explicit();
    assert!(!other.is_ready(&user));
    assert_eq!(compiled(db, || other.session().count(find(&user)))?, 1);
    assert_eq!(compiled(db, || other.session().count(find(&user)))?, 0);
    Ok(())
}
