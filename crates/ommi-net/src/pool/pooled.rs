//! A connection on loan.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::Manager;
use super::inner::Inner;
use super::state::Member;

/// So many characters of a statement are noted; a bulk insert's text may have a million.
const NOTED: usize = 1000;

/// A connection of a [`Pool`](super::Pool). Dropping it gives it back if it is clean, and closes it otherwise.
pub struct Pooled<M: Manager> {
    inner: Arc<Inner<M>>,
    /// Only empty while it is dropped.
    member: Option<Member<M::Connection>>,
}

impl<M: Manager> Pooled<M> {
    pub(super) fn new(inner: Arc<Inner<M>>, member: Member<M::Connection>) -> Self {
        Self { inner, member: Some(member) }
    }

    /// Notes the text of the statement that runs now, for [`PoolStats`](ommi_core::driver::PoolStats) and errors
    /// that name who holds connections. It must hold placeholders, never values.
    pub fn note(&self, statement: &str) {
        if let Some(member) = &self.member {
            let end = statement.char_indices().nth(NOTED).map_or(statement.len(), |(end, _)| end);
            let mut note = member.note.lock();
            note.clear();
            note.push_str(&statement[..end]);
        }
    }

    /// Closes the connection instead of giving it back.
    pub fn discard(mut self) {
        if let Some(member) = self.member.take() {
            self.inner.retire(member);
        }
    }

    /// The connection and its books, taken out of the loan.
    pub(super) fn into_member(mut self) -> Option<Member<M::Connection>> {
        self.member.take()
    }
}

impl<M: Manager> Deref for Pooled<M> {
    type Target = M::Connection;

    fn deref(&self) -> &M::Connection {
        match &self.member {
            Some(member) => &member.connection,
            None => unreachable!("a loan has its connection until it is dropped"),
        }
    }
}

impl<M: Manager> DerefMut for Pooled<M> {
    fn deref_mut(&mut self) -> &mut M::Connection {
        match &mut self.member {
            Some(member) => &mut member.connection,
            None => unreachable!("a loan has its connection until it is dropped"),
        }
    }
}

impl<M: Manager> Drop for Pooled<M> {
    fn drop(&mut self) {
        if let Some(member) = self.member.take() {
            self.inner.release(member);
        }
    }
}

impl<M: Manager> fmt::Debug for Pooled<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pooled").field("location", &self.inner.location()).finish_non_exhaustive()
    }
}
