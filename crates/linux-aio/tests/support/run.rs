//! A run of operations of every kind, good and bad, mixed and withdrawn at random, against a model of
//! what files and all memory must hold: on the running kernel, or on a simulated one.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use linux_aio::abi::{RWF_DSYNC, RWF_NOWAIT};
use linux_aio::context::Reaping;
use linux_aio::error::Errno;
use linux_aio::file::File;
use linux_aio::operation::{Manner, Operation};
use linux_aio::pool::{Pool, PoolOptions};
use linux_aio::queue::{Chunk, Completion, Helping, Queue, QueueOptions};

use super::BLOCK;
use super::event_loop;
use super::model::{Kind, Model, Plan};
use super::random::Random;
use super::witness::{Announcement, Witness, result};

/// Of a file: few enough for operations to meet.
pub const BLOCKS: usize = 96;
const SLOTS: u32 = 300;
/// Of the drain, for each operation that is left; besides, the patience with a kernel that refuses everything.
const ROUNDS: usize = 8;
const PATIENCE: usize = 1100;

/// Files that are ways to the same content, and their devices.
pub struct Files {
    pub writable: Vec<(Arc<File>, u64)>,
    pub read_only: (Arc<File>, u64),
}

impl Files {
    /// One file on one device.
    pub fn of(file: &Arc<File>, read_only: Arc<File>) -> Self {
        Self { writable: vec![(Arc::clone(file), 0)], read_only: (read_only, 0) }
    }

    fn counts(&self) -> usize {
        let files = self.writable.iter().chain([&self.read_only]);
        files.map(|(file, _)| Arc::strong_count(file)).sum()
    }
}

pub struct Run<K: Witness> {
    pub queue: Queue<K>,
    pub(super) kernel: K,
    pub(super) model: Model,
    pub(super) random: Random,
    files: Files,
    /// Counts of the files without any operation.
    counts: usize,
    pub(super) slots: Vec<u32>,
    /// Of a consumer that sleeps until it is told.
    pub notifier: Option<Arc<OwnedFd>>,
    /// Something was pushed that no submit has seen.
    pub(super) unsubmitted: bool,
    /// Nothing new comes any more.
    pub(super) draining: bool,
}

impl<K: Witness + Clone> Run<K> {
    /// Above a kernel that tells, some are an event loop's, which sleeps between its turns.
    pub fn new(kernel: K, files: Files, content: Vec<u8>, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let options = QueueOptions {
            depth: [1, 2, 7, 32, 128][random.below(5)],
            chunk: [Chunk::Searched, Chunk::Of(1), Chunk::Of(3), Chunk::Usual, Chunk::Of(32)][random.below(5)],
            capacity: SLOTS,
            reaping: [Reaping::Ring, Reaping::SystemCall][random.below(2)],
            helping: [Helping::Never, Helping::AsNeeded, Helping::AsNeeded, Helping::Always][random.below(4)],
            turn: [Duration::MAX, Duration::from_micros(500), Duration::from_micros(5)][random.below(3)],
        };
        let notifier = (kernel.tells() && random.chance(500)).then(|| event_loop::notifier(random.chance(200)));
        let pool = Pool::new(&PoolOptions { limit: 64 * BLOCK as u64, ..PoolOptions::default() }).unwrap();
        Self {
            queue: event_loop::queue(&kernel, options, notifier.as_ref()),
            kernel,
            model: Model::new(content, pool),
            random,
            counts: files.counts(),
            files,
            slots: (0..SLOTS).collect(),
            notifier,
            unsubmitted: false,
            draining: false,
        }
    }

    /// One to four blocks of the content.
    fn blocks(&mut self) -> std::ops::Range<usize> {
        let count = 1 + self.random.below(4);
        let first = self.random.below(self.model.content.len() / BLOCK - count + 1);
        first..first + count
    }

