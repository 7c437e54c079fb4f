//! `Every`: a lazy field that leads to any number of rows.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use ommi_core::Result;
use ommi_core::schema::RelationKind;

use super::{Connection, Related, not_a_value};
use crate::handle::Db;
use crate::model::Model;

/// Every row of `T` that refers to this one, or that an association model connects with it. It is not a column.
///
/// Nothing is read until [`load`](Self::load); then it is read for all models that were found together, by one query, and
/// kept.
///
/// ```
/// use ommi::{Model, prelude::*};
///
/// #[derive(Model, Debug)]
/// struct User {
///     id: i64,
///     name: String,
///     #[model(related)]
///     posts: Every<Post>,
/// }
///
/// #[derive(Model, Debug)]
/// struct Post {
///     id: i64,
///     title: String,
///     #[model(references(User::id))]
///     author_id: i64,
/// }
///
/// # #[tokio::main]
/// # async fn main() -> ommi::Result<()> {
/// let db = Ommi::connect("sqlite://:memory:").await?;
/// let mut users = vec![User { name: "Ada".into(), ..User::new() }, User { name: "Grace".into(), ..User::new() }];
/// db.add_all(&mut users).await?;
/// db.add(&mut Post { title: "Notes".into(), author_id: users[0].id, ..Post::new() }).await?;
///
/// for user in db.find::<User>().order_by(User::NAME).all().await? {
///     let posts = user.posts.load(&db).await?; // one query for both users
///     println!("{} wrote {}", user.name, posts.len());
/// }
///
/// let users = db.find::<User>().with(User::POSTS).all().await?; // or with the users
/// assert_eq!(users[0].posts.loaded().map(<[Post]>::len), Some(1));
/// # Ok(())
/// # }
/// ```
pub struct Every<T> {
    connection: Connection<T>,
}

impl<T: Model> Every<T> {
    /// The related rows, in the order of their keys: read now unless they were before.
    ///
    /// # Errors
    /// `Validation` when the model was neither found nor added; `Schema` when no reference, or more than one, leads along
    /// the relation; what the database says.
    pub async fn load(&self, db: &impl Db) -> Result<&[T]> {
        self.connection.load(db.session()).await
    }

    /// The related rows, where they were read before.
    pub fn loaded(&self) -> Option<&[T]> {
        self.connection.loaded()
    }

    /// Reads the related rows anew, for this model alone.
    ///
    /// # Errors
    /// As for [`load`](Self::load).
    pub async fn refresh(&mut self, db: &impl Db) -> Result<&[T]> {
        self.connection = self.connection.fresh();
        self.connection.load(db.session()).await
    }
}

impl<T: Model> Related for Every<T> {
    type Target = T;
    const KIND: RelationKind = RelationKind::Many;

    fn connected(connection: Connection<T>) -> Self {
        Self { connection }
    }
}

not_a_value!(Every);
