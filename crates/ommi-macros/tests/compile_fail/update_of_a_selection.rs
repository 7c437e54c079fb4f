use ommi::{Model, prelude::*};

#[derive(Model)]
struct User {
    id: i64,
    name: String,
    age: i32,
    nickname: Option<String>,
}

async fn rename(db: &Ommi) -> ommi::Result<u64> {
    db.find::<User>().select(User::NAME).update(User::NAME.set("x")).await
}

fn main() {}
