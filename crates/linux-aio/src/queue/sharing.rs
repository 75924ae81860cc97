//! What a queue shares with its partner, and whether it should.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::partner::{LULL, PIECE, piece_of};
use crate::portions::Portions;

/// Bytes of a chunk that is shared, at the least, unless completions go up beside a partner that is at work: for less, telling
/// it would take as long.
pub(super) const LEAST: u64 = 32 * 1024;

/// Completions that go up beside a partner that is at work, at the least: a call for fewer costs more than it saves.
const PORTION: usize = 12;
/// Turns by which the queue waits for its partner, after one in which completions that went up beside it led to nothing.
const REST: u32 = 255;

/// Overwrites under a lock by which the queue's thread helps at once, at the most: each may wait for the partner, and what is
/// done waits for all of them.
const LOCKED_PIECE: usize = 4;

/// How long a copy may take, besides a microsecond a KiB: a processor copies ten times as fast.
const GRACE: Duration = Duration::from_micros(50);
/// How long the partner may be still, at the most: the event loop waits as long.
const LONGEST_GRACE: Duration = Duration::from_micros(500);

/// A partner that was late, or that the kernel has refused something, has nothing new for so long; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_micros(250);
const LONGEST_PAUSE: Duration = Duration::from_millis(16);
/// How often in a row it has to be seen at work for the pause to be halved.
const HALVED: u32 = 16;

/// How long a copy of so many bytes takes where nobody is late.
pub(super) fn grace(bytes: u64) -> Duration {
    GRACE + Duration::from_micros(bytes / 1024)
}

/// An operation that the partner has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given {
    pub slot: u32,
    /// Whether it completes inline: see [`crate::operation::Operation::completes_inline`].
    pub inline: bool,
}

/// What the partner has.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// In the order in which it was given.
    pub given: VecDeque<Given>,
    /// Whether overwrites under an inode's lock are among them: who submits more of these may wait for the partner.
    pub under_lock: bool,
    /// Bytes of an operation, a mean of those given last.
    pub bytes: u64,
}

impl Row {
    pub(super) fn is_empty(&self) -> bool {
        self.given.is_empty()
    }

    /// By how much to help at once, where so much is not begun.
    pub(super) fn help_of(&self, unbegun: usize) -> usize {
        let piece = piece_of(unbegun);
        if self.under_lock { piece.min(LOCKED_PIECE) } else { piece }
    }

    /// Whether the partner has been still for longer than a piece takes.
    pub(super) fn is_late(&self, still: Duration) -> bool {
        still > grace(self.bytes * PIECE as u64).min(LONGEST_GRACE)
    }
}

/// Whether completions go up while the partner is at work, rather than once all is done.
#[derive(Debug)]
pub(super) struct Flow {
    pub on: bool,
    /// Something may wait that the partner had no room for, or has given up.
    pub leftover: bool,
    portions: Portions,
    /// Operations that the queue had taken when completions last went up beside the partner.
    known: Option<u64>,
}

impl Flow {
    /// A turn begins beside a partner that has nothing; whether completions `can` go up a few at a time.
    pub(super) fn begin(&mut self, can: bool) {
        self.on = can && self.portions.begin();
        self.leftover = false;
    }

    /// Completions have gone up beside a partner that is at work; the queue has taken so many `operations` by now.
    pub(super) fn handed_up(&mut self, operations: u64) {
        if self.on {
            self.known = Some(operations);
        }
    }

    /// Notes whether those that went up have led to new operations by the time that the partner `is_done`.
    pub(super) fn judge(&mut self, operations: u64, is_done: bool) {
        let Some(known) = self.known else { return };
        if known != operations {
            self.known = None;
        } else if is_done {
            self.known = None;
            self.portions.led_to_nothing();
        }
    }
}

/// When a partner that was late, or was refused something, has nothing new.
#[derive(Debug, Default)]
pub(super) struct Pauses {
    pause: Duration,
    until: Option<Instant>,
    in_time: u32,
}

impl Pauses {
    pub(super) fn is_paused(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    pub(super) fn begin(&mut self, now: Instant) {
        self.in_time = 0;
        self.pause = (2 * self.pause).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        self.until = Some(now + self.pause);
    }

    /// The partner was seen at work.
    pub(super) fn forgive(&mut self) {
        self.in_time = self.in_time.wrapping_add(1);
        if self.in_time.is_multiple_of(HALVED) {
            self.pause /= 2;
        }
    }
}

/// The queue's side of its partner.
#[derive(Debug)]
pub(super) struct Sharing<P> {
    pub partner: P,
    pub row: Row,
    pub flow: Flow,
    pub pauses: Pauses,
    /// When something was last submitted that could be shared.
    last: Option<Instant>,
}

impl<P> Sharing<P> {
    pub(super) fn new(partner: P) -> Self {
        Self {
            partner,
            row: Row::default(),
            flow: Flow { on: false, leftover: false, portions: Portions::resting(REST), known: None },
            pauses: Pauses::default(),
            last: None,
        }
    }

    /// Whether what can be shared comes thick and fast: the first after a lull is not.
    pub(super) fn is_busy(&self, now: Instant) -> bool {
        self.last.is_some_and(|last| now.saturating_duration_since(last) < LULL)
    }

    /// Something was submitted that could be shared, or is being.
    pub(super) fn note_busy(&mut self, now: Instant) {
        self.last = Some(now);
    }
}

/// How many completions go up beside a partner that is at work, of so many operations that are in flight.
pub(super) fn portion(in_flight: usize) -> usize {
    PORTION.max(in_flight / 8)
}
