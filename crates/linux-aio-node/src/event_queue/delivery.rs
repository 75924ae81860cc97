//! Completions up to JavaScript: one call for each portion of them, and no longer than a turn may take.

use std::ptr;

use linux_aio::queue::{Completion, Queue};
use linux_aio::record::Completions;
use linux_aio::sys::Linux;
use napi::sys;

use super::EventQueue;

/// Completions that were written to the array.
struct Fetched {
    count: i32,
    /// Whether others are left.
    more: bool,
    /// Whether some may be that nobody announces.
    unannounced: bool,
    /// Operations that the queue had taken in all by then.
    taken: u64,
}

impl EventQueue {
    /// The loop has come round for what the eventfd announced.
    pub(super) fn woken(&self) {
        self.wakeups.set(self.wakeups.get() + 1);
        self.budget.borrow_mut().turn();
        self.deliver_in_scope();
    }

    pub(super) fn deliver_in_scope(&self) {
        let mut scope = ptr::null_mut();
        // SAFETY: JavaScript's thread, between turns; the scope is closed in this function.
        unsafe { sys::napi_open_handle_scope(self.env, &raw mut scope) };
        self.delivering.set(true);
        self.deliver();
        self.delivering.set(false);
        // SAFETY: opened above.
        unsafe { sys::napi_close_handle_scope(self.env, scope) };
    }

    /// All that is done up, a JavaScript call for each portion as long as these lead to new operations; what is left after a
    /// while, in the next turn.
    fn deliver(&self) {
        // The calls of a thread run no microtasks in between, so nothing would follow before the last of them.
        let mut in_portions = self.is_polled() && self.portions.borrow_mut().begin();
        while self.may_go_on() {
            let Some(fetched) = self.fetch(in_portions) else { return };
            if fetched.count == 0 {
                // What completed inside the submits is looked for at once.
                if fetched.unannounced {
                    continue;
                }
                return;
            }
            self.call_back(fetched.count);
            let Some((done, taken)) = self.core(|core| (core.has_done(), core.stats().operations)) else { return };
            // Those left before the call have made room since, even where they were taken in it.
            if !done && !fetched.more {
                return;
            }
            if in_portions && fetched.more && taken == fetched.taken {
                in_portions = false;
                self.portions.borrow_mut().led_to_nothing();
            }
        }
        self.wake();
    }

    /// Completions into the array, and to the kernel what waited for their places; nothing where the queue is closed.
    fn fetch(&self, in_portions: bool) -> Option<Fetched> {
        let mut core = self.core.borrow_mut();
        let core = core.as_mut()?;
        // SAFETY: in `deliver_in_scope`'s scope; no JavaScript runs before the array is done with.
        let completions = unsafe { self.shared_array() }.map_or(&mut [][..], |(_, completions)| completions);
        let most = if in_portions { core.portion() } else { usize::MAX };
        let count = reap(core, completions, most);
        core.set_turn(self.turn_left());
        if core.pump() {
            self.wake();
        }
        self.keep_loop_alive(core.outstanding() > 0);
        Some(Fetched {
            count,
            more: core.has_done(),
            unannounced: core.has_unannounced(),
            taken: core.stats().operations,
        })
    }

    fn call_back(&self, count: i32) {
        self.callbacks.set(self.callbacks.get() + 1);
        // SAFETY: JavaScript's thread, inside `woken`'s handle scope, and the references live
        // as long as the core, which was there a moment ago. napi_make_callback rather than
        // napi_call_function: it runs the microtasks.
        unsafe {
            let mut argument = ptr::null_mut();
            let mut receiver = ptr::null_mut();
            let mut result = ptr::null_mut();
            sys::napi_create_int32(self.env, count, &raw mut argument);
            sys::napi_get_global(self.env, &raw mut receiver);
            let callback = self.callback.value(self.env);
            let status = sys::napi_make_callback(
                self.env,
                ptr::null_mut(),
                receiver,
                callback,
                1,
                &raw const argument,
                &raw mut result,
            );
            if status == sys::Status::napi_pending_exception {
                let mut exception = ptr::null_mut();
                sys::napi_get_and_clear_last_exception(self.env, &raw mut exception);
                sys::napi_fatal_exception(self.env, exception);
            }
        }
    }
}

/// Writes what is done into the completion array, `most` of it.
fn reap(core: &mut Queue<Linux>, array: &mut [f64], most: usize) -> i32 {
    let mut completions = Completions::new(array);
    let limit = completions.capacity().min(most);
    told(core.reap(limit, |done: Completion| completions.push(done.slot, done.result)))
}

/// A number of completions as JavaScript is told it.
pub(super) fn told(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
