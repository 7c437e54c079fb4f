//! The behaviour suite on this driver: all that it takes.

use ommi_testkit::{Fresh, Suite};
use outside_driver::LogDriver;

fn main() -> std::process::ExitCode {
    Suite::new().on("outside", open).run()
}

async fn open() -> ommi_core::Result<Fresh> {
    Ok(Fresh::new(LogDriver::new()))
}
