use ommi::{Model, prelude::*};

#[derive(Model)]
struct User {
    id: i64,
    name: String,
    age: i32,
    nickname: Option<String>,
}

async fn find(db: &Ommi) -> ommi::Result<User> {
    db.get::<User>("ada").await
}

fn main() {}
