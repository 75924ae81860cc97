//! A core queue in Node's event loop: one raw call per batch down, one JavaScript call per batch up.

use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_void};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use linux_aio::error::Failure;
use linux_aio::queue::{Completion, Queue};
use linux_aio::record::{self, Completions};
use linux_aio::sys::Linux;
use linux_aio::turn::TurnBudget;
use napi::{Result, check_status, sys};

use crate::environment;
use crate::raw::{self, Reference};
use crate::uv::{self, Poll, Uv};

/// What one turn of the loop may spend on submits, or on completions, before others have theirs.
pub const TURN: Duration = Duration::from_micros(500);

/// What `submit` returns where the records make no sense or the queue is closed.
const REFUSED: i32 = -1;

/// An eventfd that the kernel adds to and the loop sleeps on.
pub fn notifier() -> std::result::Result<Arc<OwnedFd>, Failure> {
    // SAFETY: numbers only.
    let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
    if fd < 0 {
        return Err(Failure::last("eventfd"));
    }
    // SAFETY: opened just now and owned by nobody else.
    Ok(Arc::new(unsafe { OwnedFd::from_raw_fd(fd) }))
}

/// One queue of one JavaScript thread. Everything but its construction happens on that thread.
pub struct EventQueue {
    env: sys::napi_env,
    uv: &'static Uv,
    core: RefCell<Option<Queue<Linux>>>,
    budget: RefCell<TurnBudget>,
    /// Until the poll handle is closed: the function that JavaScript submits by may live for long.
    notifier: RefCell<Option<Arc<OwnedFd>>>,
    poll: Cell<*mut Poll>,
    keeps_loop_alive: Cell<bool>,
    records: Reference,
    completions: Reference,
    callback: Reference,
    hook: Cell<sys::napi_async_cleanup_hook_handle>,
    wakeups: Cell<u64>,
    callbacks: Cell<u64>,
}

/// The arrays that a queue shares with JavaScript.
pub struct SharedArrays {
    pub records: sys::napi_value,
    pub completions: sys::napi_value,
}

impl EventQueue {
    /// Puts `core` into the loop of `env`. `callback` is called with the number of completions.
    ///
    /// # Safety
    /// `env` must be the environment of the calling thread, inside a handle scope.
    pub unsafe fn attach(
        env: sys::napi_env,
        uv: &'static Uv,
        core: Queue<Linux>,
        notifier: Arc<OwnedFd>,
        arrays: &SharedArrays,
        callback: sys::napi_value,
    ) -> Result<Rc<Self>> {
        // SAFETY: the caller's promise, for all four.
        let (records, completions, callback, event_loop) = unsafe {
            let mut event_loop = ptr::null_mut();
            check_status!(sys::napi_get_uv_event_loop(env, &raw mut event_loop))?;
            (
                Reference::new(env, arrays.records)?,
                Reference::new(env, arrays.completions)?,
                Reference::new(env, callback)?,
                event_loop.cast::<uv::Loop>(),
            )
        };
        let queue = Rc::new(Self {
            env,
            uv,
            core: RefCell::new(Some(core)),
            budget: RefCell::new(TurnBudget::new(TURN)),
            notifier: RefCell::new(Some(Arc::clone(&notifier))),
            poll: Cell::new(ptr::null_mut()),
            keeps_loop_alive: Cell::new(false),
            records,
            completions,
            callback,
            hook: Cell::new(ptr::null_mut()),
            wakeups: Cell::new(0),
            callbacks: Cell::new(0),
        });
        queue.start_polling(event_loop, &notifier)?;
        let data = Rc::as_ptr(&queue).cast_mut().cast();
        let mut hook = ptr::null_mut();
        // SAFETY: the queue outlives the hook: the poll handle's count is given back only after the
        // hook was removed or has run.
        let added = check_status!(unsafe {
            sys::napi_add_async_cleanup_hook(env, Some(environment_ends), data, &raw mut hook)
        });
        if added.is_err() {
            queue.stop_polling();
        }
        added?;
        queue.hook.set(hook);
        Ok(queue)
    }

