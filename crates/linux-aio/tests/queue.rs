//! A queue to the running kernel: depth, chunks, refusals in the middle, order, withdrawal,
//! cancellation and the end. On a disk filesystem.

mod places;
mod support;

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use linux_aio::chunks::LADDER;
use linux_aio::context::Reaping;
use linux_aio::error::Errno;
use linux_aio::operation::{Manner, Memory, Operation, Segment};
use linux_aio::queue::{Chunk, Queue, QueueOptions, SlotTaken};
use linux_aio::sys::Linux;
use support::memory::{self, block, slab};
use support::{BLOCK, Disk, options, queue, results, settle};

const FULL: i64 = BLOCK as i64;

fn read(disk: &Disk, slab: &Arc<linux_aio::buffer::Slab>, index: usize, manner: Manner) -> Operation {
    Operation::read(Arc::clone(&disk.file), block(slab, index), (index * BLOCK) as u64, manner).unwrap()
}

fn priority(class: u16) -> Manner {
    Manner { rw_flags: 0, priority: class << 13 }
}

/// A pipe's end that never becomes ready, while the other one is kept.
fn silent() -> (Arc<OwnedFd>, std::io::PipeWriter) {
    let (reader, writer) = std::io::pipe().unwrap();
    (Arc::new(reader.into()), writer)
}

fn poll(descriptor: &Arc<OwnedFd>) -> Operation {
    Operation::poll(Arc::clone(descriptor), libc::POLLIN as u16)
}

#[test]
fn a_slot_is_taken_until_it_settles() {
    let disk = Disk::new(2);
    let slab = slab(2);
    let options = QueueOptions { capacity: 2, ..options(1) };
    let mut queue = Queue::new(Linux, options, None).unwrap();
    let operation = || read(&disk, &slab, 0, Manner::default());
    queue.push(1, operation()).unwrap();
    assert_eq!(queue.push(1, operation()), Err(SlotTaken), "queued");
    assert_eq!(queue.refuse(1, Errno(libc::EIO)), Err(SlotTaken));
    assert_eq!(queue.push(2, operation()), Err(SlotTaken), "not below the capacity");
    assert_eq!(queue.push(u32::MAX, operation()), Err(SlotTaken));
    queue.submit();
    assert_eq!(queue.push(1, operation()), Err(SlotTaken), "in flight");
    queue.push(0, operation()).unwrap();
    assert_eq!(results(&mut queue), [FULL, FULL]);
    queue.push(1, operation()).unwrap();
    assert_eq!(results(&mut queue), [FULL], "free again");
    assert_eq!(queue.stats().operations, 3, "what was refused is not counted");
}

#[test]
fn the_depth_is_never_exceeded() {
    let disk = Disk::new(128);
    let before = disk.content();
    for reaping in [Reaping::Ring, Reaping::SystemCall] {
        for (depth, chunk) in [(1, 1), (8, 32), (13, 4), (128, 32)] {
            let slab = slab(128);
            let mut queue =
                Queue::new(Linux, QueueOptions { chunk: Chunk::Of(chunk), reaping, ..options(depth) }, None).unwrap();
            let count = 10 * depth;
            for slot in 0..count {
                queue.push(slot, read(&disk, &slab, slot as usize % 128, Manner::default())).unwrap();
            }
            assert_eq!(queue.queued(), count as usize);
            let mut settled = 0;
            while queue.outstanding() > 0 {
                queue.submit();
                assert!(queue.in_flight() <= depth as usize);
                assert_eq!(queue.outstanding() + settled, count as usize);
                queue.wait(3, None, |done| settled += usize::from(done.result == FULL));
            }
            let stats = queue.stats();
            assert_eq!((settled, stats.completed), (count as usize, count.into()));
            assert_eq!(stats.depth_max, depth.into(), "reached and not exceeded");
            assert!(stats.depth_sum <= stats.submits * u64::from(depth));
            let read = memory::bytes(&slab);
            assert!(read[..depth as usize * BLOCK] == before[..depth as usize * BLOCK]);
        }
    }
}

#[test]
fn a_chunk_is_the_most_that_one_submit_takes() {
    let disk = Disk::new(64);
    let slab = slab(64);
    for (chunk, submits) in [(1, 64), (7, 10), (32, 2), (64, 1), (u32::MAX, 1)] {
        let mut queue = Queue::new(Linux, QueueOptions { chunk: Chunk::Of(chunk), ..options(64) }, None).unwrap();
        for slot in 0..64 {
            queue.push(slot, read(&disk, &slab, slot as usize, Manner::default())).unwrap();
        }
        assert!(!queue.submit(), "nothing was left behind");
        assert_eq!((queue.stats().submits, queue.stats().batches), (submits, 1));
        assert_eq!(results(&mut queue), [FULL; 64]);
    }
}

