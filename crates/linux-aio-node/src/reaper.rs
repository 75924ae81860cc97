//! A thread that sleeps on a queue's eventfd and calls JavaScript's thread, for runtimes whose loop is not libuv's.
//!
//! No wake-up is lost. The eventfd's counter is the only memory of what was added: the thread looks whether it is above
//! zero and never takes it down. Only JavaScript's thread does, right before it looks for completions. So whatever is
//! added after that leaves the counter above zero, and the thread, which looks again when JavaScript's thread has
//! answered, calls once more. In between it waits, so that at most one call is under way, however much is added.

use std::ffi::c_void;
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

use linux_aio::threads::without_signals;
use napi::{Result, check_status, sys};

use crate::events::{self, Listener};

/// After how long a call that could not be made is tried again.
const AGAIN: Duration = Duration::from_millis(1);

/// What both threads look at.
struct Shared {
    notifier: Arc<OwnedFd>,
    /// JavaScript's thread was called and has not answered yet.
    calling: AtomicBool,
    /// The watch is to end.
    ending: AtomicBool,
    /// The runtime has closed the function, which may be gone with the thread's count of it.
    closed: AtomicBool,
}

impl Shared {
    /// Has the thread end, whatever it is at.
    fn end(&self, thread: &Thread) {
        self.ending.store(true, Ordering::Release);
        thread.unpark();
        events::add(&self.notifier);
    }
}

/// What JavaScript's thread is called with. The function has a count of it, each call one, and the reaper one, whose
/// drop is on JavaScript's thread and after the end of the other.
struct Link {
    listener: Rc<Listener>,
    shared: Arc<Shared>,
    thread: Thread,
}

/// What the thread calls: the function, of which it holds the one count, with the link.
struct Call {
    function: sys::napi_threadsafe_function,
    link: *const Link,
}

// SAFETY: the function is made to be called from other threads, and lives until Reaper::end, which joins the thread
// before. So does the link, which the thread only counts.
unsafe impl Send for Call {}

/// A running thread and its function.
pub struct Reaper {
    env: sys::napi_env,
    function: sys::napi_threadsafe_function,
    link: Arc<Link>,
    thread: JoinHandle<()>,
}

impl Reaper {
    /// # Safety
    /// `env` must be the environment of the calling thread, inside a handle scope.
    pub unsafe fn start(env: sys::napi_env, listener: &Rc<Listener>) -> Result<Self> {
        let shared = Arc::new(Shared {
            notifier: Arc::clone(listener.notifier()),
            calling: AtomicBool::new(false),
            ending: AtomicBool::new(false),
            closed: AtomicBool::new(false),
        });
        let (give, take) = std::sync::mpsc::channel::<Call>();
        let seen = Arc::clone(&shared);
        // The thread is first: the function's context names it. Without a function it ends.
        let thread = thread::Builder::new().name("linux-aio-reap".into());
        let work = move || {
            if let Ok(call) = take.recv() {
                watch(&seen, &call);
            }
        };
        let thread = without_signals(|| thread.spawn(work))
            .map_err(|error| napi::Error::from_reason(format!("no thread to wait for completions: {error}")))?;
        // Arc, for its counts are raised on the other thread too, where the rest of it is never touched.
        #[expect(clippy::arc_with_non_send_sync)]
        let link = Arc::new(Link { listener: Rc::clone(listener), shared, thread: thread.thread().clone() });
        // SAFETY: the caller's promise.
        let function = unsafe { threadsafe_function(env, Arc::clone(&link)) }?;
        // SAFETY: as above. A loop with nothing under way may end.
        unsafe { sys::napi_unref_threadsafe_function(env, function) };
        // The receiver waits for it.
        let _ = give.send(Call { function, link: Arc::as_ptr(&link) });
        Ok(Self { env, function, link, thread })
    }

    pub fn keep_loop_alive(&self, alive: bool) {
        if self.link.shared.closed.load(Ordering::Acquire) {
            return;
        }
        // SAFETY: JavaScript's thread, and the function is not finalized: `finalize` would have closed it.
        unsafe {
            if alive {
                sys::napi_ref_threadsafe_function(self.env, self.function);
            } else {
                sys::napi_unref_threadsafe_function(self.env, self.function);
            }
        }
    }

