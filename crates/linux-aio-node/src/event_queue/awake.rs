//! Waiting awake for completions, where the loop would fall asleep: see [`linux_aio::spin`].

use std::cell::{Cell, RefCell};
use std::hint;
use std::rc::Rc;
use std::time::{Duration, Instant};

use linux_aio::spin::{MOST_IN_FLIGHT, Spin};

use super::{EventQueue, TURN};
use crate::events::{self, Events};
use crate::prepare::{BeforeSleep, Prepare};
use crate::uv::{self, Uv};

/// Looks at the ring between two looks at the clock.
const LOOKS: u32 = 16;

thread_local! {
    /// Queues of this thread with operations under way.
    static WORKING: Cell<usize> = const { Cell::new(0) };
}

/// A queue of this thread has operations under way from now on.
pub fn works() {
    WORKING.set(WORKING.get() + 1);
}

/// It has none any more.
pub fn rests() {
    WORKING.set(WORKING.get().saturating_sub(1));
}

/// Whether the loop has an event to take, of whichever sort.
fn has_events(uv: &Uv, event_loop: *mut uv::Loop) -> bool {
    // SAFETY: the loop of this thread, which is in one of its turns.
    let fd = unsafe { (uv.backend_fd)(event_loop) };
    let mut events = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    // SAFETY: one live local.
    unsafe { libc::poll(&raw mut events, 1, 0) != 0 }
}

/// What one queue's waits have shown.
#[derive(Default)]
pub struct Waits {
    spin: RefCell<Spin>,
    awake: Cell<u64>,
    met: Cell<u64>,
}

impl Waits {
    /// Waits, and those of them that a completion has ended.
    pub fn counts(&self) -> (u64, u64) {
        (self.awake.get(), self.met.get())
    }
}

impl EventQueue {
    /// Has completions waited for awake from now on, where the loop and the ring allow that.
    ///
    /// # Safety
    /// On the environment's thread.
    pub unsafe fn wait_awake_too(self: &Rc<Self>) {
        let watches = self.events.borrow().as_ref().is_some_and(Events::is_polled);
        if watches && self.core(|core| core.reaps_in_user_space()).unwrap_or(false) {
            let sleeper = Rc::clone(self);
            // SAFETY: the caller's promise.
            let prepare = Uv::get().and_then(|uv| unsafe { Prepare::start(self.env, uv, sleeper) });
            self.prepare.replace(prepare);
        }
    }

    /// Waits for completions that were awake, and those of them that one has ended.
    pub fn waits(&self) -> (u64, u64) {
        self.waits.counts()
    }

    /// Whether a completion may be expected soon, and the loop has nothing else to do. Of several queues, one that waits
    /// awake would keep the others'.
    fn may_wait(&self, uv: &Uv, event_loop: *mut uv::Loop) -> bool {
        if WORKING.get() != 1 {
            return false;
        }
        let few = self.core(|core| (1..=MOST_IN_FLIGHT).contains(&core.in_flight())).unwrap_or(false);
        // SAFETY: the loop of this thread, which is in one of its turns.
        few && unsafe { (uv.backend_timeout)(event_loop) != 0 }
    }

    /// How long it took until a completion was there; nothing where none came in time.
    fn wait_awake(&self, limit: Duration) -> Option<Duration> {
        let began = Instant::now();
        loop {
            for _ in 0..LOOKS {
                if self.core(|core| core.has_done())? {
                    return Some(began.elapsed());
                }
                hint::spin_loop();
            }
            if began.elapsed() >= limit {
                return None;
            }
        }
    }
}

impl BeforeSleep for EventQueue {
    fn before_sleep(&self, uv: &Uv, event_loop: *mut uv::Loop) {
        if !self.may_wait(uv, event_loop) {
            return;
        }
        let waits = &self.waits;
        let began = Instant::now();
        self.budget.borrow_mut().turn();
        // Each of them may lead to the next: a bound for all, and others of the loop have their turn.
        while began.elapsed() < TURN && self.may_wait(uv, event_loop) {
            let Some(limit) = waits.spin.borrow_mut().limit() else { return };
            waits.awake.set(waits.awake.get() + 1);
            let Some(waited) = self.wait_awake(limit) else {
                waits.spin.borrow_mut().missed();
                return;
            };
            waits.met.set(waits.met.get() + 1);
            waits.spin.borrow_mut().hit(waited);
            // In this order: what completes from here on adds to it again.
            self.notifier.borrow().as_ref().inspect(|notifier| events::take(notifier));
            self.deliver_in_scope();
            if has_events(uv, event_loop) {
                return;
            }
        }
    }
}
