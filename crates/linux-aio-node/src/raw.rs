//! N-API calls that napi-rs has no safe form for.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ptr::{self, NonNull};
use std::rc::Rc;
use std::sync::Arc;

use linux_aio::buffer::Slab;
use napi::bindgen_prelude::{FromNapiValue, ToNapiValue, TypeName};
use napi::{Result, Status, ValueType, check_status, sys};

/// A value that is handed to JavaScript as it is.
pub struct Value(pub sys::napi_value);

impl ToNapiValue for Value {
    unsafe fn to_napi_value(_: sys::napi_env, value: Self) -> Result<sys::napi_value> {
        Ok(value.0)
    }
}

impl FromNapiValue for Value {
    unsafe fn from_napi_value(_: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        Ok(Self(value))
    }
}

impl TypeName for Value {
    fn type_name() -> &'static str {
        "unknown"
    }

    fn value_type() -> ValueType {
        ValueType::Unknown
    }
}

/// A strong reference to a JavaScript value, until deleted.
#[derive(Clone, Copy)]
pub struct Reference(sys::napi_ref);

impl Reference {
    /// # Safety
    /// `env` must be the environment of the calling thread, `value` a live value of it.
    pub unsafe fn new(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        let mut reference = ptr::null_mut();
        // SAFETY: the caller's promise; the out-pointer is a live local.
        check_status!(unsafe { sys::napi_create_reference(env, value, 1, &raw mut reference) })?;
        Ok(Self(reference))
    }

    /// One that does not keep the value.
    ///
    /// # Safety
    /// As [`Reference::new`].
    unsafe fn weak(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        let mut reference = ptr::null_mut();
        // SAFETY: the caller's promise; the out-pointer is a live local.
        check_status!(unsafe { sys::napi_create_reference(env, value, 0, &raw mut reference) })?;
        Ok(Self(reference))
    }

    /// Null where the value of a weak one was collected.
    ///
    /// # Safety
    /// As [`Reference::new`], inside a handle scope, and the reference not deleted.
    pub unsafe fn value(self, env: sys::napi_env) -> sys::napi_value {
        let mut value = ptr::null_mut();
        // SAFETY: the caller's promise; the out-pointer is a live local.
        unsafe { sys::napi_get_reference_value(env, self.0, &raw mut value) };
        value
    }

    /// # Safety
    /// As [`Reference::value`]; the reference is gone afterwards.
    pub unsafe fn delete(self, env: sys::napi_env) {
        // SAFETY: the caller's promise.
        unsafe { sys::napi_delete_reference(env, self.0) };
    }
}

/// A Buffer of V8's own with whatever its memory has had in it, and where that begins.
///
/// # Safety
/// `env` must be the environment of the calling thread, inside a handle scope.
pub unsafe fn uninitialized_buffer(env: sys::napi_env, bytes: usize) -> Result<(sys::napi_value, *mut u8)> {
    let (mut value, mut data) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: the caller's promise; the out-pointers are live locals.
    check_status!(unsafe { sys::napi_create_buffer(env, bytes, &raw mut data, &raw mut value) })?;
    Ok((value, data.cast()))
}

/// What a call that failed would throw is not thrown.
///
/// # Safety
/// `env` must be the environment of the calling thread, inside a handle scope.
pub unsafe fn forget_exception(env: sys::napi_env) {
    let mut exception = ptr::null_mut();
    // SAFETY: the caller's promise; without an exception it answers undefined.
    unsafe { sys::napi_get_and_clear_last_exception(env, &raw mut exception) };
}

/// An ArrayBuffer of `doubles` doubles on V8's own heap, and its value.
///
/// # Safety
/// `env` must be the environment of the calling thread, inside a handle scope.
pub unsafe fn array_buffer(env: sys::napi_env, doubles: usize) -> Result<sys::napi_value> {
    let mut value = ptr::null_mut();
    let mut data = ptr::null_mut();
    // SAFETY: the caller's promise; the out-pointers are live locals.
    check_status!(unsafe {
        sys::napi_create_arraybuffer(env, doubles * size_of::<f64>(), &raw mut data, &raw mut value)
    })?;
    Ok(value)
}

/// The doubles of an ArrayBuffer: none where it was detached.
///
/// # Safety
/// `env` must be the environment of the calling thread, inside a handle scope, and no JavaScript
/// may run while the slice is in use, for it could detach the buffer.
pub unsafe fn doubles<'a>(env: sys::napi_env, array_buffer: sys::napi_value) -> &'a mut [f64] {
    // SAFETY: the caller's promise.
    let (data, length) = unsafe { bytes(env, array_buffer) };
    if data.is_null() {
        return &mut [];
    }
    // SAFETY: V8 allocates backing stores aligned for any element type, and nothing else looks at
    // the bytes before JavaScript runs again (the caller's promise).
    unsafe { std::slice::from_raw_parts_mut(data.cast(), length / size_of::<f64>()) }
}

/// Where the bytes of an ArrayBuffer are, and how many: none where it was detached, or is none.
///
/// # Safety
/// As [`doubles`]; the address is good until JavaScript runs again.
pub unsafe fn bytes(env: sys::napi_env, array_buffer: sys::napi_value) -> (*mut u8, usize) {
    let mut data: *mut c_void = ptr::null_mut();
    let mut length = 0;
    // SAFETY: the caller's promise; the out-pointers are live locals.
    let status = unsafe { sys::napi_get_arraybuffer_info(env, array_buffer, &raw mut data, &raw mut length) };
    if status != sys::Status::napi_ok || data.is_null() {
        return (ptr::null_mut(), 0);
    }
    (data.cast(), length)
}

