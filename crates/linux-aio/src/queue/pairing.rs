//! Chunks between two threads: what the partner has, and what this one does meanwhile.

use std::time::{Duration, Instant};

use super::Queue;
use super::pump::not_now;
use super::sharing::{self, Given, Sharing, grace};
use crate::error::Errno;
use crate::operation::Share;
use crate::partner::{PIECE, Partner, Progress};
use crate::sync::relax;
use crate::sys::Kernel;

impl<K: Kernel> Queue<K> {
    /// What was gathered, with the partner where that helps. Whether to go on.
    pub(super) fn submit_shared(&mut self, now: &mut Instant) -> bool {
        let at_work = !self.sharing.row.is_empty();
        let paused = self.sharing.pauses.is_paused(*now);
        if paused && self.waits_for_partner() {
            self.leave_gathered();
            return false;
        }
        if !self.is_worth_sharing() {
            return self.submit_gathered(now);
        }
        let shares = !paused && (at_work || self.sharing.is_busy(*now));
        let on = if shares { self.submit_with_partner(now) } else { self.submit_gathered(now) };
        self.sharing.note_busy(*now);
        on
    }

    /// What was gathered waits on.
    fn leave_gathered(&mut self) {
        for slot in self.gathered.slots.drain(..) {
            self.flight.leave(slot);
        }
        self.gathered.pointers.clear();
    }

    /// Whether what was gathered may wait inside io_submit(2) for the partner. Not where all that it has begun is settled.
    pub(super) fn waits_for_partner(&self) -> bool {
        let Sharing { row, .. } = &self.sharing;
        let is_alike = self.gathered.share == Share::UnderLock && row.under_lock;
        is_alike && !row.is_empty() && self.flight.submitted() > 0
    }

    /// A submit that may have waited for the partner took so long: by turns with it, a copy takes twice as long.
    pub(super) fn note_wait(&mut self, took: Duration, now: Instant) {
        if took > grace(2 * self.gathered.bytes) {
            self.note_late(now);
        }
    }

    /// The partner loses what it has not begun, and has nothing new for a while.
    fn note_late(&mut self, now: Instant) {
        self.take_back(usize::MAX);
        self.sharing.pauses.begin(now);
    }

    fn is_worth_sharing(&self) -> bool {
        let enough = self.gathered.slots.len() > 1 && self.gathered.bytes >= sharing::LEAST;
        let more = self.sharing.flow.on && !self.sharing.row.is_empty();
        self.gathered.share != Share::Never && (enough || more)
    }

    /// What was gathered to the partner: half of it, or all where completions go up meanwhile. Whether to go on.
    fn submit_with_partner(&mut self, now: &mut Instant) -> bool {
        let flows = self.sharing.flow.on;
        let most = self.gathered.slots.len() / if flows { 1 } else { 2 };
        let count = most.min(self.sharing.partner.room());
        let gives = count > 0 && self.give(count);
        if flows && !self.sharing.row.is_empty() {
            // What it has no room for waits, unless it does not get on.
            self.leave_gathered();
            self.sharing.flow.leftover = !gives;
            return gives;
        }
        if !gives {
            self.sharing.partner.call();
            // That takes time that is not io_submit's.
            *now = self.context.kernel().now();
        }
        self.submit_gathered(now)
    }

    /// Gives the first `count` of what was gathered to the partner; whether it does them.
    fn give(&mut self, count: usize) -> bool {
        // SAFETY: each iocb is that of an operation in the slots, which hold memory and descriptor until its event is reaped;
        // `drop` waits for the partner before anything goes.
        let given = unsafe { self.sharing.partner.give(self.context.id(), &self.gathered.pointers[..count]) };
        if given {
            self.waiting.advance(count);
            self.flight.lend(count);
            let (row, gathered) = (&mut self.sharing.row, &mut self.gathered);
            row.under_lock = gathered.share == Share::UnderLock || (row.under_lock && !row.is_empty());
            row.bytes = gathered.bytes / gathered.slots.len() as u64;
            let inline = self.inline.last;
            row.given.extend(gathered.slots.drain(..count).map(|slot| Given { slot, inline }));
            gathered.pointers.drain(..count);
        }
        given
    }

