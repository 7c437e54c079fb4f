//! Binding values to a statement's placeholders.

use std::ffi::{c_int, c_void};
use std::marker::PhantomData;
use std::rc::Rc;

use rusqlite::{ffi, types};

use super::Prepared;

/// Takes the values of placeholders, numbered from 1; `'v` is how long they are borrowed.
pub(crate) struct Binder<'b, 'v> {
    prepared: &'b mut Prepared,
    copied: bool,
    values: PhantomData<&'v ()>,
}

impl<'b, 'v> Binder<'b, 'v> {
    /// Unless values are `copied`, they must live until the bindings are cleared: [`Run`](super::Run) sees to it.
    pub(super) fn new(prepared: &'b mut Prepared, copied: bool) -> Self {
        Self { prepared, copied, values: PhantomData }
    }

    fn raw(&self) -> *mut ffi::sqlite3_stmt {
        self.prepared.raw()
    }

    pub(crate) fn null(&mut self, index: usize) -> Result<(), c_int> {
        // SAFETY: the statement is alive; SQLite checks the index.
        checked(unsafe { ffi::sqlite3_bind_null(self.raw(), index as c_int) })
    }

    #[inline]
    pub(crate) fn integer(&mut self, index: usize, value: i64) -> Result<(), c_int> {
        // SAFETY: as in `null`.
        checked(unsafe { ffi::sqlite3_bind_int64(self.raw(), index as c_int, value) })
    }

    pub(crate) fn real(&mut self, index: usize, value: f64) -> Result<(), c_int> {
        // SAFETY: as in `null`.
        checked(unsafe { ffi::sqlite3_bind_double(self.raw(), index as c_int, value) })
    }

    pub(crate) fn text(&mut self, index: usize, value: &'v str) -> Result<(), c_int> {
        self.bytes(index, value.as_bytes(), true, self.copied)
    }

    /// Binds a copy, whatever the rest of the run borrows.
    pub(crate) fn text_copy(&mut self, index: usize, value: &str) -> Result<(), c_int> {
        self.bytes(index, value.as_bytes(), true, true)
    }

    pub(crate) fn blob(&mut self, index: usize, value: &'v [u8]) -> Result<(), c_int> {
        self.bytes(index, value, false, self.copied)
    }

    /// Binds a list for the table-valued function `rarray(?)`.
    pub(crate) fn list(&mut self, index: usize, values: Vec<types::Value>) -> Result<(), c_int> {
        let list = Rc::into_raw(Rc::new(values)).cast_mut().cast();
        // SAFETY: the type's name is the one that the `rarray` module asks for, and the pointer is what it
        // expects under that name; SQLite calls the destructor once, even when binding fails.
        checked(unsafe {
            let name = c"rarray".as_ptr();
            ffi::sqlite3_bind_pointer(self.raw(), index as c_int, list, name, Some(drop_list))
        })
    }

    /// `copied` may be false only for values that live for `'v`.
    fn bytes(&mut self, index: usize, value: &[u8], text: bool, copied: bool) -> Result<(), c_int> {
        let destructor = if copied { ffi::SQLITE_TRANSIENT() } else { ffi::SQLITE_STATIC() };
        // An empty slice's address may be anything, and SQLite takes a null pointer for NULL.
        let start = if value.is_empty() { c"".as_ptr().cast() } else { value.as_ptr() };
        let length = value.len() as u64;
        // SAFETY: the value is given with its length. SQLite copies it, or it lives for `'v`: longer than the
        // run, whose end clears the bindings.
        checked(unsafe {
            if text {
                let encoding = ffi::SQLITE_UTF8 as u8;
                ffi::sqlite3_bind_text64(
                    self.raw(),
                    index as c_int,
                    start.cast(),
                    length,
                    destructor,
                    encoding,
                )
            } else {
                ffi::sqlite3_bind_blob64(self.raw(), index as c_int, start.cast(), length, destructor)
            }
        })
    }
}

fn checked(code: c_int) -> Result<(), c_int> {
    if code == ffi::SQLITE_OK { Ok(()) } else { Err(code) }
}

/// Drops a list when SQLite has no use for it any more.
unsafe extern "C" fn drop_list(list: *mut c_void) {
    // SAFETY: `list` came from `Rc::into_raw` of just this type, and SQLite calls this once.
    drop(unsafe { Rc::from_raw(list.cast_const().cast::<Vec<types::Value>>()) });
}
