use ommi::{Model, prelude::*};

#[derive(Model)]
struct User {
    id: i64,
    name: String,
    age: i32,
    nickname: Option<String>,
}

#[derive(Model)]
struct Post {
    id: i64,
    title: String,
}

async fn rename(db: &Ommi) -> ommi::Result<u64> {
    db.find::<User>().update(Post::TITLE.set("New")).await
}

fn main() {}
