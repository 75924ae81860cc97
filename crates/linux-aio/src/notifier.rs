//! What tells an event loop that a helper has put something into a queue's mailbox.

use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;

/// An eventfd; in a loom model, a flag in its place.
#[derive(Debug)]
pub(crate) enum Notifier {
    Eventfd(Arc<OwnedFd>),
    #[cfg(all(test, loom))]
    Flag(loom::sync::Arc<loom::sync::atomic::AtomicBool>),
}

impl Notifier {
    /// Adds 1. A full counter (EAGAIN) is a wake-up already.
    pub(crate) fn signal(&self) {
        match self {
            Self::Eventfd(descriptor) => {
                let one = 1u64;
                // SAFETY: eight bytes of a live local.
                unsafe { libc::write(descriptor.as_raw_fd(), (&raw const one).cast(), 8) };
            }
            // Read and written, as the counter is.
            #[cfg(all(test, loom))]
            Self::Flag(flag) => drop(flag.swap(true, loom::sync::atomic::Ordering::AcqRel)),
        }
    }
}
