//! The `ommi` command: makes migrations, runs them, tells what a database lacks, and draws what it has.
//!
//! What it cannot know by itself (models, and migrations that are written in a language) a [`Host`] tells it: the
//! Python package is one. A Rust program with models is one, too:
//!
//! ```no_run
//! use std::process::ExitCode;
//! use std::sync::Arc;
//!
//! use ommi::{Model, models, schema::ModelDef};
//!
//! #[derive(Model)]
//! struct User {
//!     id: i64,
//!     name: String,
//! }
//!
//! struct Program;
//!
//! impl ommi_cli::Host for Program {
//!     fn models(&self, _from: &[String]) -> ommi::Result<Option<Vec<Arc<ModelDef>>>> {
//!         Ok(Some(models![User]))
//!     }
//! }
//!
//! fn main() -> ExitCode {
//!     ommi_cli::run(std::env::args_os(), &Program).into()
//! }
//! ```

mod arguments;
mod commands;
mod diagram;
mod drift;
mod host;
mod inspect;
mod output;
mod place;
mod settings;
mod write;

use std::ffi::OsString;

use clap::Parser;

use arguments::Arguments;
pub use host::{Host, SqlOnly};
use output::Output;

/// Runs the command of these arguments, the first of which is the program's name.
///
/// What is given is the exit code: 0 where all went well, 1 where `check` found something, 2 for arguments and settings that make no
/// sense, and 3 where something failed.
pub fn run(arguments: impl IntoIterator<Item = OsString>, host: &dyn Host) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nobody is there to be told where the terminal is gone.
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    let output = Output::new(arguments.common.json, arguments.common.color);
    match commands::run(&arguments, host, &output) {
        Ok(ended) => ended as u8,
        Err(error) => {
            output.error(&error);
            if error.is_usage { 2 } else { 3 }
        }
    }
}
