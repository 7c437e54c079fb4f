//! What the query cache has to do with a query.

use std::time::Duration;

use ommi_core::query::Caching;

use super::Find;

impl<M, R> Find<'_, M, R> {
    /// Reads through the handle's query cache: while it is good, the answer of an equal query is given again, built
    /// anew. In a transaction, which sees what nobody else does, the database is read all the same.
    ///
    /// ```
    /// # use ommi::{Model, prelude::*};
    /// # #[derive(Model, Debug, Clone)]
    /// # struct Country { id: i64, name: String }
    /// # #[tokio::main]
    /// # async fn main() -> ommi::Result<()> {
    /// # let db = Ommi::connect("sqlite://:memory:").await?;
    /// # db.add(&mut Country { name: "Chile".into(), ..Country::new() }).await?;
    /// let countries = || db.find::<Country>().order_by(Country::NAME).cached();
    /// countries().all().await?;
    /// countries().all().await?; // nothing is sent
    /// assert_eq!(db.query_cache().unwrap().stats().hits, 1);
    ///
    /// db.add(&mut Country { name: "Peru".into(), ..Country::new() }).await?;
    /// assert_eq!(countries().all().await?.len(), 2); // a write through the handle is seen
    /// # Ok(())
    /// # }
    /// ```
    pub fn cached(self) -> Self {
        self.caching(Caching::Wanted)
    }

    /// As [`cached`](Self::cached); the answer is good for so long, at most.
    pub fn cached_for(self, ttl: Duration) -> Self {
        self.caching(Caching::For(ttl))
    }

    /// Reads the database, whatever the handle does with other queries.
    pub fn uncached(self) -> Self {
        self.caching(Caching::Never)
    }

    fn caching(mut self, caching: Caching) -> Self {
        self.query.caching = caching;
        self
    }
}
