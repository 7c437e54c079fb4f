//! Prepared statements: the one place that calls SQLite's C interface to prepare, bind, step and read.
//! Everything above it is safe Rust. Connections call it; nobody else needs to.

mod bind;
mod row;

use std::ffi::{CStr, c_int};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use rusqlite::ffi;

use crate::error::Failure;

pub(crate) use bind::Binder;
pub(crate) use row::{Row, Storage, Stored};

/// An open connection's C handle. It is used by whoever owns the connection, one thread at a time.
#[derive(Clone, Copy)]
pub(crate) struct Handle(NonNull<ffi::sqlite3>);

// SAFETY: the handle belongs to one `Connection`, which is moved between threads and never shared; SQLite's
// multi-thread mode (SQLITE_OPEN_NOMUTEX) allows just that.
unsafe impl Send for Handle {}

impl Handle {
    /// The handle of `connection`, which must outlive it.
    pub(crate) fn of(connection: &rusqlite::Connection) -> Option<Self> {
        // SAFETY: the pointer is only used through this module, while the owner keeps the connection open.
        NonNull::new(unsafe { connection.handle() }).map(Self)
    }

    pub(crate) fn as_ptr(self) -> *mut ffi::sqlite3 {
        self.0.as_ptr()
    }

    /// True when no transaction is open.
    pub(crate) fn is_autocommit(self) -> bool {
        // SAFETY: the connection is open (see `of`).
        unsafe { ffi::sqlite3_get_autocommit(self.as_ptr()) != 0 }
    }

    /// The number of rows that the last statement changed.
    pub(crate) fn changes(self) -> u64 {
        // SAFETY: the connection is open (see `of`).
        u64::try_from(unsafe { ffi::sqlite3_changes64(self.as_ptr()) }).unwrap_or(0)
    }

    /// Whether a reference that is checked later leads to nothing now.
    pub(crate) fn has_dangling_references(self) -> bool {
        let (mut current, mut highest) = (0, 0);
        // SAFETY: the connection is open (see `of`); both results are out-pointers.
        unsafe {
            let status = ffi::SQLITE_DBSTATUS_DEFERRED_FKS;
            ffi::sqlite3_db_status(self.as_ptr(), status, &raw mut current, &raw mut highest, 0);
        }
        current != 0
    }

    /// The integer key of the row that was added last.
    pub(crate) fn last_key(self) -> i64 {
        // SAFETY: the connection is open (see `of`).
        unsafe { ffi::sqlite3_last_insert_rowid(self.as_ptr()) }
    }

    /// What `code` was about, with SQLite's own message.
    pub(crate) fn failure(self, code: c_int) -> Failure {
        // SAFETY: the connection is open; the message is copied before SQLite is called again.
        let (extended, message) = unsafe {
            let message = ffi::sqlite3_errmsg(self.as_ptr());
            let message = if message.is_null() {
                String::new()
            } else {
                CStr::from_ptr(message).to_string_lossy().into_owned()
            };
            (ffi::sqlite3_extended_errcode(self.as_ptr()), message)
        };
        // Misuse and range errors are not kept by the connection: then its own code is about something else.
        if extended & 0xff == code & 0xff {
            Failure { code: extended, message }
        } else {
            Failure { code, message: describe(code) }
        }
    }

    /// Runs text without placeholders: one statement or several, rows ignored.
    pub(crate) fn run(self, text: &str) -> Result<(), Failure> {
        let mut rest = text;
        while !rest.trim().is_empty() {
            let (prepared, used) = Prepared::first(self, rest, false)?;
            if let Some(mut prepared) = prepared {
                let mut run = prepared.start();
                while run.step().map_err(|code| self.failure(code))? == Step::Row {}
            }
            rest = &rest[used..];
        }
        Ok(())
    }
}

fn describe(code: c_int) -> String {
    // SAFETY: the function gives a static text for any number.
    unsafe { CStr::from_ptr(ffi::sqlite3_errstr(code)) }.to_string_lossy().into_owned()
}

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A row can be read.
    Row,
    /// There is no further row.
    Done,
}

/// A prepared statement. It must be dropped before its connection.
pub(crate) struct Prepared(NonNull<ffi::sqlite3_stmt>);

// SAFETY: a statement is used together with its connection, by one thread at a time (see `Handle`).
unsafe impl Send for Prepared {}

impl Prepared {
    /// Prepares `text`, which must be one statement.
    pub(crate) fn new(handle: Handle, text: &str) -> Result<Self, Failure> {
        let misuse = |message: &str| Failure { code: ffi::SQLITE_MISUSE, message: message.to_owned() };
        let (prepared, used) = Self::first(handle, text, true)?;
        if !text[used..].trim().is_empty() {
            return Err(misuse("the text holds more than one statement"));
        }
        prepared.ok_or_else(|| misuse("the text holds no statement"))
    }

