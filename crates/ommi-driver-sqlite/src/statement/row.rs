//! Reading the values of the row that a statement stopped at.

use std::ffi::c_int;
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::slice;

use rusqlite::ffi;

use super::Prepared;

/// The storage class of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Storage {
    Null,
    Integer,
    Real,
    Text,
    Blob,
}

/// The values of one row; they stay until the statement's next step or reset, which need it mutably.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    raw: NonNull<ffi::sqlite3_stmt>,
    statement: PhantomData<&'a Prepared>,
}

impl<'a> Row<'a> {
    pub(super) fn of(prepared: &'a Prepared) -> Self {
        Self { raw: prepared.0, statement: PhantomData }
    }

    /// One of the values. NULL where there is no such column.
    #[inline]
    pub(crate) fn get(self, column: usize) -> Stored<'a> {
        // SAFETY: the statement is alive for 'a, and SQLite checks the column. What it gives may be read
        // while no other thread uses the connection, and none does (see `Handle`): this asks SQLite once
        // for a value instead of once for its type, its start and its length.
        let raw = unsafe { ffi::sqlite3_column_value(self.raw.as_ptr(), column as c_int) };
        Stored { raw, row: PhantomData }
    }
}

/// A value as SQLite stores it.
#[derive(Clone, Copy)]
pub(crate) struct Stored<'a> {
    raw: *mut ffi::sqlite3_value,
    row: PhantomData<&'a Prepared>,
}

impl<'a> Stored<'a> {
    #[inline]
    pub(crate) fn storage(self) -> Storage {
        // SAFETY: SQLite gave the value, which stays for 'a; it takes a null pointer for NULL.
        match unsafe { ffi::sqlite3_value_type(self.raw) } {
            ffi::SQLITE_INTEGER => Storage::Integer,
            ffi::SQLITE_FLOAT => Storage::Real,
            ffi::SQLITE_TEXT => Storage::Text,
            ffi::SQLITE_BLOB => Storage::Blob,
            _ => Storage::Null,
        }
    }

    #[inline]
    pub(crate) fn integer(self) -> i64 {
        // SAFETY: as in `storage`.
        unsafe { ffi::sqlite3_value_int64(self.raw) }
    }

    #[inline]
    pub(crate) fn real(self) -> f64 {
        // SAFETY: as in `storage`.
        unsafe { ffi::sqlite3_value_double(self.raw) }
    }

    /// The bytes of a text, not checked to be UTF-8. Only for values stored as text: others would be changed.
    #[inline]
    pub(crate) fn text(self) -> &'a [u8] {
        // SAFETY: as in `storage`; SQLite says where the text is and how long, and keeps it there until the
        // next step, reset or conversion. We convert nothing, and stepping needs the statement mutably.
        unsafe { self.slice(ffi::sqlite3_value_text(self.raw)) }
    }

    /// The bytes of a blob.
    pub(crate) fn blob(self) -> &'a [u8] {
        // SAFETY: as in `text`.
        unsafe { self.slice(ffi::sqlite3_value_blob(self.raw).cast()) }
    }

    /// # Safety
    /// `start` must be what SQLite just gave for this value.
    #[inline]
    unsafe fn slice(self, start: *const u8) -> &'a [u8] {
        if start.is_null() {
            return &[];
        }
        // SAFETY: SQLite's pointer and length belong together, right after the pointer was asked for.
        unsafe {
            let length = ffi::sqlite3_value_bytes(self.raw);
            slice::from_raw_parts(start, usize::try_from(length).unwrap_or(0))
        }
    }
}
