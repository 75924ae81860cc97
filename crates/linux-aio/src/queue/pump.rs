//! From waiting to in flight: chunks to the kernel, what would block to helpers.

use std::time::Instant;

use super::{Chunk, Gathered, Helping, Queue};
use crate::chunks::{self, Glance};
use crate::error::Errno;
use crate::operation::{Operation, RunOf, Share};
use crate::pace::Pace;
use crate::partner::Partner;
use crate::routing::{Route, needs_order, route};
use crate::sys::Kernel;

/// Refusals of io_submit in a row, with nothing in flight whose end could help, after which the
/// operation at the front fails with the refusal's errno, as do those behind it unless taken.
const PATIENCE: u32 = 1000;

/// Bytes of one io_submit, unless a single operation has more: their pages are pinned, or copied, before it returns.
const LONG_CHUNK: u64 = 1 << 20;

/// How an operation goes, and how much it moves.
#[derive(Debug, Clone, Copy)]
struct Way {
    route: Route,
    bytes: u64,
    share: Share,
    /// Whose operations all go like this.
    run: Option<RunOf>,
}

impl Way {
    const NONE: Self = Self { route: Route::Submit, bytes: 0, share: Share::Never, run: None };
}

/// Whether a refusal of io_submit may pass.
pub(super) fn not_now(errno: i32) -> bool {
    matches!(errno, libc::EAGAIN | libc::ENOMEM | libc::EINTR)
}

impl<K: Kernel> Queue<K> {
    /// [`Queue::submit`] of what still waits, after completions made room. It returns the same.
    pub fn pump(&mut self) -> bool {
        if self.given_up {
            return false;
        }
        let began = self.context.kernel().now();
        let mut now = began;
        self.collect();
        if self.sharing.row.is_empty() {
            // Where each look at completions is a system call, they go up together.
            self.sharing.flow.begin(self.waiting.len() > 0 && self.context.reaps_in_user_space());
        }
        let mut on = self.waiting.len() > 0;
        self.look(began);
        loop {
            while on {
                on = self.submit_next(&mut now);
                if self.waiting.len() == 0 || self.is_over(began, now) {
                    break;
                }
            }
            if !self.stay_with_partner(began, &mut now) && !self.leave_partner() {
                break;
            }
            on = true;
            if self.is_over(began, now) {
                self.leave_partner();
                break;
            }
        }
        self.sharing.flow.leftover |= !self.sharing.row.is_empty() && self.waiting.len() > 0;
        !self.rejected.is_empty()
            || (self.waiting.len() > 0 && (on || self.flight.len() == 0))
            || (self.flight.submitted() > 0 && self.context.is_failing())
    }

    /// Whether a turn that has `began` has taken all its time.
    pub(super) fn is_over(&self, began: Instant, now: Instant) -> bool {
        now.duration_since(began) >= self.options.turn
    }

    /// The next chunk. Whether to go on.
    fn submit_next(&mut self, now: &mut Instant) -> bool {
        let beside = self.sharing.flow.on && !self.sharing.row.is_empty() && !self.sharing.pauses.is_paused(*now);
        let shares = beside && self.first().is_some_and(|operation| operation.share() != Share::Never);
        let most = if shares { self.sharing.partner.room().max(1) } else { usize::MAX };
        let most = most.min(self.chunk_now() as usize);
        match self.prepare_chunk(most, *now) {
            Some(on) => on,
            None => self.submit_shared(now),
        }
    }

    /// Gathers the next chunk, `most` at the most, or hands the first to a helper. Whether to go on, where there is none to
    /// submit.
    pub(super) fn prepare_chunk(&mut self, most: usize, now: Instant) -> Option<bool> {
        if self.gather(now, most) {
            return Some(self.help_front());
        }
        self.gathered.slots.is_empty().then_some(false)
    }

    fn room(&self) -> usize {
        (self.options.depth as usize).saturating_sub(self.flight.len())
    }

    /// Tells the search for the chunk how far the queue is.
    fn look(&mut self, now: Instant) {
        if self.options.chunk == Chunk::Searched {
            self.chunks.look(Glance {
                now,
                completed: self.flight.stats.completed.saturating_sub(self.inline.submitted),
                in_flight: self.flight.len(),
                waiting: self.waiting.len(),
            });
        }
    }

    /// The first that waits.
    fn first(&mut self) -> Option<&Operation> {
        let slot = self.waiting.front(1).next()?;
        self.flight.slots.held(slot).map(|held| &held.operation)
    }

    /// How many the next chunk may have. Whether the first that waits completes inline decides, for neighbours mostly do alike.
    fn chunk_now(&mut self) -> u32 {
        self.inline.last = self.first().is_some_and(Operation::completes_inline);
        match self.options.chunk {
            Chunk::Of(chunk) => chunk,
            _ if self.inline.last => chunks::INLINE,
            Chunk::Searched => self.chunks.now(),
            _ => chunks::USUAL,
        }
    }

    /// The way of a waiting operation. Reads of one run go the same.
    fn way(&mut self, slot: u32, now: Instant, last: Option<Way>) -> Way {
        let Some(held) = self.flight.slots.held(slot) else { return Way::NONE };
        let operation = &held.operation;
        if let Some(last) = last.filter(|last| last.run == Some(operation.run_of())) {
            return last;
        }
        let route = match self.options.helping {
            Helping::Never if needs_order(operation) => Route::Help,
            Helping::Never => Route::Submit,
            Helping::AsNeeded => route(operation, now),
            Helping::Always if operation.file().is_some() => Route::Help,
            Helping::Always => Route::Submit,
        };
        let shares = route == Route::Submit && self.options.helping == Helping::AsNeeded;
        let share = if shares { operation.share() } else { Share::Never };
        Way { route, bytes: operation.len(), share, run: operation.reads().then(|| operation.run_of()) }
    }

