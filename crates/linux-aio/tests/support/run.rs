//! A run of operations of every kind, good and bad, mixed and withdrawn at random, against a model of
//! what the file and all memory must hold: on the running kernel, or on a simulated one.

use std::sync::Arc;
use std::time::Duration;

use linux_aio::abi::{RWF_DSYNC, RWF_NOWAIT};
use linux_aio::context::Reaping;
use linux_aio::error::Errno;
use linux_aio::file::File;
use linux_aio::operation::{Manner, Operation};
use linux_aio::pool::{Pool, PoolOptions};
use linux_aio::queue::{Helping, Queue, QueueOptions};
use linux_aio::sys::Kernel;

use super::model::{Kind, Model, Plan};
use super::random::Random;
use super::simulation::{Chances, Simulation};
use super::{BLOCK, Disk};

/// Of the file: few enough for operations to meet.
pub const BLOCKS: usize = 96;
const SLOTS: u32 = 300;

pub const fn result(errno: i32) -> i64 {
    -(errno as i64)
}

pub struct Run<K: Kernel> {
    pub queue: Queue<K>,
    model: Model,
    random: Random,
    file: Arc<File>,
    read_only: Arc<File>,
    slots: Vec<u32>,
    /// What any operation may end with, besides what it is to do.
    pub tolerated: Vec<i64>,
    /// Called before somebody waits.
    pub idle: Box<dyn Fn()>,
}

impl<K: Kernel> Run<K> {
    pub fn new(kernel: K, disk: &Disk, content: Vec<u8>, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let options = QueueOptions {
            depth: [1, 2, 7, 32, 128][random.below(5)],
            chunk: [1, 3, 8, 32][random.below(4)],
            capacity: SLOTS,
            reaping: [Reaping::Ring, Reaping::SystemCall][random.below(2)],
            helping: [Helping::Never, Helping::AsNeeded, Helping::AsNeeded, Helping::Always][random.below(4)],
            turn: [Duration::MAX, Duration::from_micros(5)][random.below(2)],
        };
        let pool = Pool::new(&PoolOptions { limit: 64 * BLOCK as u64, ..PoolOptions::default() }).unwrap();
        Self {
            queue: Queue::new(kernel, options, None).unwrap(),
            model: Model::new(content, pool),
            random,
            file: Arc::clone(&disk.file),
            read_only: disk.read_only(),
            slots: (0..SLOTS).collect(),
            tolerated: Vec::new(),
            idle: Box::new(|| ()),
        }
    }

    /// One to four blocks of the file.
    fn blocks(&mut self) -> std::ops::Range<usize> {
        let count = 1 + self.random.below(4);
        let first = self.random.below(BLOCKS - count + 1);
        first..first + count
    }

    /// What to try next, and how.
    fn plan(&mut self) -> (Plan, Manner) {
        let blocks = self.blocks();
        let mut manner = Manner { rw_flags: 0, priority: [0, 0, 0, 2 << 13 | 4, 3 << 13][self.random.below(5)] };
        let mut tolerated = self.tolerated.clone();
        let kind = match self.random.below(100) {
            0..45 => Kind::Read,
            45..50 => {
                manner.rw_flags = RWF_NOWAIT;
                tolerated.extend([libc::EAGAIN, libc::EOPNOTSUPP].map(result));
                Kind::Read
            }
            50..84 => {
                manner.rw_flags = if self.random.chance(50) { RWF_DSYNC } else { 0 };
                Kind::Write((0..blocks.len() * BLOCK / 4).flat_map(|_| self.random.next().to_ne_bytes()).collect())
            }
            84..86 => return (Plan { kind: Kind::Sync, blocks: 0..0, tolerated }, manner),
            86..90 => {
                manner.rw_flags = 1 << 30;
                Kind::Refused(result(libc::EOPNOTSUPP))
            }
            90..94 => {
                manner.priority = 5 << 13;
                Kind::Refused(result(libc::EINVAL))
            }
            _ => return (Plan { kind: Kind::Refused(result(libc::ENXIO)), blocks: 0..0, tolerated }, manner),
        };
        (Plan { kind, blocks, tolerated }, manner)
    }

