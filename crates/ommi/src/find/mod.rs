//! `Find`: a query being written, and what can be asked of it.

mod caching;
mod fetch;
mod lock;
mod reader;
mod rows;
mod structs;
mod write;

use std::marker::PhantomData;
use std::sync::Arc;

use ommi_core::query::{Operation, Projection, Query};
use ommi_core::schema::ModelDef;
use ommi_core::{Error, ErrorKind, Result};
use ommi_engine::Session;

use crate::dynamic::{AsRow, Row};
use crate::expression::{GroupKeys, IntoPredicate, Orders, Refusal, Selection};
use crate::model::Model;
use crate::relation::Eager;
pub(crate) use fetch::{
    Attempt, collected, fetch_all, fetch_first, fetch_number, fetch_one, fetch_truth, first_now, hydrate,
    write,
};
pub use reader::{Reader, Selected, Whole, WholeRows};
pub use rows::Rows;
pub use structs::{FromRow, Structs};

/// A query on the model `M`. Nothing runs until one of the methods that are awaited.
///
/// ```
/// use ommi::{Model, prelude::*};
///
/// #[derive(Model, Debug, Clone)]
/// struct User {
///     id: i64,
///     name: String,
///     age: i32,
/// }
///
/// # #[tokio::main]
/// # async fn main() -> ommi::Result<()> {
/// let db = Ommi::connect("sqlite://:memory:").await?;
/// let mut users: Vec<_> = (1..=30).map(|age| User { name: format!("user {age}"), age, ..User::new() }).collect();
/// db.add_all(&mut users).await?;
///
/// let grown_up = || db.find::<User>().filter(User::AGE.ge(18));
/// assert_eq!(grown_up().count().await?, 13);
/// assert!(grown_up().filter(User::NAME.eq("user 20")).exists().await?);
/// assert_eq!(grown_up().order_by(User::AGE.desc()).first().await?.unwrap().age, 30);
/// assert_eq!(grown_up().order_by(User::AGE).page(1, 5).all().await?[0].age, 23);
/// assert_eq!(db.find::<User>().filter(User::ID.eq(99)).one().await.unwrap_err().kind(), ommi::ErrorKind::NoResult);
///
/// let names: Vec<(String, i32)> = grown_up().select((User::NAME, User::AGE)).limit(2).all().await?;
/// assert_eq!(names.len(), 2);
///
/// let mut rows = grown_up().stream(); // a few rows in memory at a time
/// while let Some(user) = rows.next().await {
///     println!("{}", user?.name);
/// }
///
/// assert_eq!(grown_up().update(User::AGE.set(User::AGE + 1)).await?, 13);
/// assert_eq!(grown_up().delete().await?, 13);
/// # Ok(())
/// # }
/// ```
#[must_use = "a query does nothing until it is awaited through `all`, `one`, `count` or the like"]
pub struct Find<'a, M, R = Whole<M>> {
    session: &'a Session,
    query: Query,
    reader: R,
    batch_rows: Option<usize>,
    refusal: Option<Refusal>,
    model: PhantomData<fn() -> M>,
}

impl<'a, M: Model> Find<'a, M> {
    #[inline]
    pub(crate) fn new(session: &'a Session) -> Self {
        Self {
            session,
            query: Query::new(M::definition().clone()),
            reader: Whole::new(),
            batch_rows: None,
            refusal: None,
            model: PhantomData,
        }
    }

    /// Loads this relation of all found rows with them, by one more query: all of it, or the rows that
    /// [`Relation::filter`](crate::Relation::filter), `order_by` and `limit` leave of each.
    pub fn with(mut self, relation: impl Eager<M>) -> Self {
        let (position, eagerly) = relation.into_parts();
        if let Some(refusal) = eagerly.refusal() {
            self.refusal.get_or_insert_with(|| refusal.clone());
        }
        self.reader.load_eagerly(position, eagerly);
        self
    }

    /// Returns these values only: columns, what is computed from them, aggregates; one value of each row, or tuples.
    /// With an aggregate it is one row of all, or one for each group: see [`Aggregate`](crate::Aggregate).
    pub fn select<S: Selection>(mut self, selection: S) -> Find<'a, M, Selected<S>> {
        match selection.values() {
            Ok(values) => self.query.projection = Projection::Values(values),
            Err(refusal) => {
                self.refusal.get_or_insert(refusal);
            }
        }
        self.read_by(Selected(selection))
    }
}

