//! What tests of the queue have in common: a file and memory to operate on, a simulated kernel, and
//! numbers that look random and are the same in every run.
#![allow(dead_code, reason = "every test binary uses its own part")]

pub mod event_loop;
pub mod faults;
pub mod ledger;
pub mod machine;
pub mod memory;
pub mod memory_ring;
pub mod model;
pub mod pair;
pub mod random;
pub mod records;
pub mod run;
pub mod simulation;
pub mod witness;
pub mod workshop;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use linux_aio::buffer::Slab;
use linux_aio::file::File;
use linux_aio::operation::{Manner, Operation};
use linux_aio::queue::{Chunk, Completion, Queue, QueueOptions};
use linux_aio::sys::{Kernel, Linux};

use crate::places::{Directory, name, skip, tmpfs};

/// Bytes of the blocks that tests read and write: a multiple of any disk's sector.
pub const BLOCK: usize = 4096;

/// A file on a disk, removed with its directory.
pub struct Disk {
    pub directory: Directory,
    pub file: Arc<File>,
}

impl Disk {
    /// A file of `blocks` blocks that differ, opened for reading and writing.
    pub fn new(blocks: usize) -> Self {
        let directory = Directory::on_disk();
        let path = directory.file("data", blocks * BLOCK);
        let file = open(&path, libc::O_RDWR);
        Self { directory, file }
    }

    /// The same on tmpfs; nothing where there is none, or where it has no `O_DIRECT` (before kernel 6.6).
    pub fn on_tmpfs(blocks: usize) -> Option<Self> {
        let directory = Directory::below(tmpfs()?);
        let path = directory.file("data", blocks * BLOCK);
        let Ok(file) = File::open(&name(&path), libc::O_RDWR, 0) else { return skip("no O_DIRECT on tmpfs") };
        Some(Self { directory, file: Arc::new(file) })
    }

    /// What the file holds, by another descriptor and through the page cache.
    pub fn content(&self) -> Vec<u8> {
        std::fs::read(self.directory.join("data")).unwrap()
    }

    /// The same file, for reading only.
    pub fn read_only(&self) -> Arc<File> {
        open(&self.directory.join("data"), libc::O_RDONLY)
    }
}

pub fn open(path: &Path, flags: i32) -> Arc<File> {
    Arc::new(File::open(&name(path), flags, 0o600).unwrap())
}

pub fn options(depth: u32) -> QueueOptions {
    QueueOptions { depth, capacity: 4096, chunk: Chunk::Of(32), ..QueueOptions::default() }
}

/// A queue to the running kernel.
pub fn queue(depth: u32) -> Queue<Linux> {
    Queue::new(Linux, options(depth), None).unwrap()
}

/// A read of one block of `disk` into the place of `slab` with this number.
pub fn read(disk: &Disk, slab: &Arc<Slab>, place: usize, block: usize) -> Operation {
    let memory = memory::block(slab, place);
    Operation::read(Arc::clone(&disk.file), memory, (block * BLOCK) as u64, Manner::default()).unwrap()
}

/// A write of one block to `disk`, of the place of `slab` with this number.
pub fn write(disk: &Disk, slab: &Arc<Slab>, place: usize, block: usize) -> Operation {
    let memory = memory::block(slab, place);
    Operation::write(Arc::clone(&disk.file), memory, (block * BLOCK) as u64, Manner::default()).unwrap()
}

/// Submits and waits until everything has settled. Each slot may settle once.
pub fn settle<K: Kernel>(queue: &mut Queue<K>) -> BTreeMap<u32, Completion> {
    let mut settled = BTreeMap::new();
    while queue.outstanding() > 0 {
        queue.submit();
        queue.wait(usize::MAX, None, |done| {
            let slot = done.slot;
            assert!(settled.insert(slot, done).is_none(), "slot {slot} settled twice");
        });
    }
    settled
}

/// [`settle`], of the results alone, in the order of the slots.
pub fn results<K: Kernel>(queue: &mut Queue<K>) -> Vec<i64> {
    settle(queue).into_values().map(|done| done.result).collect()
}
