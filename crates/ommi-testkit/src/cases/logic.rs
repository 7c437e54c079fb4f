//! `And`, `Or`, `Not`, bools as predicates, and what becomes of the unknown.

use crate::case::cases;
use crate::kit::*;

cases! {
    and_or_and_not_keep_the_unknown,
    not_of_unknown_stays_unknown,
    a_bool_field_is_a_predicate,
    is_true_is_never_unknown,
    no_conditions_are_all_true_and_no_alternatives_none,
    constants_are_predicates,
    filters_add_up,
    combinations_nest,
    de_morgan,
    a_thousand_alternatives,
    a_thousand_conditions,
    more_alternatives_than_a_statement_takes_values,
    a_hundred_negations,
    nesting_has_a_limit_that_is_told,
    predicates_are_values_to_compare,
    a_number_is_no_predicate,
    a_value_alone_is_no_predicate,
}

/// Two bools of a row.
type Pair = [Option<bool>; 2];

/// Rows 1 to 9: every pair of true, false and NULL.
fn truths(db: &Db) -> Result<(Arc<ModelDef>, Vec<Pair>)> {
    let truths = [Some(true), Some(false), None];
    let pairs: Vec<Pair> =
        truths.iter().flat_map(|left| truths.iter().map(|right| [*left, *right])).collect();
    let rows: Vec<[Value; 2]> = pairs.iter().map(|pair| pair.map(Value::from)).collect();
    Ok((stored_pairs(db, ["bool", "other_bool"], &rows)?, pairs))
}

fn where_(pairs: &[Pair], holds: impl Fn(Option<bool>, Option<bool>) -> bool) -> Vec<i64> {
    (1..).zip(pairs).filter(|(_, [left, right])| holds(*left, *right)).map(|(number, _)| number).collect()
}

fn and_or_and_not_keep_the_unknown(db: &Db) -> Result<()> {
    let (sample, pairs) = truths(db)?;
    let (left, right) = (|| field(&sample, "bool"), || field(&sample, "other_bool"));
    let (yes, no) = (Some(true), Some(false));
    finds(db, &sample, left().and(right()), &where_(&pairs, |left, right| left == yes && right == yes));
    finds(db, &sample, left().or(right()), &where_(&pairs, |left, right| left == yes || right == yes));
    finds(
        db,
        &sample,
        left().and(right()).negate(),
        &where_(&pairs, |left, right| left == no || right == no),
    );
    finds(db, &sample, left().or(right()).negate(), &where_(&pairs, |left, right| left == no && right == no));
    finds(
        db,
        &sample,
        left().vs(Eq, right()),
        &where_(&pairs, |left, right| left.is_some() && left == right),
    );
    Ok(())
}

fn not_of_unknown_stays_unknown(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, field(&user, "age").is(Gt, 18).negate(), &[2]);
    finds(db, &user, field(&user, "age").is(Gt, 18).negate().negate(), &[1, 4, 5]);
    Ok(())
}

fn a_bool_field_is_a_predicate(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, field(&user, "active"), &[1, 5]);
    finds(db, &user, field(&user, "active").negate(), &[2, 4]);
    finds(db, &user, field(&user, "active").and(field(&user, "age").is(Gt, 40)), &[5]);
    Ok(())
}

fn is_true_is_never_unknown(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, field(&user, "active").test(IsTrue), &[1, 5]);
    finds(db, &user, field(&user, "active").test(IsTrue).negate(), &[2, 3, 4]);
    finds(db, &user, field(&user, "active").test(IsTrue).is(Eq, false), &[2, 3, 4]);
    Ok(())
}

fn no_conditions_are_all_true_and_no_alternatives_none(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, Expr::And(vec![]), &[1, 2, 3, 4, 5]);
    finds(db, &user, Expr::Or(vec![]), &[]);
    finds(db, &user, Expr::And(vec![]).negate(), &[]);
    finds(db, &user, Expr::Or(vec![Expr::And(vec![]), Expr::Or(vec![])]), &[1, 2, 3, 4, 5]);
    Ok(())
}

fn constants_are_predicates(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, lit(true), &[1, 2, 3, 4, 5]);
    finds(db, &user, lit(false), &[]);
    finds(db, &user, lit(true).and(field(&user, "name").is(Eq, "bob")), &[2]);
    finds(db, &user, lit(false).or(field(&user, "name").is(Eq, "bob")), &[2]);
    finds(db, &user, lit(false).negate(), &[1, 2, 3, 4, 5]);
    Ok(())
}

