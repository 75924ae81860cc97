//! What a queue counts.

use std::time::Duration;

/// Counts since the queue was made. All are numbers of things but where a unit is named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Operations taken.
    pub operations: u64,
    /// Operations settled, whatever their result.
    pub completed: u64,
    /// Of these, how many with a negative result.
    pub failed: u64,
    /// Calls of [`crate::queue::Queue::submit`].
    pub batches: u64,
    /// io_submit(2) calls.
    pub submits: u64,
    /// io_submit calls that answered "not now" (EAGAIN, ENOMEM, EINTR) or took fewer than offered.
    pub retries: u64,
    /// Completions that were already there when io_submit returned.
    pub inline_completions: u64,
    /// Operations that the partner has submitted: see [`crate::partner`].
    pub paired: u64,
    /// Operations that helper threads carried out.
    pub helped: u64,
    /// Of these, writes that went with one that they adjoin in the file, by the same system call.
    pub joined: u64,
    /// Of those helped, those that RWF_NOWAIT, set by us, had refused.
    pub nowait_refusals: u64,
    /// Sum over all io_submit calls of the operations in flight right after it.
    pub depth_sum: u64,
    /// Most operations in flight at once.
    pub depth_max: u64,
    /// The longest that one io_submit(2) has taken.
    pub submit_longest: Duration,
}
