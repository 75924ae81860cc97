//! A chunk between two threads: half of it to the partner, and what became of that.

use std::time::{Duration, Instant};

use super::Queue;
use crate::error::Errno;
use crate::partner::{self, Partner};
use crate::sys::Kernel;

impl<K: Kernel> Queue<K> {
    /// What was gathered, half of it by the partner where that helps. Whether to go on.
    pub(super) fn submit_shared(&mut self, now: &mut Instant) -> bool {
        if self.sharable < partner::LEAST {
            return self.submit_gathered(now);
        }
        let began = *now;
        let shared = self.sharing.is_due(began) && self.share();
        let on = self.submit_gathered(now);
        if shared {
            self.wait_for_partner(began, now);
        }
        self.sharing.looked(*now);
        on
    }

    /// The own half was submitted from `began` to `now`.
    fn wait_for_partner(&mut self, began: Instant, now: &mut Instant) {
        let done = *now;
        let answer = self.sharing.partner.end(self.sharing.patience(began, done));
        *now = self.context.kernel().now();
        let all = answer.map(|answer| self.settle_part(answer));
        self.sharing.note(all == Some(true) && now.duration_since(done) <= done.duration_since(began), *now);
    }

    /// Gives the first half of what was gathered to the partner; whether it does it.
    fn share(&mut self) -> bool {
        let half = (self.gathered.len() / 2).min(partner::MOST);
        // SAFETY: each iocb is that of an operation in the slots, which hold memory and descriptor until its event is reaped;
        // `drop` waits for the partner before anything goes.
        let begun = half > 0 && unsafe { self.sharing.partner.begin(self.context.id(), &self.pointers[..half]) };
        if begun {
            self.waiting.advance(half);
            self.flight.take_off(half);
            self.sharing.part.extend(self.gathered.drain(..half));
            self.pointers.drain(..half);
        }
        begun
    }

    /// What a partner that was late has done by now.
    pub(super) fn collect(&mut self, now: Instant) {
        if !self.sharing.part.is_empty()
            && let Some(answer) = self.sharing.partner.end(Duration::ZERO)
        {
            let all = self.settle_part(answer);
            self.sharing.note(all, now);
        }
    }

    /// What the kernel has not taken of the partner's part waits again, to be submitted by this thread, which is told why.
    /// Whether it has taken all.
    fn settle_part(&mut self, answer: Result<usize, Errno>) -> bool {
        let part = &mut self.sharing.part;
        let taken = answer.unwrap_or(0).min(part.len());
        self.flight.stats.submits += 1;
        self.flight.stats.paired += taken as u64;
        self.inline.submitted += if self.inline.last { taken as u64 } else { 0 };
        let all = taken == part.len();
        for slot in part.drain(taken..).rev() {
            if let Some(band) = self.flight.take_back(slot) {
                self.waiting.put_back(slot, band);
            }
        }
        part.clear();
        all
    }
}
