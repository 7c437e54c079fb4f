//! The command's arguments and their help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Migrations of databases: made, run and checked.
#[derive(Debug, Parser)]
#[command(
    name = "ommi",
    bin_name = "ommi",
    version,
    term_width = 80,
    after_help = "Examples:\n  \
        ommi init --models app.models --database sqlite:///app.db\n  \
        ommi makemigrations\n  \
        ommi migrate --dry-run\n  \
        ommi migrate\n\n\
        Exit codes: 0 done, 1 `check` found something, 2 wrong arguments or settings,\n3 failed."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The database's URL; else `database` of [tool.ommi] in pyproject.toml
    #[arg(long, global = true, value_name = "URL", env = "OMMI_DATABASE", hide_env_values = true)]
    pub(crate) database: Option<String>,
    /// A Python module with models; may stand several times
    #[arg(long, global = true, value_name = "MODULE")]
    pub(crate) models: Vec<String>,
    /// The folder of the migrations [default: migrations]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) migrations: Option<PathBuf>,
    /// Prints one JSON document instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Whether to print in colours; auto: on a terminal
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

/// When to print in colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes the folder of migrations, and settings in pyproject.toml
    #[command(after_help = "Example:\n  ommi init --models app.models --database sqlite:///app.db")]
    Init(Init),
    /// Writes models for the tables that a database has
    #[command(after_help = "Examples:\n  \
        ommi inspect > models.py\n  \
        ommi inspect --style pydantic artist album\n  \
        ommi inspect --style rust --database postgresql://localhost/shop")]
    Inspect(Inspect),
    /// Writes a migration of what models have and the database has not
    #[command(after_help = "Examples:\n  \
        ommi makemigrations\n  \
        ommi makemigrations --rename users.mail:email\n  \
        ommi makemigrations --fill 'users.city=Oslo' add_city\n  \
        ommi makemigrations --empty --sql tidy_up")]
    Makemigrations(Make),
    /// Applies the migrations that are pending
    #[command(after_help = "Examples:\n  \
        ommi migrate\n  \
        ommi migrate 0007 --dry-run\n  \
        ommi migrate --allow-data-loss")]
    Migrate(Migrate),
    /// Undoes the last migration, or those behind a version
    #[command(after_help = "Examples:\n  \
        ommi rollback --allow-data-loss\n  \
        ommi rollback 0003 --dry-run")]
    Rollback(Rollback),
    /// Tells which migrations were applied and which were not
    #[command(after_help = "Example:\n  ommi status --json")]
    Status,
    /// Tells whether the database is what models and migrations say: 1 if not
    #[command(after_help = "Example, for continuous integration:\n  ommi check || exit 1")]
    Check,
    /// Draws the tables of the models, or of the database, and what links them
    #[command(after_help = "Examples:\n  \
        ommi diagram --output schema.svg\n  \
        ommi diagram > schema.mmd\n  \
        ommi diagram --of-database --database sqlite:///app.db --output app.svg")]
    Diagram(Diagram),
    /// Prints the statements of migrations, without a look at the database
    #[command(after_help = "Examples:\n  \
        ommi sql > all.sql\n  \
        ommi sql 0003:0005 --database postgresql://")]
    Sql(Sql),
}

/// The arguments of `diagram`.
#[derive(Debug, Args)]
pub(crate) struct Diagram {
    /// What to write [default: as the file's name ends, else mermaid]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// The file to write (.svg, .mmd, .mermaid) instead of printing
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Draws the tables that the database has, whatever the models say
    #[arg(long)]
    pub(crate) of_database: bool,
}

/// What a diagram is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Mermaid,
    Svg,
}

/// The arguments of `init`.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Says what would be written, and writes nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// The arguments of `inspect`.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The tables; all where left out
    #[arg(value_name = "TABLE")]
    pub(crate) tables: Vec<String>,
    /// What the models are
    #[arg(long, value_name = "STYLE", default_value = "dataclass")]
    pub(crate) style: Style,
}

/// What models are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Style {
    Dataclass,
    Attrs,
    Pydantic,
    Msgspec,
    Rust,
}

/// The arguments of `makemigrations`.
#[derive(Debug, Args)]
pub(crate) struct Make {
    /// What the file is named by, as in add_email; found by itself where left out
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// A table or a column was renamed: OLD:NEW or TABLE.OLD:NEW
    #[arg(long, value_name = "RENAME")]
    pub(crate) rename: Vec<String>,
    /// What rows that exist get in a required column: TABLE.COLUMN=VALUE
    #[arg(long, value_name = "FILL")]
    pub(crate) fill: Vec<String>,
    /// Writes statements of this database instead of Python
    #[arg(long)]
    pub(crate) sql: bool,
    /// Writes a migration without steps, to be filled in by hand
    #[arg(long)]
    pub(crate) empty: bool,
    /// Prints the file, and writes nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// The arguments of `migrate`.
#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// The last version to apply; all where left out
    #[arg(value_name = "VERSION")]
    pub(crate) target: Option<String>,
    /// Prints steps and statements, and changes nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Takes steps that lose data
    #[arg(long)]
    pub(crate) allow_data_loss: bool,
    /// Applies migrations before later ones that were applied already
    #[arg(long)]
    pub(crate) out_of_order: bool,
}

/// The arguments of `rollback`.
#[derive(Debug, Args)]
pub(crate) struct Rollback {
    /// The version that stays the last one
    #[arg(value_name = "VERSION", conflicts_with = "all")]
    pub(crate) target: Option<String>,
    /// Undoes all migrations
    #[arg(long)]
    pub(crate) all: bool,
    /// Prints steps and statements, and changes nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Takes steps that lose data, as most ways back do
    #[arg(long)]
    pub(crate) allow_data_loss: bool,
}

/// The arguments of `sql`.
#[derive(Debug, Args)]
pub(crate) struct Sql {
    /// Which: TO, FROM: or FROM:TO, behind FROM and up to TO; all where left out
    #[arg(value_name = "VERSIONS")]
    pub(crate) versions: Option<String>,
}
