//! Ommi on servers, beside the drivers by hand, sqlx and SeaORM: `cargo run --release -- --database postgres`.

mod sea_orm_contender;
mod sqlx_contender;

use harness::{
    Result,
    contender::{MysqlByHand, OmmiContender, PostgresByHand},
    database::{Mysql, Postgres},
    measure::Entry,
    report::BY_HAND,
};
use sea_orm_contender::SeaOrmContender;
use sqlx_contender::SqlxContender;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let database = arguments.iter().position(|argument| argument == "--database");
    match database.and_then(|at| arguments.get(at + 1)).map(String::as_str) {
        Some("mysql") => harness::main(
            "mysql",
            Mysql::prepare,
            &[
                Entry::new::<MysqlByHand>(BY_HAND),
                Entry::new::<OmmiContender>("ommi"),
                Entry::new::<SeaOrmContender>("sea-orm"),
            ],
        ),
        None | Some("postgres") => harness::main(
            "postgres",
            Postgres::prepare,
            &[
                Entry::new::<PostgresByHand>(BY_HAND),
                Entry::new::<OmmiContender>("ommi"),
                Entry::new::<SqlxContender>("sqlx"),
                Entry::new::<SeaOrmContender>("sea-orm"),
            ],
        ),
        Some(other) => Err(format!("{other} is not measured here: postgres or mysql").into()),
    }
}