/// JavaScript's one count of a slab: given back by the finalizer of its ArrayBuffer, or before.
pub struct Exposure {
    slab: RefCell<Option<Arc<Slab>>>,
    /// The ArrayBuffer, not kept by it.
    memory: Cell<Option<Reference>>,
    env: sys::napi_env,
}

impl Exposure {
    /// Gives the count back, if the finalizer has not.
    fn end(&self) {
        drop(self.slab.take());
    }

    fn address(&self) -> Option<NonNull<u8>> {
        self.slab.borrow().as_ref().map(|slab| slab.address())
    }

    /// Looks whether the ArrayBuffer is still there, before its environment ends. If not, it was transferred, and its
    /// memory may be another thread's by now, of which nobody tells: it stays mapped for good. (Or it was collected a
    /// moment ago, which cannot be told from that.)
    ///
    /// # Safety
    /// On JavaScript's thread, inside a handle scope.
    pub unsafe fn check(&self) {
        let mut detached = true;
        // SAFETY: the caller's promise; the reference lives until the finalizer has run.
        unsafe {
            let Some(memory) = self.memory.get() else { return };
            let value = memory.value(self.env);
            if !value.is_null() {
                sys::napi_is_detached_arraybuffer(self.env, value, &raw mut detached);
            }
        }
        if detached {
            std::mem::forget(self.slab.take());
        }
    }

    /// The ArrayBuffer was collected, or its environment ends, which finalizes all that is left. In a worker that was
    /// terminated nobody had the time for [`Exposure::check`], and what was transferred after that is seen by nobody:
    /// should another thread have the memory, it is to find zeros there rather than nothing. What is under way is
    /// still moved, by the kernel or by helpers, and keeps the pages until then.
    ///
    /// # Safety
    /// On JavaScript's thread, in the ArrayBuffer's finalizer.
    unsafe fn finalize(&self) {
        // SAFETY: the caller's promise, and nobody else has the reference.
        let ending = unsafe {
            if let Some(memory) = self.memory.take() {
                memory.delete(self.env);
            }
            !runs_javascript(self.env)
        };
        if ending && let Some(slab) = &*self.slab.borrow() {
            slab.abandon();
        }
        self.end();
    }
}

/// Whether JavaScript can be run: no more when the environment ends.
///
/// # Safety
/// On JavaScript's thread.
unsafe fn runs_javascript(env: sys::napi_env) -> bool {
    let (mut scope, mut value) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: the caller's promise; the scope is closed here. To coerce is a call that could run JavaScript.
    unsafe {
        sys::napi_open_handle_scope(env, &raw mut scope);
        sys::napi_get_undefined(env, &raw mut value);
        let status = sys::napi_coerce_to_bool(env, value, &raw mut value);
        sys::napi_close_handle_scope(env, scope);
        status == sys::Status::napi_ok
    }
}

/// A slab as an external ArrayBuffer, which holds one count of it until it is collected or
/// detached; nothing where the runtime refuses (Electron).
///
/// # Safety
/// `env` must be the environment of the calling thread, inside a handle scope.
pub unsafe fn external_array_buffer(
    env: sys::napi_env,
    slab: &Arc<Slab>,
) -> Result<Option<(sys::napi_value, Rc<Exposure>)>> {
    let exposure = Rc::new(Exposure { slab: RefCell::new(Some(Arc::clone(slab))), memory: Cell::new(None), env });
    let hint = Rc::into_raw(Rc::clone(&exposure)).cast_mut().cast::<c_void>();
    let address = slab.address().as_ptr().cast();
    let mut value = ptr::null_mut();
    // SAFETY: the memory is mapped for as long as the exposure holds its count, which is until the
    // finalizer runs or `detach` has made the memory unreachable.
    let status = unsafe {
        sys::napi_create_external_arraybuffer(env, address, slab.len(), Some(finalize), hint, &raw mut value)
    };
    if status != sys::Status::napi_ok {
        // Whether a failed call runs the finalizer depends on where it failed (a length that V8 does not take: it
        // does, and the memory is gone). So the slab's count goes now, and the few bytes of `hint` are left to it.
        exposure.end();
        let refused = status == sys::Status::napi_no_external_buffers_allowed;
        return if refused { Ok(None) } else { Err(napi::Error::from_status(Status::from(status))) };
    }
    // SAFETY: the caller's promise, and a value made just now.
    exposure.memory.set(Some(unsafe { Reference::weak(env, value) }?));
    Ok(Some((value, exposure)))
}

unsafe extern "C" fn finalize(_: sys::napi_env, _: *mut c_void, hint: *mut c_void) {
    // SAFETY: the count that `external_array_buffer` gave to this finalizer, which runs once.
    let exposure = unsafe { Rc::from_raw(hint.cast::<Exposure>()) };
    // SAFETY: finalizers run on JavaScript's thread.
    unsafe { exposure.finalize() };
}

/// Detaches an exposed slab's ArrayBuffer and gives its count back at once: finalizers come late.
/// Whether it was that ArrayBuffer and could be detached.
///
/// # Safety
/// `env` must be the environment of the calling thread, inside a handle scope.
pub unsafe fn detach(env: sys::napi_env, memory: sys::napi_value, exposure: &Exposure) -> bool {
    let mut data = ptr::null_mut();
    let mut length = 0;
    // SAFETY: the caller's promise; a value that is no ArrayBuffer is refused by status.
    let status = unsafe { sys::napi_get_arraybuffer_info(env, memory, &raw mut data, &raw mut length) };
    let same =
        status == sys::Status::napi_ok && exposure.address().is_some_and(|address| address.as_ptr().cast() == data);
    // SAFETY: as above.
    let detached = same && unsafe { sys::napi_detach_arraybuffer(env, memory) } == sys::Status::napi_ok;
    if detached {
        exposure.end();
    }
    detached
}
