//! The order of rows, and pages of them.

use ommi_core::query::Direction;

use crate::case::cases;
use crate::kit::*;
use crate::oracle;

cases! {
    nulls_come_first_when_ascending,
    nulls_come_last_when_descending,
    text_is_sorted_by_code_point,
    every_ordered_type_is_sorted,
    moments_with_and_without_a_zone_stand_in_one_order,
    the_first_key_weighs_most,
    a_key_named_twice_counts_once,
    nested_values_have_no_order,
    a_limit_takes_the_first_rows,
    a_limit_of_zero_takes_nothing,
    a_limit_beyond_the_rows_takes_all,
    an_offset_leaves_rows_out,
    an_offset_without_a_limit,
    pages_cover_every_row_once,
    limit_and_offset_apply_after_the_filter,
    an_order_does_not_disturb_a_count,
    a_page_is_counted_as_a_page,
    exists_on_a_page,
}

fn nulls_come_first_when_ascending(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert_eq!(db.ids(find(&user).by("age").by("id"))?, [3, 2, 1, 4, 5]);
    Ok(())
}

fn nulls_come_last_when_descending(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert_eq!(db.ids(find(&user).by_desc("age").by("id"))?, [5, 1, 4, 2, 3]);
    Ok(())
}

fn text_is_sorted_by_code_point(db: &Db) -> Result<()> {
    let words = ["ä", "a", "B", "b", "A", "😀", "\u{ffff}", "", "aa", "Z", "é"].map(text);
    let sample = stored(db, "text", &words)?;
    let sorted = db.values(find(&sample).by("text").select(&["text"]))?;
    assert_eq!(sorted, ["", "A", "B", "Z", "a", "aa", "b", "ä", "é", "\u{ffff}", "😀"].map(text));
    Ok(())
}

fn every_ordered_type_is_sorted(db: &Db) -> Result<()> {
    let mut columns = vec![
        ("bool", vec![true.into(), NULL, false.into()]),
        ("int", vec![int(10), int(-9), NULL, int(i64::MAX), int(9), int(i64::MIN)]),
        ("float", [1.5, f64::MAX, -1e300, 1e-300, 0.0, f64::MIN, 10.0].map(Value::from).to_vec()),
        ("bytes", vec![bytes(b"b"), bytes(b""), NULL, bytes(b"\xff"), bytes(b"\0"), bytes(b"ab")]),
        (
            "decimal",
            ["10", "9", "-1.5", "-10", "0.01", "0", "100000000000000000000000000000"].map(dec).to_vec(),
        ),
        ("uuid", vec![uuid(u128::MAX), uuid(0), NULL, uuid(1 << 127)]),
        (
            "datetime",
            vec![
                moment("2026-01-01T00:00:00"),
                moment("1969-12-31T23:59:59.9"),
                NULL,
                moment("0001-01-01T00:00:00"),
            ],
        ),
        ("timestamp", vec![instant("2026-01-01T00:00:00Z"), instant("2026-01-01T00:00:00+05:00"), NULL]),
        ("date", vec![day("2026-01-01"), day("9999-12-31"), NULL, day("0999-12-31")]),
        ("time", vec![clock("10:00:00"), clock("09:59:59.999999"), NULL, clock("00:00:00")]),
        ("duration", vec![micros(10), micros(-9), NULL, micros(i64::MAX)]),
    ];
    if !db.capabilities().bytes_order {
        columns.retain(|(name, _)| *name != "bytes");
    }
    let sample = models::sample();
    for (name, values) in columns {
        db.remove(find(&sample))?;
        db.add_all(&sample, &[name], &values.iter().map(|value| vec![value.clone()]).collect::<Vec<_>>())?;
        let mut sorted = values;
        sorted.sort_by(oracle::sort);
        assert_eq!(db.values(find(&sample).by(name).select(&[name]))?, sorted, "{name}");
        sorted.reverse();
        assert_eq!(db.values(find(&sample).by_desc(name).select(&[name]))?, sorted, "{name}, descending");
    }
    Ok(())
}

fn moments_with_and_without_a_zone_stand_in_one_order(db: &Db) -> Result<()> {
    let moments = [
        moment("2026-01-01T12:00:00"),
        instant("2026-01-01T13:30:00+02:00"),
        instant("2026-01-01T12:30:00Z"),
        moment("2026-01-01T11:45:00"),
    ];
    let sample = stored(db, "datetime", &moments)?;
    assert_eq!(db.ids(find(&sample).by("datetime"))?, [2, 4, 1, 3]);
    finds(db, &sample, field(&sample, "datetime").is(Lt, moment("2026-01-01T12:00:00")), &[2, 4]);
    finds(db, &sample, field(&sample, "datetime").is(Gt, instant("2026-01-01T12:45:00+01:00")), &[1, 3]);
    Ok(())
}

