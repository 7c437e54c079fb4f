//! `in` and `not_in`.

use crate::case::cases;
use crate::kit::*;

cases! {
    in_finds_each_value,
    not_in_finds_what_is_outside_but_null,
    nothing_is_in_the_empty_list,
    everything_is_outside_the_empty_list,
    null_in_a_list_matches_nothing,
    with_null_in_the_list_nothing_is_outside,
    a_list_of_nulls_alone,
    values_may_repeat,
    one_value_is_a_list_too,
    lists_of_every_length_share_a_statement,
    a_hundred_thousand_values_of_integers,
    a_hundred_thousand_values_of_text,
    a_hundred_thousand_values_outside,
    hundreds_of_values_of_any_length,
    lists_in_combination,
    a_list_may_not_stand_elsewhere,
    a_wrong_value_in_a_list_is_refused,
}

fn hundreds_of_values_of_any_length(db: &Db) -> Result<()> {
    for length in [3, 16, 17, 64, 200, 201, 5000] {
        let wide = |number: usize| Value::from(format!("{number:>length$}ä", length = length - 1));
        let sample = stored(db, "text", &[wide(7), wide(700), wide(8)])?;
        let many = || (0..300).map(wide).chain([NULL]);
        finds(db, &sample, field(&sample, "text").among(In, many()), &[1, 3]);
        finds(db, &sample, field(&sample, "text").among(NotIn, (0..300).map(wide)), &[2]);
        let raw = |number: usize| bytes(format!("{number:>length$}").as_bytes());
        let sample = stored(db, "bytes", &[raw(7), raw(700), raw(8)])?;
        finds(db, &sample, field(&sample, "bytes").among(In, (0..300).map(raw)), &[1, 3]);
    }
    let sample = stored(db, "uuid", &[7, 700, 8].map(uuid))?;
    finds(db, &sample, field(&sample, "uuid").among(In, (0..300).map(uuid)), &[1, 3]);
    let minute =
        |minute: usize| instant(&format!("2026-01-01T{:02}:{:02}:00.000001Z", minute / 60, minute % 60));
    let sample = stored(db, "datetime", &[minute(7), minute(700), minute(8)])?;
    finds(db, &sample, field(&sample, "datetime").among(In, (0..300).map(minute)), &[1, 3]);
    Ok(())
}

fn in_finds_each_value(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, field(&user, "name").among(In, ["Ada", "Eve", "nobody"]), &[1, 5]);
    finds(db, &user, field(&user, "age").among(In, [17, 36]), &[1, 2, 4]);
    Ok(())
}

fn not_in_finds_what_is_outside_but_null(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, field(&user, "age").among(NotIn, [17, 60]), &[1, 4]);
    finds(db, &user, field(&user, "age").among(In, [17, 60]).negate(), &[1, 4]);
    Ok(())
}

fn nothing_is_in_the_empty_list(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, field(&user, "age").among::<i64>(In, []), &[]);
    finds(db, &user, field(&user, "age").among::<i64>(In, []).negate(), &[1, 2, 3, 4, 5]);
    assert_eq!(db.count(find(&user).filter(field(&user, "age").among::<i64>(In, [])))?, 0);
    assert!(!db.exists(find(&user).filter(field(&user, "age").among::<i64>(In, [])))?);
    assert_eq!(db.remove(find(&user).filter(field(&user, "age").among::<i64>(In, [])))?, 0);
    Ok(())
}

fn everything_is_outside_the_empty_list(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, field(&user, "age").among::<i64>(NotIn, []), &[1, 2, 3, 4, 5]);
    finds(db, &user, field(&user, "age").among::<i64>(NotIn, []).and(field(&user, "name").is(Lt, "C")), &[1]);
    Ok(())
}

fn null_in_a_list_matches_nothing(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, field(&user, "age").among(In, [NULL, int(17)]), &[2]);
    finds(db, &user, field(&user, "age").among(In, [NULL, int(17)]).negate(), &[]);
    Ok(())
}

fn with_null_in_the_list_nothing_is_outside(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, field(&user, "age").among(NotIn, [int(17), NULL]), &[]);
    finds(db, &user, field(&user, "age").among(NotIn, [int(17), NULL]).negate(), &[2]);
    Ok(())
}

fn a_list_of_nulls_alone(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    for operator in [In, NotIn] {
        finds(db, &user, field(&user, "age").among(operator, [NULL]), &[]);
        finds(db, &user, field(&user, "age").among(operator, [NULL, NULL]).negate(), &[]);
    }
    Ok(())
}

fn values_may_repeat(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, field(&user, "age").among(In, [36, 36, 36]), &[1, 4]);
    Ok(())
}

fn one_value_is_a_list_too(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, field(&user, "name").among(In, ["bob"]), &[2]);
    finds(db, &user, field(&user, "name").among(NotIn, ["bob"]), &[1, 3, 4, 5]);
    Ok(())
}

fn lists_of_every_length_share_a_statement(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    db.ids(find(&user).filter(field(&user, "id").among(In, [1])))?;
    let compiled = db.watch().compiled();
    for length in 2..40 {
        let found = db.ids(find(&user).filter(field(&user, "id").among(In, 1..=length)))?;
        assert_eq!(found.len(), length.min(5) as usize);
    }
    assert_eq!(db.watch().compiled(), compiled);
    Ok(())
}

fn a_hundred_thousand_values_of_integers(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, field(&user, "id").among(In, (3..100_003).map(int)), &[3, 4, 5]);
    assert_eq!(db.count(find(&user).filter(field(&user, "age").among(In, 0..100_000)))?, 4);
    Ok(())
}

fn a_hundred_thousand_values_of_text(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let names = (0..100_000)
        .map(|number| if number == 77_777 { "Dan".to_owned() } else { format!("nobody {number}") });
    finds(db, &user, field(&user, "name").among(In, names), &[4]);
    Ok(())
}

fn a_hundred_thousand_values_outside(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, field(&user, "age").among(NotIn, (0..100_000).filter(|age| *age != 17)), &[2]);
    Ok(())
}

fn lists_in_combination(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let (age, name) = (|| field(&user, "age"), || field(&user, "name"));
    finds(db, &user, age().among(In, [36]).and(name().among(NotIn, ["Ada"])), &[4]);
    finds(db, &user, age().among::<i64>(In, []).or(name().among(In, ["Cyd"])), &[3]);
    finds(db, &user, age().is(Add, 1).among(In, [37]), &[1, 4]);
    Ok(())
}

fn a_list_may_not_stand_elsewhere(db: &Db) -> Result<()> {
    let user = models::user();
    refuses(db, &user, field(&user, "age").among(Eq, [1, 2]), ErrorKind::Query);
    refuses(db, &user, field(&user, "age").is(In, 1), ErrorKind::Query);
    refuses(db, &user, field(&user, "age").vs(In, field(&user, "id")), ErrorKind::Query);
    Ok(())
}

fn a_wrong_value_in_a_list_is_refused(db: &Db) -> Result<()> {
    let user = models::user();
    let error = refuses(db, &user, field(&user, "age").among(In, [int(1), text("2")]), ErrorKind::Validation);
    assert_eq!((error.model(), error.field()), (Some("User"), Some("age")));
    Ok(())
}
