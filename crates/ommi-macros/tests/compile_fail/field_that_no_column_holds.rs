use ommi::{Every, Model};
use std::collections::HashMap;

#[derive(Model)]
struct User {
    id: i64,
    scores: HashMap<String, i32>,
    friends: Every<User>,
}

fn main() {}
