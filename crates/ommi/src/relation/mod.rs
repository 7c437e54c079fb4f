//! Relations: lazy fields that lead along references. Rows that were read together load them together.

mod every;
mod group;
mod link;
mod loading;
mod the;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use ommi_core::schema::RelationKind;
use ommi_core::{Error, Result};

use crate::expression::Refusal;
use crate::model::Model;
pub use every::Every;
use group::Group;
pub use link::Link;
pub use loading::{Eager, Eagerly, Loading};
pub use the::The;

/// The types of lazy fields: [`Every`] and [`The`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a relation",
    label = "expected `Every<Model>` or `The<Model>`"
)]
pub trait Related: Default + Send + Sync + 'static {
    /// The model that it leads to.
    type Target: Model;
    /// One row or many.
    const KIND: RelationKind;

    #[doc(hidden)]
    fn connected(connection: Connection<Self::Target>) -> Self;
}

/// A relation of the model `M`, declared by a field of type `R`: what `with` takes.
///
/// The derive makes one constant for each lazy field: `User::POSTS`.
pub struct Relation<M, R> {
    position: usize,
    types: PhantomData<fn() -> (M, R)>,
}

impl<M, R> Relation<M, R> {
    /// The relation at this position of the model. The derive uses it.
    #[doc(hidden)]
    pub const fn at(position: usize) -> Self {
        Self { position, types: PhantomData }
    }

    pub(crate) fn position(self) -> usize {
        self.position
    }
}

impl<M, R> Clone for Relation<M, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, R> Copy for Relation<M, R> {}

impl<M: Model, R> fmt::Debug for Relation<M, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let model = M::definition();
        let name = model.relations().get(self.position).map_or("?", |relation| relation.name.as_str());
        write!(f, "{}.{name}", model.name())
    }
}

/// What connects a lazy field with the rows that it leads to.
#[doc(hidden)]
pub enum Connection<T> {
    /// The field was made by hand.
    None,
    /// The field's model is one of the group's.
    Member(Arc<Group<T>>, usize),
    /// The relation leads nowhere, and whoever loads it is told why.
    Broken(Refusal),
}

impl<T: Model> Connection<T> {
    /// The related rows.
    async fn load(&self, session: &ommi_engine::Session) -> Result<&[T]> {
        match self {
            Connection::None => Err(Error::validation(
                "this relation leads nowhere yet: its model was neither found nor added",
            )
            .with_model(T::definition().name())),
            Connection::Member(group, member) => {
                Ok(group.load(session, &Eagerly::default()).await?.of(*member))
            }
            Connection::Broken(refusal) => Err(refusal.clone().into_error()),
        }
    }

    /// The related rows, where they are loaded.
    fn loaded(&self) -> Option<&[T]> {
        match self {
            Connection::Member(group, member) => group.loaded().map(|loaded| loaded.of(*member)),
            Connection::None | Connection::Broken(_) => None,
        }
    }

    /// The same connection, alone and with nothing loaded.
    fn fresh(&self) -> Self {
        match self {
            Connection::None => Connection::None,
            Connection::Member(group, member) => Connection::Member(Arc::new(group.alone(*member)), 0),
            Connection::Broken(refusal) => Connection::Broken(refusal.clone()),
        }
    }

    fn describe(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.loaded() {
            Some(rows) => write!(f, "{name}({} loaded)", rows.len()),
            None => write!(f, "{name}(not loaded)"),
        }
    }
}

impl<T> Clone for Connection<T> {
    fn clone(&self) -> Self {
        match self {
            Connection::None => Connection::None,
            Connection::Member(group, member) => Connection::Member(group.clone(), *member),
            Connection::Broken(refusal) => Connection::Broken(refusal.clone()),
        }
    }
}

/// A relation is a way, not a value: it is made empty, and does not count when models are compared.
macro_rules! not_a_value {
    ($name:ident) => {
        impl<T> Default for $name<T> {
            fn default() -> Self {
                Self { connection: Connection::None }
            }
        }

        impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                Self { connection: self.connection.clone() }
            }
        }

        impl<T: Model> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.connection.describe(stringify!($name), f)
            }
        }

        impl<T> PartialEq for $name<T> {
            fn eq(&self, _: &Self) -> bool {
                true
            }
        }

        impl<T> Eq for $name<T> {}

        impl<T> PartialOrd for $name<T> {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl<T> Ord for $name<T> {
            fn cmp(&self, _: &Self) -> Ordering {
                Ordering::Equal
            }
        }

        impl<T> Hash for $name<T> {
            fn hash<H: Hasher>(&self, _: &mut H) {}
        }
    };
}

use not_a_value;
