use ommi::{Model, The};

#[derive(Model)]
struct User {
    id: i64,
    #[model(column = "ID")]
    number: i64,
    #[model(auto)]
    counter: i64,
    #[model(on_delete = "cascade")]
    boss_id: i64,
    #[model(through = User)]
    boss: i64,
    #[model(related, column = "x")]
    chief: The<User>,
}

#[derive(Model)]
struct Post {
    id: i64,
    #[model(references(User::id), on_delete = "explode")]
    author: i64,
}

#[derive(Model)]
struct Pair<T> {
    id: T,
}

#[derive(Model)]
#[model(transparent)]
struct Two(i64, i64);

#[derive(Model)]
enum Shape {
    Round,
}

fn main() {}