fn the_first_key_weighs_most(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert_eq!(db.ids(find(&user).by("age").by_desc("name"))?, [3, 2, 4, 1, 5]);
    assert_eq!(db.ids(find(&user).by_desc("active").by("name"))?, [1, 5, 4, 2, 3]);
    Ok(())
}

fn a_key_named_twice_counts_once(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert_eq!(db.ids(find(&user).by("age").by_desc("age").by("id"))?, [3, 2, 1, 4, 5]);
    Ok(())
}

fn nested_values_have_no_order(db: &Db) -> Result<()> {
    let sample = models::sample();
    for name in ["json", "ints"] {
        let error = refused(db.unsent(|| db.rows(find(&sample).by(name))), ErrorKind::Query);
        assert_eq!((error.model(), error.field()), (Some("Sample"), Some(name)));
    }
    Ok(())
}

fn a_limit_takes_the_first_rows(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert_eq!(db.ids(find(&user).by("name").limit(2))?, [1, 3]);
    assert_eq!(db.ids(find(&user).order(column(&user, "name"), Direction::Descending).limit(1))?, [2]);
    assert_eq!(db.ids(find(&user).limit(3))?.len(), 3);
    Ok(())
}

fn a_limit_of_zero_takes_nothing(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert_eq!(db.ids(find(&user).limit(0))?, [] as [i64; 0]);
    assert!(!db.exists(find(&user).limit(0))?);
    Ok(())
}

fn a_limit_beyond_the_rows_takes_all(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    for limit in [6, i64::MAX as u64, u64::MAX] {
        assert_eq!(db.ids(find(&user).limit(limit))?.len(), 5);
    }
    assert_eq!(db.ids(find(&user).limit(u64::MAX).offset(u64::MAX))?.len(), 0);
    Ok(())
}

fn an_offset_leaves_rows_out(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert_eq!(db.ids(find(&user).by("id").limit(2).offset(1))?, [2, 3]);
    assert_eq!(db.ids(find(&user).by("id").limit(2).offset(4))?, [5]);
    assert_eq!(db.ids(find(&user).by("id").limit(2).offset(5))?, [] as [i64; 0]);
    Ok(())
}

fn an_offset_without_a_limit(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert_eq!(db.ids(find(&user).by("id").offset(3))?, [4, 5]);
    assert_eq!(db.ids(find(&user).by("id").offset(0))?, [1, 2, 3, 4, 5]);
    Ok(())
}

fn pages_cover_every_row_once(db: &Db) -> Result<()> {
    let user = models::user();
    let rows: Vec<Row> = (0..103).map(|number| vec![text(&format!("user {}", number % 7))]).collect();
    db.add_all(&user, &["name"], &rows)?;
    let mut seen = Vec::new();
    for page in 0..12 {
        seen.extend(db.ids(find(&user).by("name").by("id").limit(10).offset(page * 10))?);
    }
    assert_eq!(seen, db.ids(find(&user).by("name").by("id"))?);
    assert_eq!(seen.len(), 103);
    Ok(())
}

fn limit_and_offset_apply_after_the_filter(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let adults = find(&user).filter(field(&user, "age").is(Ge, 18)).by("id");
    assert_eq!(db.ids(adults.limit(2).offset(1))?, [4, 5]);
    Ok(())
}

fn an_order_does_not_disturb_a_count(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert_eq!(db.count(find(&user).by("age").by_desc("name"))?, 5);
    assert!(db.exists(find(&user).by("age"))?);
    Ok(())
}

fn a_page_is_counted_as_a_page(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert_eq!(db.count(find(&user).limit(3))?, 3);
    assert_eq!(db.count(find(&user).limit(3).offset(4))?, 1);
    assert_eq!(db.count(find(&user).offset(2))?, 3);
    assert_eq!(db.count(find(&user).limit(0))?, 0);
    Ok(())
}

fn exists_on_a_page(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert!(db.exists(find(&user).limit(1).offset(4))?);
    assert!(!db.exists(find(&user).limit(1).offset(5))?);
    Ok(())
}
