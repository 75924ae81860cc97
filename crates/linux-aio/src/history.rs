//! What the operations on a file have shown of it so far.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use crate::pace::Pace;

/// Learned as operations complete. Hints, never relied on: other processes change the file as well.
#[derive(Debug, Default)]
pub(crate) struct History {
    size: AtomicU64,
    /// A submit with RWF_NOWAIT failed: this file does not know the flag.
    refuses_nowait: AtomicBool,
    /// Writes that the kernel or a helper has, of whichever queue. Those of one that is dropped before they end stay counted.
    pub written: UnderWay,
    /// Writes beyond its end that helpers have, each of which has the file to itself.
    pub extended: UnderWay,
    /// Of refusals by RWF_NOWAIT, which each cost a repetition.
    pub nowait: Pace,
    /// Of submits of reads that blocked.
    pub reads: Pace,
    /// Of submits of writes that blocked.
    pub writes: Pace,
}

/// A number of operations that have begun and not ended.
#[derive(Debug, Default)]
pub(crate) struct UnderWay(AtomicU32);

impl UnderWay {
    pub(crate) fn begins(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn ends(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
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

    pub(crate) fn refuses_nowait(&self) -> bool {
        self.refuses_nowait.load(Ordering::Relaxed)
    }

    pub(crate) fn refused_nowait(&self) {
        self.refuses_nowait.store(true, Ordering::Relaxed);
    }
}