    /// Helps the partner, or waits for it: until the turn is over, or completions are to go up, or no longer than it is in
    /// time. Whether to submit what waits.
    pub(super) fn stay_with_partner(&mut self, began: Instant, now: &mut Instant) -> bool {
        if self.sharing.row.is_empty() {
            return false;
        }
        *now = self.context.kernel().now();
        let (mut known, mut since) = (None, *now);
        loop {
            self.collect();
            let Self { sharing, context, waiting, .. } = self;
            if sharing.row.is_empty() {
                return waiting.len() > 0;
            }
            let seen = Some((sharing.row.given.len(), context.events()));
            if seen != known {
                (known, since) = (seen, *now);
            }
            let paused = sharing.pauses.is_paused(*now);
            if sharing.flow.leftover && !paused && waiting.len() > 0 && sharing.partner.room() >= PIECE {
                sharing.flow.leftover = false;
                *now = context.kernel().now();
                return true;
            }
            if paused || self.is_over(began, *now) || self.hands_up() {
                self.sharing.note_busy(*now);
                return false;
            }
            if self.sharing.row.is_late(now.saturating_duration_since(since)) {
                self.note_late(*now);
                return self.waiting.len() > 0;
            }
            if !self.help_partner(now) {
                relax();
                *now = self.context.kernel().now();
            } else if self.sharing.pauses.is_paused(*now) {
                // It was waited for, and has lost what it had not begun.
                return self.waiting.len() > 0;
            }
        }
    }

    /// Whether completions are to go up beside a partner that is at work.
    fn hands_up(&self) -> bool {
        let portion = sharing::portion(self.flight.len()).min(self.flight.submitted().max(1));
        self.sharing.flow.on && self.context.events().is_some_and(|events| events >= portion)
    }

    /// Submits some of what the partner has not begun; whether there was any. Not where one of a higher priority waits.
    fn help_partner(&mut self, now: &mut Instant) -> bool {
        let unbegun = self.sharing.partner.unbegun();
        let Some(&Given { slot, inline }) = self.sharing.row.given.back().filter(|_| unbegun > 0) else { return false };
        let held = self.flight.slots.held(slot);
        if held.is_none_or(|held| self.waiting.has_before(held.operation.manner().band())) {
            return false;
        }
        self.inline.last = inline;
        let count = self.take_back(self.sharing.row.help_of(unbegun));
        let helps = count > 0 && self.prepare_chunk(count, *now).is_none();
        if helps {
            self.submit_gathered(now);
        }
        helps
    }

    /// All that the partner has not begun waits again, where it has this slot.
    pub(super) fn recall(&mut self, slot: u32) {
        if self.sharing.row.given.iter().any(|given| given.slot == slot) {
            self.take_back(usize::MAX);
            self.sharing.flow.leftover = true;
        }
    }

    /// Up to `most` that the partner has not begun wait again; how many.
    pub(super) fn take_back(&mut self, most: usize) -> usize {
        let count = self.sharing.partner.take_back(most);
        self.put_back(self.sharing.row.given.len() - count);
        count
    }

    /// What the partner had, but for the first `kept`, waits again: the next of its priority.
    fn put_back(&mut self, kept: usize) {
        for Given { slot, .. } in self.sharing.row.given.drain(kept..).rev() {
            if let Some(band) = self.flight.take_back(slot) {
                self.waiting.put_back(slot, band);
            }
        }
    }

    /// This thread goes elsewhere: the notifier is told when the partner has done what it has. Whether there is something to
    /// submit instead, as it has given up what it had, or has done it.
    pub(super) fn leave_partner(&mut self) -> bool {
        if self.sharing.row.is_empty() || self.sharing.partner.tell() {
            return false;
        }
        self.collect();
        self.waiting.len() > 0
    }

    /// What the partner has done by now. What it has given up waits again.
    pub(super) fn collect(&mut self) {
        let Self { sharing, flight, inline, .. } = self;
        if sharing.row.is_empty() {
            return;
        }
        let Progress { taken, calls, refused } = sharing.partner.progress();
        flight.stats.paired += taken as u64;
        flight.stats.submits += calls;
        flight.note_depth(calls);
        inline.submitted += sharing.row.given.drain(..taken).filter(|given| given.inline).count() as u64;
        if calls > 0 && refused.is_none() {
            sharing.pauses.forgive();
        }
        let Some(Errno(errno)) = refused else { return };
        flight.stats.retries += u64::from(not_now(errno));
        sharing.flow.leftover = true;
        self.put_back(0);
        self.sharing.pauses.begin(self.context.kernel().now());
    }
}
