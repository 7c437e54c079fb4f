//! `Loading`: a relation with conditions, for `with`.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use ommi_core::schema::RelationKind;
use ommi_engine::RelationOptions;

use super::{Related, Relation};
use crate::expression::{IntoPredicate, Orders, Refusal};
use crate::model::Model;

/// Which related rows are loaded, and what is loaded with them.
#[doc(hidden)]
#[derive(Debug, Clone, Default)]
pub struct Eagerly {
    pub(crate) options: RelationOptions,
    pub(crate) nested: Vec<(usize, Arc<Eagerly>)>,
    pub(crate) refusal: Option<Refusal>,
}

impl Eagerly {
    /// What is wrong with it, or with what is loaded with it.
    pub(crate) fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref().or_else(|| self.nested.iter().find_map(|(_, nested)| nested.refusal()))
    }
}

/// A relation of `M` of which some rows are loaded, or with more of its own: what `with` takes beside a
/// [`Relation`]. The lazy field then leads to these rows, until it is refreshed.
///
/// ```
/// use ommi::{Model, prelude::*};
///
/// #[derive(Model, Debug)]
/// struct User {
///     id: i64,
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
///     #[model(related)]
///     comments: Every<Comment>,
/// }
///
/// #[derive(Model, Debug)]
/// struct Comment {
///     id: i64,
///     #[model(references(Post::id))]
///     post_id: i64,
/// }
///
/// # #[tokio::main]
/// # async fn main() -> ommi::Result<()> {
/// let db = Ommi::connect("sqlite://:memory:").await?;
/// let mut users = [User::new(), User::new()];
/// db.add_all(&mut users).await?;
/// for (title, author_id) in [("a", 1), ("b", 1), ("c", 1), ("d", 2), ("no", 1)] {
///     db.add(&mut Post { title: title.into(), author_id, ..Post::new() }).await?;
/// }
/// let latest = User::POSTS.filter(Post::TITLE.ne("no")).order_by(Post::ID.desc()).limit(2).with(Post::COMMENTS);
/// let users = db.find::<User>().with(latest).order_by(User::ID).all().await?; // three queries
/// let titles = |user: &User| user.posts.loaded().unwrap().iter().map(|post| post.title.clone()).collect::<Vec<_>>();
/// assert_eq!((titles(&users[0]), titles(&users[1])), (vec!["c".into(), "b".into()], vec!["d".into()]));
/// # Ok(())
/// # }
/// ```
#[must_use = "a relation is loaded when it is given to `with`"]
pub struct Loading<M, R> {
    position: usize,
    eagerly: Eagerly,
    types: PhantomData<fn() -> (M, R)>,
}

impl<M: Model, R: Related> Loading<M, R> {
    fn of(relation: Relation<M, R>) -> Self {
        Self { position: relation.position(), eagerly: Eagerly::default(), types: PhantomData }
    }

    /// Loads those rows alone for which this holds, too.
    pub fn filter(mut self, predicate: impl IntoPredicate) -> Self {
        match predicate.into_predicate().into_built() {
            Ok(predicate) => {
                let filter = self.eagerly.options.filter.take();
                self.eagerly.options.filter = Some(match filter {
                    Some(filter) => filter.and(predicate),
                    None => predicate,
                });
            }
            Err(refusal) => {
                self.eagerly.refusal.get_or_insert(refusal);
            }
        }
        self
    }

    /// Sorts the rows of each model; their key completes the order.
    pub fn order_by(mut self, orders: impl Orders) -> Self {
        match orders.into_core() {
            Ok(orders) => self.eagerly.options.order.extend(orders),
            Err(refusal) => {
                self.eagerly.refusal.get_or_insert(refusal);
            }
        }
        self
    }

    /// Loads at most so many rows of each model.
    pub fn limit(mut self, rows: u64) -> Self {
        self.eagerly.options.limit = Some(rows);
        self
    }

    /// Loads a relation of the related rows with them.
    pub fn with(mut self, relation: impl Eager<R::Target>) -> Self {
        let (position, eagerly) = relation.into_parts();
        self.eagerly.nested.retain(|(known, _)| *known != position);
        self.eagerly.nested.push((position, Arc::new(eagerly)));
        self
    }
}

impl<M: Model, R: Related> Relation<M, R> {
    /// Loads those rows alone for which this holds: see [`Loading`].
    pub fn filter(self, predicate: impl IntoPredicate) -> Loading<M, R> {
        Loading::of(self).filter(predicate)
    }

    /// Sorts the rows of each model: see [`Loading`].
    pub fn order_by(self, orders: impl Orders) -> Loading<M, R> {
        Loading::of(self).order_by(orders)
    }

    /// Loads at most so many rows of each model: see [`Loading`].
    pub fn limit(self, rows: u64) -> Loading<M, R> {
        Loading::of(self).limit(rows)
    }

    /// Loads a relation of the related rows with them: see [`Loading`].
    pub fn with(self, relation: impl Eager<R::Target>) -> Loading<M, R> {
        Loading::of(self).with(relation)
    }
}

impl<M: Model, R: Related> fmt::Debug for Loading<M, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loading")
            .field("relation", &Relation::<M, R>::at(self.position))
            .field("many", &(R::KIND == RelationKind::Many))
            .field("options", &self.eagerly.options)
            .finish()
    }
}

/// What `with` takes: a [`Relation`] of `M`, or one with conditions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no relation of `{M}`",
    label = "expected a relation, such as `User::POSTS`, or `User::POSTS.limit(3)`"
)]
pub trait Eager<M> {
    #[doc(hidden)]
    fn into_parts(self) -> (usize, Eagerly);
}

impl<M: Model, R: Related> Eager<M> for Relation<M, R> {
    fn into_parts(self) -> (usize, Eagerly) {
        (self.position(), Eagerly::default())
    }
}

impl<M: Model, R: Related> Eager<M> for Loading<M, R> {
    fn into_parts(self) -> (usize, Eagerly) {
        (self.position, self.eagerly)
    }
}
