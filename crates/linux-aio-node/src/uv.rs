//! The few libuv functions that put an eventfd into Node's event loop.
//!
//! They are looked up at run time: a plain `extern` would keep the addon from loading where the
//! runtime does not export them.

use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::OnceLock;

use napi::sys;

/// `uv_loop_t`, only ever named.
#[repr(C)]
pub struct Loop {
    opaque: [u8; 0],
}

/// `uv_handle_t`, or one of its kinds, allocated with the size that the runtime's libuv gives.
#[repr(C)]
pub struct Handle {
    opaque: [u8; 0],
}

/// `UV_READABLE`.
pub const READABLE: c_int = 1;
/// `UV_POLL` of `uv_handle_type`.
pub const POLL_TYPE: c_int = 8;
/// `UV_PREPARE`.
pub const PREPARE_TYPE: c_int = 9;

pub type PollCallback = unsafe extern "C" fn(*mut Handle, c_int, c_int);
pub type PrepareCallback = unsafe extern "C" fn(*mut Handle);
pub type CloseCallback = unsafe extern "C" fn(*mut Handle);

/// A struct of function pointers and a `load` that looks every one up, or gives nothing.
macro_rules! functions {
    ($($visibility:vis $field:ident: $signature:ty = $symbol:literal,)*) => {
        /// libuv's functions, under their names without `uv_`.
        pub struct Uv {
            $($visibility $field: $signature,)*
        }

        impl Uv {
            fn load() -> Option<Self> {
                Some(Self {
                    $($field: {
                        // SAFETY: the name is a NUL-terminated literal.
                        let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, $symbol.as_ptr()) };
                        if address.is_null() {
                            return None;
                        }
                        // SAFETY: libuv's documented function of that name has this signature.
                        unsafe { std::mem::transmute::<*mut c_void, $signature>(address) }
                    },)*
                })
            }
        }
    };
}

functions! {
    handle_size: unsafe extern "C" fn(c_int) -> usize = c"uv_handle_size",
    pub poll_init: unsafe extern "C" fn(*mut Loop, *mut Handle, c_int) -> c_int = c"uv_poll_init",
    pub poll_start: unsafe extern "C" fn(*mut Handle, c_int, PollCallback) -> c_int = c"uv_poll_start",
    pub prepare_init: unsafe extern "C" fn(*mut Loop, *mut Handle) -> c_int = c"uv_prepare_init",
    pub prepare_start: unsafe extern "C" fn(*mut Handle, PrepareCallback) -> c_int = c"uv_prepare_start",
    pub backend_fd: unsafe extern "C" fn(*const Loop) -> c_int = c"uv_backend_fd",
    pub backend_timeout: unsafe extern "C" fn(*const Loop) -> c_int = c"uv_backend_timeout",
    pub now: unsafe extern "C" fn(*const Loop) -> u64 = c"uv_now",
    pub update_time: unsafe extern "C" fn(*mut Loop) = c"uv_update_time",
    pub hrtime: unsafe extern "C" fn() -> u64 = c"uv_hrtime",
    pub close: unsafe extern "C" fn(*mut Handle, CloseCallback) = c"uv_close",
    pub reference: unsafe extern "C" fn(*mut Handle) = c"uv_ref",
    pub unreference: unsafe extern "C" fn(*mut Handle) = c"uv_unref",
    pub set_data: unsafe extern "C" fn(*mut Handle, *mut c_void) = c"uv_handle_set_data",
    pub get_data: unsafe extern "C" fn(*const Handle) -> *mut c_void = c"uv_handle_get_data",
}

impl Uv {
    /// libuv's functions, where this runtime has them.
    pub fn get() -> Option<&'static Self> {
        static UV: OnceLock<Option<Uv>> = OnceLock::new();
        UV.get_or_init(Self::load).as_ref()
    }

    /// The loop of `env`, and zeroed memory for a handle of a type in it, to be given to [`free`] after its close callback.
    ///
    /// # Safety
    /// `env` must be the environment of the calling thread.
    pub unsafe fn allocate(&self, env: sys::napi_env, handle_type: c_int) -> Option<(*mut Loop, *mut Handle)> {
        // SAFETY: the caller's promise.
        let event_loop = unsafe { loop_of(env) }?;
        // SAFETY: a number in, a number out, and calloc of a plain size.
        let handle = unsafe { libc::calloc(1, (self.handle_size)(handle_type)) };
        (!handle.is_null()).then_some((event_loop, handle.cast()))
    }
}

/// The loop of `env`.
///
/// # Safety
/// `env` must be the environment of the calling thread.
pub unsafe fn loop_of(env: sys::napi_env) -> Option<*mut Loop> {
    let mut event_loop = ptr::null_mut();
    // SAFETY: the caller's promise; the out-pointer is a live local.
    let status = unsafe { sys::napi_get_uv_event_loop(env, &raw mut event_loop) };
    (status == sys::Status::napi_ok).then_some(event_loop.cast())
}

/// Frees what [`Uv::allocate`] gave.
///
/// # Safety
/// The handle must never have been initialised, or its close callback must be running.
pub unsafe fn free(handle: *mut Handle) {
    // SAFETY: it came from calloc, and libuv has let go of it (the caller's promise).
    unsafe { libc::free(handle.cast()) };
}
