//! Subqueries: queries that decide about the rows of another one.

use ommi_core::query::{Expr, Subquery};

use super::{Built, Predicate, Selectable};
use crate::find::{Find, Reader, Selected};
use crate::stored::Stored;

/// Whether a query finds a row.
///
/// Columns of models that the enclosing query has, and that are not the model of this one, are those of the enclosing row.
///
/// ```
/// use ommi::{Model, exists, prelude::*};
///
/// #[derive(Model, Debug, Clone)]
/// struct User { id: i64, name: String }
///
/// #[derive(Model, Debug, Clone)]
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
/// # let mut users = [User { name: "Ada".into(), ..User::new() }, User { name: "Bob".into(), ..User::new() }];
/// # db.add_all(&mut users).await?;
/// # db.add(&mut Post { title: "Hello".into(), author_id: users[0].id, ..Post::new() }).await?;
/// let own = db.find::<Post>().filter(Post::AUTHOR_ID.eq(User::ID));
/// let silent = db.find::<User>().filter(!exists(own)).all().await?;
/// assert_eq!(silent[0].name, "Bob");
///
/// let authors = db.find::<Post>().filter(Post::TITLE.starts_with("H")).select(Post::AUTHOR_ID);
/// let greeting = db.find::<User>().filter(User::ID.in_query(authors)).all().await?;
/// assert_eq!(greeting[0].name, "Ada");
/// # Ok(())
/// # }
/// ```
pub fn exists<M, R: Reader>(query: Find<'_, M, R>) -> Predicate {
    Predicate::from_built(query.into_query().map(|query| Subquery::exists(query).into()))
}

/// Something that a query can be searched for.
pub(super) fn among<T, M, S>(member: Built, query: Find<'_, M, Selected<S>>) -> Predicate
where
    T: Stored,
    S: SearchedFor<T>,
{
    let among = member.and_then(|member| Ok(Expr::from(Subquery::among(member, query.into_query()?))));
    Predicate::from_built(among)
}

/// What a query selects that values of `T` can be looked for in: one column or computed value of the same kind.
#[diagnostic::on_unimplemented(
    message = "a value of `{T}` cannot be among those that `{Self}` selects",
    label = "expected a query that selects one column or computed value of the same kind"
)]
pub trait SearchedFor<T>: super::Selection {}

impl<T, S> SearchedFor<T> for S
where
    T: Stored,
    S: Selectable + super::Selection,
    S::Value: Stored<Kind = T::Kind>,
{
}
