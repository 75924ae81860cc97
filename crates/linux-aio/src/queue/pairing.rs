//! Chunks between two threads: what the partner has, and what this one does meanwhile.

use std::time::Instant;

use super::Queue;
use super::pump::not_now;
use crate::error::Errno;
use crate::partner::{self, Given, Partner, Progress, Share};
use crate::sync::relax;
use crate::sys::Kernel;

impl<K: Kernel> Queue<K> {
    /// Decides how to go on beside a partner that has nothing.
    pub(super) fn meet(&mut self) {
        if self.sharing.given.is_empty() {
            // Where each look at completions is a system call, they go up together.
            let can_flow = self.waiting.len() > 0 && self.context.reaps_in_user_space();
            self.sharing.flows = can_flow && self.sharing.portions.begin();
            self.sharing.full = false;
        }
    }

    /// What was gathered, with the partner where that helps. Whether to go on.
    pub(super) fn submit_shared(&mut self, now: &mut Instant) -> bool {
        if self.share == Share::Never || !self.is_worth_sharing() {
            return self.submit_gathered(now);
        }
        let due = self.sharing.is_due(*now);
        let on = if due { self.submit_beside(now) } else { self.submit_gathered(now) };
        self.sharing.looked(*now);
        on
    }

    fn is_worth_sharing(&self) -> bool {
        let Self { sharing, gathered, share, bytes, .. } = self;
        let more = sharing.flows && !sharing.given.is_empty();
        (sharing.flows || *share == Share::Beside) && (more || (gathered.len() > 1 && *bytes >= partner::LEAST))
    }

    /// What was gathered to the partner: half of it, or all where completions go up meanwhile. Whether to go on.
    fn submit_beside(&mut self, now: &mut Instant) -> bool {
        let most = self.gathered.len() / if self.sharing.flows { 1 } else { 2 };
        let count = most.min(self.sharing.partner.room());
        let gives = count > 0 && self.give(count);
        if !self.sharing.flows || self.sharing.given.is_empty() {
            // To call the partner takes time that is not io_submit's.
            *now = self.context.kernel().now();
            return self.submit_gathered(now);
        }
        for slot in self.gathered.drain(..) {
            self.flight.leave(slot);
        }
        self.pointers.clear();
        self.sharing.full = !gives;
        gives
    }

    /// Gives the first `count` of what was gathered to the partner; whether it does them.
    fn give(&mut self, count: usize) -> bool {
        // SAFETY: each iocb is that of an operation in the slots, which hold memory and descriptor until its event is reaped;
        // `drop` waits for the partner before anything goes.
        let given = unsafe { self.sharing.partner.give(self.context.id(), &self.pointers[..count]) };
        if given {
            self.waiting.advance(count);
            self.flight.lend(count);
            self.sharing.beside = self.share == Share::Beside && (self.sharing.beside || self.sharing.given.is_empty());
            self.sharing.bytes = self.bytes / self.gathered.len() as u64;
            let inline = self.inline.last;
            self.sharing.given.extend(self.gathered.drain(..count).map(|slot| Given { slot, inline }));
            self.pointers.drain(..count);
        }
        given
    }

    /// Helps the partner, or waits for it: until the turn is over, or completions are to go up, or no longer than it is in
    /// time. Whether to submit what waits.
    pub(super) fn stay(&mut self, began: Instant, now: &mut Instant) -> bool {
        if self.sharing.given.is_empty() {
            return false;
        }
        let (mut known, mut since) = (None, *now);
        loop {
            self.collect();
            let Self { sharing, context, waiting, .. } = self;
            if sharing.given.is_empty() {
                return waiting.len() > 0;
            }
            let seen = Some((sharing.given.len(), context.events()));
            if seen != known {
                (known, since) = (seen, *now);
            }
            if sharing.full && sharing.partner.room() >= partner::PIECE.into() {
                sharing.full = false;
                return true;
            }
            if self.is_over(began, *now) || self.sharing.is_paused(*now) || self.hands_up() {
                self.sharing.looked(*now);
                return false;
            }
            if self.sharing.is_late(now.saturating_duration_since(since)) {
                self.take_back(usize::MAX);
                self.sharing.note(false, *now);
                return self.waiting.len() > 0;
            }
            if !self.help_partner(now) {
                relax();
                *now = self.context.kernel().now();
            }
        }
    }

    /// Whether completions are to go up beside a partner that is at work.
    fn hands_up(&self) -> bool {
        let portion = self.sharing.portion(self.flight.len()).min(self.flight.submitted());
        self.sharing.flows && self.context.events().is_some_and(|events| events >= portion)
    }

    /// Submits some of what the partner has not begun; whether there was any.
    fn help_partner(&mut self, now: &mut Instant) -> bool {
        if !self.sharing.beside {
            return false;
        }
        let most = self.sharing.partner.unbegun().div_ceil(2).min(partner::PIECE.into());
        let count = self.take_back(most);
        if count > 0 {
            if self.gather(*now, count) { self.help_front() } else { self.submit_gathered(now) };
        }
        count > 0
    }

    /// Up to `most` that the partner has not begun wait again; how many.
    fn take_back(&mut self, most: usize) -> usize {
        let count = if most > 0 { self.sharing.partner.take_back(most) } else { 0 };
        self.put_back(self.sharing.given.len() - count);
        count
    }

    /// What the partner had, but for the first `kept`, waits again: the next of its priority.
    fn put_back(&mut self, kept: usize) {
        for Given { slot, .. } in self.sharing.given.drain(kept..).rev() {
            if let Some(band) = self.flight.take_back(slot) {
                self.waiting.put_back(slot, band);
            }
        }
    }

    /// This thread goes elsewhere: the notifier is told when the partner has done what it has. Whether it has by now given
    /// something up, or has nothing, and something waits.
    pub(super) fn part(&mut self) -> bool {
        if self.sharing.given.is_empty() || self.sharing.partner.tell() {
            return false;
        }
        self.collect();
        self.waiting.len() > 0
    }

    /// Notes whether the completions that went up beside the partner have led to new operations by the time that it is done.
    pub(super) fn judge(&mut self) {
        let Self { sharing, flight, .. } = self;
        let Some(taken) = sharing.taken else { return };
        let led = taken != flight.stats.operations;
        if led || sharing.given.is_empty() {
            sharing.taken = None;
        }
        if !led && sharing.given.is_empty() {
            sharing.portions.led_to_nothing();
        }
    }

    /// Completions have gone up.
    pub(super) fn handed_up(&mut self) {
        if self.sharing.flows && !self.sharing.given.is_empty() {
            self.sharing.taken = Some(self.flight.stats.operations);
        }
    }

    /// What the partner has done by now. Whether something of it waits again.
    pub(super) fn collect(&mut self) -> bool {
        let Self { sharing, flight, inline, .. } = self;
        if sharing.given.is_empty() {
            return false;
        }
        let Progress { taken, calls, refused } = sharing.partner.progress();
        flight.stats.paired += taken as u64;
        flight.stats.submits += calls;
        flight.note_depth(calls);
        inline.submitted += sharing.given.drain(..taken).filter(|given| given.inline).count() as u64;
        if let Some(Errno(errno)) = refused {
            flight.stats.retries += u64::from(not_now(errno));
            self.put_back(0);
        }
        let done = self.sharing.given.is_empty();
        if done {
            let now = self.context.kernel().now();
            self.sharing.note(refused.is_none(), now);
        }
        done && refused.is_some()
    }
}