    /// Prepares the first statement of `text`, if there is one, and says how many bytes it took.
    fn first(handle: Handle, text: &str, persistent: bool) -> Result<(Option<Self>, usize), Failure> {
        let too_big = || Failure { code: ffi::SQLITE_TOOBIG, message: describe(ffi::SQLITE_TOOBIG) };
        let length = c_int::try_from(text.len()).map_err(|_| too_big())?;
        let flags = if persistent { ffi::SQLITE_PREPARE_PERSISTENT } else { 0 };
        let mut raw = ptr::null_mut();
        let mut tail = ptr::null();
        // SAFETY: the text is given with its length and outlives the call; both results are out-pointers.
        let code = unsafe {
            ffi::sqlite3_prepare_v3(
                handle.as_ptr(),
                text.as_ptr().cast(),
                length,
                flags as _,
                &raw mut raw,
                &raw mut tail,
            )
        };
        if code != ffi::SQLITE_OK {
            return Err(handle.failure(code));
        }
        let used = (tail as usize).saturating_sub(text.as_ptr() as usize).min(text.len());
        // A tail may only stop where a statement ended, which is a character of ASCII.
        let used = if text.is_char_boundary(used) { used } else { text.len() };
        Ok((NonNull::new(raw).map(Self), used))
    }

    fn raw(&self) -> *mut ffi::sqlite3_stmt {
        self.0.as_ptr()
    }

    /// The number of placeholders.
    pub(crate) fn placeholders(&self) -> usize {
        // SAFETY: the statement is alive: only `drop` finalizes it.
        usize::try_from(unsafe { ffi::sqlite3_bind_parameter_count(self.raw()) }).unwrap_or(0)
    }

    /// The number of returned columns; zero for a statement that returns no rows.
    pub(crate) fn columns(&self) -> usize {
        // SAFETY: the statement is alive.
        usize::try_from(unsafe { ffi::sqlite3_column_count(self.raw()) }).unwrap_or(0)
    }

    /// Begins a run whose values are borrowed: they stay where they are until the run ends.
    pub(crate) fn start<'s, 'v>(&'s mut self) -> Run<'s, 'v> {
        Run { prepared: self, values: PhantomData }
    }

    /// Binds copies of values: for runs that outlive them. The caller has to reset the statement.
    pub(crate) fn bind_copies(&mut self) -> Binder<'_, '_> {
        Binder::new(self, true)
    }

    /// Takes a step. An error's code has to be looked up before the connection is used again.
    pub(crate) fn step(&mut self) -> Result<Step, c_int> {
        // SAFETY: the statement is alive and nobody else uses it: we have it mutably.
        match unsafe { ffi::sqlite3_step(self.raw()) } {
            ffi::SQLITE_ROW => Ok(Step::Row),
            ffi::SQLITE_DONE => Ok(Step::Done),
            code => Err(code),
        }
    }

    /// Ends a run: the statement can be bound and run anew, and holds no value any more.
    pub(crate) fn reset(&mut self) {
        // SAFETY: the statement is alive. Reset repeats the error of the last step, which was seen then.
        unsafe {
            ffi::sqlite3_reset(self.raw());
            ffi::sqlite3_clear_bindings(self.raw());
        }
    }

    /// The row that the last step stopped at.
    pub(crate) fn row(&self) -> Row<'_> {
        Row::of(self)
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        // SAFETY: nobody uses the statement any more; its connection is still open (see `Connection`).
        unsafe { ffi::sqlite3_finalize(self.raw()) };
    }
}

/// One run of a statement. When it is dropped, the statement is reset and forgets the values.
pub(crate) struct Run<'s, 'v> {
    prepared: &'s mut Prepared,
    values: PhantomData<&'v ()>,
}

impl<'v> Run<'_, 'v> {
    /// Binds values that outlive the run.
    pub(crate) fn bind(&mut self) -> Binder<'_, 'v> {
        Binder::new(self.prepared, false)
    }

    /// See [`Prepared::step`].
    #[inline]
    pub(crate) fn step(&mut self) -> Result<Step, c_int> {
        self.prepared.step()
    }

    /// See [`Prepared::row`].
    #[inline]
    pub(crate) fn row(&self) -> Row<'_> {
        self.prepared.row()
    }

    /// Ends this execution so that the statement can be bound and run again, every value anew.
    pub(crate) fn again(&mut self) {
        // SAFETY: the statement is alive. Reset repeats the error of the last step, which was seen then.
        unsafe { ffi::sqlite3_reset(self.prepared.raw()) };
    }
}

impl Drop for Run<'_, '_> {
    fn drop(&mut self) {
        self.prepared.reset();
    }
}
