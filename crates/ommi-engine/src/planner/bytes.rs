//! `Bytes`: a run of bytes that grows byte by byte, the first of them without an allocation. Shapes are written into
//! it, one for every operation.

use std::ops::Deref;

/// So many bytes need no allocation: more than all but unusual shapes have.
const SHORT: usize = 96;

/// See the module.
#[derive(Debug)]
pub(crate) struct Bytes {
    len: usize,
    short: [u8; SHORT],
    /// All bytes, when there are more than fit above.
    long: Vec<u8>,
}

impl Bytes {
    #[inline]
    pub(super) fn new() -> Self {
        Self { len: 0, short: [0; SHORT], long: Vec::new() }
    }

    #[inline]
    pub(super) fn push(&mut self, byte: u8) {
        match self.short.get_mut(self.len) {
            Some(place) => *place = byte,
            None => self.push_long(byte),
        }
        self.len += 1;
    }

    /// Whether there are more than need no allocation.
    #[cfg(test)]
    pub(super) fn spilled(&self) -> bool {
        !self.long.is_empty()
    }

    #[cold]
    fn push_long(&mut self, byte: u8) {
        if self.long.is_empty() {
            self.long.extend_from_slice(&self.short);
        }
        self.long.push(byte);
    }
}

impl Deref for Bytes {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.short.get(..self.len).unwrap_or(&self.long)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_stay_in_order_at_any_length() {
        let mut bytes = Bytes::new();
        let mut same = Vec::new();
        for byte in (0..=255).cycle().take(SHORT * 3) {
            assert_eq!(&bytes[..], same);
            bytes.push(byte);
            same.push(byte);
        }
        assert_eq!(&bytes[..], same);
    }
}
