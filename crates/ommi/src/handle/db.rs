//! `Db`: what both a handle and a transaction can do.

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::schema::ModelDef;
use ommi_engine::Session;

use super::{Graph, Ommi, RawQuery, Transactions, Tx, graph, store, upsert};
use crate::dynamic::{FindRows, Row};
use crate::expression::{Fields, Key, OnConflict, Refusal, on};
use crate::find::{Attempt, Find, no_result};
use crate::model::Model;

/// A database, or a transaction on one: functions that take `&impl Db` work in both.
///
/// ```
/// use ommi::{Db, Model, prelude::*};
///
/// #[derive(Model)]
/// struct User {
///     id: i64,
///     name: String,
/// }
///
/// async fn register(db: &impl Db, name: &str) -> ommi::Result<User> {
///     let mut user = User { name: name.into(), ..User::new() };
///     db.add(&mut user).await?;
///     Ok(user)
/// }
///
/// # #[tokio::main]
/// # async fn main() -> ommi::Result<()> {
/// let db = Ommi::connect("sqlite://:memory:").await?;
/// let ada = register(&db, "Ada").await?;
/// db.transaction().run(async |tx| register(&tx, "Grace").await).await?;
/// assert_eq!(db.get::<User>(ada.id).await?.name, "Ada");
/// assert_eq!(db.find::<User>().count().await?, 2);
/// # Ok(())
/// # }
/// ```
pub trait Db: sealed::Sealed + Clone + Send + Sync + 'static {
    /// Where operations run.
    #[doc(hidden)]
    fn session(&self) -> &Session;

    /// A query on the rows of `M`: all of them until it is narrowed.
    #[inline]
    fn find<M: Model>(&self) -> Find<'_, M> {
        Find::new(self.session())
    }

    /// A statement in the database's own language, with its values by name: see [`RawQuery`].
    fn raw(&self, text: impl Into<String>) -> RawQuery<'_> {
        RawQuery::new(self.session(), text.into())
    }

    /// The row of this key.
    ///
    /// # Errors
    /// `NoResult` when there is none; what the database says.
    #[inline]
    fn get<M: Model>(&self, key: impl Key<M::Key>) -> impl Future<Output = Result<M>> + Send {
        let session = self.session();
        async move {
            match store::get_now::<M>(session, key) {
                Attempt::Found(row) => Ok(row),
                Attempt::Missing(model) => Err(no_result(&model)),
                Attempt::Failed(error) => Err(error),
                attempt => Box::pin(store::get_later(session, attempt)).await,
            }
        }
    }

    /// Adds the model. A key that is 0 or `None` is generated and written back.
    ///
    /// # Errors
    /// `Validation` for a value that its column cannot hold; `UniqueViolation`, `ForeignKeyViolation` and the like; what
    /// the database says.
    fn add<M: Model>(&self, model: &mut M) -> impl Future<Output = Result<()>> + Send {
        store::add_all(self.session(), std::slice::from_mut(model))
    }

    /// Adds all of the models or none, in as few statements as the database can. Keys are written back.
    ///
    /// # Errors
    /// As for [`add`](Self::add).
    fn add_all<M: Model>(&self, models: &mut [M]) -> impl Future<Output = Result<()>> + Send {
        store::add_all(self.session(), models)
    }

    /// Adds the model, or does what [`on`](crate::on) says where a row with the same values in its columns is there;
    /// whether it was added. The generated key of the row that is there then comes back in each case; other fields do
    /// not: [`reload`](Self::reload) reads them.
    ///
    /// The row is looked for, locked and written in one transaction, so that the outcome is the same on every database;
    /// whoever loses a race for a new row finds the winner's.
    ///
    /// # Errors
    /// `Validation` for columns that do not tell rows apart, before anything is sent; `UniqueViolation` where the row meets
    /// another one in unique columns beside these; otherwise as for [`add`](Self::add).
    fn upsert<M: Model>(
        &self,
        model: &mut M,
        conflict: OnConflict<M>,
    ) -> impl Future<Output = Result<bool>> + Send {
        let conflict = conflict.into_core().map_err(Refusal::into_error);
        async move {
            let added = upsert::upsert_all(self.session(), std::slice::from_mut(model), conflict).await?;
            Ok(added.first().is_some_and(|added| *added))
        }
    }

    /// As [`upsert`](Self::upsert), for all of the models or none, in few statements; each sees those before it. Says of
    /// each whether it was added.
    ///
    /// # Errors
    /// As for [`upsert`](Self::upsert).
    fn upsert_all<M: Model>(
        &self,
        models: &mut [M],
        conflict: OnConflict<M>,
    ) -> impl Future<Output = Result<Vec<bool>>> + Send {
        let conflict = conflict.into_core().map_err(Refusal::into_error);
        upsert::upsert_all(self.session(), models, conflict)
    }

    /// The row that has the same values as the model in these columns, or the model, added; and whether it was added. The
    /// columns are the key or unique. Of many who ask at once one adds the row, and the others get it.
    ///
    /// # Errors
    /// `Validation` where one of the columns has no value; otherwise as for [`upsert`](Self::upsert).
    fn get_or_create<M: Model>(
        &self,
        model: M,
        by: impl Fields<M>,
    ) -> impl Future<Output = Result<(M, bool)>> + Send {
        self.update_or_create(model, on(by).ignore())
    }

    /// The row that has the same values as the model in the columns of [`on`](crate::on), after what that says was done to
    /// it, or the model, added; and whether it was added.
    ///
    /// # Errors
    /// As for [`get_or_create`](Self::get_or_create).
    fn update_or_create<M: Model>(
        &self,
        model: M,
        conflict: OnConflict<M>,
    ) -> impl Future<Output = Result<(M, bool)>> + Send {
        let conflict = conflict.into_core().map_err(Refusal::into_error);
        upsert::find_or_add(self.session(), model, conflict)
    }

    /// Writes these columns of every model to the row of its key, all or none, in few statements; gives the number of rows
    /// that were there.
    ///
    /// # Errors
    /// `Validation` for columns of the key and for models that were never added, before anything is sent; otherwise as for
    /// [`save`](Self::save).
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
    /// let mut users = db.find::<User>().order_by(User::ID).all().await?;
    /// users[0].name = "Lady Ada".into();
    /// users[1].age = 18;
    /// assert_eq!(db.update_many(&users, (User::NAME, User::AGE)).await?, 2);
    /// assert_eq!(db.get::<User>(users[1].id).await?.age, 18);
    /// # Ok(())
    /// # }
    /// ```
    fn update_many<M: Model>(
        &self,
        models: &[M],
        fields: impl Fields<M>,
    ) -> impl Future<Output = Result<u64>> + Send {
        upsert::update_many(self.session(), models, fields.positions())
    }

    /// Adds all models of a graph or none, each after those that it refers to. Keys are written back, also into the fields
    /// that refer. More than one statement is one transaction.
    ///
    /// # Errors
    /// As for [`add`](Self::add); `Validation` for models that refer to each other in a circle in which no field is
    /// optional, before anything is sent.
    fn add_graph(&self, graph: Graph<'_>) -> impl Future<Output = Result<()>> + Send {
        graph::add_graph(self.session(), graph)
    }

    /// Writes the model as it is: over the row of its key, or as a new row where there is none. A model that remembers its
    /// row ([`Tracked`](crate::Tracked)) writes what changed, and nothing where nothing did.
    ///
    /// # Errors
    /// As for [`add`](Self::add); `Conflict` for a model with a version whose row somebody else has saved or removed.
    fn save<M: Model>(&self, model: &mut M) -> impl Future<Output = Result<()>> + Send {
        store::save(self.session(), model)
    }

    /// Removes the model's row.
    ///
    /// # Errors
    /// `NoResult` when there is none any more; of a model with a version, `Conflict` where somebody else has saved or
    /// removed the row; `ForeignKeyViolation` where other rows refer to it; what the database says.
    fn delete<M: Model>(&self, model: &M) -> impl Future<Output = Result<()>> + Send {
        store::delete(self.session(), model)
    }

    /// Reads the model anew from its row. Fields that are not stored get their default values.
    ///
    /// # Errors
    /// `NoResult` when there is no row any more; what the database says.
    fn reload<M: Model>(&self, model: &mut M) -> impl Future<Output = Result<()>> + Send {
        store::reload(self.session(), model)
    }

    /// A transaction; inside of one, a transaction nested in it.
    fn transaction(&self) -> Transactions<'_> {
        Transactions::new(self.session())
    }

    /// A query on a model that is known only while the program runs.
    fn find_dynamic(&self, model: &Arc<ModelDef>) -> FindRows<'_> {
        FindRows::dynamic(self.session(), model)
    }

    /// Adds a row of a model that is known only while the program runs. A generated key is written back.
    ///
    /// # Errors
    /// As for [`add`](Self::add).
    fn add_row(&self, row: &mut Row) -> impl Future<Output = Result<()>> + Send {
        store::add_all(self.session(), std::slice::from_mut(row))
    }

    /// Adds all rows or none; they are of one model.
    ///
    /// # Errors
    /// As for [`add`](Self::add).
    fn add_rows(&self, rows: &mut [Row]) -> impl Future<Output = Result<()>> + Send {
        store::add_all(self.session(), rows)
    }

    /// Writes the row as it is: over the one of its key, or as a new one where there is none.
    ///
    /// # Errors
    /// As for [`add`](Self::add).
    fn save_row(&self, row: &mut Row) -> impl Future<Output = Result<()>> + Send {
        store::save(self.session(), row)
    }

    /// Removes the row.
    ///
    /// # Errors
    /// As for [`delete`](Self::delete).
    fn delete_row(&self, row: &Row) -> impl Future<Output = Result<()>> + Send {
        store::delete(self.session(), row)
    }
}

impl Db for Ommi {
    fn session(&self) -> &Session {
        self.own_session()
    }
}

impl Db for Tx {
    fn session(&self) -> &Session {
        self.own_session()
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Ommi {}
    impl Sealed for super::Tx {}
}
