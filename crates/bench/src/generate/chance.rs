//! Chance that repeats: the `SplitMix64` sequence of a seed, one sequence for each thing generated.

/// A sequence of numbers that looks random and never changes.
#[derive(Debug, Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    /// The sequence of one thing: its number under a seed. Things do not depend on how many come before.
    pub(crate) fn of(seed: u64, number: usize) -> Self {
        let mut outer = Self(seed);
        let start = outer.next() ^ number as u64;
        Self(Self(start).next())
    }

    /// The next number.
    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number under a bound, which is not zero.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap_or_default() % bound
    }

    /// Whether something that happens so many times in a hundred happens.
    pub(crate) fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    /// One of a list, which is not empty.
    pub(crate) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        let at = self.below(list.len());
        list.get(at)
            .copied()
            .expect("the place is below the length")
    }
}
