//! File locks that another SQLite in the same process cannot break.
//!
//! POSIX locks belong to a process and are all dropped when any descriptor of the file is closed, so that two
//! SQLite libraries in one process drop each other's: "How To Corrupt An SQLite Database File", 2.2.1. Here our
//! library is given system calls of ours: it takes Linux's open-file-description locks, which POSIX locks respect
//! and no other descriptor drops, and it does not close a file that someone else in the process has open, because
//! that would drop their locks. On other systems nothing is changed.

/// Makes SQLite use these locks, once for the process, before it opens the first file.
pub(crate) fn install() {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    linux::install();
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod linux {
    use std::collections::HashMap;
    use std::ffi::{CStr, c_char, c_int};
    use std::mem::transmute;
    use std::ptr;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{LazyLock, Once};

    use parking_lot::Mutex;
    use rusqlite::ffi;

    use crate::descriptors::{self, Identity, Marks};

    /// Locks of a database file are at or after SQLite's PENDING_BYTE, those of shared memory far before.
    const FIRST_DATABASE_LOCK: i64 = 0x4000_0000;

    /// Descriptors of database files and shared memory: whoever closes one drops the process's POSIX locks.
    static LOCKABLE: Marks = Marks::new();

    /// The descriptor that holds all locks of a database file. SQLite counts its connections to a file and takes
    /// and drops a lock on any of their descriptors, as if the process owned it.
    static OWNERS: LazyLock<Mutex<HashMap<Identity, c_int>>> = LazyLock::new(Mutex::default);

    /// Descriptors that SQLite has closed and we keep, because someone else has the file open.
    static KEPT: Mutex<Vec<Kept>> = Mutex::new(Vec::new());
    static KEPT_COUNT: AtomicUsize = AtomicUsize::new(0);

    struct Kept {
        descriptor: c_int,
        file: Identity,
        access: c_int,
    }

    pub(super) fn install() {
        static INSTALL: Once = Once::new();
        INSTALL.call_once(|| {
            if !descriptors::has_description_locks() {
                return;
            }
            // SAFETY: SQLite's own function types are erased by its interface and put back when it calls. Ours
            // take what SQLite's calls pass: `fcntl` is called as a variadic function, which on 64-bit Linux
            // passes three such arguments as an ordinary call does.
            unsafe {
                let fcntl = transmute::<Fcntl, ErasedCall>(on_fcntl);
                let open = transmute::<Open, ErasedCall>(on_open);
                let close = transmute::<Close, ErasedCall>(on_close);
                ffi::sqlite3_initialize();
                let vfs = ffi::sqlite3_vfs_find(c"unix".as_ptr());
                let Some(replace) = vfs.as_ref().and_then(|vfs| vfs.xSetSystemCall) else { return };
                replace(vfs, c"fcntl".as_ptr(), Some(fcntl));
                replace(vfs, c"open".as_ptr(), Some(open));
                replace(vfs, c"close".as_ptr(), Some(close));
            }
        });
    }

    type ErasedCall = unsafe extern "C" fn();
    type Fcntl = unsafe extern "C" fn(c_int, c_int, *mut libc::flock) -> c_int;
    type Open = unsafe extern "C" fn(*const c_char, c_int, c_int) -> c_int;
    type Close = unsafe extern "C" fn(c_int) -> c_int;

    /// `fcntl`, with locks that belong to a file description.
    unsafe extern "C" fn on_fcntl(descriptor: c_int, command: c_int, argument: *mut libc::flock) -> c_int {
        let command = match command {
            libc::F_SETLK => libc::F_OFD_SETLK,
            libc::F_GETLK => libc::F_OFD_GETLK,
            // SAFETY: SQLite's own arguments, passed on as they came.
            other => return unsafe { libc::fcntl(descriptor, other, argument) },
        };
        // SAFETY: with these commands SQLite passes a lock of its own, on its stack.
        let lock = unsafe { &mut *argument };
        lock.l_pid = 0;
        LOCKABLE.set(descriptor);
        let releases_all = lock.l_start == 0 && lock.l_len == 0;
        if lock.l_start < FIRST_DATABASE_LOCK && !releases_all {
            return description_lock(descriptor, command, lock);
        }
        database_lock(descriptor, command, lock, releases_all)
    }

    fn description_lock(descriptor: c_int, command: c_int, lock: &mut libc::flock) -> c_int {
        // SAFETY: the lock is a valid one and lives through the call.
        unsafe { libc::fcntl(descriptor, command, ptr::from_mut(lock)) }
    }

    fn database_lock(descriptor: c_int, command: c_int, lock: &mut libc::flock, releases_all: bool) -> c_int {
        let Some(file) = descriptors::identity(descriptor) else { return -1 };
        let mut owners = OWNERS.lock();
        let mut owner = owners.get(&file).copied().unwrap_or(descriptor);
        let mut code = description_lock(owner, command, lock);
        if code != 0 && owner != descriptor && descriptors::last_error() == libc::EBADF {
            // The owner was opened for reading and cannot write-lock: this descriptor becomes the owner.
            if descriptors::move_read_locks(owner, descriptor, FIRST_DATABASE_LOCK) {
                owners.insert(file, descriptor);
                owner = descriptor;
                code = description_lock(owner, command, lock);
            }
        }
        if command == libc::F_OFD_SETLK && code == 0 {
            if releases_all {
                owners.remove(&file);
            } else if c_int::from(lock.l_type) != libc::F_UNLCK {
                owners.insert(file, owner);
            }
        }
        let error = descriptors::last_error();
        drop(owners);
        descriptors::set_last_error(error);
        code
    }

    /// `close`, unless someone else in the process has the file open and would lose their locks.
    unsafe extern "C" fn on_close(descriptor: c_int) -> c_int {
        if !LOCKABLE.take(descriptor) {
            // SAFETY: SQLite closes a descriptor of its own.
            return unsafe { libc::close(descriptor) };
        }
        // SQLite closes a database file only when no connection of its holds a lock of it.
        OWNERS.lock().retain(|_, owner| *owner != descriptor);
        let mut kept = KEPT.lock();
        let code = match descriptors::identity(descriptor) {
            Some(file) if is_open_elsewhere(file, descriptor, &kept) => {
                descriptors::unlock_all(descriptor);
                kept.push(Kept { descriptor, file, access: descriptors::access_mode(descriptor) });
                0
            }
            // SAFETY: as above.
            Some(_) | None => unsafe { libc::close(descriptor) },
        };
        close_what_may_be_closed(&mut kept);
        KEPT_COUNT.store(kept.len(), Ordering::Release);
        code
    }

    fn close_what_may_be_closed(kept: &mut Vec<Kept>) {
        let mut position = 0;
        while let Some(candidate) = kept.get(position) {
            if is_open_elsewhere(candidate.file, candidate.descriptor, kept) {
                position += 1;
            } else {
                let done = kept.swap_remove(position);
                // SAFETY: SQLite gave the descriptor up, and it is in our list no more.
                unsafe { libc::close(done.descriptor) };
            }
        }
    }

    fn is_open_elsewhere(file: Identity, descriptor: c_int, kept: &[Kept]) -> bool {
        let ours = |other: c_int| {
            other == descriptor || LOCKABLE.has(other) || kept.iter().any(|kept| kept.descriptor == other)
        };
        descriptors::open_on(file).into_iter().any(|other| !ours(other))
    }

    /// `open`, or a descriptor of the same file that was kept.
    unsafe extern "C" fn on_open(path: *const c_char, flags: c_int, mode: c_int) -> c_int {
        if KEPT_COUNT.load(Ordering::Acquire) > 0 && flags & (libc::O_EXCL | libc::O_TRUNC) == 0 {
            // SAFETY: SQLite passes a path that ends in NUL.
            if let Some(file) = unsafe { descriptors::identity_of_path(path) } {
                let mut kept = KEPT.lock();
                let same = |kept: &Kept| kept.file == file && kept.access == flags & libc::O_ACCMODE;
                if let Some(position) = kept.iter().position(same) {
                    let again = kept.swap_remove(position);
                    KEPT_COUNT.store(kept.len(), Ordering::Release);
                    LOCKABLE.set(again.descriptor);
                    return again.descriptor;
                }
            }
        }
        // SAFETY: SQLite's own arguments, passed on as they came.
        let descriptor = unsafe { libc::open(path, flags, mode) };
        // SAFETY: SQLite passes a path that ends in NUL.
        if flags & libc::O_EXCL == 0 && !is_journal(unsafe { CStr::from_ptr(path) }) {
            LOCKABLE.set(descriptor);
        }
        descriptor
    }

    /// Journals are never locked, and come and go with each transaction.
    fn is_journal(path: &CStr) -> bool {
        path.to_bytes().ends_with(b"-journal") || path.to_bytes().ends_with(b"-wal")
    }
}
