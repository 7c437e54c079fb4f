//! `on`: what becomes of a row that is added while one like it is there.

use std::fmt;
use std::marker::PhantomData;

use ommi_core::query::{Conflict, Resolution};

use super::{Assignments, Field, Refusal};
use crate::model::Model;

/// Columns of `M`: one, an array, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not made of columns of `{M}`",
    label = "expected a column of `{M}`, or a tuple of them"
)]
pub trait Fields<M> {
    #[doc(hidden)]
    fn positions(self) -> Vec<usize>;
}

impl<M: Model, T> Fields<M> for Field<M, T> {
    fn positions(self) -> Vec<usize> {
        vec![self.place()]
    }
}

impl<M: Model, T, const N: usize> Fields<M> for [Field<M, T>; N] {
    fn positions(self) -> Vec<usize> {
        self.into_iter().map(Field::place).collect()
    }
}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<M, $($name: Fields<M>),+> Fields<M> for ($($name,)+) {
            #[allow(non_snake_case)]
            fn positions(self) -> Vec<usize> {
                let ($($name,)+) = self;
                let mut all = Vec::new();
                $(all.extend($name.positions());)+
                all
            }
        }
    };
}

tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);

/// Names the columns by which a row is known to be there: the key, a unique column, or those of a unique index.
///
/// ```
/// use ommi::{Model, on, prelude::*};
///
/// #[derive(Model, Debug, Clone, PartialEq)]
/// struct User {
///     id: i64,
///     #[model(unique)]
///     email: String,
///     name: String,
///     visits: i64,
/// }
///
/// # #[tokio::main]
/// # async fn main() -> ommi::Result<()> {
/// let db = Ommi::connect("sqlite://:memory:").await?;
/// let user = |name: &str, visits| User { email: "ada@x.org".into(), name: name.into(), visits, ..User::new() };
/// let mut ada = user("Ada", 1);
/// assert!(db.upsert(&mut ada, on(User::EMAIL).replace()).await?); // it was added
///
/// let mut again = user("Lady Ada", 5);
/// let sum = User::VISITS.set(User::VISITS + User::VISITS.given());
/// assert!(!db.upsert(&mut again, on(User::EMAIL).update(sum)).await?); // it was there
/// assert_eq!(again.id, ada.id);
///
/// db.reload(&mut ada).await?;
/// assert_eq!((ada.name.as_str(), ada.visits), ("Ada", 6));
///
/// let (found, created) = db.get_or_create(user("x", 0), User::EMAIL).await?;
/// assert_eq!((found, created), (ada, false));
/// # Ok(())
/// # }
/// ```
pub fn on<M: Model>(columns: impl Fields<M>) -> On<M> {
    On { target: columns.positions(), model: PhantomData }
}

/// The columns by which a row is known to be there: see [`on`].
#[must_use = "say what happens to a row that is there: `ignore`, `replace` or `update`"]
pub struct On<M> {
    target: Vec<usize>,
    model: PhantomData<fn() -> M>,
}

impl<M> On<M> {
    /// The row that is there stays as it is.
    pub fn ignore(self) -> OnConflict<M> {
        self.resolved(Ok(Resolution::Ignore))
    }

    /// The row that is there gets every value of the other one, but keeps its key.
    pub fn replace(self) -> OnConflict<M> {
        self.resolved(Ok(Resolution::Replace))
    }

    /// Columns of the row that is there are set. A column in an expression is that of this row, its
    /// [`given`](Field::given) value that of the other one.
    pub fn update(self, assignments: impl Assignments<M>) -> OnConflict<M> {
        self.resolved(assignments.into_core().map(Resolution::Update))
    }

    fn resolved(self, resolution: Result<Resolution, Refusal>) -> OnConflict<M> {
        OnConflict { target: self.target, resolution, model: PhantomData }
    }
}

/// What becomes of a row that is added while one like it is there: see [`on`].
#[must_use = "it does nothing until it is given to `upsert`"]
pub struct OnConflict<M> {
    target: Vec<usize>,
    resolution: Result<Resolution, Refusal>,
    model: PhantomData<fn() -> M>,
}

impl<M> OnConflict<M> {
    pub(crate) fn into_core(self) -> Result<Conflict, Refusal> {
        Ok(Conflict { target: self.target, resolution: self.resolution? })
    }
}

impl<M> Clone for OnConflict<M> {
    fn clone(&self) -> Self {
        Self { target: self.target.clone(), resolution: self.resolution.clone(), model: PhantomData }
    }
}

impl<M: Model> fmt::Debug for On<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("On").field("target", &self.target).finish()
    }
}

impl<M> fmt::Debug for OnConflict<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnConflict")
            .field("target", &self.target)
            .field("resolution", &self.resolution)
            .finish()
    }
}
