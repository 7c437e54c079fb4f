//! Values in portions that fit into one command each.

use mongodb::bson::RawArrayBuf;
use mongodb::bson::raw::RawBsonRef;

/// The values of one command take less than this together, or are one alone: the server takes 16 MiB.
const MOST_BYTES: usize = 12 << 20;

/// The server takes 100,000 in one command; fewer make no difference to the time they take.
const MOST_VALUES: usize = 50_000;

/// What a value without bytes of its own takes, with its position.
const SMALL: usize = 32;

/// Values, in order.
#[derive(Default)]
pub(crate) struct Portions {
    full: Vec<RawArrayBuf>,
    open: RawArrayBuf,
    count: usize,
}

impl Portions {
    pub(crate) fn push(&mut self, value: RawBsonRef<'_>) {
        let is_full = self.count >= MOST_VALUES || self.open.as_bytes().len() + size(value) > MOST_BYTES;
        if is_full && self.count > 0 {
            self.full.push(std::mem::take(&mut self.open));
            self.count = 0;
        }
        self.open.push(value);
        self.count += 1;
    }

    /// The portions; none where there was no value.
    pub(crate) fn finish(mut self) -> Vec<RawArrayBuf> {
        if self.count > 0 {
            self.full.push(self.open);
        }
        self.full
    }
}

fn size(value: RawBsonRef<'_>) -> usize {
    let own = match value {
        RawBsonRef::Document(document) => document.as_bytes().len(),
        RawBsonRef::Array(array) => array.as_bytes().len(),
        RawBsonRef::String(text) => text.len(),
        RawBsonRef::Binary(binary) => binary.bytes.len(),
        _of_fixed_size => 0,
    };
    own + SMALL
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(values: impl IntoIterator<Item = usize>) -> Vec<usize> {
        let mut portions = Portions::default();
        for bytes in values {
            portions.push(RawBsonRef::String(&"x".repeat(bytes)));
        }
        portions.finish().iter().map(|portion| portion.into_iter().count()).collect()
    }

    #[test]
    fn a_portion_fits_into_a_command() {
        assert_eq!(sizes([]), [] as [usize; 0]);
        assert_eq!(sizes([5 << 20, 5 << 20, 5 << 20]), [2, 1]);
        assert_eq!(sizes([1, 13 << 20, 1]), [1, 1, 1], "one that is larger goes alone");
        assert_eq!(sizes(std::iter::repeat_n(1, MOST_VALUES + 1)), [MOST_VALUES, 1]);
    }
}
