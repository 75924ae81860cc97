//! How long a turn of the loop may be, by what else waits for it.

use super::EventQueue;
use crate::events;
use crate::uv::{self, Uv};

/// Whether the loop has an event to take. It is left where it is: some versions of libuv watch by edge, and would not be told
/// again of what epoll_wait(2) has told here.
fn has_events(uv: &Uv, event_loop: *mut uv::Loop) -> bool {
    // SAFETY: the loop of this thread, which is in one of its turns.
    let fd = unsafe { (uv.backend_fd)(event_loop) };
    let mut watched = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    // SAFETY: one live local.
    unsafe { libc::poll(&raw mut watched, 1, 0) != 0 }
}

impl EventQueue {
    /// Whether completions may still be handed over in this turn: while its budget lasts, and, where they are being handed
    /// over by the loop, then while nobody else needs that. Elsewhere timers cannot be told of: the one whose callback runs
    /// is not set again before those that are due with it have run.
    pub(super) fn may_go_on(&self) -> bool {
        let mut budget = self.budget.borrow_mut();
        budget.allows() || (self.delivering.get() && budget.extends(|| self.is_loop_wanted()))
    }

    /// Whether something else than completions waits for the loop.
    fn is_loop_wanted(&self) -> bool {
        let (true, Some(uv)) = (self.is_polled(), Uv::get()) else { return true };
        // SAFETY: on the environment's thread, as every call.
        let Some(event_loop) = (unsafe { uv::loop_of(self.env) }) else { return true };
        // SAFETY: the loop of this thread, in one of its turns. Timers count from the time that the loop knows.
        let (timeout, known, now) =
            unsafe { ((uv.backend_timeout)(event_loop), (uv.now)(event_loop), (uv.hrtime)() / 1_000_000) };
        let is_due = u64::try_from(timeout).is_ok_and(|timeout| known + timeout <= now + 1);
        is_due || self.has_others(uv, event_loop)
    }

    /// Whether the loop has an event to take that is not of this queue's completions.
    pub(super) fn has_others(&self, uv: &Uv, event_loop: *mut uv::Loop) -> bool {
        if !has_events(uv, event_loop) {
            return false;
        }
        let notifier = self.notifier.borrow();
        let Some(notifier) = &*notifier else { return true };
        let (mut announced, mut others) = (false, true);
        // Perhaps only ours; looked for twice, since completions may have come meanwhile.
        for _ in 0..2 {
            if !events::take(notifier) {
                break;
            }
            announced = true;
            if !has_events(uv, event_loop) {
                others = false;
                break;
            }
        }
        // Again: who takes completions now may not take them all.
        if announced {
            events::add(notifier);
        }
        others
    }
}
