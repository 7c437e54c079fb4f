//! `Selection`: some columns of each row, as a tuple.

use ommi_core::query::ColumnRef;
use ommi_core::value::Cell;
use ommi_core::{Error, ErrorKind, Result};

use super::Field;
use crate::__private::misread;
use crate::model::Model;
use crate::stored::Stored;

/// What `select` takes: a column, or a tuple of columns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected",
    label = "expected a column, or a tuple of at most 12 columns"
)]
pub trait Selection: Copy + Send + Sync + 'static {
    /// A column's type, or a tuple of the columns' types.
    type Row: Send + 'static;

    #[doc(hidden)]
    fn columns(&self) -> Vec<ColumnRef>;

    #[doc(hidden)]
    fn read(&self, cells: &[Cell<'_>]) -> Result<Self::Row>;
}

impl<M: Model, T: Stored + Send + 'static> Selection for Field<M, T> {
    type Row = T;

    fn columns(&self) -> Vec<ColumnRef> {
        vec![self.column()]
    }

    fn read(&self, cells: &[Cell<'_>]) -> Result<T> {
        match cells {
            [cell] => read_one(*self, *cell),
            _ => Err(wrong_width(cells.len(), 1)),
        }
    }
}

fn read_one<M: Model, T: Stored>(field: Field<M, T>, cell: Cell<'_>) -> Result<T> {
    T::from_cell(cell).map_err(|error| misread::<M>(error, field.position()))
}

#[cold]
fn wrong_width(found: usize, wanted: usize) -> Error {
    Error::new(ErrorKind::Internal, format!("a row has {found} cells and {wanted} were selected"))
}

macro_rules! tuples {
    ($width:literal: $($model:ident $ty:ident $field:ident $cell:ident),+) => {
        impl<$($model: Model, $ty: Stored + Send + 'static),+> Selection for ($(Field<$model, $ty>,)+) {
            type Row = ($($ty,)+);

            fn columns(&self) -> Vec<ColumnRef> {
                let ($($field,)+) = self;
                vec![$($field.column()),+]
            }

            fn read(&self, cells: &[Cell<'_>]) -> Result<Self::Row> {
                let ($($field,)+) = self;
                match cells {
                    [$($cell),+] => Ok(($(read_one(*$field, *$cell)?,)+)),
                    _ => Err(wrong_width(cells.len(), $width)),
                }
            }
        }
    };
}

tuples!(1: M1 T1 f1 c1);
tuples!(2: M1 T1 f1 c1, M2 T2 f2 c2);
tuples!(3: M1 T1 f1 c1, M2 T2 f2 c2, M3 T3 f3 c3);
tuples!(4: M1 T1 f1 c1, M2 T2 f2 c2, M3 T3 f3 c3, M4 T4 f4 c4);
tuples!(5: M1 T1 f1 c1, M2 T2 f2 c2, M3 T3 f3 c3, M4 T4 f4 c4, M5 T5 f5 c5);
tuples!(6: M1 T1 f1 c1, M2 T2 f2 c2, M3 T3 f3 c3, M4 T4 f4 c4, M5 T5 f5 c5, M6 T6 f6 c6);
tuples!(7: M1 T1 f1 c1, M2 T2 f2 c2, M3 T3 f3 c3, M4 T4 f4 c4, M5 T5 f5 c5, M6 T6 f6 c6, M7 T7 f7 c7);
tuples!(8: M1 T1 f1 c1, M2 T2 f2 c2, M3 T3 f3 c3, M4 T4 f4 c4, M5 T5 f5 c5, M6 T6 f6 c6, M7 T7 f7 c7, M8 T8 f8 c8);
tuples!(9: M1 T1 f1 c1, M2 T2 f2 c2, M3 T3 f3 c3, M4 T4 f4 c4, M5 T5 f5 c5, M6 T6 f6 c6, M7 T7 f7 c7, M8 T8 f8 c8, M9 T9 f9 c9);
tuples!(10: M1 T1 f1 c1, M2 T2 f2 c2, M3 T3 f3 c3, M4 T4 f4 c4, M5 T5 f5 c5, M6 T6 f6 c6, M7 T7 f7 c7, M8 T8 f8 c8, M9 T9 f9 c9, M10 T10 f10 c10);
tuples!(11: M1 T1 f1 c1, M2 T2 f2 c2, M3 T3 f3 c3, M4 T4 f4 c4, M5 T5 f5 c5, M6 T6 f6 c6, M7 T7 f7 c7, M8 T8 f8 c8, M9 T9 f9 c9, M10 T10 f10 c10, M11 T11 f11 c11);
tuples!(12: M1 T1 f1 c1, M2 T2 f2 c2, M3 T3 f3 c3, M4 T4 f4 c4, M5 T5 f5 c5, M6 T6 f6 c6, M7 T7 f7 c7, M8 T8 f8 c8, M9 T9 f9 c9, M10 T10 f10 c10, M11 T11 f11 c11, M12 T12 f12 c12);
