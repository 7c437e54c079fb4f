//! Your own models, stored: typed queries, relations and transactions over one engine.
//!
//! ```
//! use ommi::{Model, Ommi, prelude::*};
//!
//! #[derive(Model, Debug, Clone, PartialEq)]
//! #[model(table = "users", index(name, age))]
//! struct User {
//!     #[model(key, auto)]
//!     id: i64,
//!     name: String,
//!     #[model(unique)]
//!     email: Option<String>,
//!     age: i32,
//!     #[model(related)]
//!     posts: Every<Post>, // lazy one-to-many, not a column
//!     #[model(related, through = UserRole)]
//!     roles: Every<Role>, // many-to-many
//! }
//!
//! #[derive(Model, Debug, Clone)]
//! struct Post {
//!     #[model(key, auto)]
//!     id: i64,
//!     title: String,
//!     #[model(references(User::id), on_delete = "cascade")]
//!     author_id: i64,
//!     #[model(related)]
//!     author: The<User>,
//! }
//!
//! #[derive(Model, Debug, Clone)]
//! struct Role {
//!     #[model(key)]
//!     name: String,
//! }
//!
//! #[derive(Model, Debug, Clone)]
//! struct UserRole {
//!     #[model(key, references(User::id))]
//!     user_id: i64,
//!     #[model(key, references(Role::name))]
//!     role: String,
//! }
//!
//! #[tokio::main]
//! async fn main() -> ommi::Result<()> {
//!     let db = Ommi::connect("sqlite://:memory:").await?;
//!     db.use_models(ommi::models![User, Post, Role, UserRole]).await?; // creates what is missing, destroys nothing
//!
//!     let mut ada = User { name: "Ada".into(), age: 36, ..User::new() };
//!     db.add(&mut ada).await?; // the key comes back
//!     assert_eq!(ada.id, 1);
//!
//!     let adults: Vec<User> = db
//!         .find::<User>()
//!         .filter(User::AGE.ge(18) & User::EMAIL.is_null())
//!         .order_by(User::NAME.asc())
//!         .page(0, 50)
//!         .with(User::POSTS) // eager; N+1 is impossible by accident
//!         .all()
//!         .await?;
//!     assert_eq!(adults, [ada.clone()]);
//!
//!     let n = db.find::<User>().filter(User::NAME.starts_with("A")).update(User::AGE.set(User::AGE + 1)).await?;
//!     assert_eq!(n, 1);
//!
//!     db.transaction()
//!         .isolation(Serializable)
//!         .retry(5)
//!         .run(async |tx| {
//!             tx.add(&mut Post { title: "Hello".into(), author_id: ada.id, ..Post::new() }).await?;
//!             tx.nested(async |tx| {
//!                 tx.add(&mut Role { name: "author".into() }).await?;
//!                 tx.add(&mut UserRole { user_id: ada.id, role: "author".into() }).await
//!             })
//!             .await
//!         })
//!         .await?;
//!     assert_eq!(ada.roles.load(&db).await?[0].name, "author");
//!
//!     let mut rows = db.find::<User>().stream(); // Stream<Item = Result<User>>
//!     while let Some(user) = rows.next().await {
//!         println!("{:?}", user?);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! Where to look: [`Model`] for the attributes of models, [`Stored`] for the types of their fields, [`Field`] for
//! predicates, [`Db`] and [`Find`] for operations, [`Aggregate`] for groups of rows, [`Every`] and [`The`] for relations, [`Transactions`] for transactions,
//! [`Row`] for models that are known only while the program runs.

// The derives' code names this crate; its own tests need the name too.
extern crate self as ommi;

#[path = "private.rs"]
#[doc(hidden)]
pub mod __private;
mod description;
mod dynamic;
mod expression;
mod find;
mod handle;
pub mod migrations;
mod model;
pub mod prelude;
mod relation;
mod stored;
mod tracked;

pub use dynamic::{AsRow, Calculation, Column, DynamicOperand, FindRows, Row, column};
pub use expression::{
    Aggregate, Assignment, Assignments, Case, Comparand, Computed, Field, Fields, GroupKeys, Inside,
    IntoPredicate, Key, Keyed, Literal, Named, On, OnConflict, Operand, Order, Orders, Part, Predicate,
    Reachable, SearchedFor, Selectable, Selection, Settable, Summed, case, count, exists, key, on,
};
pub use find::{Find, FromRow, Reader, Rows, Selected, Structs, Whole, WholeRows};
pub use handle::{
    BindValue, Db, DriverFactory, Graph, Node, Ommi, OmmiBuilder, RawQuery, RawRow, RetriedTransactions,
    Transactions, Tx, register_driver,
};
pub use model::{Model, New};
pub use ommi_core::driver::IsolationLevel;
pub use ommi_core::{Error, ErrorKind, Result};
pub use ommi_macros::{FromRow, Model, Nested, StoredEnum};
pub use relation::{Eager, Every, Loading, Related, Relation, The};
pub use stored::{
    Addable, Container, Dated, Fractional, Generated, Item, Json, Listed, Measured, Number, Ordered, Scalar,
    Stored, Textual, Timed,
};
pub use tracked::Tracked;

/// What models are described by; for programs that make models while they run.
pub use ommi_core::schema;
/// What rows are made of.
pub use ommi_core::value;

pub use ommi_engine::{QueryCache, QueryCacheOptions, QueryCacheStats};

/// What drivers implement.
pub use ommi_core::driver;

/// The vocabulary, whole: for faces of other languages, which build queries by themselves.
pub use ommi_core as core;

/// The engine under this face.
pub use ommi_engine as engine;

/// The driver for databases in memory.
#[cfg(feature = "memory")]
pub use ommi_driver_memory as memory;

/// The MongoDB driver and its options.
#[cfg(feature = "mongodb")]
pub use ommi_driver_mongodb as mongodb;

/// The MySQL and MariaDB driver and its options.
#[cfg(feature = "mysql")]
pub use ommi_driver_mysql as mysql;

/// What the drivers for servers share: the runtime that their connections live on, pools, TLS, URLs.
#[cfg(any(feature = "mongodb", feature = "mysql", feature = "postgres"))]
pub use ommi_net as net;

/// The PostgreSQL driver and its options.
#[cfg(feature = "postgres")]
pub use ommi_driver_postgres as postgres;

/// The SQLite driver and its options.
#[cfg(feature = "sqlite")]
pub use ommi_driver_sqlite as sqlite;

/// The README's examples run.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
