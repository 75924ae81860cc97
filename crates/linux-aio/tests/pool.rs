//! Pools: classes, the bound, blocks that are used again and never by two, and memory that changes
//! from one size to another. One test reads from a disk filesystem.

mod places;
mod support;

use std::collections::BTreeSet;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use linux_aio::buffer::page_size;
use linux_aio::operation::{Manner, Memory, Operation};
use linux_aio::pool::{Block, Pool, PoolError, PoolOptions, block_size};
use support::random::Random;
use support::{BLOCK, Disk, memory, queue};

const MIB: usize = 1 << 20;

fn pool(limit: usize) -> Pool {
    Pool::new(&PoolOptions { limit: limit as u64, ..PoolOptions::default() }).unwrap()
}

fn huge_pool(limit: usize) -> Pool {
    Pool::new(&PoolOptions { limit: limit as u64, huge_pages: true, ..PoolOptions::default() }).unwrap()
}

fn address(block: &Block) -> usize {
    block.as_ptr() as usize
}

/// Takes blocks of `size` bytes until the pool has none.
fn all(pool: &Pool, size: usize) -> Vec<Block> {
    std::iter::from_fn(|| pool.acquire(size).ok()).collect()
}

#[test]
fn classes_are_powers_of_two_and_above_4_mib_whole_pages() {
    let page = page_size();
    assert_eq!(block_size(0), None);
    for (size, wanted) in [
        (1, page),
        (page, page),
        (page + 1, 2 * page),
        (MIB - 1, MIB),
        (MIB, MIB),
        (3 * MIB, 4 * MIB),
        (4 * MIB, 4 * MIB),
        (4 * MIB + 1, 4 * MIB + page),
        (9 * MIB, 9 * MIB),
    ] {
        assert_eq!(block_size(size), Some(wanted), "{size}");
    }
    assert_eq!(block_size(usize::MAX), None);
    let pool = pool(64 * MIB);
    for size in [1, 5000, 70_000, MIB, 3 * MIB, 5 * MIB] {
        let block = pool.acquire(size).unwrap();
        assert_eq!(Some(block.len()), block_size(size));
        assert_eq!(address(&block) % page, 0);
    }
}

#[test]
fn sizes_that_never_fit_are_told_from_a_pool_that_is_empty_for_now() {
    let pool = pool(MIB);
    assert_eq!(pool.acquire(0).unwrap_err(), PoolError::Size);
    assert_eq!(pool.acquire(MIB + 1).unwrap_err(), PoolError::Size);
    assert_eq!(pool.acquire(usize::MAX).unwrap_err(), PoolError::Size);
    let block = pool.acquire(MIB).unwrap();
    assert_eq!(pool.acquire(1).unwrap_err(), PoolError::Exhausted);
    drop(block);
    assert!(pool.acquire(1).is_ok());
}

#[test]
fn the_limit_is_reached_and_not_exceeded() {
    for (limit, size, count) in [(MIB, 4096, 256), (MIB + 5 * 4096, 4096, 261), (10 * MIB, 3 * MIB, 2), (100, 1, 0)] {
        let pool = pool(limit);
        let blocks = all(&pool, size);
        assert_eq!(blocks.len(), count, "{limit} {size}");
        assert!(pool.mapped() <= limit as u64);
        assert_eq!(pool.mapped(), (count * block_size(size).unwrap()) as u64);
        let places: BTreeSet<usize> = blocks.iter().map(address).collect();
        assert_eq!(places.len(), count, "no block is given twice");
    }
}

#[test]
fn a_block_is_used_again_before_more_is_mapped() {
    let pool = pool(64 * MIB);
    let mut block = pool.acquire(4096).unwrap();
    block.fill(7);
    let (place, mapped) = (address(&block), pool.mapped());
    drop(block);
    for _ in 0..1000 {
        let block = pool.acquire(4096).unwrap();
        assert_eq!((address(&block), pool.mapped()), (place, mapped));
        assert!(*block == [7; 4096], "its content is what its last holder left");
    }
}

#[test]
fn free_blocks_of_other_sizes_do_not_keep_memory_for_ever() {
    let pool = pool(4 * MIB);
    // Each size takes everything in turn; nothing else is mapped meanwhile.
    for size in [4096, 4 * MIB, 65_536, 2 * MIB, 3 * MIB, 4096] {
        let blocks = all(&pool, size);
        assert_eq!(blocks.len(), 4 * MIB / block_size(size).unwrap(), "{size}");
        drop(blocks);
        assert!(pool.mapped() <= 4 * MIB as u64);
    }
}

#[test]
fn only_wholly_free_slabs_are_given_up_and_no_more_of_them_than_needed() {
    let pool = pool(16 * MIB);
    let mut small = all(&pool, 4096);
    small.sort_by_key(address);
    let held = small.swap_remove(300);
    drop(small);
    let mapped = pool.mapped();
    let large = pool.acquire(2 * MIB).unwrap();
    assert_eq!(pool.mapped(), mapped, "as much was given up as was taken");
    assert_eq!(all(&pool, 4096).len(), 14 * 256 - 1, "the rest is still there");
    drop(large);
    assert_eq!(pool.acquire(16 * MIB).unwrap_err(), PoolError::Exhausted, "a block is out");
    drop(held);
    assert_eq!(pool.acquire(16 * MIB).unwrap().len(), 16 * MIB);
}

