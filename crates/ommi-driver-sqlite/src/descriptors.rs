//! Questions to the operating system about file descriptors and their locks, for `locks`.

use std::ffi::{c_char, c_int};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

/// What makes two descriptors the same file: device and inode.
pub(crate) type Identity = (u64, u64);

/// How many descriptors are marked one by one; further ones all count as marked.
const MARKED: usize = 1 << 16;

/// A set of descriptors that costs a few nanoseconds to add to.
pub(crate) struct Marks([AtomicU64; MARKED / 64]);

impl Marks {
    pub(crate) const fn new() -> Self {
        Self([const { AtomicU64::new(0) }; MARKED / 64])
    }

    /// Adds a descriptor.
    #[inline]
    pub(crate) fn set(&self, descriptor: c_int) {
        if let Some((word, bit)) = self.place(descriptor)
            && word.load(Ordering::Relaxed) & bit == 0
        {
            word.fetch_or(bit, Ordering::AcqRel);
        }
    }

    /// Whether a descriptor is in the set.
    pub(crate) fn has(&self, descriptor: c_int) -> bool {
        self.place(descriptor).is_none_or(|(word, bit)| word.load(Ordering::Acquire) & bit != 0)
    }

    /// Removes a descriptor; tells whether it was there.
    pub(crate) fn take(&self, descriptor: c_int) -> bool {
        self.place(descriptor).is_none_or(|(word, bit)| word.fetch_and(!bit, Ordering::AcqRel) & bit != 0)
    }

    fn place(&self, descriptor: c_int) -> Option<(&AtomicU64, u64)> {
        let position = usize::try_from(descriptor).ok()?;
        self.0.get(position / 64).map(|word| (word, 1 << (position % 64)))
    }
}

/// The file behind a descriptor; `None` where it is not open, or is no file.
pub(crate) fn identity(descriptor: c_int) -> Option<Identity> {
    let mut found = MaybeUninit::uninit();
    // SAFETY: the call writes the whole structure when it succeeds, and it is read only then.
    unsafe { (libc::fstat(descriptor, found.as_mut_ptr()) == 0).then(|| file(&found.assume_init()))? }
}

/// The file at a path; `None` where there is none.
///
/// # Safety
/// `path` must end in NUL.
pub(crate) unsafe fn identity_of_path(path: *const c_char) -> Option<Identity> {
    let mut found = MaybeUninit::uninit();
    // SAFETY: as in `identity`, and the path ends in NUL.
    unsafe { (libc::stat(path, found.as_mut_ptr()) == 0).then(|| file(&found.assume_init()))? }
}

fn file(found: &libc::stat) -> Option<Identity> {
    (found.st_mode & libc::S_IFMT == libc::S_IFREG).then_some((found.st_dev, found.st_ino))
}

/// All descriptors of this process that are open on a file.
pub(crate) fn open_on(file: Identity) -> Vec<c_int> {
    match std::fs::read_dir("/proc/self/fd") {
        Ok(entries) => entries
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(|descriptor| identity(*descriptor) == Some(file))
            .collect(),
        // Without /proc they are tried one by one, as far as they commonly go.
        Err(_) => (0..4096).filter(|descriptor| identity(*descriptor) == Some(file)).collect(),
    }
}

/// Whether a descriptor was opened for reading, for writing, or for both.
pub(crate) fn access_mode(descriptor: c_int) -> c_int {
    // SAFETY: the command takes no argument and changes nothing.
    unsafe { libc::fcntl(descriptor, libc::F_GETFL) & libc::O_ACCMODE }
}

fn lock(kind: c_int, start: i64) -> libc::flock {
    // SAFETY: all of the structure's fields are integers, for which zero is a value.
    let mut lock: libc::flock = unsafe { MaybeUninit::zeroed().assume_init() };
    lock.l_type = kind as _;
    lock.l_whence = libc::SEEK_SET as _;
    lock.l_start = start;
    lock
}

fn set(descriptor: c_int, mut lock: libc::flock) -> bool {
    // SAFETY: the lock is a valid one and lives through the call.
    unsafe { libc::fcntl(descriptor, libc::F_OFD_SETLK, ptr::from_mut(&mut lock)) == 0 }
}

/// Drops all locks of a descriptor's file description.
pub(crate) fn unlock_all(descriptor: c_int) {
    set(descriptor, lock(libc::F_UNLCK, 0));
}

/// Gives the shared locks that `from` holds after `start` to `to`. Nothing can come between: shared locks of two
/// owners do not exclude each other.
pub(crate) fn move_read_locks(from: c_int, to: c_int, start: i64) -> bool {
    // SQLite's SHARED lock: 510 bytes, two behind the first.
    let shared = libc::flock { l_len: 510, ..lock(libc::F_RDLCK, start + 2) };
    if !set(to, shared) {
        return false;
    }
    unlock_all(from);
    true
}

/// Whether this kernel knows locks that belong to a file description.
pub(crate) fn has_description_locks() -> bool {
    // SAFETY: the name ends in NUL; the descriptor is ours and closed once.
    unsafe {
        let descriptor = libc::memfd_create(c"ommi-locks".as_ptr(), libc::MFD_CLOEXEC);
        if descriptor < 0 {
            return false;
        }
        let known = set(descriptor, libc::flock { l_len: 1, ..lock(libc::F_WRLCK, 0) });
        libc::close(descriptor);
        known
    }
}

/// The calling thread's last error of a system call.
pub(crate) fn last_error() -> c_int {
    // SAFETY: the location is the thread's own and always valid.
    unsafe { *libc::__errno_location() }
}

/// Sets what [`last_error`] gives: SQLite looks there after a call.
pub(crate) fn set_last_error(error: c_int) {
    // SAFETY: as in `last_error`.
    unsafe { *libc::__errno_location() = error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;

    #[test]
    fn descriptors_are_marked_one_by_one() {
        static MARKS: Marks = Marks::new();
        assert!(!MARKS.has(7));
        MARKS.set(7);
        assert!(MARKS.has(7) && !MARKS.has(8));
        assert!(MARKS.take(7) && !MARKS.take(7));
        assert!(MARKS.has(MARKED as c_int), "one beyond the set counts as marked");
    }

    #[test]
    fn all_descriptors_of_a_file_are_found() {
        let file = tempfile::tempfile().unwrap();
        let other = file.try_clone().unwrap();
        let mut found = open_on(identity(file.as_raw_fd()).unwrap());
        found.sort_unstable();
        let mut expected = [file.as_raw_fd(), other.as_raw_fd()];
        expected.sort_unstable();
        assert_eq!(found, expected);
    }
}
