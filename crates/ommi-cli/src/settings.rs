//! What the arguments leave out: `[tool.ommi]` in the pyproject.toml of this folder, or of the next one above it.

use std::path::{Path, PathBuf};

use crate::arguments::Common;
use crate::output::{Failure, Outcome};

/// The file of settings.
pub(crate) const FILE: &str = "pyproject.toml";

/// Where things are.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) database: Option<String>,
    pub(crate) models: Vec<String>,
    pub(crate) migrations: PathBuf,
    /// The folder that the command was called in: files that arguments name are meant from there.
    pub(crate) here: PathBuf,
}

impl Settings {
    /// The settings: arguments weigh more than the file. The command goes on in the file's folder, so that names of files
    /// mean the same from everywhere in a project.
    ///
    /// # Errors
    /// A file that cannot be read, and settings that are none, with those that there are.
    pub(crate) fn find(common: &Common) -> Outcome<Self> {
        let here = std::env::current_dir()?;
        let file = here.ancestors().map(|folder| folder.join(FILE)).find(|file| file.is_file());
        let mut settings = match &file {
            Some(file) => Self::read(file)?,
            None => Self::default(),
        };
        if settings.migrations.as_os_str().is_empty() {
            settings.migrations = PathBuf::from("migrations");
        }
        if let Some(folder) = file.as_deref().and_then(Path::parent) {
            std::env::set_current_dir(folder)?;
        }
        if let Some(migrations) = &common.migrations {
            settings.migrations = here.join(migrations);
            if let Ok(within) = settings.migrations.strip_prefix(std::env::current_dir()?) {
                settings.migrations = within.to_owned();
            }
        }
        let given = common.database.clone().filter(|url| !url.is_empty());
        settings.database = given.or(settings.database);
        settings.here = here;
        if !common.models.is_empty() {
            settings.models = common.models.clone();
        }
        Ok(settings)
    }

    /// The database's URL.
    pub(crate) fn url(&self) -> Outcome<&str> {
        self.database.as_deref().ok_or_else(|| {
            Failure::usage(
                "no database is named: give --database URL, set OMMI_DATABASE, or write `database = \"sqlite:///app.db\"` \
                 under [tool.ommi] in pyproject.toml",
            )
        })
    }

    fn read(file: &Path) -> Outcome<Self> {
        let place = file.display();
        let text = std::fs::read_to_string(file)
            .map_err(|error| Failure::usage(format!("{place}: it cannot be read: {error}")))?;
        let document: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            Failure::usage(format!("{place}: {}", error.to_string().trim()))
        })?;
        let own = document.get("tool").and_then(|tool| tool.get("ommi"));
        let Some(own) = own.and_then(toml::Value::as_table) else { return Ok(Self::default()) };
        let mut settings = Self::default();
        for (name, value) in own {
            let wrong = |wanted: &str| Failure::usage(format!("{place}: [tool.ommi] {name} is {wanted}"));
            match name.as_str() {
                "database" => {
                    settings.database =
                        Some(value.as_str().ok_or_else(|| wrong("a URL in quotes"))?.to_owned());
                }
                "migrations" => {
                    settings.migrations = value.as_str().ok_or_else(|| wrong("a folder in quotes"))?.into();
                }
                "models" => {
                    settings.models =
                        names(value).ok_or_else(|| wrong("a module in quotes, or a list of them"))?;
                }
                other => {
                    return Err(Failure::usage(format!(
                        "{place}: [tool.ommi] has no setting {other:?}; the settings are database, migrations, models"
                    )));
                }
            }
        }
        Ok(settings)
    }
}

fn names(value: &toml::Value) -> Option<Vec<String>> {
    match value {
        toml::Value::String(name) => Some(vec![name.clone()]),
        toml::Value::Array(names) => names.iter().map(|name| name.as_str().map(str::to_owned)).collect(),
        _other => None,
    }
}
