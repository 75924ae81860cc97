//! An eventfd in libuv's loop: a poll handle.

use std::cell::Cell;
use std::ffi::c_int;
use std::os::fd::AsRawFd;
use std::rc::Rc;

use napi::sys;

use crate::events::Listener;
use crate::hook::Pending;
use crate::uv::{self, Uv};

/// What a handle points at, until libuv has closed it.
struct Link {
    // Let go of first: the environment may be gone after the other.
    listener: Rc<Listener>,
    pending: Cell<Pending>,
}

/// An open poll handle.
pub struct Poll {
    uv: &'static Uv,
    handle: *mut uv::Handle,
}

impl Poll {
    /// Nothing where libuv refuses.
    ///
    /// # Safety
    /// `env` must be the environment of the calling thread.
    pub unsafe fn start(env: sys::napi_env, uv: &'static Uv, listener: &Rc<Listener>) -> Option<Self> {
        // SAFETY: the caller's promise.
        let (event_loop, handle) = unsafe { uv.allocate(env, uv::POLL_TYPE) }?;
        // SAFETY: fresh memory of the size libuv asks for, on this thread's loop, over an eventfd that the link keeps
        // open until the handle is closed.
        unsafe {
            if (uv.poll_init)(event_loop, handle, listener.notifier().as_raw_fd()) != 0 {
                uv::free(handle);
                return None;
            }
            let link = Box::new(Link { listener: Rc::clone(listener), pending: Cell::new(Pending::NONE) });
            (uv.set_data)(handle, Box::into_raw(link).cast());
            if (uv.poll_start)(handle, uv::READABLE, on_readable) != 0 {
                (uv.close)(handle, closed);
                return None;
            }
            (uv.unreference)(handle);
        }
        Some(Self { uv, handle })
    }

    pub fn keep_loop_alive(&self, alive: bool) {
        // SAFETY: an open handle on its own thread.
        unsafe { if alive { (self.uv.reference)(self.handle) } else { (self.uv.unreference)(self.handle) } };
    }

    /// Closes the handle. An environment whose loop still has the handle must not go on ending: it waits for the close
    /// callback.
    pub fn end(self, pending: Pending) {
        // SAFETY: an open handle on its own thread, closed once, for it is moved in; its link is freed in `closed`.
        unsafe {
            (*(self.uv.get_data)(self.handle).cast::<Link>()).pending.set(pending);
            (self.uv.close)(self.handle, closed);
        }
    }
}

unsafe extern "C" fn on_readable(handle: *mut uv::Handle, _status: c_int, _events: c_int) {
    let Some(uv) = Uv::get() else { return };
    // SAFETY: the handle's data is a link that only `closed` frees. The count is its own, because a callback below may
    // close the handle.
    let listener = unsafe { Rc::clone(&(*(uv.get_data)(handle).cast::<Link>()).listener) };
    listener.wake();
}

unsafe extern "C" fn closed(handle: *mut uv::Handle) {
    let Some(uv) = Uv::get() else { return };
    // SAFETY: libuv has let go of the handle, and its link is taken back once, here.
    let link = unsafe { Box::from_raw((uv.get_data)(handle).cast::<Link>()) };
    // SAFETY: as above.
    unsafe { uv::free(handle) };
    drop(link);
}
