//! Laws, over generated rows and queries: what a database finds is what the oracle finds.

use proptest::prelude::*;

use crate::case::cases;
use crate::expr::show;
use crate::generate::{FIELDS, check, operand_or_value, predicate, rows, same, told};
use crate::kit::*;
use crate::oracle::{agree, oracle};

cases! {
    predicates_find_what_the_oracle_finds,
    a_predicate_its_opposite_and_the_unknown_share_the_rows,
    pages_are_slices_of_the_order,
    updates_set_what_the_oracle_computes,
    deletes_leave_what_the_oracle_leaves,
    text_searches_agree_with_rust,
    values_come_back_and_are_found,
}

/// The rows in place of whatever was there, numbered from 1.
fn store(session: &Session, sample: &Arc<ModelDef>, rows: &[Row]) -> Result<()> {
    session.remove(find(sample))?;
    let numbered: Vec<Row> =
        (1..).zip(rows).map(|(number, row)| [vec![int(number)], row.clone()].concat()).collect();
    let names = [vec!["id"], FIELDS.to_vec()].concat();
    session.add_all(sample, &names, &numbered).map(drop)
}

/// The same rows in both.
fn store_both(sessions: [&Session; 2], sample: &Arc<ModelDef>, rows: &[Row]) -> Result<()> {
    sessions.into_iter().try_for_each(|session| store(session, sample, rows))
}

fn predicates_find_what_the_oracle_finds(db: &Db) -> Result<()> {
    let (sample, oracle) = (models::sample(), oracle());
    let both: [&Session; 2] = [db, &oracle];
    check(600, (rows(), proptest::collection::vec(predicate(&sample), 4)), |(rows, predicates)| {
        store_both(both, &sample, &rows)?;
        for predicate in predicates {
            let query = || find(&sample).filter(predicate.clone());
            let run = |session: &Session| {
                Ok((session.ids(query().by("id"))?, session.count(query())?, session.exists(query())?))
            };
            agree(both, run, || told(&predicate, &rows))?;
        }
        Ok(())
    });
    Ok(())
}

fn a_predicate_its_opposite_and_the_unknown_share_the_rows(db: &Db) -> Result<()> {
    let sample = models::sample();
    check(150, (rows(), predicate(&sample)), |(rows, predicate)| {
        store(db, &sample, &rows)?;
        let unknown = predicate.clone().test(IsNull);
        if predicate.first_column().is_none() {
            return Ok(());
        }
        let mut all = Vec::new();
        for part in [predicate.clone(), predicate.clone().negate(), unknown] {
            all.extend(db.ids(find(&sample).filter(part))?);
        }
        all.sort_unstable();
        same(&all, &(1..=rows.len() as i64).collect(), || told(&predicate, &rows))
    });
    Ok(())
}

fn pages_are_slices_of_the_order(db: &Db) -> Result<()> {
    let (sample, oracle) = (models::sample(), oracle());
    let both: [&Session; 2] = [db, &oracle];
    let key = (0..FIELDS.len(), any::<bool>());
    let input = (
        rows(),
        proptest::collection::vec(key, 0..3),
        proptest::option::of(0_u64..6),
        proptest::option::of(0_u64..6),
    );
    check(300, input, |(rows, keys, limit, offset)| {
        store_both(both, &sample, &rows)?;
        let query = || {
            let by = |query: Query, (position, descending): &(usize, bool)| {
                let name = FIELDS[*position];
                if *descending { query.by_desc(name) } else { query.by(name) }
            };
            Query { limit, offset, ..keys.iter().fold(find(&sample), by).by("id") }
        };
        agree(
            both,
            |session| session.ids(query()),
            || format!("order by {keys:?} limit {limit:?} offset {offset:?} of {rows:?}"),
        )
    });
    Ok(())
}

fn updates_set_what_the_oracle_computes(db: &Db) -> Result<()> {
    let (sample, oracle) = (models::sample(), oracle());
    let both: [&Session; 2] = [db, &oracle];
    let names = ["int", "float", "text", "decimal"];
    let assignment = (0..names.len()).prop_flat_map({
        let sample = sample.clone();
        move |position| (Just(names[position]), operand_or_value(&sample, names[position]))
    });
    check(200, (rows(), predicate(&sample), assignment), |(rows, predicate, (name, value))| {
        store_both(both, &sample, &rows)?;
        let run = |session: &Session| {
            let changed =
                session.change(find(&sample).filter(predicate.clone()), &[(name, value.clone())])?;
            Ok((changed, session.values(find(&sample).by("id").select(&[name]))?))
        };
        agree(both, run, || format!("{name} = {} where {}", show(&value), told(&predicate, &rows)))
    });
    Ok(())
}

