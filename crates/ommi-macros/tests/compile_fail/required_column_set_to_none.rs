use ommi::{Model, prelude::*};

#[derive(Model)]
struct User {
    id: i64,
    name: String,
    age: i32,
    nickname: Option<String>,
}

async fn forget(db: &Ommi) -> ommi::Result<u64> {
    db.find::<User>().update((User::NICKNAME.set(None::<String>), User::NAME.set(None::<String>))).await
}

fn main() {}
