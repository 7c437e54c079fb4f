//! Structs made of what is selected, by name.

use std::marker::PhantomData;

use ommi_core::value::Cell;
use ommi_core::{Error, ErrorKind, Result};
use smallvec::SmallVec;

use super::Reader;
use crate::expression::Selection;

/// A struct that a row of a selection becomes, each field from the value of its name. Derive it; every field is of a
/// [`Stored`](crate::Stored) type. See [`Aggregate`](crate::Aggregate) for an example.
#[diagnostic::on_unimplemented(
    message = "a row cannot become a `{Self}`",
    label = "not made of rows",
    note = "`#[derive(FromRow)]` on the struct"
)]
pub trait FromRow: Sized + Send + 'static {
    /// The names of the fields.
    const FIELDS: &'static [&'static str];

    /// The struct of these cells, in the order of [`FIELDS`](Self::FIELDS).
    ///
    /// # Errors
    /// `Query`, naming the field, where a cell is not of its type.
    fn from_cells(cells: &[Cell<'_>]) -> Result<Self>;
}

/// Rows become structs.
#[derive(Debug)]
pub struct Structs<T> {
    /// Where among what is selected the value of each field is.
    places: Vec<usize>,
    made: PhantomData<fn() -> T>,
}

impl<T: FromRow> Structs<T> {
    pub(super) fn of(selection: &impl Selection) -> Result<Self> {
        let names = selection.names();
        let struct_name = std::any::type_name::<T>().rsplit("::").next().unwrap_or_default();
        for (place, name) in names.iter().enumerate() {
            let Some(name) = name else {
                return Err(Error::query(format!(
                    "value {} of what is selected has no name for `{struct_name}`; give it one by `.named(\"...\")`",
                    place + 1
                )));
            };
            if !T::FIELDS.contains(name) {
                return Err(Error::query(format!("`{struct_name}` has no field `{name}`")));
            }
        }
        let place = |field: &&'static str| {
            names.iter().position(|name| *name == Some(*field)).ok_or_else(|| {
                Error::query(format!(
                    "nothing that is selected is called `{field}`, which `{struct_name}` needs"
                ))
            })
        };
        Ok(Self { places: T::FIELDS.iter().map(place).collect::<Result<_>>()?, made: PhantomData })
    }

    /// For a query that is refused before it reads.
    pub(super) fn none() -> Self {
        Self { places: Vec::new(), made: PhantomData }
    }
}

impl<T: FromRow> Reader for Structs<T> {
    type Item = T;
    type Batch = ();

    fn start(&self) {}

    fn read(&self, cells: &[Cell<'_>], (): &mut ()) -> Result<T> {
        let in_order: Option<SmallVec<[Cell<'_>; 12]>> =
            self.places.iter().map(|place| cells.get(*place).copied()).collect();
        match in_order {
            Some(cells) => T::from_cells(&cells),
            None => Err(Error::new(ErrorKind::Internal, "a row has fewer cells than were selected")),
        }
    }
}
