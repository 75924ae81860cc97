//! Where helper threads put what they have done, for the queue to reap.

use std::collections::VecDeque;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::notifier::Notifier;
use crate::operation::Operation;
use crate::sync::{AtomicUsize, Condvar, Mutex, MutexGuard};

/// An operation that a helper has carried out.
#[derive(Debug)]
pub(crate) struct Finished {
    pub slot: u32,
    /// Bytes, or a negative errno.
    pub result: i64,
    pub operation: Operation,
    /// Whether it went with the one before it.
    pub joined: bool,
}

/// Filled by any thread, emptied by one.
#[derive(Debug)]
pub(crate) struct Mailbox {
    letters: Mutex<VecDeque<Finished>>,
    /// As many as there are letters, or fewer for a moment: to look without the lock.
    count: AtomicUsize,
    arrived: Condvar,
    notifier: Option<Notifier>,
}

impl Mailbox {
    /// `notifier` is told after each letter.
    pub(crate) fn new(notifier: Option<Notifier>) -> Self {
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
            notifier.signal();
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

    /// Waits for a letter, at most `timeout`. May end without one before.
    pub(crate) fn wait(&self, timeout: Option<Duration>) {
        let letters = self.letters();
        if !letters.is_empty() {
            return;
        }
        let waited = match timeout {
            Some(timeout) => self.arrived.wait_timeout(letters, timeout).is_ok(),
            None => self.arrived.wait(letters).is_ok(),
        };
        debug_assert!(waited, "nothing panics while it holds the lock");
    }
}