fn deletes_leave_what_the_oracle_leaves(db: &Db) -> Result<()> {
    let (sample, oracle) = (models::sample(), oracle());
    let both: [&Session; 2] = [db, &oracle];
    check(150, (rows(), predicate(&sample)), |(rows, predicate)| {
        store_both(both, &sample, &rows)?;
        let run = |session: &Session| {
            let removed = session.remove(find(&sample).filter(predicate.clone()))?;
            Ok((removed, session.ids(find(&sample).by("id"))?))
        };
        agree(both, run, || told(&predicate, &rows))
    });
    Ok(())
}

fn text_searches_agree_with_rust(db: &Db) -> Result<()> {
    let sample = models::sample();
    let input = (any_text(), any_text(), 0_usize..8, 0_usize..8);
    check(300, input, |(whole, other, start, length)| {
        db.remove(find(&sample))?;
        db.add(&sample, &[("id", int(1)), ("text", text(&whole))])?;
        let part: String = whole.chars().skip(start).take(length).collect();
        for search in [part, other] {
            for (operator, found) in [
                (Eq, whole == search),
                (Contains, whole.contains(&search)),
                (StartsWith, whole.starts_with(&search)),
                (EndsWith, whole.ends_with(&search)),
                (Lt, whole < search),
                (Gt, whole > search),
            ] {
                let predicate = field(&sample, "text").is(operator, search.as_str());
                same(&db.exists(find(&sample).filter(predicate))?, &found, || {
                    format!("{whole:?} {} {search:?}", operator.name())
                })?;
            }
        }
        Ok(())
    });
    Ok(())
}

/// Short text of any characters, those with a meaning elsewhere more often than others.
fn any_text() -> impl Strategy<Value = String> {
    let special = vec!['a', 'b', 'A', '%', '_', '\\', '*', '\u{10ffff}', '\u{d7ff}'];
    let character = prop_oneof![4 => any::<char>(), 6 => prop::sample::select(special)];
    proptest::collection::vec(character, 0..8)
        .prop_map(|characters| characters.into_iter().filter(|character| *character != '\0').collect())
}

fn values_come_back_and_are_found(db: &Db) -> Result<()> {
    let sample = models::sample();
    let has_microseconds = db.capabilities().timestamp_microseconds;
    let value = prop_oneof![
        any::<i64>().prop_map(|value| ("int", int(value))),
        any::<f64>()
            .prop_filter("a number", |value| !value.is_nan())
            .prop_map(|value| ("float", value.into())),
        any::<String>().prop_map(|value| ("text", text(&value.replace('\0', "")))),
        any::<Vec<u8>>().prop_map(|value| ("bytes", bytes(&value))),
        any::<u128>().prop_map(|value| ("uuid", uuid(value))),
        // Within what every database holds: 35 digits before the point, 30 after it.
        (any::<i64>(), -30_i64..17)
            .prop_map(|(digits, scale)| ("decimal", dec(&format!("{digits}e{scale}")))),
        any::<i64>().prop_map(|value| ("duration", micros(value))),
        (-62_135_596_800_i64..253_402_200_000, 0_i32..1_000_000).prop_map(move |(second, micro)| {
            let nanoseconds = if has_microseconds { micro * 1000 } else { micro / 1000 * 1_000_000 };
            ("timestamp", Value::Timestamp(jiff::Timestamp::new(second, nanoseconds).unwrap_or_default()))
        }),
    ];
    check(500, value, |(name, value)| {
        db.remove(find(&sample))?;
        db.add(&sample, &[(name, value.clone())])?;
        same(&db.values(find(&sample).select(&[name]))?, &vec![value.clone()], || name.to_owned())?;
        let found = db.exists(find(&sample).filter(field(&sample, name).is(Eq, value.clone())))?;
        same(&found, &true, || format!("{name} == {value:?}"))
    });
    Ok(())
}
