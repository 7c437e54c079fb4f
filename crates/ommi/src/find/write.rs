//! Updates and deletes of the rows that a query finds.

use ommi_core::query::Operation;
use ommi_core::{Error, Result};

use super::fetch::{fetch_written, write};
use super::{Find, Reader, WholeRows};
use crate::expression::{Assignments, Refusal};

impl<M, R: Reader> Find<'_, M, R> {
    /// Changes all rows found; gives their number. Expressions see each row as it was.
    ///
    /// # Errors
    /// `Validation` without an assignment or with a value that does not fit; what the database says.
    pub async fn update(self, assignments: impl Assignments<M>) -> Result<u64>
    where
        R: WholeRows,
    {
        let assignments = assignments.into_core().map_err(Refusal::into_error)?;
        let (session, query, _) = self.finish()?;
        if assignments.is_empty() {
            let message = "an update without values changes nothing: give it at least one assignment";
            return Err(Error::validation(message).with_model(query.model.name()));
        }
        write(session, Operation::Update(query, assignments)).await
    }

    /// As [`update`](Self::update), and gives the rows as they are then, in the query's order: models, or what was
    /// selected of them. Rows are locked, changed and read in one transaction.
    ///
    /// # Errors
    /// As for [`update`](Self::update); `Query` where anything but the rows' own columns is selected.
    ///
    /// ```
    /// # use ommi::{Model, prelude::*};
    /// # #[derive(Model, Debug, Clone)]
    /// # struct User { id: i64, name: String, age: i32 }
    /// # #[tokio::main]
    /// # async fn main() -> ommi::Result<()> {
    /// # let db = Ommi::connect("sqlite://:memory:").await?;
    /// # let user = |name: &str, age| User { name: name.into(), age, ..User::new() };
    /// # db.add_all(&mut [user("Ada", 36), user("Bob", 17)]).await?;
    /// let older = User::AGE.set(User::AGE + 1);
    /// let users: Vec<User> = db.find::<User>().order_by(User::ID).update_returning(older).await?;
    /// assert_eq!(users[1].age, 18);
    /// let young = db.find::<User>().filter(User::AGE.lt(20));
    /// let names: Vec<String> = young.select(User::NAME).delete_returning().await?;
    /// assert_eq!(names, ["Bob"]);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn update_returning(self, assignments: impl Assignments<M>) -> Result<Vec<R::Item>> {
        let assignments = assignments.into_core().map_err(Refusal::into_error)?;
        let (session, query, reader) = self.finish()?;
        fetch_written(session, Operation::Update(query, assignments), &reader).await
    }

    /// As [`delete`](Self::delete), and gives the rows as they were, in the query's order: models, or what was selected of
    /// them.
    ///
    /// # Errors
    /// As for [`delete`](Self::delete); `Query` where anything but the rows' own columns is selected.
    pub async fn delete_returning(self) -> Result<Vec<R::Item>> {
        let (session, query, reader) = self.finish()?;
        fetch_written(session, Operation::Delete(query), &reader).await
    }

    /// Removes all rows found; gives their number.
    ///
    /// # Errors
    /// `ForeignKeyViolation` where other rows refer to them; what the database says.
    pub async fn delete(self) -> Result<u64>
    where
        R: WholeRows,
    {
        let (session, query, _) = self.finish()?;
        write(session, Operation::Delete(query)).await
    }
}
