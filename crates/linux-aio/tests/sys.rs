//! The queue above another kernel than Linux: refusals, short submits, interruptions, and completions
//! that come late and out of order. Nothing here depends on the filesystem.

mod places;
mod support;

use std::collections::VecDeque;
use std::sync::Arc;

use linux_aio::context::Reaping;
use linux_aio::error::Errno;
use linux_aio::operation::{Manner, Operation};
use linux_aio::queue::{Chunk, Queue, QueueOptions};
use support::machine::Answer;
use support::memory::{self, block, slab};
use support::simulation::Simulation;
use support::{BLOCK, Disk, options, results, settle};

const FULL: i64 = BLOCK as i64;
/// io_submit calls that a queue puts up with while nothing is in flight.
const PATIENCE: usize = 1000;

struct Fixture {
    disk: Disk,
    kernel: Simulation,
    slab: Arc<linux_aio::buffer::Slab>,
}

impl Fixture {
    /// 64 blocks of disk, of which each has its number as content.
    fn new() -> Self {
        let content = (0..64 * BLOCK).map(|index| (index / BLOCK) as u8 + 1).collect();
        Self { disk: Disk::new(1), kernel: Simulation::new(1, content), slab: slab(64) }
    }

    fn queue(&self, depth: u32, chunk: u32) -> Queue<Simulation> {
        let options = QueueOptions { chunk: Chunk::Of(chunk), ..options(depth) };
        Queue::new(self.kernel.clone(), options, None).unwrap()
    }

    fn read(&self, index: u32, rw_flags: u32) -> Operation {
        let memory = block(&self.slab, index as usize % 64);
        let offset = u64::from(index) % 64 * BLOCK as u64;
        Operation::read(Arc::clone(&self.disk.file), memory, offset, Manner { rw_flags, priority: 0 }).unwrap()
    }

    fn push(&self, queue: &mut Queue<Simulation>, slots: std::ops::Range<u32>) {
        slots.for_each(|slot| queue.push(slot, self.read(slot, 0)).unwrap());
    }

    fn script(&self, answers: impl IntoIterator<Item = Answer>) {
        self.kernel.machine().script.extend(answers);
    }

    /// Whether each block of memory holds what its block of the disk does.
    fn all_read(&self) -> bool {
        memory::bytes(&self.slab) == self.kernel.machine().disk
    }
}

#[test]
fn refusals_for_now_are_tried_again_by_the_next_completion() {
    for errno in [libc::EAGAIN, libc::ENOMEM, libc::EINTR] {
        let fixture = Fixture::new();
        let mut queue = fixture.queue(64, 16);
        fixture.push(&mut queue, 0..64);
        fixture.script([Answer::Usual, Answer::Refuse(errno)]);
        assert!(!queue.submit(), "a completion will come and try again");
        assert_eq!((queue.in_flight(), queue.queued(), queue.stats().retries), (16, 48, 1));
        assert_eq!(results(&mut queue), [FULL; 64]);
        assert!(fixture.all_read());
    }
}

#[test]
fn refusals_with_nothing_in_flight_ask_to_be_called_again() {
    let fixture = Fixture::new();
    let mut queue = fixture.queue(64, 64);
    fixture.push(&mut queue, 0..64);
    fixture.script(vec![Answer::Refuse(libc::EAGAIN); PATIENCE - 1]);
    for _ in 1..PATIENCE {
        assert!(queue.submit());
        assert_eq!((queue.refused(), queue.queued()), (0, 64));
    }
    assert!(!queue.submit(), "the kernel has recovered in time");
    assert_eq!(results(&mut queue), [FULL; 64]);
}

#[test]
fn refusals_with_something_in_flight_cost_no_patience() {
    let fixture = Fixture::new();
    let mut queue = fixture.queue(2, 1);
    fixture.push(&mut queue, 0..2);
    fixture.script([Answer::Usual]);
    fixture.script(vec![Answer::Refuse(libc::EAGAIN); 3 * PATIENCE]);
    for _ in 0..3 * PATIENCE {
        assert!(!queue.submit());
        assert_eq!((queue.in_flight(), queue.queued()), (1, 1));
    }
    assert_eq!(results(&mut queue), [FULL; 2]);
}

#[test]
fn a_kernel_that_never_recovers_fails_all_that_waits() {
    let fixture = Fixture::new();
    let mut queue = fixture.queue(64, 64);
    fixture.push(&mut queue, 0..64);
    fixture.script(vec![Answer::Refuse(libc::ENOMEM); PATIENCE + 63]);
    assert_eq!(results(&mut queue), [-i64::from(libc::ENOMEM); 64]);
    assert_eq!(fixture.kernel.machine().submits as usize, PATIENCE + 63, "the patience is spent once");
    fixture.push(&mut queue, 0..1);
    fixture.script(vec![Answer::Refuse(libc::EAGAIN); PATIENCE - 1]);
    assert_eq!(results(&mut queue), [FULL], "what comes later has a patience of its own");
}

