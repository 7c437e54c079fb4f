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
    #[model(references(User::id))]
    author_id: i64,
    #[model(related)]
    author: The<User>,
}

async fn with_author(db: &Ommi) -> ommi::Result<Vec<User>> {
    db.find::<User>().with(Post::AUTHOR).all().await
}

fn main() {}
