//! The command for programs that keep their migrations in SQL. That of the Python package knows models, too.

use std::process::ExitCode;

fn main() -> ExitCode {
    ommi_cli::run(std::env::args_os(), &ommi_cli::SqlOnly).into()
}
