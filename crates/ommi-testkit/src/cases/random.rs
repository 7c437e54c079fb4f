//! Laws, over generated rows and queries: what a database finds is what the reference finds.

use ommi_core::query::{Direction, Order};
use proptest::prelude::*;

use crate::case::cases;
use crate::generate::{FIELDS, at, check, operand_or_value, predicate, rows, same, told};
use crate::kit::*;
use crate::reference;

cases! {
    predicates_find_what_the_reference_finds,
    a_predicate_its_opposite_and_the_unknown_share_the_rows,
    pages_are_slices_of_the_order,
    updates_set_what_the_reference_computes,
    deletes_leave_what_a_predicate_does_not_find,
    text_searches_agree_with_rust,
    values_come_back_and_are_found,
}

/// The rows in place of whatever was there, numbered from 1.
fn store(db: &Db, sample: &Arc<ModelDef>, rows: &[Row]) -> Result<()> {
    db.remove(find(sample))?;
    let numbered: Vec<Row> =
        (1..).zip(rows).map(|(number, row)| [vec![int(number)], row.clone()].concat()).collect();
    let names = [vec!["id"], FIELDS.to_vec()].concat();
    db.add_all(sample, &names, &numbered).map(drop)
}

fn expected(rows: &[Row], predicate: &Expr) -> Vec<i64> {
    (1..)
        .zip(rows)
        .filter(|(_, row)| reference::holds(predicate, &at(row)) == Ok(true))
        .map(|(number, _)| number)
        .collect()
}

fn predicates_find_what_the_reference_finds(db: &Db) -> Result<()> {
    let sample = models::sample();
    check(600, (rows(), proptest::collection::vec(predicate(&sample), 4)), |(rows, predicates)| {
        store(db, &sample, &rows)?;
        for predicate in predicates {
            let expected = expected(&rows, &predicate);
            let query = || find(&sample).filter(predicate.clone());
            same(&db.ids(query().by("id"))?, &expected, || told(&predicate, &rows))?;
            same(&db.count(query())?, &(expected.len() as i64), || {
                format!("count of {}", told(&predicate, &rows))
            })?;
            same(&db.exists(query())?, &!expected.is_empty(), || {
                format!("exists of {}", told(&predicate, &rows))
            })?;
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
    let sample = models::sample();
    let key = (0..FIELDS.len(), any::<bool>());
    let input = (
        rows(),
        proptest::collection::vec(key, 0..3),
        proptest::option::of(0_u64..6),
        proptest::option::of(0_u64..6),
    );
    check(300, input, |(rows, keys, limit, offset)| {
        store(db, &sample, &rows)?;
        let mut query = find(&sample);
        for (position, descending) in &keys {
            let direction = if *descending { Direction::Descending } else { Direction::Ascending };
            query.order.push(Order { column: column(&sample, FIELDS[*position]), direction });
        }
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by(|left, right| {
            let by_key = |(position, descending): &(usize, bool)| {
                let order = reference::sort(&rows[*left][*position], &rows[*right][*position]);
                if *descending { order.reverse() } else { order }
            };
            keys.iter().map(by_key).find(|order| order.is_ne()).unwrap_or_else(|| left.cmp(right))
        });
        let numbers = order.into_iter().map(|position| position as i64 + 1);
        let page: Vec<i64> =
            numbers.skip(offset.unwrap_or(0) as usize).take(limit.unwrap_or(99) as usize).collect();
        query = Query { limit, offset, ..query.by("id") };
        same(&db.ids(query)?, &page, || {
            format!("order by {keys:?} limit {limit:?} offset {offset:?} of {rows:?}")
        })
    });
    Ok(())
}

fn updates_set_what_the_reference_computes(db: &Db) -> Result<()> {
    let sample = models::sample();
    let names = ["int", "float", "text", "decimal"];
    let assignment = (0..names.len()).prop_flat_map({
        let sample = sample.clone();
        move |position| (Just(names[position]), operand_or_value(&sample, names[position]))
    });
    check(200, (rows(), predicate(&sample), assignment), |(rows, predicate, (name, value))| {
        store(db, &sample, &rows)?;
        let found = expected(&rows, &predicate);
        let changed = db.change(find(&sample).filter(predicate.clone()), &[(name, value.clone())])?;
        same(&changed, &(found.len() as u64), || told(&predicate, &rows))?;
        let mut after: Vec<Value> = rows.iter().map(|row| at(row)(&column(&sample, name))).collect();
        for number in found {
            let row = &rows[number as usize - 1];
            after[number as usize - 1] = reference::evaluate(&value, &at(row)).unwrap_or(NULL);
        }
        same(&db.values(find(&sample).by("id").select(&[name]))?, &after, || {
            format!("{name} = {}", told(&value, &rows))
        })
    });
    Ok(())
}

fn deletes_leave_what_a_predicate_does_not_find(db: &Db) -> Result<()> {
    let sample = models::sample();
    check(150, (rows(), predicate(&sample)), |(rows, predicate)| {
        store(db, &sample, &rows)?;
        let found = expected(&rows, &predicate);
        same(&db.remove(find(&sample).filter(predicate.clone()))?, &(found.len() as u64), || {
            told(&predicate, &rows)
        })?;
        let rest: Vec<i64> = (1..=rows.len() as i64).filter(|number| !found.contains(number)).collect();
        same(&db.ids(find(&sample).by("id"))?, &rest, || told(&predicate, &rows))
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
    let value = prop_oneof![
        any::<i64>().prop_map(|value| ("int", int(value))),
        any::<f64>()
            .prop_filter("a number", |value| !value.is_nan())
            .prop_map(|value| ("float", value.into())),
        any::<String>().prop_map(|value| ("text", text(&value.replace('\0', "")))),
        any::<Vec<u8>>().prop_map(|value| ("bytes", bytes(&value))),
        any::<u128>().prop_map(|value| ("uuid", uuid(value))),
        (any::<i128>(), -30_i64..30)
            .prop_map(|(digits, scale)| ("decimal", dec(&format!("{digits}e{scale}")))),
        any::<i64>().prop_map(|value| ("duration", micros(value))),
        (-62_135_596_800_i64..253_402_200_000, 0_i32..1_000_000).prop_map(|(second, micro)| {
            ("timestamp", Value::Timestamp(jiff::Timestamp::new(second, micro * 1000).unwrap_or_default()))
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
