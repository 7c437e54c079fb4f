//! Dates, times and instants come back as they went in.

use crate::case::cases;
use crate::kit::*;

cases! {
    dates_from_year_1_to_9999,
    times_to_the_microsecond,
    moments_to_the_microsecond,
    moments_with_a_zone_come_back_as_instants,
    instants_to_the_millisecond,
    instants_to_the_microsecond [Microseconds],
}

fn dates_from_year_1_to_9999(db: &Db) -> Result<()> {
    keeps(
        db,
        "date",
        &["0001-01-01", "0999-12-31", "1582-10-10", "1970-01-01", "2000-02-29", "9999-12-31"].map(day),
    )
}

fn times_to_the_microsecond(db: &Db) -> Result<()> {
    keeps(
        db,
        "time",
        &["00:00:00", "00:00:00.000001", "12:30:00.1", "12:30:00.999999", "23:59:59.999999"].map(clock),
    )
}

fn moments_to_the_microsecond(db: &Db) -> Result<()> {
    let values = [
        "0001-01-01T00:00:00",
        "0001-01-01T00:00:00.000001",
        "1969-12-31T23:59:59.999999",
        "1970-01-01T00:00:00",
        "2026-03-29T02:30:00",
        "2026-11-21T12:30:00.000010",
        "9999-12-31T23:59:59.999999",
    ];
    keeps(db, "datetime", &values.map(moment))
}

fn moments_with_a_zone_come_back_as_instants(db: &Db) -> Result<()> {
    keeps(
        db,
        "datetime",
        &[
            instant("2026-11-21T12:30:00.000001Z"),
            instant("1969-12-31T23:00:00-05:00"),
            moment("2026-11-21T12:30:00"),
        ],
    )
}

fn instants_to_the_millisecond(db: &Db) -> Result<()> {
    let values = [
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999Z",
        "1970-01-01T00:00:00Z",
        "2026-11-21T12:30:00.001+05:30",
        "9999-12-30T21:59:59.999Z",
    ];
    keeps(db, "timestamp", &values.map(instant))
}

fn instants_to_the_microsecond(db: &Db) -> Result<()> {
    let values = [
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999Z",
        "1970-01-01T00:00:00Z",
        "2026-11-21T12:30:00+05:30",
        "2038-01-19T03:14:08Z",
        "9999-12-30T21:59:59.999999Z",
    ];
    keeps(db, "timestamp", &values.map(instant))
}
