//! Ommi beside rusqlite by hand and SeaORM: `cargo run --release -- --help`.

mod sea_orm_contender;

use harness::{
    Result,
    contender::{ByHand, OmmiContender},
    database::Sqlite,
    measure::Entry,
    report::BY_HAND,
};
use sea_orm_contender::SeaOrmContender;

fn main() -> Result<()> {
    let contenders = [
        Entry::new::<ByHand>(BY_HAND),
        Entry::new::<OmmiContender>("ommi"),
        Entry::new::<SeaOrmContender>("sea-orm"),
    ];
    harness::main("sea-orm", Sqlite::prepare, &contenders)
}