impl<'a, M, S: Selection> Find<'a, M, Selected<S>> {
    /// What is selected becomes a struct, each value under its name: a column's own, or that of `named`.
    ///
    /// A name that the struct lacks or that is not selected is a `Query` error when the query runs.
    pub fn into_struct<T: FromRow>(mut self) -> Find<'a, M, Structs<T>> {
        let reader = Structs::of(&self.reader.0).unwrap_or_else(|error| {
            self.refusal.get_or_insert(error.with_model(self.query.model.name()).into());
            Structs::none()
        });
        self.read_by(reader)
    }
}

impl<'a> Find<'a, Row, AsRow> {
    pub(crate) fn dynamic(session: &'a Session, model: &Arc<ModelDef>) -> Self {
        Self {
            session,
            query: Query::new(model.clone()),
            reader: AsRow(model.clone()),
            batch_rows: None,
            refusal: None,
            model: PhantomData,
        }
    }
}

impl<'a, M, R> Find<'a, M, R> {
    fn read_by<N>(self, reader: N) -> Find<'a, M, N> {
        Find {
            session: self.session,
            query: self.query,
            reader,
            batch_rows: self.batch_rows,
            refusal: self.refusal,
            model: PhantomData,
        }
    }
}

impl<'a, M, R: Reader> Find<'a, M, R> {
    /// Rows that are equal in these are one group, after what was given before; NULLs are equal here. What is selected
    /// then are these keys and aggregates.
    pub fn group_by(mut self, keys: impl GroupKeys) -> Self {
        match keys.into_core() {
            Ok(keys) => keys.into_iter().for_each(|key| self.query.group(key)),
            Err(refusal) => {
                self.refusal.get_or_insert(refusal);
            }
        }
        self
    }

    /// Groups for which the predicate holds too: it is about keys and aggregates.
    pub fn having(mut self, predicate: impl IntoPredicate) -> Self {
        match predicate.into_predicate().into_built() {
            Ok(predicate) => self.query.having(predicate),
            Err(refusal) => {
                self.refusal.get_or_insert(refusal);
            }
        }
        self
    }

    /// Rows for which the predicate holds too.
    #[inline]
    pub fn filter(mut self, predicate: impl IntoPredicate) -> Self {
        match predicate.into_predicate().into_built() {
            Ok(predicate) => self.query.narrow(predicate),
            Err(refusal) => {
                self.refusal.get_or_insert(refusal);
            }
        }
        self
    }

    /// Sorts by these after what was given before.
    #[inline]
    pub fn order_by(mut self, orders: impl Orders) -> Self {
        match orders.into_core() {
            Ok(orders) => self.query.order.extend(orders),
            Err(refusal) => {
                self.refusal.get_or_insert(refusal);
            }
        }
        self
    }

    /// The rows that come after this one, in the order given so far, which the key completes: the next page, where this is the last row
    /// of the page before. However far it is, an index finds it, and rows that others add or remove meanwhile move no page.
    ///
    /// ```
    /// # use ommi::{Model, prelude::*};
    /// # #[derive(Model, Debug, Clone)]
    /// # struct User { id: i64, name: String }
    /// # #[tokio::main]
    /// # async fn main() -> ommi::Result<()> {
    /// # let db = Ommi::connect("sqlite://:memory:").await?;
    /// # let user = |name: &str| User { name: name.into(), ..User::new() };
    /// # db.add_all(&mut [user("Ada"), user("Bob"), user("Cyd")]).await?;
    /// let page = db.find::<User>().order_by(User::NAME).limit(2).all().await?;
    /// let next = db.find::<User>().order_by(User::NAME).after(&page[1]).limit(2).all().await?;
    /// assert_eq!(next[0].name, "Cyd");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// An order by anything but fields of the model, groups and distinct values are refused when the query runs.
    pub fn after(mut self, row: &M) -> Self
    where
        M: Model,
    {
        if let Err(error) = self.query.after(|field| row.value(field)) {
            self.refusal.get_or_insert(error.into());
        }
        self
    }

    /// At most so many rows.
    #[inline]
    pub fn limit(mut self, rows: u64) -> Self {
        self.query.limit = Some(rows);
        self
    }

