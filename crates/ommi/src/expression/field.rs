//! `Field`: a column of a model with its Rust type.

use std::fmt;
use std::marker::PhantomData;

use ommi_core::query::{ColumnRef, Expr, Function, Operator};

use super::aggregate::aggregates;
use super::function::functions;
use super::methods::{comparisons, ordering, text_operators};
use super::{Assignment, Built, Comparand, Computed, Named, Operand, Order, Predicate, Settable};
use crate::model::Model;
use crate::stored::Stored;

/// A column: of the model `M`, with values of type `T`. The derive makes one constant for each field.
///
/// ```
/// use ommi::{Model, prelude::*};
///
/// #[derive(Model)]
/// struct User {
///     id: i64,
///     name: String,
///     age: Option<i32>,
///     admin: bool,
/// }
///
/// let grown_up = User::AGE.ge(18); // a value, and `Option` is no hurdle
/// let early = User::AGE.lt(User::ID); // another column of the same kind
/// let doubled = (User::AGE * 2 + 1).ne(7); // something computed
/// let named = User::NAME.starts_with("A") | User::NAME.in_(["Grace", "Edsger"]);
/// let predicate = grown_up & (early | doubled) & named & !User::ADMIN; // a bool column is a predicate
/// # let _ = predicate;
/// ```
///
/// Everything means the same on every database: text is compared by code point, case matters except to `ilike`, and
/// NULL is neither equal nor unequal to anything (but `eq(None)` tests for it).
pub struct Field<M, T> {
    position: usize,
    types: PhantomData<fn() -> (M, T)>,
}

impl<M, T> Field<M, T> {
    /// The column at this position of the model. The derive uses it; positions come from nowhere else.
    #[doc(hidden)]
    pub const fn numbered(position: usize) -> Self {
        Self { position, types: PhantomData }
    }

    /// Its position in the model.
    pub(super) fn place(self) -> usize {
        self.position
    }
}

impl<M: Model, T: Stored> Field<M, T> {
    comparisons!();
    text_operators!();

    ordering!();
    aggregates!();
    functions!();

    /// Sets the column, in an update: to a value, to another column, or to something computed from the row as it
    /// was.
    ///
    /// ```
    /// # use ommi::{Model, prelude::*};
    /// # #[derive(Model)]
    /// # struct User { id: i64, name: String, age: i32, email: Option<String> }
    /// # #[tokio::main]
    /// # async fn main() -> ommi::Result<()> {
    /// # let db = Ommi::connect("sqlite://:memory:").await?;
    /// let changed = db
    ///     .find::<User>()
    ///     .filter(User::NAME.eq("Ada"))
    ///     .update((User::AGE.set(User::AGE + 1), User::EMAIL.set(None::<String>)))
    ///     .await?;
    /// # assert_eq!(changed, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set<V, K>(self, value: V) -> Assignment<M>
    where
        V: Settable<T, K>,
    {
        Assignment::new(self.position, self.placed(value.into_built()))
    }

    /// The value that a row on its way in has for the column, in what happens to the row that is there already: see
    /// [`on`](crate::on).
    pub fn given(self) -> Computed<T> {
        Computed::from_built(Ok(Expr::Given(self.column())))
    }

    /// The column, untyped.
    pub(crate) fn column(self) -> ColumnRef {
        ColumnRef { model: M::definition().clone(), field: self.position }
    }

    pub(crate) fn position(self) -> usize {
        self.position
    }

    pub(super) fn built(self) -> Built {
        Ok(Expr::Column(self.column()))
    }

    /// The operand, with this column's name where it was refused.
    fn placed(self, operand: Built) -> Built {
        operand.map_err(|refusal| {
            let name = M::definition().fields().get(self.position).map_or("", |field| field.name.as_str());
            refusal.into_error().with_model(M::definition().name()).with_field(name).into()
        })
    }
}

impl<M, T> Clone for Field<M, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T> Copy for Field<M, T> {}

impl<M: Model, T> fmt::Debug for Field<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let model = M::definition();
        let name = model.fields().get(self.position).map_or("?", |field| field.name.as_str());
        write!(f, "{}.{name}", model.name())
    }
}
