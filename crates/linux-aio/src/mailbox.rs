//! Where helper threads put what they have done, for the queue to reap.

use std::collections::VecDeque;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::operation::Operation;

/// An operation that a helper has carried out.
#[derive(Debug)]
pub(crate) struct Finished {
    pub slot: u32,
    /// Bytes, or a negative errno.
    pub result: i64,
    pub operation: Operation,
}

/// Filled by any thread, emptied by one.
#[derive(Debug)]
pub(crate) struct Mailbox {
    letters: Mutex<VecDeque<Finished>>,
    /// As many as there are letters, or fewer for a moment: to look without the lock.
    count: AtomicUsize,
    arrived: Condvar,
    notifier: Option<Arc<OwnedFd>>,
}

impl Mailbox {
    /// `notifier` is an eventfd that a 1 is added to after each letter.
    pub(crate) fn new(notifier: Option<Arc<OwnedFd>>) -> Self {
        Self { letters: Mutex::default(), count: AtomicUsize::new(0), arrived: Condvar::new(), notifier }
    }

    fn letters(&self) -> MutexGuard<'_, VecDeque<Finished>> {
        // Nothing panics while it holds the lock.
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn put(&self, finished: Finished) {
        let mut letters = self.letters();
        letters.push_back(finished);
        self.count.store(letters.len(), Ordering::Release);
        drop(letters);
        self.arrived.notify_one();
        if let Some(notifier) = &self.notifier {
            let one = 1u64;
            // SAFETY: eight bytes of a live local. A full counter (EAGAIN) is a wake-up already.
            unsafe { libc::write(notifier.as_raw_fd(), (&raw const one).cast(), 8) };
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }

    pub(crate) fn take(&self) -> Option<Finished> {
        if self.is_empty() {
            return None;
        }
        let mut letters = self.letters();
        let finished = letters.pop_front();
        self.count.store(letters.len(), Ordering::Release);
        finished
    }

    /// Waits for a letter, at most `timeout`.
    pub(crate) fn wait(&self, timeout: Option<Duration>) {
        let letters = self.letters();
        let empty = |letters: &mut VecDeque<Finished>| letters.is_empty();
        let waited = match timeout {
            Some(timeout) => self.arrived.wait_timeout_while(letters, timeout, empty).map(|_| ()).is_ok(),
            None => self.arrived.wait_while(letters, empty).map(|_| ()).is_ok(),
        };
        debug_assert!(waited, "nothing panics while it holds the lock");
    }
}