#[test]
fn a_chunk_ends_at_a_mebibyte_unless_one_operation_has_more() {
    for (bytes, submits) in [(128 << 10, 1), (512 << 10, 4), (1 << 20, 8), (2 << 20, 8)] {
        let (disk, slab) = (Disk::new(1), slab(bytes / BLOCK));
        let mut queue = Queue::new(Linux, QueueOptions { chunk: Chunk::Of(32), ..options(64) }, None).unwrap();
        for slot in 0..8 {
            let memory = Memory::Segment(Segment::new(Arc::clone(&slab), 0, bytes).unwrap());
            queue.push(slot, Operation::read(Arc::clone(&disk.file), memory, 0, Manner::default()).unwrap()).unwrap();
        }
        settle(&mut queue);
        assert_eq!(queue.stats().submits + queue.stats().helped, submits, "{bytes}");
    }
}

#[test]
fn a_chunk_that_is_not_given_is_one_of_those_that_are_tried() {
    let disk = Disk::new(64);
    let slab = slab(64);
    let mut queue = Queue::new(Linux, QueueOptions { chunk: Chunk::Searched, ..options(64) }, None).unwrap();
    for _ in 0..200 {
        for slot in 0..64 {
            queue.push(slot, read(&disk, &slab, slot as usize, Manner::default())).unwrap();
        }
        queue.submit();
        assert_eq!(results(&mut queue), [FULL; 64]);
        // A depth of 64 has no use for 128.
        assert!(LADDER[..7].contains(&queue.chunk()), "{}", queue.chunk());
    }
    let mut queue = Queue::new(Linux, QueueOptions { chunk: Chunk::Of(100), ..options(64) }, None).unwrap();
    queue.push(0, read(&disk, &slab, 0, Manner::default())).unwrap();
    assert_eq!((results(&mut queue).len(), queue.chunk()), (1, 64));
}

#[test]
fn on_tmpfs_there_are_no_portions() {
    let Some(disk) = Disk::on_tmpfs(8) else { return };
    let slab = slab(8);
    for chunk in [Chunk::Usual, Chunk::Of(2)] {
        let mut queue = Queue::new(Linux, QueueOptions { chunk, ..options(8) }, None).unwrap();
        (0..8).for_each(|slot| queue.push(slot, read(&disk, &slab, slot as usize, Manner::default())).unwrap());
        queue.submit();
        assert_eq!(queue.portion(), usize::MAX);
        assert_eq!(results(&mut queue), [FULL; 8]);
    }
}

#[test]
fn a_bad_operation_in_the_middle_settles_alone() {
    let disk = Disk::new(64);
    let read_only = disk.read_only();
    for bad in [0, 31, 32, 40, 63] {
        let slab = slab(64);
        let mut queue = queue(128);
        for slot in 0..64 {
            let manner = Manner { rw_flags: if slot == bad { 1 << 30 } else { 0 }, priority: 0 };
            queue.push(slot, read(&disk, &slab, slot as usize, manner)).unwrap();
        }
        let write = Operation::write(Arc::clone(&read_only), block(&slab, 0), 0, Manner::default()).unwrap();
        queue.push(64, write).unwrap();
        queue.push(65, read(&disk, &slab, 0, priority(5))).unwrap();
        let mut done = results(&mut queue);
        assert_eq!(done.split_off(64), [-i64::from(libc::EBADF), -i64::from(libc::EINVAL)]);
        let errno = done.remove(bad as usize);
        assert_eq!(errno, -i64::from(libc::EOPNOTSUPP));
        assert_eq!(done, [FULL; 63]);
        assert_eq!(queue.stats().failed, 3);
        let (got, mut wanted) = (memory::bytes(&slab), disk.content());
        wanted[bad as usize * BLOCK..][..BLOCK].fill(0);
        assert!(got == wanted, "all but the bad one were read");
    }
}

