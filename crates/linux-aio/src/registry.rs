//! Handles: the numbers by which a caller that must not name addresses names files and memory.

use std::sync::{Arc, Weak};

use crate::buffer::Slab;
use crate::file::File;

/// Bits of a handle that say where; the bits above say which of those that were there.
const INDEX_BITS: u32 = 24;
/// Handles stay exact in a double.
const MAX_GENERATION: u32 = 1 << 28;

#[derive(Debug)]
struct Entry<T> {
    generation: u32,
    value: Option<T>,
}

/// Values named by numbers below 2^53. A number is never given twice.
#[derive(Debug)]
pub struct Table<T> {
    entries: Vec<Entry<T>>,
    free: Vec<usize>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), free: Vec::new() }
    }
}

impl<T> Table<T> {
    /// Puts a value in; its handle, or nothing where 2^24 values are in.
    pub fn insert(&mut self, value: T) -> Option<u64> {
        let index = self.free.pop().unwrap_or(self.entries.len());
        if index == self.entries.len() {
            if index >> INDEX_BITS != 0 {
                return None;
            }
            self.entries.push(Entry { generation: 0, value: None });
        }
        let entry = &mut self.entries[index];
        entry.generation += 1;
        entry.value = Some(value);
        Some(u64::from(entry.generation) << INDEX_BITS | index as u64)
    }

    fn entry(&self, handle: u64) -> Option<(usize, &Entry<T>)> {
        let index = (handle & ((1 << INDEX_BITS) - 1)) as usize;
        let entry = self.entries.get(index)?;
        (u64::from(entry.generation) == handle >> INDEX_BITS).then_some((index, entry))
    }

    /// The value of a handle that was given and not taken back.
    #[must_use]
    pub fn get(&self, handle: u64) -> Option<&T> {
        self.entry(handle)?.1.value.as_ref()
    }

    /// Takes the value out.
    pub fn remove(&mut self, handle: u64) -> Option<T> {
        let (index, _) = self.entry(handle)?;
        let entry = &mut self.entries[index];
        let value = entry.value.take()?;
        if entry.generation < MAX_GENERATION {
            self.free.push(index);
        }
        Some(value)
    }

    /// All that are in.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.entries.iter().filter_map(|entry| entry.value.as_ref())
    }

    fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        for (index, entry) in self.entries.iter_mut().enumerate() {
            if entry.value.as_ref().is_some_and(|value| !keep(value)) {
                entry.value = None;
                if entry.generation < MAX_GENERATION {
                    self.free.push(index);
                }
            }
        }
    }
}

/// What one thread's queues may name.
#[derive(Debug, Default)]
pub struct Registry {
    /// Open files.
    pub files: Table<Arc<File>>,
    slabs: Table<Weak<Slab>>,
    sweep_at: usize,
}

impl Registry {
    /// Makes a slab nameable. It is not kept alive by this: a handle whose slab is gone names nothing.
    pub fn insert_slab(&mut self, slab: &Arc<Slab>) -> Option<u64> {
        let held = self.slabs.entries.len() - self.slabs.free.len();
        if held >= self.sweep_at.max(64) {
            self.slabs.retain(|slab| slab.strong_count() > 0);
            self.sweep_at = 2 * (self.slabs.entries.len() - self.slabs.free.len());
        }
        self.slabs.insert(Arc::downgrade(slab))
    }

    /// Ends the name of a slab.
    pub fn forget_slab(&mut self, handle: u64) {
        self.slabs.remove(handle);
    }

    /// The slab of a handle, while somebody holds it.
    #[must_use]
    pub fn slab(&self, handle: u64) -> Option<Arc<Slab>> {
        self.slabs.get(handle)?.upgrade()
    }
}
