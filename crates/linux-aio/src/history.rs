//! What the operations on a file have shown of it so far.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use crate::pace::Pace;

/// Learned as operations complete. Hints, never relied on: other processes change the file as well.
#[derive(Debug, Default)]
pub(crate) struct History {
    size: AtomicU64,
    /// Writes that the kernel or a helper has. Those of a queue that is dropped before they end stay counted.
    under_way: AtomicU32,
    /// Writes beyond its end that helpers have.
    extending: AtomicU32,
    /// A submit with RWF_NOWAIT failed: this file does not know the flag.
    refuses_nowait: AtomicBool,
    /// Of refusals by RWF_NOWAIT, which each cost a repetition.
    pub nowait: Pace,
    /// Of submits of reads that blocked.
    pub reads: Pace,
    /// Of submits of writes that blocked.
    pub writes: Pace,
}

impl History {
    pub(crate) fn new(size: u64) -> Self {
        Self { size: AtomicU64::new(size), ..Self::default() }
    }

    /// Bytes of the file, as far as this is known.
    pub(crate) fn size(&self) -> u64 {
        self.size.load(Ordering::Relaxed)
    }

    pub(crate) fn grew_to(&self, size: u64) {
        self.size.fetch_max(size, Ordering::Relaxed);
    }

    pub(crate) fn set_size(&self, size: u64) {
        self.size.store(size, Ordering::Relaxed);
    }

    /// Whether a write of the file is under way, of whichever queue.
    pub(crate) fn is_written(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn write_begins(&self) {
        self.under_way.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn write_ends(&self) {
        self.under_way.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether a helper is about to extend the file, for which it has it to itself.
    pub(crate) fn is_extended(&self) -> bool {
        self.extending.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn extension_begins(&self) {
        self.extending.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn extension_ends(&self) {
        self.extending.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn refuses_nowait(&self) -> bool {
        self.refuses_nowait.load(Ordering::Relaxed)
    }

    pub(crate) fn refused_nowait(&self) {
        self.refuses_nowait.store(true, Ordering::Relaxed);
    }
}
