//! Setting models up: creating missing tables, checking those that exist, adding optional columns, dropping when
//! told to. What was set up in a transaction is known to others only after its commit.

mod compare;
pub(crate) mod order;

use std::sync::Arc;

use futures_util::lock::MutexGuard;
use ommi_core::driver::BoxFuture;
use ommi_core::schema::{ModelDef, TableInfo};
use ommi_core::{Error, ErrorKind, Result};

use crate::query_cache;
use crate::session::Session;
use compare::{Comparison, compare};

impl Session {
    /// As [`Handle::use_models`](crate::Handle::use_models); in a transaction, part of it.
    pub fn use_models(&self, models: Vec<Arc<ModelDef>>) -> BoxFuture<Result<()>> {
        let place = self.place_of_setup();
        self.limited(Box::pin(async move {
            let place = place?;
            let _alone = place.begin_setup().await?;
            let models = order::by_reference(&order::closure(&models)?)?;
            let outcome = place.bring_up(&models).await;
            place.judged(outcome).await
        }))
    }

    /// As [`Handle::remove_models`](crate::Handle::remove_models); in a transaction, part of it.
    pub fn remove_models(&self, models: Vec<Arc<ModelDef>>) -> BoxFuture<Result<()>> {
        let place = self.place_of_setup();
        self.limited(Box::pin(async move {
            let place = place?;
            let _alone = place.begin_setup().await?;
            let drops = place.drops(&models)?;
            place.forget(&models);
            let outcome = place.drop_tables(drops).await;
            place.judged(outcome).await
        }))
    }

    /// As [`Handle::recreate_models`](crate::Handle::recreate_models); in a transaction, part of it.
    pub fn recreate_models(&self, models: Vec<Arc<ModelDef>>) -> BoxFuture<Result<()>> {
        let place = self.place_of_setup();
        self.limited(Box::pin(async move {
            let place = place?;
            let _alone = place.begin_setup().await?;
            let all = order::by_reference(&order::closure(&models)?)?;
            let is_given = |model: &Arc<ModelDef>| models.iter().any(|given| given.id() == model.id());
            let (given, others): (Vec<_>, Vec<_>) = all.into_iter().partition(is_given);
            let outcome = place.bring_up(&others).await;
            place.judged(outcome).await?;
            let mut script = place.drops(&models)?;
            script.extend(place.handle().driver().create_statements(&given)?);
            place.forget(&given);
            let outcome = place.drop_tables(script).await;
            place.judged(outcome).await?;
            place.note(&given);
            Ok(())
        }))
    }

    /// Creates the tables of these models and their companions that are missing. Alters and drops nothing, and
    /// sends nothing but a look where all are there.
    pub(crate) async fn set_up_implicitly(&self, models: &[Arc<ModelDef>]) -> Result<()> {
        let place = self.place_of_setup()?;
        let _alone = place.begin_setup().await?;
        let mut wanted = Vec::new();
        let companions = place.handle().companions();
        for model in models.iter().filter(|model| !place.is_set_up(model)) {
            wanted.push(model.clone());
            wanted.extend(companions(model)?);
        }
        let mut wanted = order::by_reference(&order::closure(&wanted)?)?;
        wanted.retain(|model| !place.is_set_up(model));
        if wanted.is_empty() {
            return Ok(());
        }
        // A look is taken where the work is done: for another connection, all transactions that look at the same
        // moment could wait for each other.
        let tables = self.judged(self.introspect(&wanted).await).await?;
        let missing: Vec<_> =
            wanted.iter().filter(|model| compare::find(model, &tables).is_none()).cloned().collect();
        if let Some(first) = missing.first() {
            self.check_second_connection(&place, first)?;
            let script = place.handle().driver().create_statements(&missing)?;
            place.judged(place.executor().run_script(script).await).await?;
        }
        place.note(&wanted);
        Ok(())
    }

    /// Refuses to wait for a connection that the transaction itself holds.
    ///
    /// # Errors
    /// `PoolExhausted`, naming the first model whose table is missing.
    fn check_second_connection(&self, place: &Session, missing: &ModelDef) -> Result<()> {
        let driver = self.handle().driver();
        let is_elsewhere = self.transaction().is_some() && place.transaction().is_none();
        if !is_elsewhere || driver.pool_stats().is_none_or(|stats| stats.max > 1) {
            return Ok(());
        }
        let message = format!(
            "the table {:?} is missing, and {} cannot create it in the transaction: that takes a second connection, and \
             max_connections is 1; set the model up with use_models before the transaction begins, or raise \
             max_connections",
            missing.table(),
            driver.name()
        );
        Err(Error::new(ErrorKind::PoolExhausted, message).with_model(missing.name()))
    }

