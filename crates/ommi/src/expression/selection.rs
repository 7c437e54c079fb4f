//! `Selection`: some values of each row or group, as a tuple.

use ommi_core::query::Expr;
use ommi_core::value::Cell;
use ommi_core::{Error, ErrorKind, Result};

use super::{Aggregate, Built, Computed, Field, Refusal};
use crate::__private::misread;
use crate::model::Model;
use crate::stored::Stored;

/// What one value of a selection is: a column, something computed, an aggregate, or one of these with a name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected",
    label = "expected a column, a computed value, an aggregate, or a tuple of at most 12 of them"
)]
pub trait Selectable: Send + Sync + 'static {
    /// The type of the value: what is computed may always be NULL.
    type Value: Send + 'static;

    #[doc(hidden)]
    fn to_built(&self) -> Built;

    #[doc(hidden)]
    fn read_value(&self, cell: Cell<'_>) -> Result<Self::Value>;

    /// The name under which it goes into a struct.
    #[doc(hidden)]
    fn name(&self) -> Option<&str>;
}

impl<M: Model, T: Stored + Send + 'static> Selectable for Field<M, T> {
    type Value = T;

    fn to_built(&self) -> Built {
        self.built()
    }

    fn read_value(&self, cell: Cell<'_>) -> Result<T> {
        T::from_cell(cell).map_err(|error| misread::<M>(error, self.position()))
    }

    fn name(&self) -> Option<&str> {
        M::definition().fields().get(self.position()).map(|field| field.name.as_str())
    }
}

impl<T: Stored + Send + 'static> Selectable for Computed<T> {
    type Value = Option<T>;

    fn to_built(&self) -> Built {
        self.clone().built()
    }

    fn read_value(&self, cell: Cell<'_>) -> Result<Option<T>> {
        match cell {
            Cell::Null => Ok(None),
            cell => T::from_cell(cell).map(Some),
        }
    }

    fn name(&self) -> Option<&str> {
        None
    }
}

impl<T: Stored + Send + 'static> Selectable for Aggregate<T> {
    type Value = T;

    fn to_built(&self) -> Built {
        self.clone().built()
    }

    fn read_value(&self, cell: Cell<'_>) -> Result<T> {
        T::from_cell(cell)
    }

    fn name(&self) -> Option<&str> {
        None
    }
}

/// Something selected, with a name: made by `named`.
#[derive(Debug, Clone)]
pub struct Named<S> {
    selected: S,
    name: &'static str,
}

impl<S> Named<S> {
    pub(super) fn new(selected: S, name: &'static str) -> Self {
        Self { selected, name }
    }
}

impl<S: Selectable> Selectable for Named<S> {
    type Value = S::Value;

    fn to_built(&self) -> Built {
        self.selected.to_built()
    }

    fn read_value(&self, cell: Cell<'_>) -> Result<S::Value> {
        self.selected.read_value(cell)
    }

    fn name(&self) -> Option<&str> {
        Some(self.name)
    }
}

/// What `select` takes: a column, something computed, an aggregate, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected",
    label = "expected a column, a computed value, an aggregate, or a tuple of at most 12 of them"
)]
pub trait Selection: Send + Sync + 'static {
    /// A value's type, or a tuple of the values' types.
    type Row: Send + 'static;

    #[doc(hidden)]
    fn values(&self) -> Result<Vec<Expr>, Refusal>;

    #[doc(hidden)]
    fn names(&self) -> Vec<Option<&str>>;

    #[doc(hidden)]
    fn read(&self, cells: &[Cell<'_>]) -> Result<Self::Row>;
}

impl<S: Selectable> Selection for S {
    type Row = S::Value;

    fn values(&self) -> Result<Vec<Expr>, Refusal> {
        Ok(vec![self.to_built()?])
    }

    fn names(&self) -> Vec<Option<&str>> {
        vec![self.name()]
    }

    fn read(&self, cells: &[Cell<'_>]) -> Result<S::Value> {
        match cells {
            [cell] => self.read_value(*cell),
            _ => Err(wrong_width(cells.len(), 1)),
        }
    }
}

#[cold]
fn wrong_width(found: usize, wanted: usize) -> Error {
    Error::new(ErrorKind::Internal, format!("a row has {found} cells and {wanted} were selected"))
}

macro_rules! tuples {
    ($width:literal: $($ty:ident $cell:ident),+) => {
        impl<$($ty: Selectable),+> Selection for ($($ty,)+) {
            type Row = ($($ty::Value,)+);

            #[allow(non_snake_case)]
            fn values(&self) -> Result<Vec<Expr>, Refusal> {
                let ($($ty,)+) = self;
                Ok(vec![$($ty.to_built()?),+])
            }

            #[allow(non_snake_case)]
            fn names(&self) -> Vec<Option<&str>> {
                let ($($ty,)+) = self;
                vec![$($ty.name()),+]
            }

            #[allow(non_snake_case)]
            fn read(&self, cells: &[Cell<'_>]) -> Result<Self::Row> {
                let ($($ty,)+) = self;
                match cells {
                    [$($cell),+] => Ok(($($ty.read_value(*$cell)?,)+)),
                    _ => Err(wrong_width(cells.len(), $width)),
                }
            }
        }
    };
}

tuples!(1: A a);
tuples!(2: A a, B b);
tuples!(3: A a, B b, C c);
tuples!(4: A a, B b, C c, D d);
tuples!(5: A a, B b, C c, D d, E e);
tuples!(6: A a, B b, C c, D d, E e, F f);
tuples!(7: A a, B b, C c, D d, E e, F f, G g);
tuples!(8: A a, B b, C c, D d, E e, F f, G g, H h);
tuples!(9: A a, B b, C c, D d, E e, F f, G g, H h, I i);
tuples!(10: A a, B b, C c, D d, E e, F f, G g, H h, I i, J j);
tuples!(11: A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k);
tuples!(12: A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l);