    fn start_polling(self: &Rc<Self>, event_loop: *mut uv::Loop, notifier: &OwnedFd) -> Result<()> {
        let poll = self.uv.allocate_poll();
        if poll.is_null() {
            return Err(napi::Error::from_reason("no memory for a poll handle"));
        }
        // SAFETY: fresh memory of the size libuv asks for, on this thread's loop, over an eventfd
        // that lives as long as the queue, which holds one count for this handle until it is closed.
        unsafe {
            let status = (self.uv.poll_init)(event_loop, poll, notifier.as_raw_fd());
            if status != 0 {
                uv::free_poll(poll);
                return Err(napi::Error::from_reason(format!("uv_poll_init failed: {status}")));
            }
            (self.uv.set_data)(poll, Rc::into_raw(Rc::clone(self)).cast_mut().cast());
            (self.uv.poll_start)(poll, uv::READABLE, on_readable);
            (self.uv.unreference)(poll);
        }
        self.poll.set(poll);
        Ok(())
    }

    /// The raw function `submit(doubles) -> completions`, bound to this queue.
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

    /// Looks at the core queue, where it is not closed.
    pub fn core<T>(&self, look: impl FnOnce(&mut Queue<Linux>) -> T) -> Option<T> {
        self.core.borrow_mut().as_mut().map(look)
    }

