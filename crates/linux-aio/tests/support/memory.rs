//! Slabs, and looking at what the kernel has put into them.

use std::collections::HashMap;
use std::fs;
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

/// What proc_pid_smaps(5) tells of the mapping at `address`, by name. `None` where there is none.
pub fn mapping(address: usize) -> Option<HashMap<String, String>> {
    let maps = fs::read_to_string("/proc/self/smaps").unwrap();
    let number = |text: &str| usize::from_str_radix(text, 16);
    let begins = |line: &str| {
        let (start, end) = line.split(' ').next()?.split_once('-')?;
        Some(number(start).ok()?..number(end).ok()?)
    };
    let mut lines = maps.lines().skip_while(|line| begins(line).is_none_or(|range| !range.contains(&address)));
    lines.next()?;
    let facts = lines.take_while(|line| begins(line).is_none()).filter_map(|line| line.split_once(':'));
    Some(facts.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect())
}

/// Bytes in transparent huge pages of the mapping at `address`.
pub fn huge(address: usize) -> usize {
    bytes_of(address, "AnonHugePages")
}

/// Bytes in pages of any size of the mapping at `address`.
pub fn resident(address: usize) -> usize {
    bytes_of(address, "Rss")
}

fn bytes_of(address: usize, name: &str) -> usize {
    mapping(address).unwrap()[name].strip_suffix(" kB").unwrap().parse::<usize>().unwrap() * 1024
}
