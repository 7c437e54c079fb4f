//! `SchemaManager`: takes migrations and brings a database up and down.

use std::time::Instant;

use ommi_core::driver::RowWrite;
use ommi_core::schema::{SchemaDef, TableDef};
use ommi_core::value::Value;
use ommi_core::{Error, ErrorKind, Result};

use super::history::{self, Applied, HISTORY_TABLE};
use super::script::{Way, script, steps};
use super::{Migration, Planned, RunOptions, Status, Step};
use crate::Handle;
use crate::query_cache;

/// Brings the schema of one database up and down.
#[derive(Debug, Clone)]
pub struct SchemaManager {
    pub(super) handle: Handle,
    pub(super) migrations: Vec<Migration>,
}

impl SchemaManager {
    /// A manager without migrations.
    pub fn new(handle: Handle) -> Self {
        Self { handle, migrations: Vec::new() }
    }

    /// Takes a migration to its place in the order of versions.
    ///
    /// # Errors
    /// `Schema` where two have one version, naming both.
    pub fn add_migration(&mut self, migration: Migration) -> Result<()> {
        if migration.version.is_empty() {
            return Err(refused("a migration needs a version".to_owned()));
        }
        let place = self.migrations.binary_search_by(|other| other.version.cmp(&migration.version));
        match place {
            Ok(place) => Err(refused(format!(
                "two migrations have one version: {} and {}; give one of them another",
                self.migrations[place].title(),
                migration.title()
            ))),
            Err(place) => {
                self.migrations.insert(place, migration);
                Ok(())
            }
        }
    }

    /// What was applied and what was not. Nothing is changed: a database without a history has none.
    ///
    /// # Errors
    /// What the database says.
    pub async fn status(&self) -> Result<Status> {
        let applied = self.applied().await?;
        let is_applied = |migration: &&Migration| applied.iter().any(|own| own.version == migration.version);
        let pending = self.migrations.iter().filter(|migration| !is_applied(migration));
        let pending = pending.map(|migration| migration.version.clone()).collect();
        let problems = self.problems(&applied);
        Ok(Status { applied, pending, problems })
    }

    /// Applies what is pending, up to and with the version `target`, each migration for itself: in a transaction where
    /// the database can change its schema in one. Gives the versions applied.
    ///
    /// Where somebody else migrates at the same moment, one waits for the other's migration, and goes on behind it.
    ///
    /// # Errors
    /// `Schema` for an unknown version, a history that does not fit the migrations, and a step that loses data without
    /// leave; what the database says of a statement, with the migration's version.
    pub async fn migrate_up(&self, target: Option<&str>, options: &RunOptions) -> Result<Vec<String>> {
        self.check_target(target)?;
        self.prepare().await?;
        let mut done = Vec::new();
        while let Some(next) = self.next_up(target, options).await? {
            let script = match self.script(next, Way::Up, options).await {
                Ok(script) => script,
                // Somebody else was first: the schema is not the one that it was when this one was chosen.
                Err(_) if self.settled().await?.iter().any(|own| own.version == next.version) => continue,
                Err(error) => return Err(of(next, error)),
            };
            match self.run(next, Way::Up, script).await {
                Ok(()) => done.push(next.version.clone()),
                Err(error) if is_taken(&error) => {}
                Err(error) => return Err(of(next, error)),
            }
        }
        Ok(done)
    }

    /// Undoes what was applied behind the version `target`, the last first; all of it where `target` is nothing. Gives
    /// the versions undone.
    ///
    /// # Errors
    /// As for [`migrate_up`](Self::migrate_up), and `Schema` for a migration that has no way back, before any is undone.
    pub async fn migrate_down(&self, target: Option<&str>, options: &RunOptions) -> Result<Vec<String>> {
        self.check_target(target)?;
        let applied = self.settled().await?;
        self.check(&applied)?;
        let going = self.going(&applied, target)?;
        let mut done = Vec::new();
        for migration in going {
            let script = self.script(migration, Way::Down, options).await;
            let script = script.map_err(|error| of(migration, error))?;
            self.run(migration, Way::Down, script).await.map_err(|error| of(migration, error))?;
            done.push(migration.version.clone());
        }
        Ok(done)
    }

