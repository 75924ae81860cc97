//! Records of doubles, good ones and what is made of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use linux_aio::buffer::Slab;
use linux_aio::queue::{Queue, QueueOptions};
use linux_aio::record::{self, HEADER, Malformed, PLACE, SHARED};
use linux_aio::registry::Registry;
use linux_aio::sys::Linux;

use super::memory::slab;
use super::{BLOCK, Disk, options, settle};

pub const FULL: i64 = BLOCK as i64;
pub const INVALID: i64 = -(libc::EINVAL as i64);
pub const BAD_FILE: i64 = -(libc::EBADF as i64);
pub const BAD_MEMORY: i64 = -(libc::EFAULT as i64);
pub const NOT_WHOLE: [f64; 9] =
    [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.5, -1.0, -0.5, 9_007_199_254_745_088.0, 1e300, f64::MIN_POSITIVE];
/// Slots of the fixture's queue.
pub const CAPACITY: u32 = 64;

/// A file and a slab of 16 blocks each, known to a registry, and a queue.
pub struct Fixture {
    pub disk: Disk,
    pub slab: Arc<Slab>,
    pub registry: Registry,
    pub queue: Queue<Linux>,
    pub file: f64,
    pub memory: f64,
}

impl Fixture {
    pub fn new() -> Self {
        let (disk, slab) = (Disk::new(16), slab(16));
        let mut registry = Registry::default();
        let file = registry.files.insert(Arc::clone(&disk.file)).unwrap() as f64;
        let memory = registry.insert_slab(&slab).unwrap() as f64;
        let queue = Queue::new(Linux, QueueOptions { capacity: CAPACITY, ..options(32) }, None).unwrap();
        Self { disk, slab, registry, queue, file, memory }
    }

    /// A good read of one block into the block of the same number.
    pub fn read(&self, slot: usize) -> Vec<f64> {
        let at = (slot % 16 * BLOCK) as f64;
        vec![slot as f64, 0.0, self.file, at, 0.0, 0.0, 1.0, self.memory, at, BLOCK as f64]
    }

    /// A good run of reads, each of one block into the block of the same number.
    pub fn run(&self, slots: &[usize]) -> Vec<f64> {
        let mut record = vec![0.0, 0.0, self.file, 0.0, 0.0, 0.0, -(slots.len() as f64), self.memory, BLOCK as f64];
        for &slot in slots {
            let at = (slot % 16 * BLOCK) as f64;
            record.extend([slot as f64, at, at]);
        }
        record
    }

    pub fn push(&mut self, records: &[f64]) -> Result<(), Malformed> {
        record::push(&mut self.queue, &self.registry, records)
    }

    pub fn settle(&mut self) -> BTreeMap<u32, i64> {
        settle(&mut self.queue).into_iter().map(|(slot, done)| (slot, done.result)).collect()
    }

    /// The result of one record between two good ones.
    pub fn among_neighbours(&mut self, record: &[f64]) -> i64 {
        let records = [&self.read(0)[..], record, &self.read(2)[..]].concat();
        assert_eq!(self.push(&records), Ok(()), "{record:?}");
        let results = self.settle();
        assert_eq!((results[&0], results[&2], results.len()), (FULL, FULL, 3), "the neighbours of {record:?}");
        results[&1]
    }

    pub fn with(&self, field: usize, value: f64) -> Vec<f64> {
        let mut record = self.read(1);
        record[field] = value;
        record
    }
}

/// Where a run has the fields of one of its operations.
pub fn place(index: usize) -> usize {
    HEADER + SHARED + index * PLACE
}
