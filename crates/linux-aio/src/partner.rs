//! A second thread that submits half of what completes inside io_submit(2), at the same time.
//!
//! Where a read is a copy (tmpfs, devices of memory), io_submit(2) keeps a processor busy for as long as it takes, and the
//! thread that submits with it. Two processors copy in half the time. The partner waits for its part awake, for little
//! would be left of that if it had to be woken; after [`LULL`] without one it sleeps.

mod desk;
mod thread;

use std::time::{Duration, Instant};

use crate::abi::{ContextId, Iocb};
use crate::error::Errno;
#[cfg(all(test, loom))]
pub(crate) use desk::{Desk, Sight, Sleep};
pub use thread::Thread;

/// Operations of a part at the most.
pub const MOST: usize = 64;
/// Bytes of a chunk that is shared, at the least: for less, telling it would take as long.
pub(crate) const LEAST: u64 = 32 * 1024;
/// How long the partner waits for its next part awake. Chunks that come further apart do not wake it.
pub(crate) const LULL: Duration = Duration::from_micros(200);

/// What a part is answered with that was taken back before it was begun.
pub const TAKEN_BACK: Errno = Errno(libc::ECANCELED);

/// How long it may take beyond what the other half has taken, as far as that is not long already.
const GRACE: Duration = Duration::from_micros(50);
const LONG: Duration = Duration::from_micros(500);
/// A partner that was late, or did not do its part, has none for so long; doubled each time, and halved after so many parts
/// in a row that were in time.
const FIRST_PAUSE: Duration = Duration::from_micros(250);
const LONGEST_PAUSE: Duration = Duration::from_millis(128);
const HALVED: u32 = 32;

/// A thread that submits beside the one that has the queue.
///
/// # Safety
/// What `begin` was given is not touched any more once `end` has told its end, or `close` has returned; and until `end` has, no
/// other is begun.
pub unsafe trait Partner {
    /// Has it call io_submit(2) with these, [`MOST`] at the most, where it waits for a part. Whether it does: not where it has
    /// one, and where it is asleep it is woken, for the next.
    ///
    /// # Safety
    /// As [`crate::sys::Kernel::io_submit`]; and the iocbs and the context must be there until its end.
    unsafe fn begin(&mut self, context: ContextId, iocbs: &[*mut Iocb]) -> bool;

    /// Waits for the answer, for so long. A part that it has not begun by then is taken back: [`TAKEN_BACK`]. None where it has:
    /// the queue's notifier is told when it is done, and this is to be called again.
    fn end(&mut self, patience: Duration) -> Option<Result<usize, Errno>>;

    /// Waits for the end of what it has begun; it begins nothing more.
    fn close(&mut self);
}

/// What a queue shares with its partner, and whether it should.
#[derive(Debug)]
pub(crate) struct Sharing<P> {
    pub partner: P,
    /// The slots of its part, until its end is known.
    pub part: Vec<u32>,
    /// Whether these complete inline.
    pub part_inline: bool,
    /// When the last chunk was submitted that could be shared.
    last: Option<Instant>,
    pause: Duration,
    paused_until: Option<Instant>,
    in_time: u32,
}

impl<P: Partner> Sharing<P> {
    pub(crate) fn new(partner: P) -> Self {
        Self {
            partner,
            part: Vec::new(),
            part_inline: false,
            last: None,
            pause: Duration::ZERO,
            paused_until: None,
            in_time: 0,
        }
    }

    /// Whether to share a chunk that could be: not the first after a lull, nor with a partner that is late.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        let busy = self.last.is_some_and(|last| now.saturating_duration_since(last) < LULL);
        busy && self.paused_until.is_none_or(|until| now >= until)
    }

    /// A chunk was submitted that could be shared.
    pub(crate) fn looked(&mut self, now: Instant) {
        self.last = Some(now);
    }

    /// How long to wait for the partner where the own half was submitted from `began` to `done`.
    pub(crate) fn patience(&self, began: Instant, done: Instant) -> Duration {
        done.saturating_duration_since(began).min(LONG) + GRACE
    }

    /// Notes the end of a part, at `now`.
    pub(crate) fn note(&mut self, in_time: bool, now: Instant) {
        if in_time {
            self.in_time = self.in_time.wrapping_add(1);
            if self.in_time.is_multiple_of(HALVED) {
                self.pause /= 2;
            }
            return;
        }
        self.in_time = 0;
        self.pause = (2 * self.pause).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        self.paused_until = Some(now + self.pause);
    }
}