    /// What to try next, how, and on which file.
    fn plan(&mut self) -> (Plan, Manner, (Arc<File>, u64)) {
        let blocks = self.blocks();
        let mut file = self.files.writable[self.random.below(self.files.writable.len())].clone();
        let mut manner = Manner { rw_flags: 0, priority: [0, 0, 0, 2 << 13 | 4, 3 << 13][self.random.below(5)] };
        let mut tolerated = Vec::new();
        let kind = match self.random.below(100) {
            0..45 => Kind::Read,
            45..50 => {
                manner.rw_flags = RWF_NOWAIT;
                tolerated.extend([libc::EAGAIN, libc::EOPNOTSUPP].map(result));
                Kind::Read
            }
            50..82 => {
                manner.rw_flags = if self.random.chance(50) { RWF_DSYNC } else { 0 };
                Kind::Write(self.random.bytes(blocks.len() * BLOCK))
            }
            82..86 => {
                return (Plan { kind: Kind::Sync, blocks: 0..0, tolerated }, Manner::default(), file);
            }
            86..90 => {
                manner.rw_flags = 1 << 30;
                Kind::Refused(result(libc::EOPNOTSUPP))
            }
            90..92 => {
                file = self.files.read_only.clone();
                Kind::Refused(result(libc::EBADF))
            }
            92..96 => {
                manner.priority = 5 << 13;
                Kind::Refused(result(libc::EINVAL))
            }
            _ => return (Plan { kind: Kind::Refused(result(libc::ENXIO)), blocks: 0..0, tolerated }, manner, file),
        };
        (Plan { kind, blocks, tolerated }, manner, file)
    }

    pub(super) fn push(&mut self) {
        let (plan, manner, (file, device)) = self.plan();
        if self.slots.is_empty() || !self.model.admits(&plan) {
            return;
        }
        self.unsubmitted = true;
        let slot = self.slots.swap_remove(self.random.below(self.slots.len()));
        if plan.kind == Kind::Refused(result(libc::ENXIO)) {
            self.queue.refuse(slot, Errno(libc::ENXIO)).unwrap();
            self.model.refuse(slot, result(libc::ENXIO));
            return;
        }
        let offset = (plan.blocks.start * BLOCK) as u64;
        let (writes, data_only) = (plan.kind == Kind::Refused(result(libc::EBADF)), self.random.chance(500));
        let make: Box<dyn FnOnce(_) -> Operation> = match plan.kind {
            Kind::Sync => Box::new(move |_| Operation::sync(file, data_only)),
            Kind::Write(_) => Box::new(move |memory| Operation::write(file, memory, offset, manner).unwrap()),
            Kind::Refused(_) if writes => {
                Box::new(move |memory| Operation::write(file, memory, offset, manner).unwrap())
            }
            Kind::Read | Kind::Refused(_) => {
                Box::new(move |memory| Operation::read(file, memory, offset, manner).unwrap())
            }
        };
        let Some(operation) = self.model.begin(slot, plan, &mut self.random, make) else {
            return self.slots.push(slot);
        };
        let band = [1, 0, 1, 2, 1, 1, 1, 1][usize::from(manner.priority >> 13)];
        let asks_nowait = manner.rw_flags & RWF_NOWAIT != 0;
        self.kernel.announce(Announcement { slot, band, device, asks_nowait });
        self.queue.push(slot, operation).unwrap();
    }

    fn withdraw(&mut self) {
        if let Some(slot) = self.model.any(&mut self.random)
            && self.queue.withdraw(slot)
        {
            self.kernel.withdrawn(slot);
            self.model.withdraw(slot);
            self.wake();
        }
    }

    /// Reaps, or submits right after which it is reaped, or waits: what settles goes to the model.
    pub(super) fn settle(&mut self, reap: impl FnOnce(&mut Queue<K>, &mut dyn FnMut(Completion)) -> usize) -> usize {
        let Self { queue, model, slots, kernel, .. } = self;
        let mut settled = 0;
        let count = reap(queue, &mut |done: Completion| {
            settled += 1;
            slots.push(done.slot);
            model.settle(done, kernel);
        });
        assert_eq!(count, settled);
        count
    }

