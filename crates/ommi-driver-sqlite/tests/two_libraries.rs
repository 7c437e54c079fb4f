//! The same file in another SQLite of the same process: neither side's locks are dropped by the other. The other
//! library is played by plain system calls, which is all that matters between the two.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
#![cfg(target_os = "linux")]

mod common;

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd;
use std::path::Path;

use common::*;
use futures_executor::block_on;
use ommi_core::ErrorKind;
use ommi_core::driver::{Driver, Executor, TransactionOptions};
use ommi_driver_sqlite::{JournalMode, Mode, SqliteConfig, SqliteDriver};

/// Where SQLite's SHARED lock is.
const SHARED: (i64, i64) = (0x4000_0002, 510);
/// Where SQLite's RESERVED lock is: who writes in journal mode holds it.
const RESERVED: (i64, i64) = (0x4000_0001, 1);

fn open(path: &Path) -> File {
    OpenOptions::new().read(true).write(true).open(path).unwrap()
}

fn flock(kind: i32, (start, length): (i64, i64)) -> libc::flock {
    libc::flock {
        l_type: kind as i16,
        l_whence: libc::SEEK_SET as i16,
        l_start: start,
        l_len: length,
        l_pid: 0,
    }
}

fn fcntl(file: &File, command: i32, mut lock: libc::flock) -> Option<libc::flock> {
    // SAFETY: the lock is a valid one and lives through the call.
    (unsafe { libc::fcntl(file.as_raw_fd(), command, &raw mut lock) } == 0).then_some(lock)
}

/// Whether anybody but this process's POSIX locks keeps one from writing there.
fn is_locked(file: &File, range: (i64, i64)) -> bool {
    let found = fcntl(file, libc::F_GETLK, flock(libc::F_WRLCK, range)).unwrap();
    i32::from(found.l_type) != libc::F_UNLCK
}

/// Whether this process still holds a POSIX lock there.
fn still_has(file: &File, range: (i64, i64)) -> bool {
    let found = fcntl(file, libc::F_OFD_GETLK, flock(libc::F_WRLCK, range)).unwrap();
    i32::from(found.l_type) != libc::F_UNLCK && found.l_pid == std::process::id() as i32
}

#[test]
fn our_locks_stay_when_another_library_closes_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data.db");
    let driver = file(&path);
    block_on(driver.insert(user_insert(), named(1))).unwrap();
    let other = open(&path);
    assert!(is_locked(&other, SHARED), "a file with a log is locked as long as it is open");
    for _ in 0..3 {
        drop(open(&path));
        drop(open(&path.with_extension("db-shm")));
    }
    assert!(is_locked(&other, SHARED));
    let shared_memory = open(&path.with_extension("db-shm"));
    assert!(is_locked(&shared_memory, (128, 1)), "the lock of the shared memory too");
    close(&driver);
    assert!(!is_locked(&other, SHARED), "closing lets go");
}

#[test]
fn another_librarys_locks_stay_when_our_connections_close() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data.db");
    close(&file(&path));
    let other = open(&path);
    fcntl(&other, libc::F_SETLK, flock(libc::F_RDLCK, SHARED)).unwrap();
    for _ in 0..20 {
        let driver = SqliteDriver::new(SqliteConfig::file(&path)).unwrap();
        assert_eq!(count_users(&driver), 0);
        close(&driver);
        assert!(still_has(&other, SHARED));
    }
    let open_now = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    let held = open_now.filter(|entry| std::fs::read_link(entry.path()).is_ok_and(|to| to == path)).count();
    assert!(held < 12, "files that are kept open are used again: {held}");
}

#[test]
fn another_librarys_write_keeps_ours_waiting() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data.db");
    let mut config = SqliteConfig::file(&path);
    config.journal_mode = JournalMode::Delete;
    config.busy_timeout = std::time::Duration::from_millis(20);
    let driver = with_table(config);
    let other = open(&path);
    fcntl(&other, libc::F_SETLK, flock(libc::F_WRLCK, RESERVED)).unwrap();
    let error = block_on(driver.insert(user_insert(), named(1))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(count_users(&driver), 0, "reading goes on");
    assert!(still_has(&other, RESERVED), "reading did not drop the other's lock");
    fcntl(&other, libc::F_SETLK, flock(libc::F_UNLCK, RESERVED)).unwrap();
    block_on(driver.insert(user_insert(), named(1))).unwrap();
}

#[test]
fn our_write_keeps_another_library_waiting() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data.db");
    let mut config = SqliteConfig::file(&path);
    config.journal_mode = JournalMode::Delete;
    let driver = with_table(config);
    let transaction = block_on(driver.begin(TransactionOptions::default())).unwrap();
    block_on(transaction.insert(user_insert(), named(1))).unwrap();
    let other = open(&path);
    assert!(is_locked(&other, RESERVED));
    drop(open(&path));
    assert!(is_locked(&other, RESERVED));
    block_on(transaction.commit()).unwrap();
    assert!(!is_locked(&other, RESERVED));
}