#[test]
fn what_is_refused_before_it_is_an_operation_settles_without_one() {
    let mut queue = queue(4);
    queue.refuse(3, Errno(libc::EBADF)).unwrap();
    assert_eq!((queue.outstanding(), queue.refused(), queue.queued(), queue.in_flight()), (1, 1, 0, 0));
    assert!(queue.has_done());
    let done = settle(&mut queue).remove(&3).unwrap();
    assert_eq!(done.result, -i64::from(libc::EBADF));
    assert!(done.operation.is_none());
    queue.refuse(3, Errno(libc::EBADF)).unwrap();
    assert_eq!(queue.reap(0, |_| panic!("a limit of 0")), 0);
    assert_eq!(queue.reap_inline(5, |_| ()), 1);
}

#[test]
fn realtime_goes_first_and_idle_last_each_in_order() {
    let disk = Disk::new(8);
    let slab = slab(8);
    // One at a time: the order of settlement is that of submission.
    let mut queue = queue(1);
    let classes = [3, 0, 2, 1, 3, 1, 2, 0];
    for (slot, class) in classes.into_iter().enumerate() {
        queue.push(slot as u32, read(&disk, &slab, slot, priority(class))).unwrap();
    }
    let mut order = Vec::new();
    while queue.outstanding() > 0 {
        queue.submit();
        queue.wait(1, None, |done| order.push(done.slot));
    }
    assert_eq!(order, [3, 5, 1, 2, 6, 7, 0, 4]);
}

#[test]
fn withdrawing_takes_back_only_what_is_queued() {
    let disk = Disk::new(8);
    let slab = slab(8);
    let mut queue = queue(2);
    for slot in 0..6 {
        queue.push(slot, read(&disk, &slab, slot as usize, priority(if slot == 5 { 3 } else { 0 }))).unwrap();
    }
    queue.submit();
    assert_eq!((queue.in_flight(), queue.queued()), (2, 4));
    assert!(!queue.withdraw(0), "in flight");
    assert!(queue.withdraw(3) && queue.withdraw(5));
    assert!(!queue.withdraw(3), "once");
    assert!(!queue.withdraw(7) && !queue.withdraw(u32::MAX), "never pushed");
    let operation = read(&disk, &slab, 3, Manner::default());
    assert_eq!(queue.push(3, operation), Err(SlotTaken), "it has not settled yet");
    let settled = settle(&mut queue);
    let canceled = -i64::from(libc::ECANCELED);
    let results: Vec<i64> = settled.values().map(|done| done.result).collect();
    assert_eq!(results, [FULL, FULL, FULL, canceled, FULL, canceled]);
    assert!(settled[&3].operation.is_some(), "its memory comes back");
    assert!(memory::bytes(&slab)[3 * BLOCK..4 * BLOCK] == [0; BLOCK], "the kernel never saw it");
}

#[test]
fn disk_io_cannot_be_cancelled_and_a_poll_can() {
    let disk = Disk::new(2);
    let slab = slab(2);
    let (reader, _writer) = silent();
    let mut queue = queue(4);
    queue.push(0, read(&disk, &slab, 0, Manner::default())).unwrap();
    queue.push(1, poll(&reader)).unwrap();
    assert_eq!(queue.cancel(1), Err(Errno(libc::EINVAL)), "queued");
    queue.submit();
    assert_eq!(queue.cancel(0), Err(Errno(libc::EINVAL)), "disk I/O");
    assert_eq!(queue.cancel(2), Err(Errno(libc::EINVAL)), "nothing");
    assert_eq!(queue.cancel(u32::MAX), Err(Errno(libc::EINVAL)));
    assert_eq!(queue.cancel(1), Err(Errno(libc::EINPROGRESS)));
    assert_eq!(results(&mut queue), [FULL, 0], "both settle, once");
    assert_eq!(queue.cancel(1), Err(Errno(libc::EINVAL)), "settled");
}

#[test]
fn dropping_waits_for_what_is_in_flight_and_frees_after_it() {
    let disk = Disk::new(64);
    let (reader, _writer) = silent();
    for _ in 0..5 {
        let slab = slab(1024);
        let weak = Arc::downgrade(&slab);
        let mut queue = queue(64);
        for slot in 0..60 {
            queue.push(slot, read(&disk, &slab, slot as usize, Manner::default())).unwrap();
        }
        queue.push(60, poll(&reader)).unwrap();
        queue.submit();
        queue.push(61, read(&disk, &slab, 61, Manner::default())).unwrap();
        drop(slab);
        assert_eq!(weak.strong_count(), 61, "one count for each operation");
        drop(queue);
        assert!(weak.upgrade().is_none());
    }
    assert_eq!(Arc::strong_count(&disk.file), 1);
    assert_eq!(Arc::strong_count(&reader), 1, "a poll that nobody answers does not hold the queue");
}

