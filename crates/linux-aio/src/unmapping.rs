//! The end of a slab's pages. To free many takes milliseconds, and who drops the last count may be an event loop:
//! large slabs are left to a thread, which there is only while it has something to do.

use std::collections::VecDeque;
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::buffer::{SharedMemory, unmap};
use crate::threads;

/// What is no larger than this is unmapped at once: about a millisecond.
const LARGE: usize = 16 << 20;
/// Bytes that wait for the thread at the most, unless it is one slab: what comes faster is unmapped by whoever drops it.
const MOST: usize = 1 << 30;
/// Bytes freed at a time, for the address space is locked meanwhile.
const STEP: usize = 4 << 20;

/// A mapping whose last count is gone.
pub(crate) struct Remains {
    pub address: NonNull<u8>,
    pub length: usize,
    /// Where its pages come from, and the offset there.
    pub shared: Option<(Arc<SharedMemory>, u64)>,
}

// SAFETY: the mapping is bound to no thread, and nobody else knows of it any more.
unsafe impl Send for Remains {}

impl Remains {
    fn unmap(self) {
        unmap(self.address, self.length);
        if let Some((memory, offset)) = self.shared {
            memory.punch(offset, self.length as u64);
        }
    }

    fn unmap_in_steps(self) {
        for offset in (0..self.length).step_by(STEP) {
            // SAFETY: a range of the mapping, which is nobody's any more.
            unsafe {
                let address = self.address.add(offset).as_ptr().cast();
                libc::madvise(address, STEP.min(self.length - offset), libc::MADV_DONTNEED);
            }
        }
        self.unmap();
    }
}

struct Waiting {
    remains: VecDeque<Remains>,
    /// Of those, and of the one that is being unmapped.
    bytes: usize,
    working: bool,
}

static WAITING: Mutex<Waiting> = Mutex::new(Waiting { remains: VecDeque::new(), bytes: 0, working: false });

fn waiting() -> MutexGuard<'static, Waiting> {
    // Nothing panics while it holds the lock.
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Unmaps a small one now, a large one soon.
pub(crate) fn bury(remains: Remains) {
    let length = remains.length;
    if length <= LARGE {
        remains.unmap();
        return;
    }
    let mut waiting = waiting();
    if waiting.bytes > 0 && waiting.bytes.saturating_add(length) > MOST {
        drop(waiting);
        remains.unmap();
        return;
    }
    waiting.bytes += length;
    waiting.remains.push_back(remains);
    if std::mem::replace(&mut waiting.working, true) {
        return;
    }
    drop(waiting);
    if threads::start("linux-aio-unmap", unmap_all).is_err() {
        unmap_all();
    }
}

fn unmap_all() {
    let mut waiting = self::waiting();
    while let Some(remains) = waiting.remains.pop_front() {
        drop(waiting);
        let length = remains.length;
        remains.unmap_in_steps();
        waiting = self::waiting();
        waiting.bytes -= length;
    }
    waiting.working = false;
}
