//! Numbers come back as they went in, at the limits of each type.

use crate::case::cases;
use crate::kit::*;

cases! {
    integers_at_their_limits,
    floats_at_their_limits,
    infinite_floats [FloatInfinity],
    negative_zero_is_a_zero,
    nan_is_kept [FloatNan],
    decimals_of_many_digits,
    decimals_of_a_hundred_digits [LongDecimals],
    decimals_come_back_as_numbers_without_trailing_zeros,
    durations_at_their_limits,
}

fn integers_at_their_limits(db: &Db) -> Result<()> {
    let limits = [
        i64::MIN,
        i64::MIN + 1,
        -(1 << 53) - 1,
        i64::from(i32::MIN) - 1,
        -1,
        0,
        1,
        255,
        1 << 31,
        (1 << 53) + 1,
        i64::MAX,
    ];
    keeps(db, "int", &limits.map(int))
}

fn floats_at_their_limits(db: &Db) -> Result<()> {
    let limits = [
        f64::MIN,
        -1.0,
        -f64::MIN_POSITIVE,
        -5e-324,
        0.0,
        5e-324,
        f64::MIN_POSITIVE,
        f64::EPSILON,
        0.1,
        1.0 / 3.0,
        1.0,
        1e15,
        9_007_199_254_740_993.0,
        1e22,
        123_456_789.123_456_79,
        f64::MAX,
    ];
    keeps(db, "float", &limits.map(Value::from))
}

fn infinite_floats(db: &Db) -> Result<()> {
    keeps(db, "float", &[f64::NEG_INFINITY, f64::INFINITY].map(Value::from))
}

fn negative_zero_is_a_zero(db: &Db) -> Result<()> {
    let sample = stored(db, "float", &[(-0.0).into()])?;
    // Whether the sign comes back is the database's matter.
    assert_eq!(db.values(find(&sample).select(&["float"]))?, [Value::Float(0.0)]);
    Ok(())
}

fn nan_is_kept(db: &Db) -> Result<()> {
    let sample = models::sample();
    db.add(&sample, &[("float", f64::NAN.into())])?;
    let found = db.values(find(&sample).select(&["float"]))?;
    assert!(matches!(found.as_slice(), [Value::Float(float)] if float.is_nan()));
    Ok(())
}

fn decimals_of_many_digits(db: &Db) -> Result<()> {
    let values = [
        "12345678901234567890123456789012345",
        "-12345678901234567890123456789012345",
        "0.123456789012345678901234567891",
        "12345678901234567890123456789012345.123456789012345678901234567891",
        "99999999999999999999999999999999999",
        "0",
        "-0.5",
        "0.1",
        "1E+30",
        "1E-30",
        "9223372036854775808",
        "0.30000000000000004",
    ];
    let most = db.capabilities().decimal_digits.unwrap_or(u32::MAX) as usize;
    let fits = |text: &&str| text.bytes().filter(u8::is_ascii_digit).count() <= most;
    keeps(db, "decimal", &values.into_iter().filter(fits).map(dec).collect::<Vec<_>>())
}

fn decimals_of_a_hundred_digits(db: &Db) -> Result<()> {
    let digits = "1234567890".repeat(10);
    let values = [
        digits.clone(),
        format!("-{digits}"),
        format!("0.{digits}1"),
        format!("{digits}.{digits}7"),
        "0".into(),
        "-0.5".into(),
        "0.1".into(),
        "1E+30".into(),
        "1E-30".into(),
        "9".repeat(100),
        "9223372036854775808".into(),
        "0.30000000000000004".into(),
    ];
    keeps(db, "decimal", &values.map(|value| dec(&value)))
}

fn decimals_come_back_as_numbers_without_trailing_zeros(db: &Db) -> Result<()> {
    let sample = models::sample();
    let position = sample.require_field("decimal")?;
    let mut batch = RowBatch::with_capacity(1, 5);
    for digits in ["1.500", "100", "1E2", "-0.00", "+7.0"] {
        batch.push_row(&[Cell::Decimal(digits)]);
    }
    now(db.insert(sample.clone(), vec![position], batch))?;
    let found = db.values(find(&sample).by("id").select(&["decimal"]))?;
    assert_eq!(found, ["1.5", "100", "100", "0", "7"].map(dec));
    let mut raw = RowBatch::default();
    let operation = Operation::Fetch(find(&sample).by("id").select(&["decimal"]));
    if db.fetch_now(&operation, &mut raw).transpose()?.is_some() {
        let cells: Vec<_> = (0..raw.len()).filter_map(|row| raw.get(row, 0)).collect();
        assert_eq!(cells, ["1.5", "100", "100", "0", "7"].map(Cell::Decimal));
    }
    Ok(())
}

fn durations_at_their_limits(db: &Db) -> Result<()> {
    keeps(db, "duration", &[i64::MIN, -1, 0, 1, 86_400_000_000, i64::MAX].map(micros))
}