#[test]
fn memory_lives_while_its_operation_does_and_no_longer() {
    let disk = Disk::new(64);
    let mut queue = queue(64);
    let mut slabs = Vec::new();
    for slot in 0..64 {
        let slab = slab(64);
        slabs.push(Arc::downgrade(&slab));
        queue.push(slot, read(&disk, &slab, slot as usize, Manner::default())).unwrap();
    }
    queue.submit();
    while queue.outstanding() > 0 {
        queue.wait(5, None, |done| {
            let weak = &slabs[done.slot as usize];
            assert_eq!((done.result, weak.strong_count()), (FULL, 1));
            drop(done);
            assert_eq!(weak.strong_count(), 0);
        });
        let alive = slabs.iter().filter(|slab| slab.strong_count() > 0).count();
        assert_eq!(alive, queue.outstanding());
    }
}

#[test]
fn the_notifier_counts_completions() {
    // SAFETY: numbers only; the descriptor is owned by nobody else.
    let notifier = Arc::new(unsafe { OwnedFd::from_raw_fd(libc::eventfd(0, libc::EFD_NONBLOCK)) });
    let disk = Disk::new(32);
    let slab = slab(32);
    let mut queue = Queue::new(Linux, options(8), Some(Arc::clone(&notifier))).unwrap();
    for slot in 0..32 {
        let manner = Manner { rw_flags: if slot == 5 { 1 << 30 } else { 0 }, priority: 0 };
        queue.push(slot, read(&disk, &slab, slot as usize, manner)).unwrap();
    }
    results(&mut queue);
    let mut count = 0u64;
    // SAFETY: eight bytes into a live local.
    assert_eq!(unsafe { libc::read(notifier.as_raw_fd(), (&raw mut count).cast(), 8) }, 8);
    assert_eq!(count, 31, "what the kernel refused is not announced by it");
    drop(queue);
    assert_eq!(Arc::strong_count(&notifier), 1);
}

#[test]
fn a_taker_that_panics_loses_only_what_it_was_given() {
    let disk = Disk::new(16);
    let slab = slab(16);
    let (reader, _writer) = silent();
    for reaping in [Reaping::Ring, Reaping::SystemCall] {
        let mut queue = Queue::new(Linux, QueueOptions { reaping, ..options(16) }, None).unwrap();
        for slot in 0..16 {
            queue.push(slot, read(&disk, &slab, slot as usize, Manner::default())).unwrap();
        }
        for slot in 16..20 {
            queue.refuse(slot, Errno(libc::EIO)).unwrap();
        }
        queue.submit();
        for _ in 0..20 {
            let before = queue.outstanding();
            let taken = catch_unwind(AssertUnwindSafe(|| queue.wait(20, None, |_| panic!("not today"))));
            assert!(taken.is_err());
            assert_eq!(queue.outstanding(), before - 1);
        }
        // Every slot is free again, and no event is left that could settle another operation.
        queue.push(0, poll(&reader)).unwrap();
        queue.submit();
        assert_eq!(queue.wait(20, Some(Duration::from_millis(5)), |_| panic!("an event seen twice")), 0);
        assert_eq!(queue.cancel(0), Err(Errno(libc::EINPROGRESS)));
        assert_eq!(results(&mut queue), [0]);
    }
}

#[test]
fn a_capacity_that_there_is_no_memory_for_is_refused() {
    let options = QueueOptions { capacity: u32::MAX, ..QueueOptions::default() };
    // Where the kernel promises any memory, there is some for these, too.
    let refused = Queue::new(Linux, options, None).err();
    assert!(refused.is_none_or(|failure| failure.errno.0 == libc::ENOMEM), "{refused:?}");
}

#[test]
fn waiting_is_bounded_by_the_timeout_and_by_what_there_is() {
    let (reader, _writer) = silent();
    let mut queue = queue(2);
    assert_eq!(queue.wait(1, None, |_| panic!("nothing in flight")), 0);
    assert_eq!(queue.wait(1, Some(Duration::MAX), |_| panic!("nothing in flight")), 0);
    queue.push(0, poll(&reader)).unwrap();
    assert_eq!(queue.wait(1, None, |_| panic!("nothing submitted")), 0);
    queue.submit();
    let start = Instant::now();
    assert_eq!(queue.wait(1, Some(Duration::from_millis(40)), |_| panic!("not ready")), 0);
    assert!(start.elapsed() >= Duration::from_millis(40));
}