    /// Collects the next chunk: of the first that wait as many as the kernel may have now, `most` of them. Whether it is empty
    /// since the very first is for a helper; asked again, the route may be another.
    fn gather(&mut self, now: Instant, most: usize) -> bool {
        let Gathered { mut slots, mut pointers, .. } = std::mem::take(&mut self.gathered);
        slots.clear();
        pointers.clear();
        slots.extend(self.waiting.front(self.room().min(most)));
        let (mut count, mut bytes, mut helps, mut last) = (0, 0, false, None);
        let mut share = Share::Freely;
        for &slot in &slots {
            let way = self.way(slot, now, last);
            last = Some(way);
            let route = way.route;
            helps = route == Route::Help && count == 0;
            let longer = bytes + way.bytes;
            // What may be shared goes apart from what may not.
            let alike = (way.share == Share::Never) == (share == Share::Never) && longer <= LONG_CHUNK;
            if route == Route::Help || (count > 0 && !alike) || !self.flight.enter(slot) {
                break;
            }
            bytes = longer;
            pointers.extend(self.flight.slots.ready(slot, route == Route::SubmitNowait));
            share = share.min(way.share);
            count += 1;
        }
        slots.truncate(count);
        // Every waiting slot holds an operation: none is passed over, or `taken` would count others.
        debug_assert_eq!(pointers.len(), count);
        self.gathered = Gathered { slots, pointers, bytes, share };
        helps
    }

    /// Hands the first that waits to a helper. Whether to go on; not so where it has to wait for room.
    fn help_front(&mut self) -> bool {
        let Some(slot) = self.waiting.front(1).next() else { return false };
        if !self.flight.enter(slot) {
            return false;
        }
        self.waiting.advance(1);
        if let Some(job) = self.flight.send_to_helper(slot) {
            self.context.kernel().help(job);
        }
        true
    }

    /// One io_submit. Whether to go on.
    pub(super) fn submit_gathered(&mut self, now: &mut Instant) -> bool {
        let wanted = self.gathered.slots.len();
        let waits = self.waits_for_partner();
        let lap = self.stopwatch.start(*now);
        // SAFETY: each iocb is the one of an operation in the slots, which hold memory and descriptor
        // until its event is reaped; `drop` destroys the context before the slots.
        let taken = unsafe { self.context.submit(&mut self.gathered.pointers) };
        let began = std::mem::replace(now, self.context.kernel().now());
        let took = now.duration_since(began);
        self.flight.stats.submit_longest = took.max(self.flight.stats.submit_longest);
        self.flight.stats.submits += 1;
        let accepted = taken.unwrap_or(0).min(wanted);
        for index in accepted..wanted {
            self.flight.leave(self.gathered.slots[index]);
        }
        // Who was waited for was ours.
        if let Some(blocked) = self.stopwatch.stop(&lap, *now).filter(|blocked| !(*blocked && waits)) {
            self.learn(blocked, *now);
        }
        self.gathered.pointers.clear();
        let on = match taken {
            Ok(0) => self.after_refusal(Errno(libc::EAGAIN)),
            Ok(_) => {
                self.waiting.advance(accepted);
                self.refusals = 0;
                self.flight.stats.retries += u64::from(accepted < wanted);
                self.flight.take_off(accepted);
                self.inline.submitted += if self.inline.last { accepted as u64 } else { 0 };
                true
            }
            Err(errno) => self.after_refusal(errno),
        };
        // Last, for what is taken back waits before what was not accepted.
        if waits {
            self.note_wait(took, *now);
        }
        on
    }

    /// Notes on the files of the chunk whether its submit has blocked.
    fn learn(&mut self, blocked: bool, now: Instant) {
        let mut last = std::ptr::null::<Pace>();
        for &slot in &self.gathered.slots {
            let Some(held) = self.flight.slots.held(slot) else { continue };
            let Some(file) = held.operation.file() else { continue };
            let pace = if held.operation.reads() { &file.history().reads } else { &file.history().writes };
            if !blocked {
                return pace.quick();
            }
            if !std::ptr::eq(last, pace) {
                pace.slow(now);
            }
            last = pace;
        }
    }

    /// The first operation of a chunk was refused. Whether to go on with the others.
    fn after_refusal(&mut self, errno: Errno) -> bool {
        let first = self.waiting.front(1).next();
        if errno.0 == libc::EOPNOTSUPP
            && let Some(held) = first.and_then(|slot| self.flight.slots.held(slot))
            && held.nowait
        {
            // The file does not know the flag, which was ours: it goes without from now on.
            held.operation.file().inspect(|file| file.history().refused_nowait());
            return true;
        }
        let again = not_now(errno.0);
        if again {
            self.flight.stats.retries += 1;
            self.refusals += u32::from(self.flight.len() == 0);
            if self.refusals < PATIENCE {
                return false;
            }
        }
        self.waiting.advance(1);
        self.rejected.extend(first.map(|slot| (slot, errno)));
        // What waits behind a refusal that does not end is not given a patience of its own.
        if !again || self.waiting.len() == 0 {
            self.refusals = 0;
        }
        true
    }
}
