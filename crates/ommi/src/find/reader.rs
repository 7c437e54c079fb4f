//! Readers: what becomes of each row. They visit the cells where the driver has them.

use std::marker::PhantomData;
use std::sync::Arc;

use ommi_core::Result;
use ommi_core::driver::BoxFuture;
use ommi_core::value::Cell;
use ommi_engine::Session;

use crate::expression::Selection;
use crate::model::Model;
use crate::relation::Eagerly;

/// Makes something of each row.
pub trait Reader: Send + Sync + 'static + Sized {
    /// What a row becomes.
    type Item: Send + 'static;
    /// What the rows of one batch share.
    #[doc(hidden)]
    type Batch: Send + Sync + 'static;

    #[doc(hidden)]
    fn start(&self) -> Self::Batch;

    /// Reads one row.
    #[doc(hidden)]
    fn read(&self, cells: &[Cell<'_>], batch: &mut Self::Batch) -> Result<Self::Item>;

    /// What has to be loaded before the rows of a batch are handed out.
    #[doc(hidden)]
    fn eager(&self, _: &Self::Batch, _: &Session) -> Vec<BoxFuture<Result<()>>> {
        Vec::new()
    }
}

/// Readers of whole rows, which can be changed and removed.
#[diagnostic::on_unimplemented(
    message = "a selection cannot be changed",
    label = "leave `select` out: an update and a delete are of whole rows"
)]
pub trait WholeRows: Reader {}

/// Rows become models.
#[derive(Debug)]
pub struct Whole<M> {
    eager: Vec<(usize, Arc<Eagerly>)>,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> Whole<M> {
    pub(crate) fn new() -> Self {
        Self { eager: Vec::new(), model: PhantomData }
    }

    /// Loads a relation with the rows; of one that is named twice, what is said last counts.
    pub(crate) fn load_eagerly(&mut self, relation: usize, eagerly: Eagerly) {
        self.eager.retain(|(known, _)| *known != relation);
        self.eager.push((relation, Arc::new(eagerly)));
    }
}

impl<M: Model> WholeRows for Whole<M> {}

impl<M: Model> Reader for Whole<M> {
    type Item = M;
    type Batch = M::Links;

    #[inline]
    fn start(&self) -> M::Links {
        M::links()
    }

    #[inline]
    fn read(&self, cells: &[Cell<'_>], links: &mut M::Links) -> Result<M> {
        M::from_row(cells, links)
    }

    fn eager(&self, links: &M::Links, session: &Session) -> Vec<BoxFuture<Result<()>>> {
        self.eager
            .iter()
            .map(|(relation, eagerly)| M::load_link(links, *relation, session, eagerly))
            .collect()
    }
}

/// Rows become what was selected of them.
#[derive(Debug, Clone)]
pub struct Selected<S>(pub(crate) S);

impl<S: Selection> Reader for Selected<S> {
    type Item = S::Row;
    type Batch = ();

    fn start(&self) {}

    #[inline]
    fn read(&self, cells: &[Cell<'_>], (): &mut ()) -> Result<S::Row> {
        self.0.read(cells)
    }
}