    /// Takes a queued operation back; it settles in the next turn.
    pub fn withdraw(&self, slot: u32) -> Option<bool> {
        let withdrawn = self.core(|core| core.withdraw(slot))?;
        if withdrawn {
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
        self.stop_polling();
        // SAFETY: JavaScript's thread, and the references are not used once the core is gone.
        unsafe {
            sys::napi_remove_async_cleanup_hook(self.hook.get());
            self.records.delete(self.env);
            self.completions.delete(self.env);
            self.callback.delete(self.env);
        }
        Some(core)
    }

    fn stop_polling(&self) {
        let poll = self.poll.replace(ptr::null_mut());
        if !poll.is_null() {
            // SAFETY: an open handle, closed once.
            unsafe { (self.uv.close)(poll, poll_closed) };
        }
    }

    /// A loop with operations under way stays alive; one without may end.
    fn keep_loop_alive(&self, alive: bool) {
        let poll = self.poll.get();
        if poll.is_null() || self.keeps_loop_alive.replace(alive) == alive {
            return;
        }
        // SAFETY: an open handle on its own thread.
        unsafe { if alive { (self.uv.reference)(poll) } else { (self.uv.unreference)(poll) } };
    }

    /// Wakes the loop without the kernel: something is left to do that no event will announce.
    fn wake(&self) {
        let one: u64 = 1;
        if let Some(notifier) = &*self.notifier.borrow() {
            // SAFETY: eight bytes of a live local. A full counter (EAGAIN) wakes as well.
            unsafe { libc::write(notifier.as_raw_fd(), (&raw const one).cast(), 8) };
        }
    }

    /// One batch down: takes `length` doubles of records, submits, and says how many completions
    /// are there already.
    fn submit(&self, length: usize) -> i32 {
        let mut core = self.core.borrow_mut();
        let Some(core) = core.as_mut() else { return REFUSED };
        // SAFETY: called from JavaScript, so in a scope; nothing below runs JavaScript.
        let records = unsafe { raw::doubles(self.env, self.records.value(self.env)) };
        let Some(records) = records.get(..length) else { return REFUSED };
        let pushed = environment::with(|environment| record::push(core, &environment.registry, records));
        let stuck = core.submit();
        let mut count = 0;
        if pushed.is_ok() && self.budget.borrow_mut().allows() {
            count = self.reap(core, true);
        }
        if stuck || core.refused() > 0 {
            self.wake();
        }
        self.keep_loop_alive(core.outstanding() > 0);
        // What completed is told by the loop then: a refusal has no room for a count.
        if pushed.is_err() { REFUSED } else { count }
    }

    /// Writes what is done into the shared completion array.
    fn reap(&self, core: &mut Queue<Linux>, inline: bool) -> i32 {
        // SAFETY: in a scope (called from JavaScript or under `deliver`'s); nothing below runs JavaScript.
        let array = unsafe { raw::doubles(self.env, self.completions.value(self.env)) };
        let mut completions = Completions::new(array);
        let limit = completions.capacity();
        let write = |done: Completion| completions.push(done.slot, done.result);
        let count = if inline { core.reap_inline(limit, write) } else { core.reap(limit, write) };
        i32::try_from(count).unwrap_or(i32::MAX)
    }

    /// All that is done up, one JavaScript call for each array full; what is left after a while, in the next turn.
    fn deliver(&self) {
        while self.budget.borrow_mut().allows() {
            let (count, more) = {
                let mut core = self.core.borrow_mut();
                let Some(core) = core.as_mut() else { return };
                let count = self.reap(core, false);
                if core.pump() {
                    self.wake();
                }
                self.keep_loop_alive(core.outstanding() > 0);
                (count, core.has_done())
            };
            if count == 0 {
                return;
            }
            self.call_back(count);
            if !more {
                return;
            }
        }
        self.wake();
    }

    fn call_back(&self, count: i32) {
        self.callbacks.set(self.callbacks.get() + 1);
        // SAFETY: JavaScript's thread, inside `on_readable`'s handle scope, and the references live
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

unsafe extern "C" fn submit(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let mut argument = ptr::null_mut();
    let mut arguments = 1;
    let mut data = ptr::null_mut();
    let mut length = 0;
    let mut returned = ptr::null_mut();
    // SAFETY: `data` is the count that `submit_function` bound to this function, and whoever calls
    // the function keeps it; the out-pointers are live locals.
    unsafe {
        sys::napi_get_cb_info(env, info, &raw mut arguments, &raw mut argument, ptr::null_mut(), &raw mut data);
        let queue = &*data.cast::<EventQueue>();
        let status = sys::napi_get_value_uint32(env, argument, &raw mut length);
        let count = if status == sys::Status::napi_ok { queue.submit(length as usize) } else { REFUSED };
        sys::napi_create_int32(env, count, &raw mut returned);
    }
    returned
}

unsafe extern "C" fn on_readable(poll: *mut Poll, _status: c_int, _events: c_int) {
    let Some(uv) = Uv::get() else { return };
    // SAFETY: the handle's data is a count of the queue that only `poll_closed` gives back; it is
    // raised here because a callback below may close the handle.
    let queue = unsafe {
        let data = (uv.get_data)(poll).cast::<EventQueue>();
        Rc::increment_strong_count(data);
        Rc::from_raw(data)
    };
    let mut counter = 0u64;
    if let Some(notifier) = &*queue.notifier.borrow() {
        // SAFETY: eight bytes into a live local.
        unsafe { libc::read(notifier.as_raw_fd(), (&raw mut counter).cast(), 8) };
    }
    queue.wakeups.set(queue.wakeups.get() + 1);
    queue.budget.borrow_mut().turn();
    let mut scope = ptr::null_mut();
    // SAFETY: JavaScript's thread, between turns; the scope is closed in this function.
    unsafe { sys::napi_open_handle_scope(queue.env, &raw mut scope) };
    queue.deliver();
    // SAFETY: opened above.
    unsafe { sys::napi_close_handle_scope(queue.env, scope) };
}

unsafe extern "C" fn poll_closed(poll: *mut Poll) {
    let Some(uv) = Uv::get() else { return };
    // SAFETY: libuv has let go of the handle; its count is given back once, here.
    unsafe {
        let queue = Rc::from_raw((uv.get_data)(poll).cast::<EventQueue>());
        queue.notifier.take();
        uv::free_poll(poll);
    }
}

unsafe extern "C" fn release_queue(_: sys::napi_env, count: *mut c_void, _: *mut c_void) {
    // SAFETY: the count that `submit_function` bound to the function, which is gone.
    drop(unsafe { Rc::from_raw(count.cast::<EventQueue>()) });
}

/// The environment ends: its loop is left, and what is in flight is waited for elsewhere.
unsafe extern "C" fn environment_ends(hook: sys::napi_async_cleanup_hook_handle, data: *mut c_void) {
    let queue = data.cast::<EventQueue>();
    // SAFETY: the poll handle's count keeps the queue until `poll_closed_at_end`.
    let (core, poll) = unsafe { ((*queue).core.borrow_mut().take(), (*queue).poll.replace(ptr::null_mut())) };
    if let Some(core) = core {
        // io_destroy waits for the kernel; the operations' memory goes after it. Without a thread
        // it waits here.
        let _ = std::thread::Builder::new().name("linux-aio-end".into()).spawn(move || drop(core));
    }
    if poll.is_null() {
        // SAFETY: the hook that this call was given.
        unsafe { sys::napi_remove_async_cleanup_hook(hook) };
        return;
    }
    // SAFETY: an open handle, closed once, on its own thread. The hook is removed in the close
    // callback: an environment whose loop still has the handle must not go on ending.
    unsafe { ((*queue).uv.close)(poll, poll_closed_at_end) };
}

unsafe extern "C" fn poll_closed_at_end(poll: *mut Poll) {
    let Some(uv) = Uv::get() else { return };
    // SAFETY: the data is a live count until `poll_closed` below gives it back; the hook is the one
    // that is waiting for this.
    unsafe {
        let hook = (*(uv.get_data)(poll).cast::<EventQueue>()).hook.get();
        poll_closed(poll);
        sys::napi_remove_async_cleanup_hook(hook);
    }
}