    /// So many rows chosen by chance, any as likely as any other, or all where there are no more. They come in any order.
    ///
    /// ```
    /// # use ommi::{Model, prelude::*};
    /// # #[derive(Model, Debug, Clone)]
    /// # struct User { id: i64, age: i32 }
    /// # #[tokio::main]
    /// # async fn main() -> ommi::Result<()> {
    /// # let db = Ommi::connect("sqlite://:memory:").await?;
    /// # let mut users: Vec<_> = (1..=9).map(|age| User { age, ..User::new() }).collect();
    /// # db.add_all(&mut users).await?;
    /// let asked = db.find::<User>().filter(User::AGE.lt(5)).sample(3).all().await?;
    /// assert!(asked.len() == 3 && asked.iter().all(|user| user.age < 5));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A sample in another order, of groups, inside another query, or to be changed is refused when the query runs.
    pub fn sample(mut self, rows: u64) -> Self {
        self.query.sample(rows);
        self
    }

    /// Without the first so many rows.
    pub fn offset(mut self, rows: u64) -> Self {
        self.query.offset = Some(rows);
        self
    }

    /// The rows of one page, from page 0, with `size` rows on each.
    pub fn page(self, page: u64, size: u64) -> Self {
        self.offset(page.saturating_mul(size)).limit(size)
    }

    /// Equal rows once.
    pub fn distinct(mut self) -> Self {
        self.query.distinct = true;
        self
    }

    /// How many rows a [`stream`](Self::stream) reads at a time: 1000 unless said here.
    pub fn batch_size(mut self, rows: usize) -> Self {
        self.batch_rows = Some(rows.max(1));
        self
    }

    /// Every row.
    ///
    /// # Errors
    /// `Validation` for a value that does not fit its column; `Query` for models that cannot be joined; what the
    /// database says.
    pub async fn all(self) -> Result<Vec<R::Item>> {
        let batch_rows = self.batch_rows;
        let (session, query, reader) = self.finish()?;
        fetch_all(session, query, &reader, batch_rows).await
    }

    /// The first row.
    ///
    /// # Errors
    /// `NoResult` when there is none; otherwise as for [`all`](Self::all).
    #[inline]
    pub async fn one(self) -> Result<R::Item> {
        let (session, query, reader) = self.finish()?;
        fetch_one(session, query, &reader).await
    }

    /// The first row, or `None` when there is none.
    ///
    /// # Errors
    /// As for [`all`](Self::all).
    #[inline]
    pub async fn first(self) -> Result<Option<R::Item>> {
        let (session, query, reader) = self.finish()?;
        fetch_first(session, query, &reader).await
    }

    /// The number of rows, or of groups.
    ///
    /// # Errors
    /// As for [`all`](Self::all).
    pub async fn count(self) -> Result<u64> {
        let (session, query, _) = self.finish()?;
        fetch_number(session, Operation::Count(query)).await
    }

    /// Whether there is a row.
    ///
    /// # Errors
    /// As for [`all`](Self::all).
    pub async fn exists(self) -> Result<bool> {
        let (session, query, _) = self.finish()?;
        fetch_truth(session, Operation::Exists(query)).await
    }

    /// The rows one by one, as they are read. Dropping the stream stops the read.
    pub fn stream(self) -> Rows<R> {
        let batch_rows = self.batch_rows;
        match self.finish() {
            Ok((session, query, reader)) => Rows::new(session, query, reader, batch_rows),
            Err(error) => Rows::failed(error),
        }
    }

    /// How the database would read the rows, in its own words: one line each.
    ///
    /// # Errors
    /// As for [`all`](Self::all).
    pub async fn explain(self) -> Result<Vec<String>> {
        let (session, query, _) = self.finish()?;
        session.explain(Operation::Fetch(query)).await
    }

    /// The statement that reads the rows, in the database's own language and without values. Nothing is sent.
    ///
    /// # Errors
    /// As for [`all`](Self::all), for what is known before anything is sent.
    pub fn statement(self) -> Result<String> {
        let (session, query, _) = self.finish()?;
        Ok(session.statement(&Operation::Fetch(query))?.text.clone())
    }

    /// The query, to be part of another one.
    pub(crate) fn into_query(self) -> Result<Query, Refusal> {
        match self.refusal {
            None => Ok(self.query),
            Some(refusal) => Err(refusal),
        }
    }

    #[inline]
    fn finish(self) -> Result<(&'a Session, Query, R)> {
        match self.refusal {
            None => Ok((self.session, self.query, self.reader)),
            Some(refusal) => Err(refusal.into_error()),
        }
    }
}

impl<M, R> std::fmt::Debug for Find<'_, M, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Find").field("query", &self.query).finish_non_exhaustive()
    }
}

#[cold]
pub(crate) fn no_result(model: &ModelDef) -> Error {
    Error::new(ErrorKind::NoResult, "no row was found").with_model(model.name())
}