#[test]
fn blocks_outlive_their_pool() {
    let pool = pool(MIB);
    let same = pool.clone();
    let mut block = pool.acquire(4096).unwrap();
    drop(pool);
    assert!(same.mapped() > 0);
    drop(same);
    block.fill(1);
    assert!(*block == [1; 4096]);
}

#[test]
fn a_block_in_flight_is_nobody_elses() {
    let disk = Disk::new(64);
    let pool = pool(64 * BLOCK);
    let mut queue = queue(64);
    for slot in 0..64 {
        let block = Memory::Block(pool.acquire(BLOCK).unwrap());
        let read = Operation::read(Arc::clone(&disk.file), block, u64::from(slot) * BLOCK as u64, Manner::default());
        queue.push(slot, read.unwrap()).unwrap();
    }
    queue.submit();
    assert_eq!(pool.acquire(BLOCK).unwrap_err(), PoolError::Exhausted);
    let content = disk.content();
    while queue.outstanding() > 0 {
        queue.wait(1, None, |done| {
            let Memory::Block(block) = done.operation.unwrap().into_memory() else { panic!("a block went in") };
            assert!(*block == content[done.slot as usize * BLOCK..][..BLOCK]);
        });
        assert!(pool.acquire(BLOCK).is_ok(), "with the completion it is free");
    }
}

#[test]
fn threads_share_a_pool_and_never_a_block() {
    let pool = pool(8 * MIB);
    let given = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for seed in 0..4 {
            let (pool, given) = (&pool, &given);
            scope.spawn(move || {
                let mut random = Random::new(seed);
                let mut held: Vec<(Block, u8)> = Vec::new();
                for _ in 0..3000 {
                    if random.chance(450) && !held.is_empty() {
                        let (block, mark) = held.swap_remove(random.below(held.len()));
                        assert!(block.iter().step_by(512).all(|&byte| byte == mark), "somebody else wrote to it");
                    } else if let Ok(mut block) = pool.acquire(4096 << random.below(8)) {
                        let mark = random.next() as u8;
                        block.iter_mut().step_by(512).for_each(|byte| *byte = mark);
                        held.push((block, mark));
                        given.fetch_add(1, Ordering::Relaxed);
                    }
                    assert!(pool.mapped() <= 8 * MIB as u64);
                }
            });
        }
    });
    assert!(given.into_inner() > 1000);
    assert!(pool.acquire(8 * MIB).is_ok(), "everything came back");
}

#[test]
fn a_shared_pool_has_one_descriptor_and_a_private_one_none() {
    let shared = Pool::new(&PoolOptions { shared: true, ..PoolOptions::default() }).unwrap();
    let slabs = [shared.slab(4096).unwrap(), shared.slab(4096).unwrap()];
    let offsets: BTreeSet<u64> = slabs.iter().map(|slab| slab.shared().unwrap().1).collect();
    assert_eq!(offsets.len(), 2);
    let fd = shared.shared().unwrap().as_raw_fd();
    assert!(slabs.iter().all(|slab| slab.shared().unwrap().0.as_raw_fd() == fd));
    drop(slabs);
    assert_eq!(shared.mapped(), 0);
    assert!(pool(MIB).shared().is_none());
}

#[test]
fn blocks_of_less_than_a_huge_page_lie_in_huge_pages() {
    let has_huge_pages = places::has_huge_pages();
    for size in [MIB, 128 * 1024, 4096, 2 * MIB] {
        let pool = huge_pool(8 * MIB);
        let mut blocks = all(&pool, size);
        assert_eq!(blocks.len(), 8 * MIB / size);
        let before = places::without_huge_page();
        blocks.iter_mut().for_each(|block| block.fill(1));
        let slabs: Vec<usize> = blocks.iter().map(address).filter(|place| place % (2 * MIB) == 0).collect();
        assert_eq!(slabs.len(), 4, "{size}: each is aligned");
        if places::without_huge_page() > before {
            places::skip::<()>("the kernel is short of huge pages");
        } else if has_huge_pages {
            for place in slabs {
                let mapping = memory::mapping(place);
                assert!(memory::resident(place) >= 2 * MIB, "{mapping:?}");
                assert_eq!(memory::huge(place), memory::resident(place), "{size}: {mapping:?}");
            }
        }
    }
}

#[test]
fn a_pool_that_holds_no_huge_page_more_gives_what_is_left() {
    for (limit, size, count) in [
        (MIB, 4096, 256),
        (MIB, MIB, 1),
        (5000, 1, 1),
        (2 * MIB - 4096, 128 * 1024, 15),
        (2 * MIB, 128 * 1024, 16),
        (3 * MIB, MIB, 3),
        (5 * MIB + 4096, 4096, 5 * 256 + 1),
        (10 * MIB, 5 * MIB, 2),
    ] {
        let pool = huge_pool(limit);
        let blocks = all(&pool, size);
        assert_eq!(blocks.len(), count, "{limit} {size}");
        assert_eq!(pool.mapped(), (count * block_size(size).unwrap()) as u64);
    }
    let pool = huge_pool(MIB);
    let _small = pool.acquire(4096).unwrap();
    assert!(pool.acquire(512 * 1024).is_ok(), "blocks of one size do not take all of it");
}
