//! Slabs, and looking at what the kernel has put into them.

use std::sync::Arc;

use linux_aio::buffer::{Slab, SlabOptions};
use linux_aio::operation::{Memory, Segment};

use super::BLOCK;

/// A slab of `blocks` blocks.
pub fn slab(blocks: usize) -> Arc<Slab> {
    Slab::new(blocks * BLOCK, &SlabOptions::default()).unwrap()
}

/// The block of `slab` with this number, as an operation's memory.
pub fn block(slab: &Arc<Slab>, index: usize) -> Memory {
    Memory::Segment(Segment::new(Arc::clone(slab), index * BLOCK, BLOCK).unwrap())
}

/// A copy of what is in `slab`, with nothing in flight on it.
pub fn bytes(slab: &Slab) -> Vec<u8> {
    range(slab, 0, slab.len())
}

/// A copy of `length` bytes of `slab` from `offset` on, with nothing in flight on them.
pub fn range(slab: &Slab, offset: usize, length: usize) -> Vec<u8> {
    assert!(offset + length <= slab.len());
    // SAFETY: the range was checked above, is mapped while `slab` is borrowed, and the tests look
    // only at what the kernel is done with.
    unsafe { std::slice::from_raw_parts(slab.address().as_ptr().add(offset), length) }.to_vec()
}

/// Sets bytes of `slab` from `offset` on, with nothing in flight on them.
pub fn fill(slab: &Slab, offset: usize, bytes: &[u8]) {
    assert!(offset + bytes.len() <= slab.len());
    // SAFETY: the range was checked above; as in `range`.
    unsafe { slab.address().as_ptr().add(offset).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
}
