//! The environment's end, as a queue is told of it: by a cleanup hook.

use std::ffi::c_void;
use std::ptr;
use std::rc::Rc;

use napi::{Result, check_status, sys};

/// What is called when the environment ends, on its thread, with `data`; it takes the given [`Pending`].
pub type Ending = fn(data: *mut c_void, pending: Pending);

/// An environment that waits to end until this and its clones are dropped; it may be of the sort that waits for nothing.
#[derive(Clone)]
pub struct Pending {
    /// Only counted.
    _waiting: Option<Rc<Ended>>,
}

struct Ended(sys::napi_async_cleanup_hook_handle);

impl Pending {
    /// Nobody waits.
    pub const NONE: Self = Self { _waiting: None };
}

impl Drop for Ended {
    fn drop(&mut self) {
        // SAFETY: the handle that the hook was called with, given back once.
        unsafe { sys::napi_remove_async_cleanup_hook(self.0) };
    }
}

struct Call {
    ending: Ending,
    data: *mut c_void,
}

/// A hook that was not called and not removed yet.
pub struct Hook {
    env: sys::napi_env,
    /// Null for one that waits for nothing.
    handle: sys::napi_async_cleanup_hook_handle,
    call: *mut Call,
}

impl Hook {
    /// Has `ending` called when `env` ends, which `waits` for what that begins. Deno's hooks that wait must not be
    /// removed once they were called, Node's have to be: so only what needs to wait is to ask for it.
    ///
    /// # Safety
    /// `env` must be the environment of the calling thread, and `data` valid until the hook was called or removed.
    pub unsafe fn add(env: sys::napi_env, waits: bool, ending: Ending, data: *mut c_void) -> Result<Self> {
        let call = Box::into_raw(Box::new(Call { ending, data }));
        let mut handle = ptr::null_mut();
        // SAFETY: the caller's promise; the call is freed when the hook is called or removed.
        let added = check_status!(unsafe {
            if waits {
                sys::napi_add_async_cleanup_hook(env, Some(ends_later), call.cast(), &raw mut handle)
            } else {
                sys::napi_add_env_cleanup_hook(env, Some(ends), call.cast())
            }
        });
        if let Err(error) = added {
            // SAFETY: nobody else has it.
            drop(unsafe { Box::from_raw(call) });
            return Err(error);
        }
        Ok(Self { env, handle, call })
    }

    /// # Safety
    /// On the environment's thread, and the hook not called yet.
    pub unsafe fn remove(self) {
        // SAFETY: the caller's promise; removed, it has no use for the call.
        unsafe {
            if self.handle.is_null() {
                sys::napi_remove_env_cleanup_hook(self.env, Some(ends), self.call.cast());
            } else {
                sys::napi_remove_async_cleanup_hook(self.handle);
            }
            drop(Box::from_raw(self.call));
        }
    }
}

unsafe extern "C" fn ends(call: *mut c_void) {
    // SAFETY: the call that `add` gave to this hook, which is called once.
    let call = unsafe { Box::from_raw(call.cast::<Call>()) };
    (call.ending)(call.data, Pending::NONE);
}

unsafe extern "C" fn ends_later(handle: sys::napi_async_cleanup_hook_handle, call: *mut c_void) {
    // SAFETY: as in `ends`.
    let call = unsafe { Box::from_raw(call.cast::<Call>()) };
    (call.ending)(call.data, Pending { _waiting: Some(Rc::new(Ended(handle))) });
}
