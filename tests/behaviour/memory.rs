//! The behaviour suite on databases in memory, one of their own and shared by name.

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use ommi_driver_memory::{MemoryConfig, MemoryDriver};
use ommi_testkit::{Fresh, Suite};

fn main() -> ExitCode {
    Suite::new().on("own", own).on("shared", shared).run()
}

async fn own() -> ommi_core::Result<Fresh> {
    Ok(Fresh::new(MemoryDriver::new(MemoryConfig::default())))
}

/// Another driver has the same database open all the time.
async fn shared() -> ommi_core::Result<Fresh> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("behaviour {}", NEXT.fetch_add(1, Ordering::Relaxed));
    let config = MemoryConfig { name: Some(name) };
    Ok(Fresh::new(MemoryDriver::new(config.clone())).keep(MemoryDriver::new(config)))
}
