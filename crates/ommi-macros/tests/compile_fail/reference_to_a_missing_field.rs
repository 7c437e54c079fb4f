use ommi::Model;

#[derive(Model)]
struct User {
    id: i64,
}

#[derive(Model)]
struct Post {
    id: i64,
    #[model(references(User::key))]
    author: i64,
}

fn main() {}