#[test]
fn a_driver_that_only_reads_does_not_keep_another_from_writing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data.db");
    let mut config = SqliteConfig::file(&path);
    config.journal_mode = JournalMode::Delete;
    let writer = with_table(config.clone());
    close(&writer);
    config.mode = Mode::ReadOnly;
    let reader = SqliteDriver::new(config.clone()).unwrap();
    config.mode = Mode::ReadWrite;
    let writer = SqliteDriver::new(config).unwrap();
    // A stream that rests keeps the reader's shared lock, taken on a descriptor that cannot be written.
    let numbers = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 100) \
                   SELECT x, (SELECT count(*) FROM users) FROM n";
    let statement = statement(numbers, ommi_core::plan::Reach::Unlimited, &[]);
    let stream = reader.fetch(statement, vec![], options(1));
    let transaction = block_on(writer.begin(TransactionOptions::default())).unwrap();
    block_on(transaction.insert(user_insert(), named(1))).unwrap();
    assert_eq!(collect(stream).unwrap().len(), 100);
    block_on(transaction.commit()).unwrap();
    assert_eq!(count_users(&reader), 1);
}

/// The system's own SQLite, where there is one: a second library in this process, as Python's is.
struct Library {
    open: OpenCall,
    execute: ExecuteCall,
    close: CloseCall,
}

type OpenCall = unsafe extern "C" fn(*const c_char, *mut *mut c_void) -> c_int;
type ExecuteCall =
    unsafe extern "C" fn(*mut c_void, *const c_char, *mut c_void, *mut c_void, *mut c_void) -> c_int;
type CloseCall = unsafe extern "C" fn(*mut c_void) -> c_int;

impl Library {
    fn load() -> Option<Self> {
        // SAFETY: loading runs nothing of ours.
        let library = unsafe { libc::dlopen(c"libsqlite3.so.0".as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        if library.is_null() {
            eprintln!("NOT TESTED: this system has no libsqlite3.so.0 to load as a second library");
            return None;
        }
        let symbol = |name: &CStr| {
            // SAFETY: the library stays loaded, and the name ends in NUL.
            unsafe { libc::dlsym(library, name.as_ptr()) }
        };
        // SAFETY: the functions are SQLite's, with the types that its header gives them.
        unsafe {
            Some(Self {
                open: std::mem::transmute::<*mut c_void, OpenCall>(symbol(c"sqlite3_open")),
                execute: std::mem::transmute::<*mut c_void, ExecuteCall>(symbol(c"sqlite3_exec")),
                close: std::mem::transmute::<*mut c_void, CloseCall>(symbol(c"sqlite3_close")),
            })
        }
    }

    /// Opens the file, runs the text and closes the file.
    fn run(&self, path: &Path, text: &CStr) -> c_int {
        let path = CString::new(path.to_str().unwrap()).unwrap();
        let (mut connection, none) = (std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: the calls are made as SQLite's documentation says, on a connection of this thread.
        unsafe {
            assert_eq!((self.open)(path.as_ptr(), &raw mut connection), 0);
            (self.execute)(connection, c"PRAGMA busy_timeout = 20000".as_ptr(), none, none, none);
            let code = (self.execute)(connection, text.as_ptr(), none, none, none);
            assert_eq!((self.close)(connection), 0);
            code
        }
    }
}

#[test]
fn two_libraries_that_write_at_once_lose_no_commit() {
    let Some(library) = Library::load() else { return };
    for journal_mode in [JournalMode::Wal, JournalMode::Delete] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data.db");
        let mut config = SqliteConfig::file(&path);
        (config.journal_mode, config.busy_timeout) = (journal_mode, std::time::Duration::from_secs(20));
        config.synchronous = ommi_driver_sqlite::Synchronous::Normal;
        let driver = with_table(config.clone());
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..100 {
                    assert_eq!(library.run(&path, c"INSERT INTO users (name) VALUES ('theirs')"), 0);
                }
            });
            scope.spawn(|| {
                for _ in 0..10 {
                    let second = SqliteDriver::new(config.clone()).unwrap();
                    block_on(second.insert(user_insert(), named(3))).unwrap();
                    close(&second);
                }
            });
            for _ in 0..100 {
                block_on(driver.insert(user_insert(), named(2))).unwrap();
            }
        });
        assert_eq!(count_users(&driver), 100 + 30 + 200, "{journal_mode:?}");
        let check = statement("PRAGMA integrity_check", ommi_core::plan::Reach::Unlimited, &[]);
        let found = read(&driver, &check, vec![]).unwrap();
        assert_eq!(found, [[ommi_core::value::Value::Text("ok".into())]], "{journal_mode:?}");
        close(&driver);
        assert_eq!(library.run(&path, c"SELECT count(*) FROM users"), 0);
    }
}
