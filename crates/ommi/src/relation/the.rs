//! `The`: a lazy field that leads to one row.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use ommi_core::schema::RelationKind;
use ommi_core::{Error, ErrorKind, Result};

use super::{Connection, Related, not_a_value};
use crate::handle::Db;
use crate::model::Model;

/// The row of `T` that this one refers to, or the one row that refers to this one. It is not a column.
///
/// Like [`Every`](super::Every) it is read when it is first asked for, for all models that were found together.
///
/// ```
/// use ommi::{Model, prelude::*};
///
/// #[derive(Model, Debug)]
/// struct User {
///     id: i64,
///     name: String,
/// }
///
/// #[derive(Model, Debug)]
/// struct Post {
///     id: i64,
///     #[model(references(User::id))]
///     author_id: Option<i64>,
///     #[model(related)]
///     author: The<User>,
/// }
///
/// # #[tokio::main]
/// # async fn main() -> ommi::Result<()> {
/// let db = Ommi::connect("sqlite://:memory:").await?;
/// let mut ada = User { name: "Ada".into(), ..User::new() };
/// db.add(&mut ada).await?;
/// let mut post = Post { author_id: Some(ada.id), ..Post::new() };
/// db.add(&mut post).await?;
/// assert_eq!(post.author.load(&db).await?.name, "Ada");
///
/// let mut anonymous = Post::new();
/// db.add(&mut anonymous).await?;
/// assert!(anonymous.author.load_optional(&db).await?.is_none());
/// # Ok(())
/// # }
/// ```
pub struct The<T> {
    connection: Connection<T>,
}

impl<T: Model> The<T> {
    /// The related row: read now unless it was before.
    ///
    /// # Errors
    /// `NoResult` when there is none; otherwise as for [`Every::load`](super::Every::load).
    pub async fn load(&self, db: &impl Db) -> Result<&T> {
        self.load_optional(db).await?.ok_or_else(missing::<T>)
    }

    /// The related row, or `None` when there is none.
    ///
    /// # Errors
    /// As for [`Every::load`](super::Every::load).
    pub async fn load_optional(&self, db: &impl Db) -> Result<Option<&T>> {
        Ok(self.connection.load(db.session()).await?.first())
    }

    /// The related row, where it was read before and there is one.
    pub fn loaded(&self) -> Option<&T> {
        self.connection.loaded()?.first()
    }

    /// Reads the related row anew, for this model alone.
    ///
    /// # Errors
    /// As for [`load`](Self::load).
    pub async fn refresh(&mut self, db: &impl Db) -> Result<&T> {
        self.connection = self.connection.fresh();
        self.load(db).await
    }
}

impl<T: Model> Related for The<T> {
    type Target = T;
    const KIND: RelationKind = RelationKind::One;

    fn connected(connection: Connection<T>) -> Self {
        Self { connection }
    }
}

#[cold]
fn missing<T: Model>() -> Error {
    Error::new(ErrorKind::NoResult, "there is no related row").with_model(T::definition().name())
}

not_a_value!(The);