    /// Takes steps by themselves, all or none where the database can, and notes them nowhere. Gives them in words.
    ///
    /// # Errors
    /// `Schema` for a step that does not fit what is there; what the database says of a statement.
    pub async fn make(&self, steps: &[Step]) -> Result<Vec<String>> {
        let mut schema = self.schema().await?;
        let script = script(self.handle.driver().as_ref(), &mut schema, steps)?;
        self.handle.driver().change_schema(script.statements).await?;
        Ok(script.words)
    }

    /// What [`migrate_up`](Self::migrate_up) would do, without doing it.
    ///
    /// # Errors
    /// As for `migrate_up`, but for what only running a statement can tell.
    pub async fn plan_up(&self, target: Option<&str>) -> Result<Vec<Planned>> {
        self.check_target(target)?;
        let applied = self.applied().await?;
        self.check(&applied)?;
        self.plan(self.pending(&applied, target), Way::Up).await
    }

    /// What [`migrate_down`](Self::migrate_down) would do, without doing it.
    ///
    /// # Errors
    /// As for `migrate_down`, but for what only running a statement can tell.
    pub async fn plan_down(&self, target: Option<&str>) -> Result<Vec<Planned>> {
        self.check_target(target)?;
        let applied = self.applied().await?;
        self.check(&applied)?;
        self.plan(self.going(&applied, target)?, Way::Down).await
    }

    async fn plan(&self, migrations: Vec<&Migration>, way: Way) -> Result<Vec<Planned>> {
        let mut schema = self.schema().await?;
        let mut planned = Vec::new();
        for migration in migrations {
            let steps = steps(migration, way)?;
            let script = script(self.handle.driver().as_ref(), &mut schema, steps);
            let script = script.map_err(|error| of(migration, error))?;
            planned.push(Planned {
                version: migration.version.clone(),
                description: migration.description.clone(),
                steps: script.words,
                statements: script.statements,
            });
        }
        Ok(planned)
    }

    /// Those to be applied, the first one first.
    pub(super) fn pending(&self, applied: &[Applied], target: Option<&str>) -> Vec<&Migration> {
        let is_pending = |migration: &&Migration| {
            !applied.iter().any(|own| own.version == migration.version)
                && target.is_none_or(|target| migration.version.as_str() <= target)
        };
        self.migrations.iter().filter(is_pending).collect()
    }

    /// Those to be undone, the last first.
    pub(super) fn going(&self, applied: &[Applied], target: Option<&str>) -> Result<Vec<&Migration>> {
        let is_going = |migration: &&Migration| {
            applied.iter().any(|own| own.version == migration.version)
                && target.is_none_or(|target| migration.version.as_str() > target)
        };
        let going: Vec<&Migration> = self.migrations.iter().rev().filter(is_going).collect();
        going.iter().try_for_each(|migration| steps(migration, Way::Down).map(drop))?;
        Ok(going)
    }

    async fn next_up(&self, target: Option<&str>, options: &RunOptions) -> Result<Option<&Migration>> {
        let applied = self.settled().await?;
        self.check(&applied)?;
        let next = self.pending(&applied, target).first().copied();
        let later = next.and_then(|next| applied.iter().rfind(|own| own.version > next.version));
        match (next, later) {
            (Some(next), Some(later)) if !options.allow_out_of_order => Err(refused(format!(
                "the migration {} was not applied, and the later one {} {:?} was: two branches have added one each; \
                 give the first a later version, or allow migrations out of order",
                next.title(),
                later.version,
                later.description
            ))),
            (next, _) => Ok(next),
        }
    }

    /// What runs one way of a migration and writes the history: one script, which begins with the history.
    async fn script(&self, migration: &Migration, way: Way, options: &RunOptions) -> Result<Vec<String>> {
        let steps = steps(migration, way)?;
        if let Some(step) = steps.iter().find(|step| step.loses_data() && !options.allow_data_loss) {
            return Err(refused(format!("it would {}: allow data loss to do so", step.describe())));
        }
        let driver = self.handle.driver();
        let (mut schema, table) = (self.schema().await?, history::table()?);
        let note = match way {
            Way::Up => RowWrite::Insert(history::row(migration, &options.applied_by)),
            Way::Down => RowWrite::Delete { key: history::key(migration) },
        };
        let mut script = vec![driver.row_statement(&table, &note)?];
        script.extend(super::script::script(driver.as_ref(), &mut schema, steps)?.statements);
        if way == Way::Up {
            // Where each statement counts by itself, this says that all of them were run.
            script.push(self.took(migration, 0)?);
        }
        Ok(script)
    }

