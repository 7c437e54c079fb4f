//! `case`: one of several values, by what holds of the row.

use ommi_core::query::{Case, Direction};

use crate::case::cases;
use crate::kit::*;

cases! {
    the_value_of_the_first_condition_that_holds,
    no_condition_gives_null_or_the_other_value,
    values_may_be_fields_and_computed,
    values_of_every_type,
    values_alone_have_a_type,
    choices_decide_about_rows,
    choices_put_rows_in_order_and_groups,
    choices_are_set,
    choices_of_choices,
    choices_over_joins,
    values_that_are_not_chosen_are_not_computed,
    one_shape_serves_values_of_one_kind,
    choices_without_a_meaning_are_refused,
}

fn case<const N: usize>(branches: [(Expr, Expr); N], otherwise: Option<Expr>) -> Expr {
    Case { branches: branches.into(), otherwise }.into()
}

fn size(user: &Arc<ModelDef>) -> Expr {
    let age = || field(user, "age");
    case([(age().is(Lt, 18), lit("minor")), (age().is(Lt, 50), lit("adult"))], Some(lit("other")))
}

fn the_value_of_the_first_condition_that_holds(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let found = db.values(find(&user).by("id").returning([size(&user)]))?;
    assert_eq!(found, ["adult", "minor", "other", "adult", "other"].map(text));
    Ok(())
}

fn no_condition_gives_null_or_the_other_value(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let active = || field(&user, "active");
    let made = [
        case([(active(), lit(1))], None),
        case([(active().negate(), lit(1))], Some(lit(NULL))),
        case([(lit(false), lit(1))], Some(lit(2))),
        case([(active().test(IsNull), lit(NULL))], Some(lit(3))),
    ];
    let found = db.rows(find(&user).by("id").limit(3).returning(made))?;
    let expected =
        [[int(1), NULL, int(2), int(3)], [NULL, int(1), int(2), int(3)], [NULL, NULL, int(2), NULL]];
    assert_eq!(found, expected);
    Ok(())
}

fn values_may_be_fields_and_computed(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let name = || field(&user, "name");
    let made = case(
        [(field(&user, "email").test(IsNull), name()), (field(&user, "active"), name().is(Add, "!"))],
        Some(lit("?")),
    );
    let found = db.values(find(&user).by("id").returning([made]))?;
    assert_eq!(found, ["Ada!", "?", "Cyd", "?", "Eve!"].map(text));
    Ok(())
}

fn values_of_every_type(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let values = [
        Value::Bool(true),
        int(i64::MIN),
        2.5.into(),
        text("ä"),
        bytes(b"\x00\xff"),
        dec("1.25"),
        uuid(7),
        moment("2026-11-22 10:00:00.000001"),
        instant("2026-11-22T10:00:00Z"),
        day("2026-11-22"),
        clock("10:00:00.000001"),
        micros(-5),
        json(r#"{"a":[1,null]}"#),
    ];
    for value in values {
        let made = || case([(field(&user, "active"), lit(value.clone()))], None);
        let found = db.values(find(&user).by("id").limit(2).returning([made()]));
        let found = found.map_err(|error| error.with_field(value.kind_name()))?;
        assert_eq!(found, [value.clone(), NULL]);
        finds(db, &user, made().is(Eq, value.clone()), &[1, 5]);
    }
    Ok(())
}

fn values_alone_have_a_type(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let active = || field(&user, "active");
    let made = [
        case([(active(), lit(1))], Some(lit(0.5))),
        case([(active(), lit(dec("2.5")))], Some(lit(0))),
        case([(active(), lit(NULL))], Some(lit(7))).is(Add, 1),
    ];
    let found = db.rows(find(&user).by("id").limit(2).returning(made))?;
    assert_eq!(found, [[1.0.into(), dec("2.5"), NULL], [0.5.into(), dec("0"), int(8)]]);
    Ok(())
}

fn choices_decide_about_rows(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, size(&user).is(Eq, "adult"), &[1, 4]);
    finds(db, &user, size(&user).is(StartsWith, "o").negate(), &[1, 2, 4]);
    finds(db, &user, size(&user).among(In, ["minor", "other"]), &[2, 3, 5]);
    let truth = || case([(field(&user, "age").is(Gt, 40), lit(true))], Some(field(&user, "active")));
    finds(db, &user, truth(), &[1, 5]);
    finds(db, &user, truth().negate(), &[2, 4]);
    finds(db, &user, truth().test(IsNull), &[3]);
    Ok(())
}

