//! Waiting awake for completions, where the loop would fall asleep: see [`linux_aio::spin`].

use std::cell::{Cell, RefCell};
use std::hint;
use std::rc::Rc;
use std::time::{Duration, Instant};

use linux_aio::spin::{Glance, LONGEST, MOST_IN_FLIGHT, Spin};

use super::{EventQueue, TURN};
use crate::events;
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

/// What this thread has used of the processor.
fn thread_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a live local.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec.cast_unsigned(), u32::try_from(time.tv_nsec).unwrap_or(0))
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
        if self.is_polled() && self.core(|core| core.reaps_in_user_space()).unwrap_or(false) {
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

    /// Whether a completion may be expected soon, and the loop has nothing else to do.
    fn may_wait(&self, uv: &Uv, event_loop: *mut uv::Loop) -> bool {
        // SAFETY: the loop of this thread, which is in one of its turns.
        (1..=MOST_IN_FLIGHT).contains(&self.in_flight()) && unsafe { (uv.backend_timeout)(event_loop) != 0 }
    }

    fn in_flight(&self) -> usize {
        self.core(|core| core.in_flight()).unwrap_or(0)
    }

    /// Tells how far the queue is; whether to wait awake.
    fn waits_awake(&self, now: Instant) -> bool {
        let mut spin = self.waits.spin.borrow_mut();
        spin.look(now, || {
            let completed = self.core(|core| core.stats().completed).unwrap_or(0);
            Glance { now, cpu: thread_time(), completed }
        });
        spin.is_awake()
    }

    /// Whether a completion was there in time.
    fn wait_awake(&self, began: Instant) -> bool {
        loop {
            for _ in 0..LOOKS {
                match self.core(|core| core.has_done()) {
                    Some(false) => hint::spin_loop(),
                    Some(true) => return true,
                    None => return false,
                }
            }
            if began.elapsed() >= LONGEST {
                return false;
            }
        }
    }
}

impl BeforeSleep for EventQueue {
    fn before_sleep(&self, uv: &Uv, event_loop: *mut uv::Loop) {
        // Of several queues, one that waits awake would keep the others'.
        if WORKING.get() > 1 || self.in_flight() > MOST_IN_FLIGHT {
            self.waits.spin.borrow_mut().disturbed(Instant::now());
        } else if self.may_wait(uv, event_loop) {
            self.wait_in_turn(uv, event_loop);
            // How long the loop may sleep is counted from the time that it knows.
            // SAFETY: the loop of this thread, in one of its turns.
            unsafe { (uv.update_time)(event_loop) };
        }
    }
}

impl EventQueue {
    /// Waits awake, and hands over what comes, for a turn at the most.
    fn wait_in_turn(&self, uv: &Uv, event_loop: *mut uv::Loop) {
        let waits = &self.waits;
        let began = Instant::now();
        let mut now = began;
        self.budget.borrow_mut().turn();
        // Each of them may lead to the next: a bound for all, and others of the loop have their turn.
        while self.waits_awake(now) {
            waits.awake.set(waits.awake.get() + 1);
            if !self.wait_awake(now) {
                waits.spin.borrow_mut().missed(Instant::now());
                return;
            }
            waits.met.set(waits.met.get() + 1);
            waits.spin.borrow_mut().met();
            // In this order: what completes from here on adds to it again.
            self.notifier.borrow().as_ref().map(|notifier| events::take(notifier));
            self.deliver_in_scope();
            now = Instant::now();
            let goes_on = now.duration_since(began) < TURN && WORKING.get() == 1 && self.may_wait(uv, event_loop);
            if !goes_on || self.has_others(uv, event_loop) {
                return;
            }
        }
    }
}
