//! A core queue in JavaScript's event loop: one raw call per batch down, one JavaScript call per batch up.

mod awake;
mod delivery;
mod ending;
mod turn;

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::os::fd::OwnedFd;
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use linux_aio::portions::Portions;
use linux_aio::queue::{Completion, Queue};
use linux_aio::record::{self, Completions};
use linux_aio::sys::Linux;
use linux_aio::turn::TurnBudget;
use napi::{Result, check_status, sys};

use crate::environment;
use crate::events::{self, Events, Listener};
use crate::hook::{Hook, Pending};
use crate::prepare::Prepare;
use crate::raw::{self, Reference};

/// What one turn of the loop may spend on completions and the submits that they lead to, or a program on submits,
/// before others have theirs.
pub const TURN: Duration = Duration::from_micros(500);

/// What `submit` returns where the records make no sense or the queue is closed.
const REFUSED: i32 = -1;

/// One queue of one JavaScript thread. Everything but its construction happens on that thread.
pub struct EventQueue {
    env: sys::napi_env,
    core: RefCell<Option<Queue<Linux>>>,
    budget: RefCell<TurnBudget>,
    /// Whether this turn's completions are being handed up.
    delivering: Cell<bool>,
    /// Until the loop is left: the function that JavaScript submits by may live for long.
    notifier: RefCell<Option<Arc<OwnedFd>>>,
    events: RefCell<Option<Events>>,
    /// Where completions are waited for awake.
    prepare: RefCell<Option<Prepare>>,
    waits: awake::Waits,
    portions: RefCell<Portions>,
    keeps_loop_alive: Cell<bool>,
    /// The array that is shared with JavaScript.
    shared: Reference,
    /// Doubles of it that are records; the others are completions.
    records: usize,
    callback: Reference,
    hook: Cell<Option<Hook>>,
    wakeups: Cell<u64>,
    callbacks: Cell<u64>,
}

/// The array that a queue shares with JavaScript: an ArrayBuffer of records, and behind them completions.
pub struct SharedArray {
    pub memory: sys::napi_value,
    /// Doubles that are for records.
    pub records: usize,
}

impl EventQueue {
    /// Puts `core` into the loop of `env`, by a `thread` even where the loop could watch for itself. `callback` is
    /// called with the number of completions.
    ///
    /// # Safety
    /// `env` must be the environment of the calling thread, inside a handle scope.
    pub unsafe fn attach(
        env: sys::napi_env,
        thread: bool,
        core: Queue<Linux>,
        notifier: Arc<OwnedFd>,
        array: &SharedArray,
        callback: sys::napi_value,
    ) -> Result<Rc<Self>> {
        // SAFETY: the caller's promise, for both.
        let (shared, callback) = unsafe { (Reference::new(env, array.memory)?, Reference::new(env, callback)?) };
        let queue = Rc::new(Self {
            env,
            core: RefCell::new(Some(core)),
            budget: RefCell::new(TurnBudget::new(TURN)),
            delivering: Cell::new(false),
            notifier: RefCell::new(Some(Arc::clone(&notifier))),
            events: RefCell::new(None),
            prepare: RefCell::new(None),
            waits: awake::Waits::default(),
            portions: RefCell::default(),
            keeps_loop_alive: Cell::new(false),
            shared,
            records: array.records,
            callback,
            hook: Cell::new(None),
            wakeups: Cell::new(0),
            callbacks: Cell::new(0),
        });
        let woken = Rc::clone(&queue);
        let listener = Listener::new(notifier, Box::new(move || woken.woken()));
        // SAFETY: the caller's promise.
        let events = unsafe { Events::watch(env, thread, &listener) }?;
        let data = Rc::as_ptr(&queue).cast_mut().cast();
        // SAFETY: the listener keeps the queue until the watch is ended, which happens only after the hook was removed
        // or called. Made after the watch, it is called before whatever else the runtime does to end that.
        let hook = unsafe { Hook::add(env, events.is_polled(), ending::environment_ends, data) };
        queue.events.replace(Some(events));
        match hook {
            Ok(hook) => queue.hook.set(Some(hook)),
            Err(error) => {
                queue.leave_loop(Pending::NONE);
                return Err(error);
            }
        }
        Ok(queue)
    }

    /// The raw function `submit(doubles, takes) -> completions`, bound to this queue.
    ///
    /// # Safety
    /// `env` must be the environment of the calling thread, inside a handle scope.
    pub unsafe fn submit_function(self: &Rc<Self>) -> Result<sys::napi_value> {
        let count = Rc::into_raw(Rc::clone(self)).cast_mut().cast::<c_void>();
        let mut function = ptr::null_mut();
        // SAFETY: the data pointer is valid until the finalizer below gives its count back, and the
        // finalizer runs only when nobody can call the function any more.
        unsafe {
            check_status!(sys::napi_create_function(
                self.env,
                c"submit".as_ptr(),
                6,
                Some(submit),
                count,
                &raw mut function
            ))?;
            check_status!(sys::napi_add_finalizer(
                self.env,
                function,
                count,
                Some(release_queue),
                ptr::null_mut(),
                ptr::null_mut()
            ))?;
        }
        Ok(function)
    }

    /// Whether the loop itself watches, rather than a thread.
    fn is_polled(&self) -> bool {
        self.events.borrow().as_ref().is_some_and(Events::is_polled)
    }

    /// Looks at the core queue, where it is not closed.
    pub fn core<T>(&self, look: impl FnOnce(&mut Queue<Linux>) -> T) -> Option<T> {
        self.core.borrow_mut().as_mut().map(look)
    }

