//! What is called when the loop is about to sleep: a prepare handle of libuv.

use std::rc::Rc;

use napi::sys;

use crate::hook::Pending;
use crate::uv::{self, Uv};

/// Is called on the loop's thread, before the loop looks for events.
pub trait BeforeSleep {
    fn before_sleep(&self, uv: &Uv, event_loop: *mut uv::Loop);
}

/// What a handle points at, until libuv has closed it.
struct Link {
    // Let go of first: the environment may be gone after the other.
    sleeper: Rc<dyn BeforeSleep>,
    event_loop: *mut uv::Loop,
    pending: Pending,
}

/// An open prepare handle. It does not keep the loop alive.
pub struct Prepare {
    uv: &'static Uv,
    handle: *mut uv::Handle,
}

impl Prepare {
    /// Nothing where libuv refuses.
    ///
    /// # Safety
    /// `env` must be the environment of the calling thread.
    pub unsafe fn start(env: sys::napi_env, uv: &'static Uv, sleeper: Rc<dyn BeforeSleep>) -> Option<Self> {
        // SAFETY: the caller's promise.
        let (event_loop, handle) = unsafe { uv.allocate(env, uv::PREPARE_TYPE) }?;
        // SAFETY: fresh memory of the size libuv asks for, on this thread's loop; neither call fails with a callback.
        unsafe {
            (uv.prepare_init)(event_loop, handle);
            let link = Box::new(Link { sleeper, event_loop, pending: Pending::NONE });
            (uv.set_data)(handle, Box::into_raw(link).cast());
            (uv.prepare_start)(handle, on_prepare);
            (uv.unreference)(handle);
        }
        Some(Self { uv, handle })
    }

    /// Closes the handle. An environment that is `pending` goes on ending when it has been closed.
    pub fn end(self, pending: Pending) {
        // SAFETY: an open handle on its own thread, closed once, for it is moved in; its link is freed in `closed`.
        unsafe {
            (*(self.uv.get_data)(self.handle).cast::<Link>()).pending = pending;
            (self.uv.close)(self.handle, closed);
        }
    }
}

unsafe extern "C" fn on_prepare(handle: *mut uv::Handle) {
    let Some(uv) = Uv::get() else { return };
    // SAFETY: the handle's data is a link that only `closed` frees. The count is its own, because what is called may close
    // the handle.
    let (sleeper, event_loop) = unsafe {
        let link = &*(uv.get_data)(handle).cast::<Link>();
        (Rc::clone(&link.sleeper), link.event_loop)
    };
    sleeper.before_sleep(uv, event_loop);
}

unsafe extern "C" fn closed(handle: *mut uv::Handle) {
    let Some(uv) = Uv::get() else { return };
    // SAFETY: libuv has let go of the handle, and its link is taken back once, here.
    let link = unsafe { Box::from_raw((uv.get_data)(handle).cast::<Link>()) };
    // SAFETY: as above.
    unsafe { uv::free(handle) };
    drop(link);
}
