//! Reading completions in user space: what is taken for a ring, the order, the ends of it, and that
//! it tells the same as the system call. On a disk filesystem.

mod places;
mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use linux_aio::abi::IoEvent;
use linux_aio::context::Reaping;
use linux_aio::operation::{Manner, Operation};
use linux_aio::queue::{Queue, QueueOptions};
use linux_aio::ring::Ring;
use linux_aio::sys::{Kernel, Linux};
use support::memory::{self, slab};
use support::memory_ring::MemoryRing;
use support::random::Random;
use support::{BLOCK, Disk, options, results};

fn reader(ring: &MemoryRing) -> Ring {
    // SAFETY: every test keeps its `MemoryRing` for longer than the reader.
    unsafe { Ring::of(ring.id()) }.expect("it is a ring")
}

fn is_ring(ring: &MemoryRing) -> bool {
    // SAFETY: as in `reader`.
    unsafe { Ring::of(ring.id()) }.is_some()
}

fn post(ring: &MemoryRing, data: impl IntoIterator<Item = u64>) {
    data.into_iter().for_each(|data| ring.post(IoEvent { data, ..IoEvent::default() }));
}

fn reap(ring: &mut Ring, limit: usize) -> Vec<u64> {
    let mut data = Vec::new();
    let count = ring.reap(limit, |event| data.push(event.data));
    assert_eq!(count, data.len());
    data
}

#[test]
fn memory_that_does_not_say_so_is_no_ring() {
    let mut ring = MemoryRing::new(8);
    assert!(is_ring(&ring));
    ring.edit(|header| header.magic = 0);
    assert!(!is_ring(&ring), "no magic: gVisor");
    ring.edit(|header| header.magic = linux_aio::abi::RING_MAGIC);
    ring.edit(|header| header.incompat_features = 1);
    assert!(!is_ring(&ring), "a feature that this reader does not know");
    ring.edit(|header| header.incompat_features = 0);
    ring.edit(|header| header.compat_features = u32::MAX);
    assert!(is_ring(&ring), "a feature that an old reader may ignore");
    ring.edit(|header| header.count = 0);
    assert!(!is_ring(&ring), "no place");
    ring.edit(|header| (header.count, header.header_length) = (8, 31));
    assert!(!is_ring(&ring), "events in the header");
    // SAFETY: null is looked at, not read.
    assert!(unsafe { Ring::of(0) }.is_none());
}

#[test]
fn events_come_in_order_and_their_places_are_given_back() {
    let memory = MemoryRing::new(8);
    let mut ring = reader(&memory);
    assert!(ring.is_empty());
    assert!(reap(&mut ring, 10).is_empty());
    post(&memory, 0..5);
    assert_eq!((ring.is_empty(), ring.len()), (false, 5));
    assert_eq!(reap(&mut ring, 2), [0, 1]);
    assert_eq!((memory.places(), ring.len()), ((2, 5), 3));
    assert!(reap(&mut ring, 0).is_empty());
    assert_eq!(reap(&mut ring, 10), [2, 3, 4]);
    assert!(ring.is_empty());
}

#[test]
fn the_ring_wraps_around_for_ever() {
    let memory = MemoryRing::new(7);
    let mut ring = reader(&memory);
    let mut random = Random::new(1);
    let (mut posted, mut seen) = (0, 0);
    while seen < 10_000 {
        let more = random.below(7 - memory.unread() as usize) as u64;
        post(&memory, posted..posted + more);
        posted += more;
        for data in reap(&mut ring, random.below(8)) {
            assert_eq!(data, seen);
            seen += 1;
        }
    }
}

#[test]
fn the_header_may_be_longer_than_ours() {
    let memory = MemoryRing::with_header_length(8, 128);
    let mut ring = reader(&memory);
    post(&memory, 40..43);
    assert_eq!(reap(&mut ring, 10), [40, 41, 42]);
}

#[test]
fn head_and_tail_beyond_the_count_stay_inside_the_ring() {
    let mut memory = MemoryRing::new(8);
    post(&memory, 0..7);
    memory.edit(|header| (header.head, header.tail) = (8 * 5 + 2, 8 * 9 + 6));
    let mut ring = reader(&memory);
    assert_eq!(ring.len(), 4);
    assert_eq!(reap(&mut ring, 100), [2, 3, 4, 5]);
    assert!(ring.is_empty());
    memory.edit(|header| (header.head, header.tail) = (8 * 5 + 6, 8 * 9 + 1));
    assert_eq!(reader(&memory).len(), 3, "around the end");
}

#[test]
fn a_taker_that_panics_has_taken_what_it_was_given() {
    let memory = MemoryRing::new(8);
    let mut ring = reader(&memory);
    post(&memory, 0..5);
    let panicked = catch_unwind(AssertUnwindSafe(|| ring.reap(10, |event| assert!(event.data < 2))));
    assert!(panicked.is_err());
    assert_eq!(reap(&mut ring, 10), [3, 4], "event 2 is not seen again");
}

#[test]
fn the_kernel_makes_rings_that_are_read() {
    let context = Linux.io_setup(100).unwrap();
    // SAFETY: destroyed below, after the last use.
    let ring = unsafe { Ring::of(context) };
    assert!(ring.is_some_and(|ring| ring.is_empty()));
    assert_eq!(Linux.io_destroy(context), Ok(()));
}

/// Thousands of reads at random places, some at and beyond the end: each one's result and content.
fn run(disk: &Disk, reaping: Reaping) -> Vec<(i64, Vec<u8>)> {
    const DEPTH: usize = 4;
    let mut queue = Queue::new(Linux, QueueOptions { reaping, ..options(DEPTH as u32) }, None).unwrap();
    assert_eq!(queue.reaps_in_user_space(), reaping == Reaping::Ring);
    let slab = slab(DEPTH);
    let mut random = Random::new(7);
    let mut outcome = Vec::new();
    for _ in 0..1000 {
        for slot in 0..DEPTH {
            let offset = (random.below(40) * BLOCK) as u64;
            let block = memory::block(&slab, slot);
            let read = Operation::read(Arc::clone(&disk.file), block, offset, Manner::default());
            queue.push(slot as u32, read.unwrap()).unwrap();
        }
        for (result, block) in results(&mut queue).into_iter().zip(memory::bytes(&slab).chunks(BLOCK)) {
            outcome.push((result, block[..usize::try_from(result).unwrap()].to_vec()));
        }
    }
    outcome
}

#[test]
fn user_space_reaping_tells_what_the_system_call_tells() {
    let directory = places::Directory::on_disk();
    let path = directory.file("data", 32 * BLOCK + 512);
    let disk = Disk { file: support::open(&path, libc::O_RDWR), directory };
    let (ring, call) = (run(&disk, Reaping::Ring), run(&disk, Reaping::SystemCall));
    let mut ring_lengths: Vec<i64> = ring.iter().map(|(result, _)| *result).collect();
    ring_lengths.sort_unstable();
    ring_lengths.dedup();
    assert_eq!(ring_lengths, [0, 512, BLOCK as i64], "whole, short and beyond the end");
    assert!(ring == call);
}
