//! The models that the tests share: a blog.
// Not every test uses every model, and a failure here is a failed test.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use ommi::{Model, prelude::*};

#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "users")]
pub struct User {
    #[model(key, auto)]
    pub id: i64,
    pub name: String,
    #[model(unique)]
    pub email: Option<String>,
    pub age: i32,
    pub active: bool,
    #[model(related)]
    pub posts: Every<Post>,
    #[model(related, through = UserRole)]
    pub roles: Every<Role>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Post {
    #[model(key, auto)]
    pub id: i64,
    pub title: String,
    #[model(references(User::id), on_delete = "cascade")]
    pub author_id: i64,
    #[model(related)]
    pub author: The<User>,
    #[model(related)]
    pub comments: Every<Comment>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Comment {
    pub id: i64,
    pub text: String,
    #[model(references(Post::id), on_delete = "cascade")]
    pub post_id: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Role {
    #[model(key)]
    pub name: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct UserRole {
    #[model(key, references(User::id))]
    pub user_id: i64,
    #[model(key, references(Role::name))]
    pub role: String,
}

pub fn user(name: &str, age: i32) -> User {
    User { name: name.into(), age, active: age >= 18, ..User::new() }
}

/// A database of its own with all tables.
pub async fn empty() -> Ommi {
    let db = Ommi::connect("sqlite://:memory:").await.unwrap();
    db.use_models(ommi::models![User, Post, Comment, Role, UserRole]).await.unwrap();
    db
}

/// A database with Ada (36), Grace (45), Linus (12) and Barbara (28).
pub async fn with_users() -> Ommi {
    let db = empty().await;
    let mut users = [user("Ada", 36), user("Grace", 45), user("Linus", 12), user("Barbara", 28)];
    users[0].email = Some("ada@example.org".into());
    db.add_all(&mut users).await.unwrap();
    db
}

pub fn names(users: &[User]) -> Vec<&str> {
    users.iter().map(|user| user.name.as_str()).collect()
}
