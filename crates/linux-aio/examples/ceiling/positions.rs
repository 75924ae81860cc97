//! Where to read, and what must be there: the benchmark's TypeScript has the same two rules.

/// The sequence of positions: a Weyl sequence, mixed by the finalizer of MurmurHash3.
pub struct Positions {
    pub state: u32,
    /// How many blocks there are to choose from.
    pub blocks: u64,
    /// Bytes.
    pub block: u64,
}

impl Positions {
    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 16)).wrapping_mul(0x85eb_ca6b);
        mixed = (mixed ^ (mixed >> 13)).wrapping_mul(0xc2b2_ae35);
        mixed ^= mixed >> 16;
        ((u64::from(mixed) * self.blocks) >> 32) * self.block
    }
}

/// Whether `bytes` are what the benchmark wrote at `position`: every little-endian 32-bit word is
/// its own index in the file, multiplied by an odd number.
pub fn matches_pattern(bytes: &[u8], position: u64) -> bool {
    // Casting cuts the index: the pattern repeats after 2^32 words.
    let expected = |index: u64| (index as u32).wrapping_mul(0x9e37_79b1).to_le_bytes();
    bytes.chunks_exact(4).zip(position / 4..).all(|(word, index)| word == expected(index))
}
