//! Where to read or write, and what is there: the benchmark's TypeScript has the same rules.

/// Which block comes next.
pub enum Order {
    /// A Weyl sequence, mixed by the finalizer of MurmurHash3.
    Random(Weyl),
    /// One block after the other, from the first to the last and again: the index of the next.
    Sequential(u64),
}

/// Its step, 2^32 by the golden ratio.
const WEYL: u32 = 0x9e37_79b9;

pub struct Weyl {
    state: u32,
    step: u32,
}

impl Weyl {
    /// The whole sequence, or what one of several threads has of it: each takes every `parts`th number.
    pub fn new(seed: u32, part: u32, parts: u32) -> Self {
        // One step before the first of its own.
        let state = seed.wrapping_add(WEYL.wrapping_mul((part + 1).wrapping_sub(parts)));
        Self { state, step: WEYL.wrapping_mul(parts) }
    }

    /// Less than 2^32.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(self.step);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 16)).wrapping_mul(0x85eb_ca6b);
        mixed = (mixed ^ (mixed >> 13)).wrapping_mul(0xc2b2_ae35);
        u64::from(mixed ^ (mixed >> 16))
    }
}

/// The sequence of positions.
pub struct Positions {
    pub order: Order,
    /// How many blocks there are to choose from.
    pub blocks: u64,
    /// Bytes.
    pub block: u64,
}

impl Positions {
    pub fn next(&mut self) -> u64 {
        let index = match &mut self.order {
            Order::Random(sequence) => (sequence.next() * self.blocks) >> 32,
            Order::Sequential(next) => {
                let index = *next;
                *next = if index + 1 == self.blocks { 0 } else { index + 1 };
                index
            }
        };
        index * self.block
    }
}

/// The little-endian 32-bit word at `index` of a file: its index, multiplied by an odd number.
fn word(index: u64) -> [u8; 4] {
    // Casting cuts the index: the pattern repeats after 2^32 words.
    (index as u32).wrapping_mul(0x9e37_79b1).to_le_bytes()
}

/// Whether `bytes` are what the benchmark wrote at `position`.
pub fn matches_pattern(bytes: &[u8], position: u64) -> bool {
    bytes.chunks_exact(4).zip(position / 4..).all(|(found, index)| found == word(index))
}

/// Fills `bytes` with what the benchmark expects at `position`.
pub fn fill_pattern(bytes: &mut [u8], position: u64) {
    for (place, index) in bytes.chunks_exact_mut(4).zip(position / 4..) {
        place.copy_from_slice(&word(index));
    }
}

/// Writes a block's own position into its first eight bytes, all that a measurement of writes does with its memory.
pub fn mark(bytes: &mut [u8], position: u64) {
    bytes[..8].copy_from_slice(&(position as f64).to_le_bytes());
}