#[test]
fn a_short_submit_leaves_the_rest_in_order() {
    let fixture = Fixture::new();
    let mut queue = fixture.queue(64, 64);
    fixture.push(&mut queue, 0..64);
    fixture.script([1, 5, 0, 30].map(Answer::Take));
    queue.submit();
    assert_eq!((queue.in_flight(), queue.queued()), (6, 58), "taking none is a refusal for now");
    assert_eq!(queue.stats().depth_max, 6);
    assert_eq!(results(&mut queue), [FULL; 64]);
    assert!(fixture.all_read());
}

#[test]
fn a_bad_iocb_settles_alone_wherever_it_is() {
    for bad in [0, 1, 31, 32, 63] {
        let fixture = Fixture::new();
        let mut queue = fixture.queue(64, 32);
        (0..64).for_each(|slot| queue.push(slot, fixture.read(slot, u32::from(slot == bad) << 20)).unwrap());
        let mut done = results(&mut queue);
        assert_eq!(done.remove(bad as usize), -i64::from(libc::EOPNOTSUPP));
        assert_eq!(done, [FULL; 63]);
    }
}

#[test]
fn nothing_but_bad_iocbs_settles_without_an_event() {
    let fixture = Fixture::new();
    let mut queue = fixture.queue(4, 2);
    (0..64).for_each(|slot| queue.push(slot, fixture.read(slot, 1 << 20)).unwrap());
    while queue.queued() > 0 {
        assert!(queue.submit(), "no completion will announce them");
    }
    assert_eq!((queue.refused(), queue.in_flight(), queue.stats().depth_max), (64, 0, 0));
    assert!(queue.has_done());
    assert_eq!(results(&mut queue), [-i64::from(libc::EOPNOTSUPP); 64]);
}

#[test]
fn what_is_refused_when_room_comes_is_told_by_pump() {
    let fixture = Fixture::new();
    fixture.kernel.machine().chances.inline = 1000;
    let mut queue = fixture.queue(1, 1);
    queue.push(0, fixture.read(0, 0)).unwrap();
    queue.push(1, fixture.read(1, 1 << 20)).unwrap();
    assert!(!queue.submit(), "the event of the first one will come");
    assert_eq!(queue.reap(9, |done| assert_eq!((done.slot, done.result), (0, FULL))), 1);
    assert!(queue.pump(), "nothing is in flight whose event could come for the second");
    assert_eq!(queue.reap(9, |done| assert_eq!((done.slot, done.result), (1, -i64::from(libc::EOPNOTSUPP)))), 1);
    assert!(!queue.pump());
}

#[test]
fn an_interrupted_wait_loses_nothing() {
    for readable in [true, false] {
        let fixture = Fixture::new();
        fixture.kernel.machine().readable_rings = readable;
        let mut queue = fixture.queue(8, 8);
        assert_eq!(queue.reaps_in_user_space(), readable);
        fixture.push(&mut queue, 0..64);
        queue.submit();
        fixture.kernel.machine().interruptions = 3;
        for _ in 0..3 {
            assert_eq!(queue.wait(64, None, |_| panic!("interrupted")), 0);
        }
        assert_eq!(results(&mut queue), [FULL; 64]);
    }
}

#[test]
fn completions_come_in_any_order_and_late() {
    for reaping in [Reaping::Ring, Reaping::SystemCall] {
        let fixture = Fixture::new();
        let mut queue = Queue::new(fixture.kernel.clone(), QueueOptions { reaping, ..options(64) }, None).unwrap();
        fixture.push(&mut queue, 0..64);
        queue.submit();
        assert_eq!(queue.reap(64, |_| panic!("nothing has completed")), 0);
        let mut order = Vec::new();
        while fixture.kernel.complete(5) > 0 {
            queue.reap(3, |done| order.push(done.slot));
        }
        while queue.outstanding() > 0 {
            queue.reap(3, |done| order.push(done.slot));
        }
        assert!(!order.is_sorted(), "the simulation reorders");
        order.sort_unstable();
        assert!(order.into_iter().eq(0..64));
        assert!(fixture.all_read());
    }
}

#[test]
fn completions_inside_submit_make_room_only_when_they_are_reaped() {
    let fixture = Fixture::new();
    fixture.kernel.machine().chances.inline = 1000;
    let mut queue = fixture.queue(8, 4);
    fixture.push(&mut queue, 0..64);
    let mut settled = 0;
    while queue.outstanding() > 0 {
        queue.submit();
        assert_eq!(queue.in_flight(), 8);
        settled += queue.reap_inline(64, |done| assert_eq!(done.result, FULL));
    }
    assert_eq!(settled, 64);
    assert_eq!((queue.stats().inline_completions, queue.stats().depth_max), (64, 8));
}