    /// Ends the thread and waits for that, which is short: it sleeps, or waits for an answer, or makes one call that
    /// does not block. After it nobody can call the function, which then goes too.
    pub fn end(self) {
        self.link.shared.end(self.thread.thread());
        // A thread that panicked has ended as well.
        let _ = self.thread.join();
        if !self.link.shared.closed.load(Ordering::Acquire) {
            // SAFETY: the thread's count, given back once and for it, as it is gone.
            unsafe { sys::napi_release_threadsafe_function(self.function, sys::ThreadsafeFunctionReleaseMode::abort) };
        }
    }
}

/// # Safety
/// `env` must be the environment of the calling thread, inside a handle scope.
unsafe fn threadsafe_function(env: sys::napi_env, link: Arc<Link>) -> Result<sys::napi_threadsafe_function> {
    let name = "linux-aio";
    let link = Arc::into_raw(link).cast_mut().cast::<c_void>();
    let (mut resource, mut function) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: the caller's promise; the count is given back by `finalize`, which runs once, or never where this fails.
    let made = unsafe {
        sys::napi_create_string_utf8(env, name.as_ptr().cast(), name.len() as isize, &raw mut resource);
        check_status!(sys::napi_create_threadsafe_function(
            env,
            ptr::null_mut(),
            ptr::null_mut(),
            resource,
            0,
            1,
            link,
            Some(finalize),
            ptr::null_mut(),
            Some(on_call),
            &raw mut function
        ))
    };
    if made.is_err() {
        // SAFETY: nobody else has it.
        drop(unsafe { Arc::from_raw(link.cast::<Link>()) });
    }
    made.map(|()| function)
}

/// The thread's whole life.
fn watch(shared: &Shared, call: &Call) {
    loop {
        wait_until_readable(&shared.notifier);
        if shared.ending.load(Ordering::Acquire) {
            return;
        }
        shared.calling.store(true, Ordering::Release);
        // SAFETY: the thread holds a count of the function, until this says that it is closing. The link is the
        // reaper's, and counted for the call, which may come when both are gone.
        let status = unsafe {
            Arc::increment_strong_count(call.link);
            sys::napi_call_threadsafe_function(
                call.function,
                call.link.cast_mut().cast(),
                sys::ThreadsafeFunctionCallMode::nonblocking,
            )
        };
        if status != sys::Status::napi_ok {
            // SAFETY: the count of the call that is not made; never the last, the reaper's is there.
            unsafe { Arc::decrement_strong_count(call.link) };
            if status == sys::Status::napi_closing {
                shared.closed.store(true, Ordering::Release);
                return;
            }
            // Whatever it was, the counter is still above zero: it asks again.
            shared.calling.store(false, Ordering::Release);
            thread::park_timeout(AGAIN);
            continue;
        }
        while shared.calling.load(Ordering::Acquire) && !shared.ending.load(Ordering::Acquire) {
            thread::park();
        }
    }
}

fn wait_until_readable(notifier: &OwnedFd) {
    let mut descriptor = libc::pollfd { fd: notifier.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: one live local. Interrupted, it asks again.
    while unsafe { libc::poll(&raw mut descriptor, 1, -1) } < 1 {}
}

unsafe extern "C" fn on_call(env: sys::napi_env, _: sys::napi_value, _: *mut c_void, data: *mut c_void) {
    // SAFETY: the count that `watch` gave to this call.
    let link = unsafe { Arc::from_raw(data.cast_const().cast::<Link>()) };
    // Without an environment this only empties the function's queue.
    if env.is_null() || link.shared.ending.load(Ordering::Acquire) {
        return;
    }
    link.listener.wake();
    link.shared.calling.store(false, Ordering::Release);
    link.thread.unpark();
}

unsafe extern "C" fn finalize(_: sys::napi_env, data: *mut c_void, _: *mut c_void) {
    // SAFETY: the count that `threadsafe_function` gave to the function, which is finalized once.
    let link = unsafe { Arc::from_raw(data.cast_const().cast::<Link>()) };
    link.shared.closed.store(true, Ordering::Release);
    // An environment that ended without its hooks: the thread must not call any more.
    link.shared.end(&link.thread);
}
