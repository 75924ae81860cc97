//! From in flight to settled: what the kernel and helpers have done, and what never got there.

use std::time::Duration;

use super::{Completion, Queue};
use crate::portions::portion_of;
use crate::sys::Kernel;

/// How long a wait for the kernel lasts before it looks at what helpers have done.
const GLANCE: Duration = Duration::from_millis(1);

impl<K: Kernel> Queue<K> {
    /// How many completions to hand on at once: what is refused, and a portion of what is done ([`crate::portions`]). Any number
    /// where each look at completions is a system call, and for files on tmpfs, where no device is waited for.
    #[must_use]
    pub fn portion(&self) -> usize {
        if self.inline.last || !self.context.reaps_in_user_space() {
            return usize::MAX;
        }
        portion_of(self.outstanding()) + self.refused()
    }

    /// The same after a submit that the kernel has taken operations of: any number, too, where all that it has is done by then,
    /// as on devices of memory.
    #[must_use]
    pub fn portion_inline(&self) -> usize {
        let done = self.context.events().is_none_or(|events| events >= self.flight.submitted());
        if done { usize::MAX } else { self.portion() }
    }

    /// Settles up to `limit` operations that are done, without waiting.
    pub fn reap(&mut self, limit: usize, take: impl FnMut(Completion)) -> usize {
        self.flight.now = self.context.kernel().now();
        self.collect();
        self.judge_flow();
        let count = self.settle_done(limit, take);
        if count > 0 && !self.sharing.row.is_empty() {
            self.sharing.flow.handed_up(self.flight.stats.operations);
        }
        count
    }

    fn settle_done(&mut self, limit: usize, mut take: impl FnMut(Completion)) -> usize {
        let mut count = self.settle_rejected(limit, &mut take);
        count += self.land(limit - count, &mut take);
        let Self { context, flight, .. } = self;
        let mut on = true;
        while on {
            let before = count;
            let events = context.reap(limit - count, |event| {
                if let Some(completion) = flight.settle(event) {
                    count += 1;
                    take(completion);
                }
            });
            // A refusal settles nothing: who is told of none would sleep beside what came after it.
            on = events > count - before;
        }
        self.help_refused();
        count
    }

    /// Waits for a completion, at most `timeout`, then settles up to `limit`. A signal may end the wait
    /// early, with 0; with nothing in flight there is nothing to wait for. What waits since a partner has given it up,
    /// or had no room for it ([`crate::partner`]), is submitted.
    pub fn wait(&mut self, limit: usize, timeout: Option<Duration>, mut take: impl FnMut(Completion)) -> usize {
        // What no clock will reach is no end.
        let end = timeout.and_then(|timeout| self.context.kernel().now().checked_add(timeout));
        loop {
            self.flight.now = self.context.kernel().now();
            self.collect();
            // Whoever waits does not know of it.
            if self.sharing.flow.leftover && self.waiting.len() > 0 {
                self.pump();
                self.sharing.flow.leftover |= self.waiting.len() > 0;
            }
            let reaped = self.settle_done(limit, &mut take);
            if reaped > 0 || self.flight.len() == 0 {
                return reaped;
            }
            let left = end.map(|end| end.saturating_duration_since(self.context.kernel().now()));
            if left.is_some_and(|left| left.is_zero()) {
                return 0;
            }
            if self.flight.submitted() == 0 {
                self.flight.mailbox.wait(left);
                continue;
            }
            let alone = self.flight.helped() == 0 && self.sharing.row.is_empty();
            let longest = if alone { left } else { Some(left.map_or(GLANCE, |left| left.min(GLANCE))) };
            let mut count = 0;
            let Self { context, flight, .. } = self;
            let events = context.wait(limit, longest, |event| {
                if let Some(completion) = flight.settle(event) {
                    count += 1;
                    take(completion);
                }
            });
            self.help_refused();
            if count > 0 || (events == 0 && alone) {
                return count;
            }
        }
    }

    /// What helpers have done.
    fn land(&mut self, limit: usize, take: &mut impl FnMut(Completion)) -> usize {
        let mut count = 0;
        while count < limit
            && let Some(completion) = self.flight.land()
        {
            count += 1;
            take(completion);
        }
        count
    }

    /// Hands to helpers what the kernel refused to take without blocking.
    fn help_refused(&mut self) {
        for job in self.flight.refused_jobs() {
            self.context.kernel().help(job);
        }
    }

    /// [`Queue::reap`] right after a submit: what completed inside it.
    pub fn reap_inline(&mut self, limit: usize, take: impl FnMut(Completion)) -> usize {
        let reaped = self.reap(limit, take);
        self.flight.stats.inline_completions += reaped as u64;
        reaped
    }

    /// After a submit that may have left it `stuck`: settles what completed inside, and submits what waited for the places of
    /// these, as nobody may come round for it, within what `turn` says is left of the turn. How many, and whether it is stuck
    /// now: [`Queue::pump`].
    pub fn follow_up(
        &mut self,
        stuck: bool,
        limit: usize,
        turn: impl FnOnce() -> Duration,
        take: impl FnMut(Completion),
    ) -> (usize, bool) {
        let count = self.reap_inline(limit, take);
        if count == 0 || stuck || self.queued() == 0 || self.wants_turn() {
            return (count, stuck);
        }
        self.set_turn(turn());
        (count, self.pump())
    }

    fn settle_rejected(&mut self, limit: usize, take: &mut impl FnMut(Completion)) -> usize {
        let mut count = 0;
        while count < limit
            && let Some((slot, errno)) = self.rejected.pop_front()
        {
            let operation = self.flight.slots.release(slot).map(|held| held.operation);
            self.flight.stats.completed += 1;
            self.flight.stats.failed += 1;
            count += 1;
            take(Completion { slot, result: errno.as_result(), operation });
        }
        count
    }
}
