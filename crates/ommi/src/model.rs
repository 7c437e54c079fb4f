//! `Model`: what a type must tell Ommi to be stored. `#[derive(Model)]` writes all of it.

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::schema::ModelDef;
use ommi_core::value::{Cell, RowBatch, Value};
use ommi_engine::Session;

use crate::__private::BoxFuture;
use crate::description::Description;
use crate::relation::Eagerly;
use crate::tracked::Tracked;

/// A type that is stored: a struct with `#[derive(Model)]`.
///
/// The struct stays yours: its own constructors, traits and methods. The derive adds one constant for each field
/// (`User::NAME` is a [`Field`](crate::Field)), one for each relation (`User::POSTS` is a
/// [`Relation`](crate::Relation)), and [`New::new`], which gives every field its default value.
///
/// # Attributes of the struct
///
/// | attribute | meaning |
/// | --- | --- |
/// | `table = "users"` | the table's name; without it the struct's |
/// | `index(a, b)` | an index over these fields, in this order |
/// | `unique(a, b)` | the combination of these fields stands once only |
/// | `shard(a, hashed(b))` | the shard key, for MongoDB's sharded clusters: the key has to hold its fields, and what is unique to begin with them; databases on one machine do nothing with it |
/// | `reference(fields(a, b), to(Other::x, Other::y), on_delete = "...")` | a reference made of several fields |
/// | `transparent` | for a newtype: it is stored as what it wraps, as a field of models |
///
/// # Attributes of fields
///
/// | attribute | meaning |
/// | --- | --- |
/// | `key` | part of the key; without any, a field stored as `_id` or named `id` is the key |
/// | `auto` | the database generates the key where it is 0 or `None`, as it does for every single integer key |
/// | `unique` | each value stands once only |
/// | `index` | an index over this field |
/// | `column = "name"` | the column's name; without it the field's |
/// | `max_length = 40` | longer text is refused |
/// | `default = 1` | the value in [`New::new`], and in rows that were there before the column was |
/// | `references(User::id)` | holds the value of that field of another model; `references(User)` means its key |
/// | `on_delete = "..."`, `on_update = "..."` | `restrict` (as without it), `cascade`, or `set_null` |
/// | `json` | any type with serde |
/// | `related` | a relation: the type is [`Every`](crate::Every) or [`The`](crate::The) |
/// | `through = Membership` | with `related`: the association model in between |
/// | `by = author_id` | with `related`: the field that refers, where several lead to the same model |
/// | `version` | an integer that counts how often the row was saved: saving and deleting a model whose row somebody else has saved meanwhile is a `Conflict` |
/// | `tracked` | of type [`Tracked`](crate::Tracked): saving writes what changed |
/// | `skip` | not stored; its default value after a read |
///
/// ```
/// use ommi::{Model, prelude::*};
///
/// #[derive(Model, Debug, Clone, PartialEq)]
/// #[model(table = "users", index(name, age))]
/// struct User {
///     #[model(key, auto)]
///     id: i64,
///     name: String,
///     #[model(unique)]
///     email: Option<String>,
///     #[model(default = 18)]
///     age: i32,
///     #[model(related, through = Membership)]
///     teams: Every<Team>,
/// }
///
/// #[derive(Model, Debug, Clone, PartialEq)]
/// struct Team {
///     #[model(key, max_length = 20)]
///     name: String,
/// }
///
/// #[derive(Model, Debug, Clone, PartialEq)]
/// struct Membership {
///     #[model(key, references(User::id), on_delete = "cascade")]
///     user_id: i64,
///     #[model(key, references(Team::name))]
///     team: String,
/// }
///
/// let ada = User { name: "Ada".into(), ..User::new() };
/// assert_eq!((ada.id, ada.age), (0, 18));
/// assert_eq!(User::definition().table(), "users");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "expected a struct with `#[derive(Model)]`"
)]
pub trait Model: Sized + Send + Sync + 'static {
    /// The key's type; a tuple where it has several fields.
    type Key;

    #[doc(hidden)]
    type Links: Send + Sync + 'static;

    #[doc(hidden)]
    fn description() -> &'static Description;

    /// Ommi's description of the model: the same one for the life of the process.
    #[inline]
    fn definition() -> &'static Arc<ModelDef> {
        Self::description().model()
    }

    /// What connects the relations of rows that are read together.
    #[doc(hidden)]
    fn links() -> Self::Links;

    /// The model in a row whose first cells are its fields.
    #[doc(hidden)]
    fn from_row(cells: &[Cell<'_>], links: &mut Self::Links) -> Result<Self>;

    /// Adds a field's value to a row.
    #[doc(hidden)]
    fn write(&self, field: usize, row: &mut RowBatch) -> Result<()>;

    /// A field's value.
    #[doc(hidden)]
    fn value(&self, field: usize) -> Result<Value>;

    /// Whether the key waits to be generated.
    #[doc(hidden)]
    fn is_key_blank(&self) -> bool;

    /// Takes the generated key.
    #[doc(hidden)]
    fn set_key(&mut self, key: i64) -> Result<()>;

    /// Sets a field to what is stored in it.
    #[doc(hidden)]
    fn set(&mut self, field: usize, cell: Cell<'_>) -> Result<()>;

    /// The row as it was, where the model remembers it.
    #[doc(hidden)]
    fn tracked(&self) -> Option<&Tracked> {
        None
    }

    /// Remembers the row as it is now.
    #[doc(hidden)]
    fn track(&mut self) -> Result<()> {
        Ok(())
    }

    /// Connects the relations anew, from the values of the fields.
    #[doc(hidden)]
    fn relink(&mut self, links: &mut Self::Links) -> Result<()>;

    /// Loads one relation of all rows that `links` connected.
    #[doc(hidden)]
    fn load_link(
        links: &Self::Links,
        relation: usize,
        session: &Session,
        eagerly: &Arc<Eagerly>,
    ) -> BoxFuture<Result<()>>;
}

/// Models of which every field has a default value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no `new` of its own making",
    label = "a field without a default value"
)]
pub trait New: Model {
    /// A model with the default value in every field, for `User { name, ..User::new() }`.
    ///
    /// A `new` of the type's own comes first; this one is then `New::new()`.
    fn new() -> Self;
}

/// The definitions of models, for [`Ommi::use_models`](crate::Ommi::use_models) and the like.
///
/// ```
/// # use ommi::{Model, prelude::*};
/// # #[derive(Model)]
/// # struct User { id: i64 }
/// # #[derive(Model)]
/// # struct Post { id: i64 }
/// # #[tokio::main]
/// # async fn main() -> ommi::Result<()> {
/// let db = Ommi::connect("sqlite://:memory:").await?;
/// db.use_models(ommi::models![User, Post]).await?;
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! models {
    ($($model:ty),* $(,)?) => {
        ::std::vec![$(::std::sync::Arc::clone(<$model as $crate::Model>::definition())),*]
    };
}
