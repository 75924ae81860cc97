//! A partner above the running kernel whose call begins late, or returns long after its completions have come: their slots and
//! memory are used again meanwhile, and the queue ends beside it.

mod places;
mod support;

use std::cell::RefCell;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use linux_aio::abi::{ContextId, IoEvent, Iocb};
use linux_aio::error::{Errno, Failure};
use linux_aio::job::Job;
use linux_aio::operation::Operation;
use linux_aio::partner::{MOST, Partner, Progress};
use linux_aio::queue::{Queue, QueueOptions, SlotTaken};
use linux_aio::sys::{Kernel, Linux};
use support::random::Random;
use support::{BLOCK, Disk, memory};

const BLOCKS: usize = 512;
const DEPTH: usize = 128;

/// The running kernel, but for the partner.
#[derive(Clone)]
struct Late(Arc<Mutex<Counts>>);

#[derive(Default)]
struct Counts {
    calls: u32,
    /// How often it was left alone with what it had begun.
    left: u32,
    /// It does not get on.
    held: bool,
    /// The kernel takes nothing of it.
    refused: bool,
    /// It begins nothing, and may be taken all from that it has.
    asleep: bool,
    /// Calls of the queue's own thread.
    own: u32,
}

/// One call at a time, in a thread of its own, and nothing behind it.
struct LatePartner {
    random: Random,
    call: Option<JoinHandle<Result<usize, Errno>>>,
    /// Operations of it.
    begun: usize,
    /// Others that it has.
    unbegun: usize,
    counts: Arc<Mutex<Counts>>,
}

/// Addresses of iocbs on their way to the thread that submits them.
struct Iocbs(Vec<*mut Iocb>);

// SAFETY: `give`'s caller keeps the iocbs until the thread has ended.
unsafe impl Send for Iocbs {}

// SAFETY: nothing is touched once the thread was joined.
unsafe impl Partner for LatePartner {
    fn call(&mut self) {}

    fn room(&self) -> usize {
        if self.call.is_some() || self.unbegun > 0 { 0 } else { MOST }
    }

    unsafe fn give(&mut self, context: ContextId, iocbs: &[*mut Iocb]) -> bool {
        self.counts.lock().unwrap().calls += 1;
        if self.counts.lock().unwrap().asleep {
            self.unbegun = iocbs.len();
            return true;
        }
        let [before, after] = [0, 1].map(|_| Duration::from_micros([0, 0, 300, 3000][self.random.below(4)]));
        // Some of them only: the kernel is asked for fewer.
        let most = if self.random.chance(200) { self.random.below(iocbs.len() + 1) } else { iocbs.len() };
        self.begun = iocbs.len();
        let iocbs = Iocbs(iocbs[..most].to_vec());
        let counts = Arc::clone(&self.counts);
        self.call = Some(thread::spawn(move || {
            let mut iocbs = { iocbs };
            thread::sleep(before);
            while counts.lock().unwrap().held {
                thread::sleep(Duration::from_micros(100));
            }
            if counts.lock().unwrap().refused {
                iocbs.0.clear();
            }
            // SAFETY: `give`'s caller vouches for them.
            let answer = unsafe { Linux.io_submit(context, &mut iocbs.0) };
            thread::sleep(after);
            answer
        }));
        true
    }

    fn unbegun(&self) -> usize {
        self.unbegun
    }

    fn take_back(&mut self, most: usize) -> usize {
        let count = most.min(self.unbegun);
        self.unbegun -= count;
        count
    }

    fn progress(&mut self) -> Progress {
        let Some(call) = self.call.take_if(|call| call.is_finished()) else { return Progress::default() };
        let answer = call.join().unwrap();
        let taken = answer.unwrap_or(0);
        let refused = (taken < self.begun).then(|| answer.err().unwrap_or(Errno(libc::EAGAIN)));
        Progress { taken, calls: 1, refused }
    }

    fn tell(&mut self) -> bool {
        let left = self.call.is_some() || self.unbegun > 0;
        self.counts.lock().unwrap().left += u32::from(left);
        left
    }

    fn close(&mut self) {
        self.call.take().map(|call| call.join().unwrap());
    }
}

// SAFETY: the running kernel's.
unsafe impl Kernel for Late {
    fn io_setup(&self, events: u32) -> Result<ContextId, Errno> {
        Linux.io_setup(events)
    }

    unsafe fn io_submit(&self, context: ContextId, iocbs: &mut [*mut Iocb]) -> Result<usize, Errno> {
        self.0.lock().unwrap().own += 1;
        // SAFETY: the caller's promise, handed on.
        unsafe { Linux.io_submit(context, iocbs) }
    }

    fn io_getevents(
        &self,
        context: ContextId,
        min: usize,
        events: &mut [IoEvent],
        timeout: Option<Duration>,
    ) -> Result<usize, Errno> {
        Linux.io_getevents(context, min, events, timeout)
    }

