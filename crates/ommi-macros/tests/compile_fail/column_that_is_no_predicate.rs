use ommi::{Model, prelude::*};

#[derive(Model)]
struct User {
    id: i64,
    name: String,
    age: i32,
    nickname: Option<String>,
}

async fn grown_up(db: &Ommi) -> ommi::Result<Vec<User>> {
    db.find::<User>().filter(User::AGE).all().await
}

fn main() {}