    /// Where schema changes run: in the transaction, unless it cannot hold them.
    fn place_of_setup(&self) -> Result<Session> {
        self.check_open()?;
        let transactional = self.handle().driver().capabilities().transactional_schema;
        match self.transaction() {
            Some(transaction) if transactional && !transaction.options().read_only => Ok(self.clone()),
            Some(_) | None => Ok(self.handle().session()),
        }
    }

    /// Waits until no other setup runs here. A transaction has a gate of its own: behind the handle's, a setup
    /// could wait for the very transaction that waits for it.
    async fn begin_setup(&self) -> Result<MutexGuard<'_, ()>> {
        self.check_open()?;
        let gate = match self.transaction() {
            Some(transaction) => {
                transaction.cleared().await?;
                transaction.setup_gate()
            }
            None => self.handle().setup_gate(),
        };
        Ok(gate.lock().await)
    }

    /// Creates, checks and completes the tables of models given in order of reference. Models that share a
    /// table are checked one after the other.
    async fn bring_up(&self, models: &[Arc<ModelDef>]) -> Result<()> {
        let mut waiting = models.to_vec();
        while !waiting.is_empty() {
            let mut now: Vec<Arc<ModelDef>> = Vec::new();
            let mut later = Vec::new();
            for model in waiting {
                let shares_table = now.iter().any(|other| other.table().eq_ignore_ascii_case(model.table()));
                if shares_table { later.push(model) } else { now.push(model) }
            }
            self.bring_up_distinct(&now).await?;
            waiting = later;
        }
        Ok(())
    }

    async fn bring_up_distinct(&self, models: &[Arc<ModelDef>]) -> Result<()> {
        let tables = self.introspect(models).await?;
        let driver = self.handle().driver();
        let mut missing = Vec::new();
        let mut additions = Vec::new();
        let mut indexed = Vec::new();
        let mut differences = Vec::new();
        for model in models {
            let Some(table) = compare::find(model, &tables) else {
                missing.push(model.clone());
                continue;
            };
            let Comparison { add, differences: found } = compare(model, table);
            for field in add {
                additions.extend(driver.add_column_statements(model, field)?);
            }
            differences.extend(found);
            if !model.indexes().is_empty() {
                indexed.push(model.clone());
            }
        }
        if !differences.is_empty() {
            return Err(incompatible(&differences));
        }
        let mut script = driver.create_statements(&missing)?;
        script.extend(additions);
        if !script.is_empty() {
            self.executor().run_script(script).await?;
        }
        self.bring_up_indexes(&indexed).await?;
        self.note(models);
        Ok(())
    }

    /// Creates missing indexes of tables that were there before. A database that is read only keeps the ones
    /// that it has: reads work without, and writes are refused anyway.
    async fn bring_up_indexes(&self, models: &[Arc<ModelDef>]) -> Result<()> {
        if models.is_empty() {
            return Ok(());
        }
        let script = self.handle().driver().create_statements(models)?;
        match self.executor().run_script(script).await {
            Err(error) if error.kind() == ErrorKind::Storage => Ok(()),
            outcome => outcome,
        }
    }

    /// Runs a script by which tables go: what was read before does not count any more.
    async fn drop_tables(&self, script: Vec<String>) -> Result<()> {
        let written = self.writing_anything();
        let outcome = self.executor().run_script(script).await;
        query_cache::ended(written, &outcome);
        outcome
    }

    async fn introspect(&self, models: &[Arc<ModelDef>]) -> Result<Vec<TableInfo>> {
        let names = models.iter().map(|model| model.table().to_owned()).collect();
        self.executor().introspect(names).await
    }

    /// Drops, those that refer before those referred to.
    fn drops(&self, models: &[Arc<ModelDef>]) -> Result<Vec<String>> {
        let mut models = order::by_reference(models)?;
        models.reverse();
        self.handle().driver().drop_statements(&models)
    }

    fn is_set_up(&self, model: &Arc<ModelDef>) -> bool {
        match self.transaction() {
            Some(transaction) => transaction.has_set_up(std::slice::from_ref(model)),
            None => self.handle().is_ready(model),
        }
    }

    fn note(&self, models: &[Arc<ModelDef>]) {
        match self.transaction() {
            Some(transaction) => transaction.note_set_up(models),
            None => self.handle().readiness().add(models.iter().map(|model| model.id())),
        }
    }

    fn forget(&self, models: &[Arc<ModelDef>]) {
        if let Some(transaction) = self.transaction() {
            transaction.forget_set_up(models);
        }
        self.handle().readiness().remove(models);
    }
}

fn incompatible(differences: &[String]) -> Error {
    let message =
        format!("the database differs from the models and needs a migration: {}", differences.join("; "));
    Error::new(ErrorKind::IncompatibleSchema, message)
}