    unsafe fn io_cancel(&self, context: ContextId, iocb: *mut Iocb) -> Result<(), Errno> {
        // SAFETY: the caller's promise, handed on.
        unsafe { Linux.io_cancel(context, iocb) }
    }

    fn io_destroy(&self, context: ContextId) -> Result<(), Errno> {
        Linux.io_destroy(context)
    }

    fn admits(&self, context: ContextId, fetching: bool) -> Result<(), Failure> {
        Linux.admits(context, fetching)
    }

    fn help(&self, job: Job) {
        Linux.help(job);
    }

    type Partner = LatePartner;

    fn partner(&self, _: Option<Arc<OwnedFd>>) -> LatePartner {
        LatePartner { random: Random::new(7), call: None, begun: 0, unbegun: 0, counts: Arc::clone(&self.0) }
    }
}

/// Chains of operations of a block: each slot is used again as soon as it has settled, which is told. How many have.
fn chains(
    queue: &mut Queue<Late>,
    operations: usize,
    random: &mut Random,
    mut begin: impl FnMut(usize, &mut Random) -> Operation,
    mut end: impl FnMut(usize),
) -> usize {
    let mut idle: Vec<usize> = (0..DEPTH).collect();
    let (mut begun, mut settled) = (0, 0);
    while settled < begun || begun < operations {
        for slot in idle.drain(..) {
            if begun == operations {
                break;
            }
            queue.push(slot as u32, begin(slot, random)).unwrap();
            begun += 1;
        }
        queue.submit();
        let in_flight = queue.in_flight();
        let count = queue.wait(1 + random.below(DEPTH), None, |done| {
            assert_eq!(done.result, BLOCK as i64);
            end(done.slot as usize);
            idle.push(done.slot as usize);
        });
        settled += count;
        assert!(count > 0 || queue.outstanding() == 0, "{in_flight} in flight, and none settles");
    }
    settled
}

/// Reads of any blocks, compared.
fn read_chains(queue: &mut Queue<Late>, disk: &Disk, reads: usize) -> usize {
    let (content, slab) = (disk.content(), memory::slab(DEPTH));
    let blocks = RefCell::new(vec![0; DEPTH]);
    let begin = |slot: usize, random: &mut Random| {
        let block = random.below(BLOCKS);
        blocks.borrow_mut()[slot] = block;
        support::read(disk, &slab, slot, block)
    };
    let end = |slot: usize| {
        let block = blocks.borrow()[slot];
        assert!(memory::range(&slab, slot * BLOCK, BLOCK) == content[block * BLOCK..][..BLOCK], "block {block}");
    };
    chains(queue, reads, &mut Random::new(3), begin, end)
}

/// Overwrites, each slot of blocks of its own, with the file compared at the end.
fn write_chains(queue: &mut Queue<Late>, disk: &Disk, writes: usize) -> usize {
    let (mut content, slab) = (disk.content(), memory::slab(DEPTH));
    let begin = |slot: usize, random: &mut Random| {
        let block = random.below(BLOCKS / DEPTH) * DEPTH + slot;
        let bytes = [random.below(256) as u8; BLOCK];
        memory::fill(&slab, slot * BLOCK, &bytes);
        content[block * BLOCK..][..BLOCK].copy_from_slice(&bytes);
        support::write(disk, &slab, slot, block)
    };
    let settled = chains(queue, writes, &mut Random::new(5), begin, |_| ());
    assert!(disk.content() == content);
    settled
}

/// A queue above this kernel, with one place more than operations may be in flight.
fn queue_above(kernel: &Late, depth: usize) -> Queue<Late> {
    let options = QueueOptions { depth: depth as u32, capacity: depth as u32 + 1, ..QueueOptions::default() };
    Queue::new(kernel.clone(), options, None).unwrap()
}

/// Operations until the partner has some of them.
fn until_shared(queue: &mut Queue<Late>, kernel: &Late, operation: impl Fn(usize) -> Operation) {
    let began = Instant::now();
    while kernel.0.lock().unwrap().calls == 0 {
        assert!(began.elapsed() < Duration::from_secs(60), "nothing is shared");
        support::settle(queue);
        for slot in 0..DEPTH {
            queue.push(slot as u32, operation(slot)).unwrap();
        }
        queue.submit();
    }
}

/// Queues with a partner that is late, until it was left alone some times.
fn are_left_alone(chains: fn(&mut Queue<Late>, &Disk, usize) -> usize) {
    let Some(disk) = Disk::on_tmpfs(BLOCKS) else { return };
    let kernel = Late(Arc::default());
    let began = Instant::now();
    // Where the machine is slow, the chunks may come too far apart to be shared.
    while kernel.0.lock().unwrap().left < 20 {
        assert!(began.elapsed() < Duration::from_secs(60), "the partner was not left alone");
        let mut queue = queue_above(&kernel, DEPTH);
        assert_eq!(chains(&mut queue, &disk, 20_000), 20_000);
        let stats = queue.stats();
        assert_eq!((stats.completed, stats.failed, queue.outstanding()), (20_000, 0, 0));
    }
    let Counts { calls, left, .. } = *kernel.0.lock().unwrap();
    println!("left alone {left} times with {calls} calls");
}

