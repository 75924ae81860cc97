//! What wakes a JavaScript thread when its queue's eventfd is added to: the loop's own poll handle, or a thread.

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::rc::Rc;
use std::sync::Arc;

use linux_aio::error::Failure;
use napi::{Result, sys};

use crate::hook::Pending;
use crate::poll::Poll;
use crate::reaper::Reaper;
use crate::uv::Uv;

/// An eventfd that the kernel adds to and the loop is woken by.
pub fn notifier() -> std::result::Result<Arc<OwnedFd>, Failure> {
    // SAFETY: numbers only.
    let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
    if fd < 0 {
        return Err(Failure::last("eventfd"));
    }
    // SAFETY: opened just now and owned by nobody else.
    Ok(Arc::new(unsafe { OwnedFd::from_raw_fd(fd) }))
}

/// Adds to the counter: whoever watches it is woken.
pub fn add(notifier: &OwnedFd) {
    let one: u64 = 1;
    // SAFETY: eight bytes of a live local. A full counter (EAGAIN) wakes as well.
    unsafe { libc::write(notifier.as_raw_fd(), (&raw const one).cast(), 8) };
}

/// Takes the counter down; whether it was up.
pub fn take(notifier: &OwnedFd) -> bool {
    let mut counter = 0u64;
    // SAFETY: eight bytes into a live local.
    unsafe { libc::read(notifier.as_raw_fd(), (&raw mut counter).cast(), 8) == 8 }
}

/// Who is woken, on JavaScript's thread.
pub struct Listener {
    woken: Box<dyn Fn()>,
    notifier: Arc<OwnedFd>,
}

impl Listener {
    /// `woken` is called whenever `notifier` was added to, after its counter was taken down.
    pub fn new(notifier: Arc<OwnedFd>, woken: Box<dyn Fn()>) -> Rc<Self> {
        Rc::new(Self { woken, notifier })
    }

    pub fn notifier(&self) -> &Arc<OwnedFd> {
        &self.notifier
    }

    /// Takes the counter down first and looks for completions then: what is added in between is seen by both.
    pub fn wake(&self) {
        take(&self.notifier);
        (self.woken)();
    }
}

/// One watch over one eventfd, in one of its two forms.
pub enum Events {
    Poll(Poll),
    Reaper(Reaper),
}

impl Events {
    /// Watches the listener's eventfd: by the loop, unless that is not libuv's or refuses; then, or where `thread`, by
    /// a thread.
    ///
    /// # Safety
    /// `env` must be the environment of the calling thread, inside a handle scope.
    pub unsafe fn watch(env: sys::napi_env, thread: bool, listener: &Rc<Listener>) -> Result<Self> {
        let uv = if thread { None } else { Uv::get() };
        // SAFETY: the caller's promise, for both.
        unsafe {
            match uv.and_then(|uv| Poll::start(env, uv, listener)) {
                Some(poll) => Ok(Self::Poll(poll)),
                None => Ok(Self::Reaper(Reaper::start(env, listener)?)),
            }
        }
    }

    /// Whether the loop runs on for this alone. At first it does not.
    pub fn keep_loop_alive(&self, alive: bool) {
        match self {
            Self::Poll(poll) => poll.keep_loop_alive(alive),
            Self::Reaper(reaper) => reaper.keep_loop_alive(alive),
        }
    }

    /// Whether the loop watches for itself, and it takes turns of it to end that.
    pub fn is_polled(&self) -> bool {
        matches!(self, Self::Poll(_))
    }

    /// Ends the watch: the listener is not called any more, and let go of soon. An environment that is `pending` goes
    /// on ending when the watch has ended.
    pub fn end(self, pending: Pending) {
        match self {
            Self::Poll(poll) => poll.end(pending),
            Self::Reaper(reaper) => reaper.end(),
        }
    }
}