fn choices_put_rows_in_order_and_groups(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let rank = || case([(field(&user, "name").is(Eq, "Cyd"), lit(0))], Some(lit(1)));
    assert_eq!(db.ids(find(&user).order(rank(), Direction::Ascending).by("id"))?, [3, 1, 2, 4, 5]);
    let mut query = find(&user).order(rows(), Direction::Descending).order(size(&user), Direction::Ascending);
    query.group(size(&user));
    let found = db.rows(query.returning([size(&user), rows()]))?;
    assert_eq!(
        found,
        [("adult", 2), ("other", 2), ("minor", 1)].map(|(name, count)| [text(name), int(count)])
    );
    Ok(())
}

fn choices_are_set(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let older = case([(field(&user, "age").test(IsNull), lit(1))], Some(field(&user, "age").is(Add, 1)));
    assert_eq!(db.change(find(&user), &[("age", older), ("name", size(&user))])?, 5);
    let found = db.rows(find(&user).by("id").select(&["age", "name"]))?;
    let ages = [37, 18, 1, 37, 61];
    let names = ["adult", "minor", "other", "adult", "other"];
    let expected: Vec<Row> = ages.iter().zip(names).map(|(age, name)| vec![int(*age), text(name)]).collect();
    assert_eq!(found, expected);
    Ok(())
}

fn choices_of_choices(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let inner = case([(field(&user, "active"), lit("on"))], Some(lit("off")));
    let outer = case([(size(&user).is(Eq, "adult"), inner)], Some(size(&user)));
    let found = db.values(find(&user).by("id").returning([outer]))?;
    assert_eq!(found, ["on", "minor", "other", "off", "other"].map(text));
    Ok(())
}

fn choices_over_joins(db: &Db) -> Result<()> {
    let blog = models::blog();
    blog.fill(db)?;
    let score = field(&blog.post, "score");
    let named = case([(score.clone().test(IsNull), lit("none"))], Some(field(&blog.user, "name")));
    let query = find(&blog.post).filter(field(&blog.user, "id").is(Gt, 0)).by("id");
    let found = db.rows(query.clone().returning([field(&blog.user, "name"), score, named]))?;
    assert!(!found.is_empty());
    for row in found {
        let expected = if row[1].is_null() { text("none") } else { row[0].clone() };
        assert_eq!(row[2], expected);
    }
    Ok(())
}

fn values_that_are_not_chosen_are_not_computed(db: &Db) -> Result<()> {
    let sample = stored(db, "int", &[int(1), int(i64::MAX)])?;
    let number = || field(&sample, "int");
    let safe = case([(number().is(Lt, 100), number().is(Add, 1))], Some(number()));
    assert_eq!(db.values(find(&sample).by("id").returning([safe]))?, [int(2), int(i64::MAX)]);
    Ok(())
}

fn one_shape_serves_values_of_one_kind(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let made = |yes: Value, no: Value| {
        let choice = case([(field(&user, "active"), lit(yes))], Some(lit(no)));
        db.values(find(&user).by("id").limit(2).returning([choice]))
    };
    assert_eq!(made(int(1), int(0))?, [int(1), int(0)]);
    assert_eq!(made(int(5), int(6))?, [int(5), int(6)]);
    assert_eq!(made(text("y"), text("n"))?, [text("y"), text("n")]);
    assert_eq!(made(1.5.into(), int(0))?, [1.5.into(), 0.0.into()]);
    assert_eq!(made(NULL, int(4))?, [NULL, int(4)]);
    Ok(())
}

fn choices_without_a_meaning_are_refused(db: &Db) -> Result<()> {
    let user = models::user();
    let active = || field(&user, "active");
    let wrong = [
        case([], Some(lit(1))).is(Eq, 1),
        case([(active(), lit(NULL))], None).test(IsNull),
        case([(active(), lit(1))], Some(lit("a"))).test(IsNull),
        case([(active(), field(&user, "name"))], Some(field(&user, "age"))).test(IsNull),
        case([(field(&user, "age"), lit(1))], None).test(IsNull),
        case([(active(), lit(1))], None),
        case([(active(), Expr::List(vec![int(1)]))], None).test(IsNull),
    ];
    for expr in wrong {
        refuses(db, &user, expr, ErrorKind::Query);
    }
    let mistyped = case([(active(), field(&user, "name"))], Some(lit(1))).test(IsNull);
    refuses(db, &user, mistyped, ErrorKind::Validation);
    Ok(())
}