#[test]
fn reads_settle_once_and_whole_however_late_the_partner_is() {
    are_left_alone(read_chains);
}

#[test]
fn overwrites_settle_once_and_whole_however_late_the_partner_is() {
    are_left_alone(write_chains);
}

#[test]
fn overwrites_do_not_go_down_behind_a_partner_that_is_late_with_some() {
    let Some(disk) = Disk::on_tmpfs(BLOCKS) else { return };
    let kernel = Late(Arc::default());
    kernel.0.lock().unwrap().held = true;
    let mut queue = queue_above(&kernel, BLOCKS);
    let slab = memory::slab(BLOCKS);
    until_shared(&mut queue, &kernel, |slot| support::write(&disk, &slab, slot, slot));
    let before = kernel.0.lock().unwrap().own;
    for slot in DEPTH..BLOCKS {
        queue.push(slot as u32, support::write(&disk, &slab, slot, slot)).unwrap();
        queue.submit();
        queue.reap(usize::MAX, drop);
    }
    let tries = kernel.0.lock().unwrap().own - before;
    kernel.0.lock().unwrap().held = false;
    // Once for each pause that ends meanwhile at the most, and these double.
    assert!(tries < (BLOCKS - DEPTH) as u32 / 4, "{tries}");
    support::settle(&mut queue);
    assert_eq!((queue.stats().completed, queue.stats().failed), (queue.stats().operations, 0));
}

#[test]
fn what_the_kernel_refuses_a_partner_is_not_submitted_by_a_queue_that_was_given_up() {
    let Some(disk) = Disk::on_tmpfs(BLOCKS) else { return };
    let kernel = Late(Arc::default());
    *kernel.0.lock().unwrap() = Counts { held: true, refused: true, ..Counts::default() };
    let mut queue = queue_above(&kernel, DEPTH);
    let slab = memory::slab(DEPTH);
    until_shared(&mut queue, &kernel, |slot| support::read(&disk, &slab, slot, slot));
    queue.give_up();
    let calls = || {
        let Counts { own, calls, .. } = *kernel.0.lock().unwrap();
        (own, calls)
    };
    let before = calls();
    kernel.0.lock().unwrap().held = false;
    while queue.in_flight() > 0 {
        queue.wait(DEPTH, Some(Duration::from_millis(1)), drop);
    }
    assert_eq!(calls(), before);
    assert!(queue.stats().completed < queue.stats().operations);
    drop(queue);
    assert_eq!(Arc::strong_count(&slab), 1);
}

#[test]
fn what_a_partner_has_not_begun_is_taken_back_by_a_queue_that_is_given_up() {
    let Some(disk) = Disk::on_tmpfs(BLOCKS) else { return };
    let kernel = Late(Arc::default());
    kernel.0.lock().unwrap().asleep = true;
    let mut queue = queue_above(&kernel, DEPTH);
    let slab = memory::slab(DEPTH);
    until_shared(&mut queue, &kernel, |slot| support::read(&disk, &slab, slot, slot));
    queue.give_up();
    let began = Instant::now();
    while queue.in_flight() > 0 {
        assert!(began.elapsed() < Duration::from_secs(60), "the partner has some of them still");
        queue.wait(DEPTH, Some(Duration::from_millis(1)), drop);
    }
    assert!(queue.stats().completed < queue.stats().operations);
    // Of a slot that was never used.
    assert_eq!(queue.push(DEPTH as u32, support::read(&disk, &slab, 0, 0)), Err(SlotTaken));
}

#[test]
fn a_queue_that_ends_beside_its_partner_keeps_nothing_and_has_it_written_to_by_nobody() {
    let Some(disk) = Disk::on_tmpfs(BLOCKS) else { return };
    let kernel = Late(Arc::default());
    let began = Instant::now();
    while kernel.0.lock().unwrap().left < 20 {
        assert!(began.elapsed() < Duration::from_secs(60), "the partner was not left alone");
        let mut queue =
            Queue::new(kernel.clone(), QueueOptions { depth: 512, ..QueueOptions::default() }, None).unwrap();
        let slab = memory::slab(BLOCKS);
        for slot in 0..BLOCKS {
            queue.push(slot as u32, support::read(&disk, &slab, slot, slot)).unwrap();
        }
        queue.submit();
        drop(queue);
        assert_eq!((Arc::strong_count(&slab), Arc::strong_count(&disk.file)), (1, 1));
        memory::fill(&slab, 0, &[7; BLOCKS * BLOCK]);
        thread::sleep(Duration::from_millis(4));
        assert!(memory::bytes(&slab).iter().all(|&byte| byte == 7), "written to after the end");
    }
}
