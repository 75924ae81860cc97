//! Threads that carry out what would block whoever submits it.
//!
//! All queues of the process share them: at most [`MOST`], of which [`COMPUTING`] copy or compute at once, started when a
//! job finds none idle, ended after [`IDLE`] without one. Some writes of one file are carried out one after the other, in
//! the order in which they came. A forked child has none of its parent's, but counts them: there, queues need
//! [`crate::queue::Helping::Never`], or an exec first.

use std::sync::LazyLock;
use std::time::Duration;

use crate::job::Job;
use crate::office::{Office, Staff};
use crate::threads;

/// Threads at the most. Most of them wait for a device.
pub const MOST: usize = 16;
/// Threads that do the processor's work at the most, such as copies and checksums of btrfs: more would take turns with
/// the event loop.
pub const COMPUTING: usize = 4;
/// How long one waits for a job before it ends.
pub const IDLE: Duration = Duration::from_secs(2);

static OFFICE: LazyLock<Office<Job>> = LazyLock::new(|| Office::new(Staff { most: MOST, computing: COMPUTING }, IDLE));

/// Has a job carried out by a helper. Where no thread can be had at all, by the caller.
pub(crate) fn help(job: Job) {
    OFFICE.hand_in(job, || threads::start("linux-aio-help", || OFFICE.work()).is_ok());
}

/// Threads that there are now.
#[must_use]
pub fn threads() -> usize {
    OFFICE.threads()
}
