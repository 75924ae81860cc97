//! A second thread that submits what completes inside io_submit(2), while the queue's own does the like, or the program goes on.
//!
//! Where a read is a copy (tmpfs, devices of memory), io_submit(2) keeps a processor busy for as long as it takes, and the
//! thread that submits with it. Two processors copy in half the time. The partner waits for work awake, for little would be
//! left of that if it had to be woken; after [`LULL`] without any it sleeps.

mod desk;
mod thread;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::abi::{ContextId, Iocb};
use crate::error::Errno;
use crate::portions::Portions;
#[cfg(all(test, loom))]
pub(crate) use desk::{Desk, Seen, Sight, Sleep};
pub use thread::Thread;

/// Operations that it has at the most.
pub const MOST: usize = 64;
/// Operations of one io_submit(2) of it: what it has begun cannot be taken back.
pub(crate) const PIECE: u16 = 8;
/// Completions that go up beside a partner that is at work, at the least: a call for fewer costs more than it saves.
const PORTION: usize = 12;
/// Bytes of a chunk that is shared, at the least: for less, telling it would take as long.
pub(crate) const LEAST: u64 = 32 * 1024;
/// How long the partner waits for work awake. Chunks that come further apart do not wake it.
pub(crate) const LULL: Duration = Duration::from_micros(200);

/// How long nothing of it may come beyond what an operation's bytes explain, and at the most.
const GRACE: Duration = Duration::from_micros(50);
const LONG: Duration = Duration::from_micros(500);
/// A partner that was late, or that the kernel has refused something, has no work for so long; doubled each time, and halved
/// after so many chunks in a row that it was in time with.
const FIRST_PAUSE: Duration = Duration::from_micros(250);
const LONGEST_PAUSE: Duration = Duration::from_millis(16);
const HALVED: u32 = 16;

/// Chunks by which the queue waits for the partner, after completions that went up before its end led to nothing.
const REST: u32 = 255;

/// By whom operations may be submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Share {
    /// By the queue's thread.
    Never,
    /// By the partner, while this one submits none of them: they would wait for each other.
    Apart,
    /// By both at once.
    Beside,
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
    /// How many operations it takes now. None where it is asleep: it is woken, for the next.
    fn room(&mut self) -> usize;

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

    /// Has it tell the queue's notifier once when it has done all that it has, or been refused something; whether it has
    /// anything that it is not refused.
    fn tell(&mut self) -> bool;

    /// Waits for the end of what it has begun; it begins nothing more.
    fn close(&mut self);
}

/// An operation that the partner has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Given {
    pub slot: u32,
    /// Whether it completes inline: see [`crate::operation::Operation::completes_inline`].
    pub inline: bool,
}

/// What a queue shares with its partner, and whether it should.
#[derive(Debug)]
pub(crate) struct Sharing<P> {
    pub partner: P,
    /// What it has, in order.
    pub given: VecDeque<Given>,
    /// Whether all of that is [`Share::Beside`].
    pub beside: bool,
    /// Bytes of one of the last of these.
    pub bytes: u64,
    /// Whether it had no room for more.
    pub full: bool,
    /// Whether completions go up while the partner is at work, rather than once all is done.
    pub flows: bool,
    /// Whether that leads to anything.
    pub portions: Portions,
    /// Operations that the queue had taken when completions last went up beside the partner.
    pub taken: Option<u64>,
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
            given: VecDeque::new(),
            beside: true,
            bytes: 0,
            full: false,
            flows: false,
            portions: Portions::resting(REST),
            taken: None,
            last: None,
            pause: Duration::ZERO,
            paused_until: None,
            in_time: 0,
        }
    }

    /// Whether to share a chunk that could be: not the first after a lull, nor with a partner that is late.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        let busy = self.last.is_some_and(|last| now.saturating_duration_since(last) < LULL);
        busy && !self.is_paused(now)
    }

    /// Whether the partner is to have nothing more for a while.
    pub(crate) fn is_paused(&self, now: Instant) -> bool {
        self.paused_until.is_some_and(|until| now < until)
    }

    /// How many completions go up beside it, of so many operations that are in flight.
    pub(crate) fn portion(&self, in_flight: usize) -> usize {
        PORTION.max(in_flight / 8)
    }

    /// Whether it has been still for longer than one of its operations takes.
    pub(crate) fn is_late(&self, still: Duration) -> bool {
        // A KiB a microsecond: a tenth of what a processor copies.
        still > (GRACE + Duration::from_micros(self.bytes / 1024)).min(LONG)
    }

    /// A chunk was submitted that could be shared.
    pub(crate) fn looked(&mut self, now: Instant) {
        self.last = Some(now);
    }

    /// Notes the end of what the partner had, at `now`.
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