    pub(super) fn submit(&mut self) -> bool {
        self.unsubmitted = false;
        self.kernel.watch(None);
        let more = self.queue.submit();
        self.kernel.watch(Some(self.queue.options().turn));
        more
    }

    fn reap(&mut self) {
        let limit = 1 + self.random.below(40);
        let count = if self.random.chance(500) {
            let timeout = [None, Some(std::time::Duration::from_millis(2))][self.random.below(2)];
            self.kernel.waiting(true);
            let count = self.settle(|queue, take| queue.wait(limit, timeout, take));
            self.kernel.waiting(false);
            count
        } else {
            self.settle(|queue, take| queue.reap(limit, take))
        };
        assert!(count <= limit);
    }

    fn step(&mut self) {
        match self.random.below(100) {
            0..60 => self.push(),
            60..64 => self.withdraw(),
            64..74 if self.notifier.is_some() => self.flush(),
            64..74 => drop(self.submit()),
            74..90 if self.notifier.is_some() => self.turn(),
            74..90 => self.reap(),
            90..98 => self.kernel.stir(),
            // For nothing.
            _ => self.wake(),
        }
        self.check();
    }

    /// What is true after every step.
    fn check(&mut self) {
        assert!(self.queue.in_flight() <= self.queue.options().depth as usize);
        assert_eq!(self.queue.outstanding(), self.model.outstanding());
        self.kernel.check(self.queue.in_flight());
        self.model.check();
        assert_eq!(self.files.counts(), self.counts + self.model.on_files(), "who holds the files");
        if let Some(slot) = self.kernel.cancel_candidate() {
            assert_eq!(self.queue.cancel(slot), Err(Errno(libc::EAGAIN)), "slot {slot} is not in flight");
        }
        self.check_awake();
    }

    /// `steps` steps, then all that is left; what the file must hold.
    pub fn finish(mut self, steps: usize) -> Vec<u8> {
        (0..steps).for_each(|_| self.step());
        self.drain();
        let (stats, depth) = (self.queue.stats(), self.queue.options().depth);
        assert_eq!((stats.operations, self.model.outstanding()), (stats.completed, 0));
        assert!(stats.depth_max <= depth.into());
        assert_eq!(self.slots.len(), SLOTS as usize);
        drop(self.queue);
        self.model.check();
        assert_eq!(self.files.counts(), self.counts);
        self.model.content
    }

    /// All that is left, in a bounded number of rounds once the kernel does what it is asked for.
    fn drain(&mut self) {
        self.draining = true;
        let most = ROUNDS * self.queue.outstanding() + PATIENCE;
        for round in 0.. {
            if self.queue.outstanding() == 0 {
                return;
            }
            if round == 20 {
                self.kernel.calm();
            }
            assert!(round < most, "{} have not settled", self.queue.outstanding());
            if self.notifier.is_some() {
                self.next_turn(round == 0);
            } else {
                self.submit();
                self.reap();
            }
            self.check();
        }
    }

    /// `steps` steps, then the end of the queue in the middle of all that is under way. What is held after it.
    pub fn abandon(mut self, steps: usize) -> Abandoned {
        (0..steps).for_each(|_| self.step());
        self.submit();
        drop(self.queue);
        Abandoned { files: self.files, counts: self.counts, model: self.model }
    }
}

/// What is left after a queue.
pub struct Abandoned {
    files: Files,
    counts: usize,
    model: Model,
}

impl Abandoned {
    /// That nobody holds anything any more.
    pub fn check(&self) {
        assert_eq!(Arc::strong_count(&self.model.slab), 1, "nothing is kept");
        assert_eq!(self.files.counts(), self.counts);
    }

    /// That at least so many operations are kept with their memory, whose pages are given back here.
    pub fn forget(self, kept: usize) {
        assert!(self.files.counts() >= self.counts + kept, "what the kernel has is not kept");
        let slab = &self.model.slab;
        // SAFETY: the slab's own mapping, which nobody looks at any more.
        unsafe { libc::madvise(slab.address().as_ptr().cast(), slab.len(), libc::MADV_DONTNEED) };
    }
}