    fn push(&mut self) {
        let (plan, manner) = self.plan();
        if self.slots.is_empty() || !self.model.admits(&plan) {
            return;
        }
        let slot = self.slots.swap_remove(self.random.below(self.slots.len()));
        if plan.kind == Kind::Refused(result(libc::ENXIO)) {
            self.queue.refuse(slot, Errno(libc::ENXIO)).unwrap();
            self.model.refuse(slot, result(libc::ENXIO));
            return;
        }
        let offset = (plan.blocks.start * BLOCK) as u64;
        let (file, data_only) = (Arc::clone(&self.file), self.random.chance(500));
        let make: Box<dyn FnOnce(_) -> Operation> = match plan.kind {
            Kind::Sync => Box::new(move |_| Operation::sync(file, data_only)),
            Kind::Write(_) => Box::new(move |memory| Operation::write(file, memory, offset, manner).unwrap()),
            Kind::Read | Kind::Refused(_) => {
                Box::new(move |memory| Operation::read(file, memory, offset, manner).unwrap())
            }
        };
        match self.model.begin(slot, plan, &mut self.random, make) {
            Some(operation) => self.queue.push(slot, operation).unwrap(),
            None => self.slots.push(slot),
        }
    }

    fn withdraw(&mut self) {
        if let Some(slot) = self.model.any(&mut self.random)
            && self.queue.withdraw(slot)
        {
            self.model.withdraw(slot);
        }
    }

    fn reap(&mut self) {
        let limit = 1 + self.random.below(40);
        let waits = self.random.chance(500);
        if waits {
            (self.idle)();
        }
        let Self { queue, model, slots, .. } = self;
        let take = |done: linux_aio::queue::Completion| {
            slots.push(done.slot);
            model.settle(done);
        };
        let count = if waits { queue.wait(limit, None, take) } else { queue.reap(limit, take) };
        assert!(count <= limit);
    }

    fn step(&mut self) {
        match self.random.below(100) {
            0..70 => self.push(),
            70..75 => self.withdraw(),
            75..85 => drop(self.queue.submit()),
            _ => self.reap(),
        }
        let options = self.queue.options();
        assert!(self.queue.in_flight() <= options.depth as usize);
        assert_eq!(self.queue.outstanding(), self.model.outstanding());
    }

    /// `steps` steps, then all that is left; what the file must hold.
    pub fn finish(mut self, steps: usize) -> Vec<u8> {
        (0..steps).for_each(|_| self.step());
        while self.queue.outstanding() > 0 {
            self.queue.submit();
            self.reap();
        }
        let (stats, depth) = (self.queue.stats(), self.queue.options().depth);
        assert_eq!((stats.operations, self.model.outstanding()), (stats.completed, 0));
        assert!(stats.depth_max <= depth.into());
        assert_eq!(self.slots.len(), SLOTS as usize);
        assert_eq!(Arc::strong_count(&self.model.slab), 1);
        assert_eq!((Arc::strong_count(&self.read_only), Arc::strong_count(&self.file)), (1, 2));
        self.model.content
    }

    /// `steps` steps, then the end of the queue in the middle of all that is under way.
    pub fn abandon(mut self, steps: usize) {
        (0..steps).for_each(|_| self.step());
        self.queue.submit();
        drop(self.queue);
        assert_eq!(Arc::strong_count(&self.model.slab), 1, "nothing is kept");
        assert_eq!(Arc::strong_count(&self.file), 2);
    }
}

pub fn simulation(seed: u64, content: Vec<u8>) -> Simulation {
    let mut random = Random::new(seed ^ 0x5eed);
    let mut chance = |most: usize| random.below(most) as u32;
    let kernel = Simulation::new(seed, content);
    kernel.machine().chances = Chances {
        refusal: chance(700),
        short_submit: chance(700),
        interruption: chance(500),
        inline: chance(500),
        failure: chance(100),
        nowait_refusal: chance(700),
        slow_help: chance(1000),
    };
    kernel.machine().refuses_nowait = seed.is_multiple_of(5);
    kernel.machine().readable_rings = !seed.is_multiple_of(3);
    kernel
}
