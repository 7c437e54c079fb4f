//! Ommi beside rusqlite by hand, Diesel and Toasty: `cargo run --release -- --help`.

mod diesel_contender;
mod toasty_contender;

use diesel_contender::DieselContender;
use harness::{
    Result,
    contender::{ByHand, OmmiContender},
    database::Sqlite,
    measure::Entry,
    report::BY_HAND,
};
use toasty_contender::ToastyContender;

fn main() -> Result<()> {
    let contenders = [
        Entry::new::<ByHand>(BY_HAND),
        Entry::new::<OmmiContender>("ommi"),
        Entry::new::<DieselContender>("diesel"),
        Entry::new::<ToastyContender>("toasty"),
    ];
    harness::main("diesel-toasty", Sqlite::prepare, &contenders)
}
