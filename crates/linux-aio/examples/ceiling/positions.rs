//! Where to read or write, and what is there: the benchmark's TypeScript has the same rules.

/// Which block comes next.
pub enum Order {
    /// A Weyl sequence, of which this is the state, mixed by the finalizer of MurmurHash3.
    Random(u32),
    /// One block after the other, from the first to the last and again: the index of the next.
    Sequential(u64),
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
            Order::Random(state) => (random(state) * self.blocks) >> 32,
            Order::Sequential(next) => {
                let index = *next;
                *next = if index + 1 == self.blocks { 0 } else { index + 1 };
                index
            }
        };
        index * self.block
    }
}

/// Less than 2^32.
fn random(state: &mut u32) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 16)).wrapping_mul(0x85eb_ca6b);
    mixed = (mixed ^ (mixed >> 13)).wrapping_mul(0xc2b2_ae35);
    u64::from(mixed ^ (mixed >> 16))
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