#[test]
fn a_portion_is_a_part_of_what_is_under_way_until_a_submit_left_nothing_to_wait_for() {
    for (count, portion) in [(0, 1), (1, 1), (3, 1), (4, 2), (8, 4), (32, 4), (64, 8)] {
        let fixture = Fixture::new();
        let mut queue = fixture.queue(64, 8);
        fixture.push(&mut queue, 0..count);
        assert_eq!(queue.portion(), portion, "{count} queued");
        queue.submit();
        assert_eq!(queue.portion(), portion, "{count} in flight");
        let inline = if count == 0 { usize::MAX } else { portion };
        fixture.kernel.complete(count.saturating_sub(1) as usize);
        assert_eq!(queue.portion_inline(), inline, "one of {count} is not done");
        fixture.kernel.complete(1);
        assert_eq!((queue.portion(), queue.portion_inline()), (portion, usize::MAX), "all {count} are done");
        assert_eq!(settle(&mut queue).len(), count as usize);
    }
    let fixture = Fixture::new();
    let mut queue = fixture.queue(64, 8);
    fixture.push(&mut queue, 0..16);
    assert!((0..10).all(|slot| queue.withdraw(slot)));
    assert_eq!(queue.portion(), 4 + 10, "what was taken back comes first");
    assert_eq!(settle(&mut queue).len(), 16);
    let options = QueueOptions { reaping: Reaping::SystemCall, ..options(64) };
    let mut queue = Queue::new(fixture.kernel.clone(), options, None).unwrap();
    fixture.push(&mut queue, 0..8);
    queue.submit();
    assert_eq!((queue.portion(), queue.portion_inline()), (usize::MAX, usize::MAX), "each look is a system call");
    fixture.kernel.complete(8);
    assert_eq!(settle(&mut queue).len(), 8);
}

#[test]
fn an_operation_that_fails_tells_its_own_errno() {
    let fixture = Fixture::new();
    fixture.kernel.machine().chances.failure = 1000;
    let mut queue = fixture.queue(8, 8);
    fixture.push(&mut queue, 0..8);
    let settled = settle(&mut queue);
    let errors = [libc::EIO, libc::ENOSPC, libc::EAGAIN].map(|errno| -i64::from(errno));
    assert!(settled.values().all(|done| errors.contains(&done.result) && done.operation.is_some()));
    assert_eq!((queue.stats().failed, queue.stats().completed), (8, 8));
}

#[test]
fn dropping_lets_the_kernel_finish_before_memory_goes() {
    let fixture = Fixture::new();
    let (kernel, weak) = (fixture.kernel.clone(), Arc::downgrade(&fixture.slab));
    let mut queue = fixture.queue(8, 8);
    fixture.push(&mut queue, 0..20);
    queue.submit();
    drop(fixture);
    assert_eq!(weak.strong_count(), 20, "8 in flight, 12 queued");
    let held = weak.clone();
    kernel.machine().destroying = Some(Box::new(move || assert!(held.strong_count() >= 8, "freed before")));
    // io_destroy carries the 8 out, in their memory.
    drop(queue);
    assert_eq!(weak.strong_count(), 0);
    assert_eq!(kernel.complete(8), 0);
}

#[test]
fn where_io_destroy_fails_the_memory_stays() {
    for errno in [libc::EINVAL, libc::EPERM, libc::ENOSYS] {
        let fixture = Fixture::new();
        let (kernel, weak) = (fixture.kernel.clone(), Arc::downgrade(&fixture.slab));
        let mut queue = fixture.queue(8, 8);
        fixture.push(&mut queue, 0..8);
        queue.submit();
        drop(fixture);
        kernel.machine().destroy = Some(Errno(errno));
        drop(queue);
        assert_eq!(weak.strong_count(), 8, "nobody has waited for these");
        assert_eq!(kernel.complete(8), 8, "and here the kernel still writes");
        assert!(weak.upgrade().is_some_and(|slab| memory::bytes(&slab)[..BLOCK] == [1; BLOCK]));
    }
}

#[test]
fn where_io_destroy_fails_with_nothing_in_flight_nothing_is_kept() {
    let fixture = Fixture::new();
    let mut queue = fixture.queue(8, 8);
    fixture.push(&mut queue, 0..8);
    results(&mut queue);
    fixture.push(&mut queue, 0..8);
    fixture.kernel.machine().destroy = Some(Errno(libc::EINVAL));
    drop(queue);
    assert_eq!(Arc::strong_count(&fixture.slab), 1, "the queued ones were never the kernel's");
}

#[test]
fn a_script_is_played_to_its_end() {
    let fixture = Fixture::new();
    let answers = [Answer::Refuse(libc::EINTR), Answer::Take(2), Answer::Refuse(libc::ENOMEM), Answer::Take(0)];
    fixture.script(answers.into_iter().cycle().take(40));
    let mut queue = fixture.queue(3, 3);
    fixture.push(&mut queue, 0..64);
    assert_eq!(results(&mut queue), [FULL; 64]);
    assert!(fixture.all_read() && fixture.kernel.machine().script == VecDeque::new());
}
