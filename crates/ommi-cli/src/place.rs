//! A database with the migrations of a folder.

use ommi::Ommi;
use ommi::migrations::{Folder, Migration, RunOptions, SchemaManager};

use crate::host::Host;
use crate::output::{Failure, Outcome};
use crate::settings::Settings;

/// What most commands work on.
pub(crate) struct Place {
    pub(crate) db: Ommi,
    pub(crate) folder: Folder,
    pub(crate) migrations: Vec<Migration>,
    pub(crate) manager: SchemaManager,
}

impl Place {
    /// Reads the folder, then opens the database.
    ///
    /// # Errors
    /// What is wrong with a file, naming it; a database that cannot be reached, naming it without credentials.
    pub(crate) fn open(settings: &Settings, host: &dyn Host) -> Outcome<Self> {
        let (url, (folder, migrations)) = (settings.url()?, read(settings, host)?);
        let builder = Ommi::builder().implicit_setup(false);
        let db = futures_executor::block_on(builder.connect(url))?;
        Self::with(db, folder, migrations)
    }

    /// Reads the folder, for a database that is not looked at.
    ///
    /// # Errors
    /// As for [`open`](Self::open), but for those of the database.
    pub(crate) fn offline(settings: &Settings, host: &dyn Host) -> Outcome<Self> {
        let (url, (folder, migrations)) = (settings.url()?, read(settings, host)?);
        Self::with(Ommi::builder().implicit_setup(false).unopened(url)?, folder, migrations)
    }

    fn with(db: Ommi, folder: Folder, migrations: Vec<Migration>) -> Outcome<Self> {
        let mut manager = db.schema_manager();
        migrations.iter().cloned().try_for_each(|migration| manager.add_migration(migration))?;
        Ok(Self { db, folder, migrations, manager })
    }

    /// The migration of a version.
    pub(crate) fn migration(&self, version: &str) -> Option<&Migration> {
        self.migrations.iter().find(|migration| migration.version == version)
    }

    /// The version that a user names: whole, or without the zeros on its left.
    ///
    /// # Errors
    /// An unknown version, with those that there are.
    pub(crate) fn version(&self, given: &str) -> Outcome<String> {
        let bare = |version: &str| version.trim_start_matches('0').to_owned();
        let stem = given.split_once('_').map_or(given, |(version, _)| version);
        let found = self.migrations.iter().find(|known| bare(&known.version) == bare(stem));
        found.map(|known| known.version.clone()).ok_or_else(|| {
            let known: Vec<_> = self.migrations.iter().map(|known| known.version.as_str()).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let folder = self.folder.path.display();
            Failure::usage(format!("there is no migration {given} in {folder}; there are: {known}"))
        })
    }

    /// Where the database is, without credentials.
    pub(crate) fn location(&self) -> String {
        format!("{} {}", self.db.driver().name(), self.db.driver().location())
    }
}

fn read(settings: &Settings, host: &dyn Host) -> Outcome<(Folder, Vec<Migration>)> {
    let folder = Folder::read(&settings.migrations)?;
    let migrations = folder.files.iter().map(|file| host.migration(file)).collect::<ommi::Result<_>>()?;
    Ok((folder, migrations))
}

/// What a run may do.
pub(crate) fn options(allow_data_loss: bool, allow_out_of_order: bool) -> RunOptions {
    RunOptions { allow_data_loss, allow_out_of_order, ..RunOptions::default() }
}
