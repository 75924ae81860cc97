//! Reads and overwrites of a file in memory, some of them submitted by the queue's partner: all bytes arrive, and the thread ends
//! with the queue.

mod places;
mod support;

use std::fs;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use linux_aio::buffer::Slab;
use linux_aio::queue::{Helping, Queue, QueueOptions};
use linux_aio::sys::Linux;
use places::skip;
use support::{BLOCK, Disk, memory};

/// Of several chunks: the first after a pause is not shared.
const BLOCKS: usize = 512;

static ALONE: Mutex<()> = Mutex::new(());

/// Names of this process's threads.
fn partners() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| fs::read_to_string(task.unwrap().path().join("comm")).ok());
    names.filter(|name| name.trim() == "linux-aio-pair").count()
}

/// Reads all blocks at once, and compares them.
fn read_all(queue: &mut Queue<Linux>, disk: &Disk, slab: &Arc<Slab>, content: &[u8]) {
    for slot in 0..BLOCKS {
        // Each time in another place, so that what is left of the last one is not taken for it.
        let block = (slot * 7 + queue.stats().batches as usize) % BLOCKS;
        queue.push(slot as u32, support::read(disk, slab, slot, block)).unwrap();
    }
    let first = queue.stats().batches as usize;
    let results = support::results(queue);
    assert!(results.iter().all(|&result| result == BLOCK as i64));
    for slot in 0..BLOCKS {
        let block = (slot * 7 + first) % BLOCKS;
        let read = memory::range(slab, slot * BLOCK, BLOCK);
        assert!(read == content[block * BLOCK..][..BLOCK], "block {block}");
    }
}

/// Overwrites all blocks at once, and compares the file.
fn write_all(queue: &mut Queue<Linux>, disk: &Disk, slab: &Arc<Slab>, _: &[u8]) {
    let round = queue.stats().batches as usize;
    for slot in 0..BLOCKS {
        memory::fill(slab, slot * BLOCK, &[(slot + round) as u8; BLOCK]);
        queue.push(slot as u32, support::write(disk, slab, slot, (slot * 7) % BLOCKS)).unwrap();
    }
    assert!(support::results(queue).iter().all(|&result| result == BLOCK as i64));
    let content = disk.content();
    for slot in 0..BLOCKS {
        let block = (slot * 7) % BLOCKS;
        assert!(content[block * BLOCK..][..BLOCK].iter().all(|&byte| byte == (slot + round) as u8), "block {block}");
    }
}

fn queue(helping: Helping) -> Queue<Linux> {
    let depth = BLOCKS as u32;
    Queue::new(Linux, QueueOptions { depth, helping, ..QueueOptions::default() }, None).unwrap()
}

/// Rounds until a partner has had ten of them, and it ends with its queue.
fn has_a_partner(round: fn(&mut Queue<Linux>, &Disk, &Arc<Slab>, &[u8])) {
    // One process, and all of its partners are counted.
    let _alone = ALONE.lock().unwrap();
    let Some(disk) = Disk::on_tmpfs(BLOCKS) else { return };
    if thread::available_parallelism().unwrap().get() < 2 {
        return skip("one processor").unwrap_or(());
    }
    let (content, slab) = (disk.content(), memory::slab(BLOCKS));
    let mut queue = queue(Helping::AsNeeded);
    // When it comes is for the scheduler to say.
    let (mut rounds, began) = (0, Instant::now());
    while queue.stats().paired < 10 * BLOCKS as u64 && began.elapsed() < Duration::from_secs(60) {
        round(&mut queue, &disk, &slab, &content);
        rounds += 1;
    }
    let stats = queue.stats();
    assert!(stats.paired >= 10 * BLOCKS as u64, "{} of {} in {rounds} rounds", stats.paired, stats.operations);
    assert!(stats.completed == stats.operations && stats.failed == 0);
    assert_eq!(partners(), 1);
    drop(queue);
    while partners() > 0 {
        assert!(began.elapsed() < Duration::from_secs(120), "it stays");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_partner_reads_some_of_what_is_in_memory_and_ends_with_its_queue() {
    has_a_partner(read_all);
}

#[test]
fn a_partner_overwrites_some_of_what_is_in_memory() {
    has_a_partner(write_all);
}

#[test]
fn without_helpers_there_is_no_partner() {
    let Some(disk) = Disk::on_tmpfs(BLOCKS) else { return };
    let (content, slab) = (disk.content(), memory::slab(BLOCKS));
    let mut queue = queue(Helping::Never);
    for _ in 0..200 {
        read_all(&mut queue, &disk, &slab, &content);
    }
    assert_eq!(queue.stats().paired, 0);
}