    /// Takes a queued operation back; it settles in the next turn.
    pub fn withdraw(&self, slot: u32) -> Option<bool> {
        let (withdrawn, waits) = self.core(|core| (core.withdraw(slot), core.queued() > 0))?;
        if withdrawn || waits {
            self.wake();
        }
        Some(withdrawn)
    }

    /// Loop wake-ups by the eventfd, and JavaScript calls that they led to.
    pub fn wakeups_and_callbacks(&self) -> (u64, u64) {
        (self.wakeups.get(), self.callbacks.get())
    }

    /// Takes the core queue out for its destruction elsewhere, and leaves the loop.
    pub fn detach(&self) -> Option<Queue<Linux>> {
        let core = self.core.borrow_mut().take()?;
        self.leave_loop(Pending::NONE);
        // SAFETY: JavaScript's thread, where the hook was not called: it would have taken the core. And the references
        // are not used once the core is gone.
        unsafe {
            if let Some(hook) = self.hook.take() {
                hook.remove();
            }
            self.shared.delete(self.env);
            self.callback.delete(self.env);
        }
        Some(core)
    }

    /// Ends the watch, which an environment that is `pending` waits for.
    fn leave_loop(&self, pending: Pending) {
        self.notifier.take();
        if self.keeps_loop_alive.replace(false) {
            awake::rests();
        }
        if let Some(prepare) = self.prepare.take() {
            prepare.end(pending.clone());
        }
        if let Some(events) = self.events.take() {
            events.end(pending);
        }
    }

    /// A loop with operations under way stays alive; one without may end.
    fn keep_loop_alive(&self, alive: bool) {
        if let Some(events) = &*self.events.borrow()
            && self.keeps_loop_alive.replace(alive) != alive
        {
            events.keep_loop_alive(alive);
            if alive { awake::works() } else { awake::rests() }
        }
    }

    /// Wakes the loop without the kernel: something is left to do that no event will announce.
    fn wake(&self) {
        if let Some(notifier) = &*self.notifier.borrow() {
            events::add(notifier);
        }
    }

    /// What submits may take: in a callback, what the completions before it have left; elsewhere there is no turn to share.
    fn turn_left(&self) -> Duration {
        if self.delivering.get() { self.budget.borrow_mut().left() } else { TURN }
    }

    /// One batch down: takes `length` doubles of records, submits, and says how many completions are there already: written
    /// to the shared array where the caller `takes` them, otherwise whether there are any, 1 or 0.
    fn submit(&self, length: usize, takes: bool) -> i32 {
        let mut core = self.core.borrow_mut();
        let Some(core) = core.as_mut() else { return REFUSED };
        // SAFETY: called from JavaScript, so in a scope; nothing below runs JavaScript.
        let Some((records, completions)) = (unsafe { self.shared_array() }) else { return REFUSED };
        let Some(records) = records.get(..length) else { return REFUSED };
        let pushed = environment::with(|environment| record::push(core, &environment.registry, records));
        core.set_turn(self.turn_left());
        let in_flight = core.in_flight();
        let mut stuck = if length > 0 { core.submit() } else { core.pump() };
        let mut count = 0;
        if !takes {
            count = i32::from(core.has_done());
        } else if pushed.is_ok() && self.may_go_on() {
            let most = if !self.is_polled() {
                usize::MAX
            } else if core.in_flight() > in_flight {
                core.portion_inline()
            } else {
                core.portion()
            };
            let mut array = Completions::new(completions);
            let limit = array.capacity().min(most);
            let take = |done: Completion| array.push(done.slot, done.result);
            let (reaped, still) = core.follow_up(stuck, limit, || self.turn_left(), take);
            (count, stuck) = (delivery::told(reaped), still);
        }
        // Who is told that there are some comes for them.
        let comes = !takes && count > 0 && pushed.is_ok();
        if stuck || (core.wants_turn() && !comes) {
            self.wake();
        }
        self.keep_loop_alive(core.outstanding() > 0);
        // What completed is told by the loop then: a refusal has no room for a count.
        if pushed.is_err() { REFUSED } else { count }
    }

    /// Records and completions; nothing where the array was detached.
    ///
    /// # Safety
    /// On JavaScript's thread, in a scope, and no JavaScript may run while they are in use.
    unsafe fn shared_array<'a>(&self) -> Option<(&'a [f64], &'a mut [f64])> {
        // SAFETY: the caller's promise.
        let array = unsafe { raw::doubles(self.env, self.shared.value(self.env)) };
        let (records, completions) = array.split_at_mut_checked(self.records)?;
        Some((records, completions))
    }
}

unsafe extern "C" fn submit(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let mut given = [ptr::null_mut(); 2];
    let mut arguments = given.len();
    let mut data = ptr::null_mut();
    let (mut length, mut takes) = (0, false);
    let mut returned = ptr::null_mut();
    // SAFETY: `data` is the count that `submit_function` bound to this function, and whoever calls
    // the function keeps it; the out-pointers are live locals.
    unsafe {
        sys::napi_get_cb_info(env, info, &raw mut arguments, given.as_mut_ptr(), ptr::null_mut(), &raw mut data);
        let queue = &*data.cast::<EventQueue>();
        let known = sys::napi_get_value_uint32(env, given[0], &raw mut length) == sys::Status::napi_ok
            && sys::napi_get_value_bool(env, given[1], &raw mut takes) == sys::Status::napi_ok;
        let count = if known { queue.submit(length as usize, takes) } else { REFUSED };
        sys::napi_create_int32(env, count, &raw mut returned);
    }
    returned
}

unsafe extern "C" fn release_queue(_: sys::napi_env, count: *mut c_void, _: *mut c_void) {
    // SAFETY: the count that `submit_function` bound to the function, which is gone.
    drop(unsafe { Rc::from_raw(count.cast::<EventQueue>()) });
}
