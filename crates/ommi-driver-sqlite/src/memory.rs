//! A database in memory: a private file that nobody else can find, because SQLite's own memory databases cannot be
//! read while they are written. It is gone with the driver, and with the process.

use std::path::PathBuf;
use std::sync::Once;

use ommi_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;
use tempfile::TempDir;

/// Directories to remove when the process ends before their drivers do, with the process that made them.
static LEFT: Mutex<Vec<(u32, PathBuf)>> = Mutex::new(Vec::new());

/// The directory that holds the file; it may be entered by this user alone.
pub(crate) struct Memory {
    directory: Option<TempDir>,
}

impl Memory {
    /// Makes the directory.
    ///
    /// # Errors
    /// `Storage` when the directory for temporary files cannot be written.
    pub(crate) fn new() -> Result<Self> {
        static AT_EXIT: Once = Once::new();
        AT_EXIT.call_once(|| {
            // SAFETY: the function is ours, takes nothing and does not unwind. Where it cannot be registered,
            // drivers that are dropped still clean up after themselves.
            let _ = unsafe { libc::atexit(remove_left) };
        });
        let mut builder = tempfile::Builder::new();
        builder.prefix("ommi-memory-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let directory = builder.tempdir().map_err(|error| {
            let place = std::env::temp_dir();
            let message = format!(
                "a database in memory needs a private file, which cannot be made in {}: {error}; set TMPDIR to a directory that can be written",
                place.display()
            );
            Error::new(ErrorKind::Storage, message).with_source(error)
        })?;
        LEFT.lock().push((std::process::id(), directory.path().to_owned()));
        Ok(Self { directory: Some(directory) })
    }

    /// The database file.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.as_ref().map_or_else(PathBuf::new, |directory| directory.path().join("memory.db"))
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let Some(directory) = self.directory.take() else { return };
        let made_here =
            |(process, path): &(u32, PathBuf)| *process == std::process::id() && path == directory.path();
        let mut left = LEFT.lock();
        match left.iter().position(made_here) {
            Some(position) => drop(left.swap_remove(position)),
            // A fork's copy: the file belongs to the process that made it.
            None => drop(directory.keep()),
        }
    }
}

/// Removes what is left when the process exits.
extern "C" fn remove_left() {
    // Never waits: at this point a thread may have been stopped while it held the lock.
    let Some(left) = LEFT.try_lock() else { return };
    for (process, path) in left.iter() {
        if *process == std::process::id() {
            // There is nobody left to tell.
            let _ = std::fs::remove_dir_all(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_directory_is_private_and_goes_with_its_owner() {
        let memory = Memory::new().unwrap();
        let directory = memory.path().parent().unwrap().to_owned();
        assert_eq!(directory.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        drop(memory);
        assert!(!directory.exists());
    }
}
