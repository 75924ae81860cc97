//! A chunk between two threads: half of it to the partner, and what became of that.

use std::time::{Duration, Instant};

use super::Queue;
use super::pump::not_now;
use crate::error::Errno;
use crate::partner::{self, Partner, TAKEN_BACK};
use crate::sys::Kernel;

impl<K: Kernel> Queue<K> {
    /// What was gathered, half of it by the partner where that helps. Whether to go on.
    pub(super) fn submit_shared(&mut self, now: &mut Instant) -> bool {
        if self.sharable < partner::LEAST {
            return self.submit_gathered(now);
        }
        let mut shared = false;
        if self.sharing.is_due(*now) {
            shared = self.share();
            // To call the partner takes time that is not io_submit's.
            *now = self.context.kernel().now();
        }
        let began = *now;
        let on = self.submit_gathered(now);
        if shared {
            let answer = self.sharing.partner.end(self.sharing.patience(began, *now));
            *now = self.context.kernel().now();
            let all = answer.is_some_and(|answer| self.settle_part(answer));
            self.sharing.note(all, *now);
        }
        self.sharing.looked(*now);
        on
    }

    /// Gives the first half of what was gathered to the partner; whether it does it.
    fn share(&mut self) -> bool {
        let half = (self.gathered.len() / 2).min(partner::MOST);
        // SAFETY: each iocb is that of an operation in the slots, which hold memory and descriptor until its event is reaped;
        // `drop` waits for the partner before anything goes.
        let begun = half > 0 && unsafe { self.sharing.partner.begin(self.context.id(), &self.pointers[..half]) };
        if begun {
            debug_assert!(self.sharing.part.is_empty(), "the partner has taken a part while it had one");
            self.waiting.advance(half);
            self.flight.lend(half);
            self.sharing.part.extend(self.gathered.drain(..half));
            self.sharing.part_inline = self.inline.last;
            self.pointers.drain(..half);
        }
        begun
    }

    /// What a partner that was late has done by now. Whether something of it waits again.
    pub(super) fn collect(&mut self) -> bool {
        if self.sharing.part.is_empty() {
            return false;
        }
        let answer = self.sharing.partner.end(Duration::ZERO);
        answer.is_some_and(|answer| !self.settle_part(answer))
    }

    /// What the kernel has not taken of the partner's part waits again, to be submitted by this thread, which is told why.
    /// Whether it has taken all.
    fn settle_part(&mut self, answer: Result<usize, Errno>) -> bool {
        let part = &mut self.sharing.part;
        let taken = answer.unwrap_or(0).min(part.len());
        let all = taken == part.len();
        if answer != Err(TAKEN_BACK) {
            self.flight.note_depth();
            let stats = &mut self.flight.stats;
            let refused = matches!(answer, Err(Errno(errno)) if !not_now(errno));
            stats.paired += taken as u64;
            stats.submits += 1;
            stats.retries += u64::from(!all && !refused);
        }
        self.inline.submitted += if self.sharing.part_inline { taken as u64 } else { 0 };
        for slot in part.drain(taken..).rev() {
            if let Some(band) = self.flight.take_back(slot) {
                self.waiting.put_back(slot, band);
            }
        }
        part.clear();
        all
    }
}