fn filters_add_up(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let query = find(&user).filter(field(&user, "age").is(Ge, 36)).filter(field(&user, "age").is(Lt, 60));
    assert_eq!(db.ids(query.filter(field(&user, "name").is(Ne, "Ada")))?, [4]);
    Ok(())
}

fn combinations_nest(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let (age, name) = (|| field(&user, "age"), || field(&user, "name"));
    // (a or b) and c is not a or (b and c).
    finds(db, &user, name().is(Eq, "Ada").or(name().is(Eq, "bob")).and(age().is(Lt, 20)), &[2]);
    finds(db, &user, name().is(Eq, "Ada").or(name().is(Eq, "bob").and(age().is(Lt, 20))), &[1, 2]);
    finds(
        db,
        &user,
        name().is(Eq, "Ada").and(age().is(Eq, 36)).or(name().is(Eq, "Eve").and(age().is(Eq, 1))),
        &[1],
    );
    Ok(())
}

fn de_morgan(db: &Db) -> Result<()> {
    let (sample, _) = truths(db)?;
    let (left, right) = (|| field(&sample, "bool"), || field(&sample, "other_bool"));
    let all = |predicate: Expr| db.ids(find(&sample).filter(predicate).by("id"));
    assert_eq!(all(left().and(right()).negate())?, all(left().negate().or(right().negate()))?);
    assert_eq!(all(left().or(right()).negate())?, all(left().negate().and(right().negate()))?);
    Ok(())
}

fn a_thousand_alternatives(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let alternatives = (0..1000).map(|age| field(&user, "age").is(Eq, age)).collect();
    finds(db, &user, Expr::Or(alternatives), &[1, 2, 4, 5]);
    Ok(())
}

fn a_thousand_conditions(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let conditions = (100..1100).map(|age| field(&user, "age").is(Ne, age)).collect();
    finds(db, &user, Expr::And(conditions), &[1, 2, 4, 5]);
    Ok(())
}

fn more_alternatives_than_a_statement_takes_values(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let alternatives = (0..100_000).map(|age| field(&user, "age").is(Eq, age)).collect();
    match db.ids(find(&user).filter(Expr::Or(alternatives)).by("id")) {
        Ok(found) => assert_eq!(found, [1, 2, 4, 5]),
        Err(error) => assert!([ErrorKind::Query, ErrorKind::Validation].contains(&error.kind()), "{error:?}"),
    }
    finds(db, &user, field(&user, "age").is(Eq, 17), &[2]);
    Ok(())
}

fn a_hundred_negations(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let negated = (0..100).fold(field(&user, "age").is(Gt, 18), |predicate, _| predicate.negate());
    finds(db, &user, negated, &[1, 4, 5]);
    let alternating = (0..60).fold(field(&user, "age").is(Gt, 18), |predicate, number| {
        Expr::Or(vec![Expr::And(vec![predicate, lit(true)]), field(&user, "id").is(Eq, -number)])
    });
    finds(db, &user, alternating, &[1, 4, 5]);
    Ok(())
}

fn nesting_has_a_limit_that_is_told(db: &Db) -> Result<()> {
    let user = models::user();
    let deep = (0..5000).fold(field(&user, "age").is(Gt, 18), |predicate, _| predicate.negate());
    let error = refuses(db, &user, deep, ErrorKind::Validation);
    assert!(error.message().contains("deep"), "{error}");
    Ok(())
}

fn predicates_are_values_to_compare(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let adult = || field(&user, "age").is(Ge, 18);
    finds(db, &user, adult().vs(Eq, field(&user, "active")), &[1, 2, 5]);
    finds(db, &user, adult().is(Eq, false), &[2]);
    finds(db, &user, adult().test(IsNull), &[3]);
    assert_eq!(db.change(find(&user), &[("active", adult())])?, 5);
    finds(db, &user, field(&user, "active"), &[1, 4, 5]);
    finds(db, &user, field(&user, "active").test(IsNull), &[3]);
    Ok(())
}

fn a_number_is_no_predicate(db: &Db) -> Result<()> {
    let user = models::user();
    refuses(db, &user, field(&user, "age"), ErrorKind::Query);
    refuses(db, &user, field(&user, "age").is(Add, 1), ErrorKind::Query);
    refuses(db, &user, field(&user, "name").negate(), ErrorKind::Query);
    Ok(())
}

fn a_value_alone_is_no_predicate(db: &Db) -> Result<()> {
    let user = models::user();
    refuses(db, &user, lit(1), ErrorKind::Query);
    refuses(db, &user, lit(NULL), ErrorKind::Query);
    refuses(db, &user, lit(1).is(Eq, 1), ErrorKind::Query);
    Ok(())
}
