//! A second thread that submits what completes inside io_submit(2), while the queue's own does so too, or the program goes on.
//!
//! Where an operation is a copy (tmpfs, devices of memory), io_submit(2) keeps a processor busy for as long as it takes, and
//! the thread that submits with it. Two processors copy in half the time, but for overwrites of one file on tmpfs, which wait
//! for its inode's lock on the way. The partner waits for work awake, for little would be left of that if it had to be woken;
//! after [`LULL`] without any it sleeps.

mod desk;
mod thread;

use std::time::Duration;

use crate::abi::{ContextId, Iocb};
use crate::error::Errno;
#[cfg(all(test, loom))]
pub(crate) use desk::{Desk, Seen, Sight, Sleep};
pub use thread::Thread;

/// Operations that it has at the most.
pub const MOST: usize = 64;
/// Operations of one io_submit(2) of it at the most: what it has begun cannot be taken back.
pub const PIECE: usize = 8;
/// How long it waits for work awake. Chunks that come further apart do not wake it.
pub(crate) const LULL: Duration = Duration::from_micros(200);

/// How many of those that nobody has begun whoever is free submits next: half, so that the other finds some as well.
pub(crate) fn piece_of(unbegun: usize) -> usize {
    unbegun.div_ceil(2).min(PIECE)
}

/// What a partner has done since it was last asked.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Operations that the kernel has taken: the first of those it had.
    pub taken: usize,
    /// Of io_submit(2).
    pub calls: u64,
    /// It has given up all others that it had; why the kernel has not taken the first of these: EAGAIN where it does not say.
    pub refused: Option<Errno>,
}

/// A thread that submits beside the one that has the queue.
///
/// # Safety
/// What `give` was given is not touched any more once `progress` has told of it, or `take_back` or `close` has returned.
pub unsafe trait Partner {
    /// How many operations it takes now; none where it is not awake.
    fn room(&self) -> usize;

    /// Wakes it, where it is not awake. It may be by the next chunk.
    fn call(&mut self);

    /// Has it call io_submit(2) with these, behind what it has. Whether it does: not without [`Partner::room`].
    ///
    /// # Safety
    /// As [`crate::sys::Kernel::io_submit`]; and the iocbs and the context must be there until its end.
    unsafe fn give(&mut self, context: ContextId, iocbs: &[*mut Iocb]) -> bool;

    /// How many it has not begun.
    fn unbegun(&self) -> usize;

    /// Takes up to so many of these back, from the end; how many.
    fn take_back(&mut self, most: usize) -> usize;

    /// What it has done since the last time.
    fn progress(&mut self) -> Progress;

    /// Has it tell the queue's notifier once when it has done all that it has, or was refused something. Whether it has
    /// anything, and was not refused it by now.
    fn tell(&mut self) -> bool;

    /// Waits for the end of what it has begun; it begins nothing more.
    fn close(&mut self);
}
