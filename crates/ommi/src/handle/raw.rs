//! `RawQuery`: a statement in the database's own language.

use ommi_core::driver::{FetchOptions, Raw};
use ommi_core::schema::FieldType;
use ommi_core::value::{Cell, Value};
use ommi_core::{Error, ErrorKind, Result};
use ommi_engine::Session;

use crate::find::{Whole, collected, hydrate};
use crate::model::Model;
use crate::stored::Stored;

/// A statement in the database's own language, made by [`Db::raw`](crate::Db::raw). Values stand in it by name, `:id`, and are
/// never written into it.
///
/// ```
/// use ommi::{Model, prelude::*};
///
/// #[derive(Model, Debug, PartialEq)]
/// #[model(table = "users")]
/// struct User {
///     id: i64,
///     name: String,
///     age: i32,
/// }
///
/// # #[tokio::main]
/// # async fn main() -> ommi::Result<()> {
/// let db = Ommi::connect("sqlite://:memory:").await?;
/// db.add(&mut User { name: "Ada".into(), age: 36, ..User::new() }).await?;
///
/// // `{*}` is the columns of the model, in the order of its fields.
/// let users = db.raw("SELECT {*} FROM users WHERE age > :age").bind("age", 18).all::<User>().await?;
/// assert_eq!(users[0].name, "Ada");
///
/// let rows = db.raw("SELECT name, age + :more FROM users").bind("more", 1).rows::<(String, Option<i64>)>().await?;
/// assert_eq!(rows, [("Ada".to_owned(), Some(37))]);
///
/// let changed = db.raw("UPDATE users SET age = :age WHERE name = :name").bind("age", 37).bind("name", "Ada").run().await?;
/// assert_eq!(changed, 1);
/// # Ok(())
/// # }
/// ```
#[must_use = "a statement does nothing until it is awaited through `all`, `rows` or `run`"]
pub struct RawQuery<'a> {
    session: &'a Session,
    text: String,
    values: Vec<(String, Result<Value>)>,
}

/// The values stay out of every message and log.
impl std::fmt::Debug for RawQuery<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.values.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("RawQuery").field("text", &self.text).field("names", &names).finish()
    }
}

impl<'a> RawQuery<'a> {
    pub(super) fn new(session: &'a Session, text: String) -> Self {
        Self { session, text, values: Vec::new() }
    }

    /// The value of a name in the statement.
    pub fn bind<V: BindValue>(mut self, name: impl Into<String>, value: V) -> Self {
        self.values.push((name.into(), value.into_value()));
        self
    }

    /// The rows as models: the statement says `{*}` where the model's columns stand.
    ///
    /// # Errors
    /// `Unsupported` where the database takes no such statements; `Validation` for names and values that do not fit; what the
    /// database says.
    pub async fn all<M: Model>(self) -> Result<Vec<M>> {
        let model = M::definition().clone();
        let columns = model.fields().iter().map(|field| field.ty.clone()).collect();
        let (session, mut raw, values) = self.finish(columns)?;
        raw.model = Some(model);
        let reader = Whole::<M>::new();
        let mut found = Vec::new();
        for batch in collected(session.fetch_raw(raw, values, FetchOptions::default())).await? {
            hydrate(&reader, &batch, &mut found)?;
        }
        Ok(found)
    }

    /// The rows as tuples of values, in the order of the statement's columns.
    ///
    /// # Errors
    /// As for [`all`](Self::all), and `Query` for columns of other types or another number.
    pub async fn rows<R: RawRow>(self) -> Result<Vec<R>> {
        let (session, raw, values) = self.finish(R::types())?;
        let mut found = Vec::new();
        for batch in collected(session.fetch_raw(raw, values, FetchOptions::default())).await? {
            for row in 0..batch.len() {
                let cells: Vec<Cell<'_>> = batch.row(row).collect();
                found.push(R::from_cells(&cells)?);
            }
        }
        Ok(found)
    }

    /// Runs a statement that changes rows; gives their number.
    ///
    /// # Errors
    /// As for [`all`](Self::all).
    pub async fn run(self) -> Result<u64> {
        let (session, raw, values) = self.finish(Vec::new())?;
        session.write_raw(raw, values).await
    }

    fn finish(self, columns: Vec<FieldType>) -> Result<(&'a Session, Raw, Vec<Value>)> {
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for (name, value) in self.values {
            values.push(value.map_err(|error| error.with_field(&name))?);
            if names.contains(&name) {
                return Err(Error::validation(format!("two values are given for `{name}`")));
            }
            names.push(name);
        }
        Ok((self.session, Raw { text: self.text, model: None, columns, names }, values))
    }
}

/// A value for a statement: of a stored type, or an `Option` of one.
pub trait BindValue {
    #[doc(hidden)]
    fn into_value(self) -> Result<Value>;
}

impl<T: Stored> BindValue for T {
    fn into_value(self) -> Result<Value> {
        self.to_value()
    }
}

impl BindValue for &str {
    fn into_value(self) -> Result<Value> {
        Ok(self.into())
    }
}

/// A row of values: a tuple of up to eight of stored types.
#[diagnostic::on_unimplemented(
    message = "a row of a statement cannot become a `{Self}`",
    label = "expected a tuple of at most 8 stored types, such as `(String,)`"
)]
pub trait RawRow: Sized {
    #[doc(hidden)]
    fn types() -> Vec<FieldType>;

    #[doc(hidden)]
    fn from_cells(cells: &[Cell<'_>]) -> Result<Self>;
}

macro_rules! raw_rows {
    ($($cell:ident $ty:ident),+) => {
        impl<$($ty: Stored),+> RawRow for ($($ty,)+) {
            fn types() -> Vec<FieldType> {
                vec![$($ty::field_type()),+]
            }

            fn from_cells(cells: &[Cell<'_>]) -> Result<Self> {
                let [$($cell),+] = cells else {
                    return Err(Error::new(ErrorKind::Internal, "a row has another width than its statement"));
                };
                Ok(($($ty::from_cell(*$cell)?,)+))
            }
        }
    };
}

raw_rows!(a A);
raw_rows!(a A, b B);
raw_rows!(a A, b B, c C);
raw_rows!(a A, b B, c C, d D);
raw_rows!(a A, b B, c C, d D, e E);
raw_rows!(a A, b B, c C, d D, e E, f F);
raw_rows!(a A, b B, c C, d D, e E, f F, g G);
raw_rows!(a A, b B, c C, d D, e E, f F, g G, h H);
