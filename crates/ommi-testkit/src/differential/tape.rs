//! `Tape`: a list of numbers that makes choices, one after the other. Where it is used up every choice is the first
//! one, which is the simplest.

/// See the module.
pub(super) struct Tape<'a>(&'a [u32]);

impl<'a> Tape<'a> {
    pub(super) fn new(numbers: &'a [u32]) -> Self {
        Self(numbers)
    }

    /// The next number.
    pub(super) fn next(&mut self) -> u32 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.next() as usize % end.max(1)
    }

    /// True in so many of a hundred cases, and false where the tape is used up.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    /// One of several; nothing of none.
    pub(super) fn pick<'t, T>(&mut self, from: &'t [T]) -> Option<&'t T> {
        from.get(self.below(from.len()))
    }
}

/// A number made of two, as different as can be for each pair (SplitMix64).
pub(super) fn mixed(seed: u64, number: u64) -> u64 {
    let mut mixed = seed ^ number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// So many numbers made of one.
pub(super) fn numbers(seed: u64, count: u64) -> Vec<u32> {
    (0..count).map(|number| (mixed(seed, number) >> 16) as u32).collect()
}