    /// Runs a script and notes how long it took.
    async fn run(&self, migration: &Migration, way: Way, script: Vec<String>) -> Result<()> {
        let began = Instant::now();
        let written = self.handle.session().writing_anything();
        let outcome = self.handle.driver().change_schema(script).await;
        query_cache::ended(written, &outcome);
        outcome?;
        match way {
            Way::Up => {
                let taken = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
                self.handle.driver().run_script(vec![self.took(migration, taken)?]).await
            }
            Way::Down => Ok(()),
        }
    }

    pub(super) fn took(&self, migration: &Migration, milliseconds: i64) -> Result<String> {
        let values = vec![("milliseconds", Value::Int(milliseconds))];
        let write = RowWrite::Update { key: history::key(migration), values };
        self.handle.driver().row_statement(&history::table()?, &write)
    }

    pub(super) async fn schema(&self) -> Result<SchemaDef> {
        self.handle.check_open()?;
        self.handle.driver().connect().await?;
        self.handle.driver().describe().await
    }

    /// Creates the history where there is none.
    async fn prepare(&self) -> Result<()> {
        self.handle.use_models(vec![history::model()?]).await
    }

    pub(super) async fn applied(&self) -> Result<Vec<Applied>> {
        let is_history = |table: &TableDef| table.name == HISTORY_TABLE;
        if self.schema().await?.tables.iter().any(is_history) {
            return history::read(&self.handle).await;
        }
        Ok(Vec::new())
    }

    /// As [`applied`](Self::applied). Where a migration seems unfinished it may be under way: the schema's lock is waited
    /// for before that is taken for true.
    async fn settled(&self) -> Result<Vec<Applied>> {
        let applied = self.applied().await?;
        if applied.iter().all(|own| own.milliseconds.is_some()) {
            return Ok(applied);
        }
        self.handle.driver().change_schema(Vec::new()).await?;
        self.applied().await
    }

    pub(super) fn check_target(&self, target: Option<&str>) -> Result<()> {
        let Some(target) = target else { return Ok(()) };
        if self.migrations.iter().any(|migration| migration.version == target) {
            return Ok(());
        }
        let known: Vec<_> = self.migrations.iter().map(|migration| migration.version.as_str()).collect();
        let known = if known.is_empty() { "none at all".to_owned() } else { known.join(", ") };
        Err(refused(format!("there is no migration of the version {target:?}; there are {known}")))
    }

    pub(super) fn check(&self, applied: &[Applied]) -> Result<()> {
        let problems = self.problems(applied);
        if problems.is_empty() { Ok(()) } else { Err(refused(problems.join("; "))) }
    }

    /// Where history and migrations contradict each other.
    fn problems(&self, applied: &[Applied]) -> Vec<String> {
        let mut problems = Vec::new();
        for own in applied {
            let (version, description) = (&own.version, &own.description);
            let found = self.migrations.iter().find(|migration| migration.version == *version);
            let Some(migration) = found else {
                problems.push(format!(
                    "the database is ahead: the migration {version} {description:?} was applied and is not among those \
                     that are known here; get the code that has it, or roll it back with that code"
                ));
                continue;
            };
            let checksum = migration.checksum.map(history::written);
            if own.checksum.is_some() && checksum.is_some() && own.checksum != checksum {
                problems.push(format!(
                    "the migration {} was edited after it was applied: undo the edit, and write another migration",
                    migration.title()
                ));
            }
            if own.milliseconds.is_none() && !self.handle.driver().capabilities().transactional_schema {
                problems.push(format!(
                    "the migration {} was not brought to its end, and this database cannot undo a part of it: finish it \
                     by hand, and set milliseconds to 0 in its row of {HISTORY_TABLE}, or undo it by hand, and delete \
                     the row",
                    migration.title()
                ));
            }
        }
        problems
    }
}

/// Whether the history had the row already.
fn is_taken(error: &Error) -> bool {
    error.kind() == ErrorKind::UniqueViolation
        && error.statement().is_some_and(|text| text.contains(HISTORY_TABLE))
}

pub(super) fn of(migration: &Migration, error: Error) -> Error {
    let message = format!("migration {}: {}", migration.title(), error.message());
    error.with_message(message)
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::Schema, message)
}
