//! Waiting awake for completions, where the loop would fall asleep: see [`linux_aio::spin`].

use std::cell::{Cell, RefCell};
use std::hint;
use std::time::{Duration, Instant};

use linux_aio::spin::{MOST_IN_FLIGHT, Spin};

use super::{EventQueue, TURN};
use crate::prepare::BeforeSleep;
use crate::uv::{self, Uv};

/// Looks at the ring between two looks at the clock.
const LOOKS: u32 = 16;

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
    /// Whether a completion may be expected soon, and the loop has nothing else to do.
    fn may_wait(&self, uv: &Uv, event_loop: *mut uv::Loop) -> bool {
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
            self.deliver_in_scope();
        }
    }
}
