//! How long a turn of the loop may be, by what else waits for it.

use std::os::fd::{AsRawFd, RawFd};
use std::time::Duration;

use super::EventQueue;
use crate::events::Events;
use crate::uv::{self, Uv};

/// Whether the loop has an event to take, of whichever sort but one: that `ours` was added to.
pub(super) fn has_others(uv: &Uv, event_loop: *mut uv::Loop, ours: Option<RawFd>) -> bool {
    let mut events = [const { libc::epoll_event { events: 0, u64: 0 } }; 2];
    // SAFETY: the loop of this thread, which is in one of its turns; the array is a live local. What epoll tells here it
    // tells the loop again.
    let count = unsafe { libc::epoll_wait((uv.backend_fd)(event_loop), events.as_mut_ptr(), 2, 0) };
    // What libuv watches by has the descriptor in the lower half.
    let is_ours = |event: libc::epoll_event| ours == Some(event.u64 as RawFd);
    count != 0 && !(count == 1 && is_ours(events[0]))
}

impl EventQueue {
    /// Whether completions may still be handed over in this turn: while its budget lasts, and then while nobody else needs
    /// the loop.
    pub(super) fn may_go_on(&self) -> bool {
        let mut budget = self.budget.borrow_mut();
        budget.allows() || budget.extends(|lasted| self.is_loop_wanted(lasted))
    }

    /// Whether something else than completions waits for the loop, whose turn has lasted so long.
    fn is_loop_wanted(&self, lasted: Duration) -> bool {
        let watches = self.events.borrow().as_ref().is_some_and(Events::is_polled);
        let (true, Some(uv)) = (watches, Uv::get()) else { return true };
        // SAFETY: on the environment's thread, as every call.
        let Some(event_loop) = (unsafe { uv::loop_of(self.env) }) else { return true };
        // SAFETY: the loop of this thread, in one of its turns. Timers count from the turn's beginning.
        let timeout = unsafe { (uv.backend_timeout)(event_loop) };
        let is_due = u64::try_from(timeout).is_ok_and(|timeout| u128::from(timeout) <= lasted.as_millis() + 1);
        is_due || has_others(uv, event_loop, self.notifier_fd())
    }

    pub(super) fn notifier_fd(&self) -> Option<RawFd> {
        self.notifier.borrow().as_ref().map(|notifier| notifier.as_raw_fd())
    }
}
