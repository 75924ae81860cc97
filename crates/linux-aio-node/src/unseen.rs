//! Memory of V8's own that the kernel fills before JavaScript sees it: what becomes the chunk of a stream.
//!
//! V8 cannot be told to keep memory in place. But what no JavaScript has ever had, none can transfer, detach or drop: a
//! reference keeps it from being collected, and only its environment's end could free it, which waits for the kernel.

use std::collections::HashMap;
use std::ffi::c_void;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};
use std::thread;
use std::time::Duration;

use linux_aio::allocator;
use linux_aio::buffer::{Slab, page_size};
use linux_aio::registry::Registry;
use napi::{Env, Result, Status, check_status, sys};
use napi_derive::napi;

use crate::environment::{handle, with};
use crate::raw::{self, Reference, Value};

/// How long an environment that ends sleeps between two looks at what the kernel still has.
const LOOK: Duration = Duration::from_millis(1);

/// A Buffer, and the whole pages of it that operations name.
struct Unseen {
    slab: Arc<Slab>,
    buffer: Reference,
}

impl Unseen {
    /// Whether no operation has it: nobody else counts its slab.
    fn is_idle(&self) -> bool {
        let idle = Arc::strong_count(&self.slab) == 1;
        // What a helper has written before it gave its count back is seen after this.
        fence(Ordering::Acquire);
        idle
    }
}

/// All of one thread, by the handles of their slabs.
#[derive(Default)]
pub struct UnseenBuffers {
    wanted: HashMap<u64, Unseen>,
    /// Given up while operations had them.
    dropped: Vec<Unseen>,
}

impl UnseenBuffers {
    /// Takes one out that is not to be filled any more; nothing where there is none, or operations have it.
    fn take(&mut self, registry: &mut Registry, handle: u64) -> Option<Unseen> {
        if !self.wanted.get(&handle)?.is_idle() {
            return None;
        }
        registry.forget_slab(handle);
        self.wanted.remove(&handle)
    }

    /// Gives one up, now or as soon as operations do not have it any more; those that have got so far.
    fn give_up(&mut self, registry: &mut Registry, handle: u64) -> Vec<Unseen> {
        if let Some(unseen) = self.wanted.remove(&handle) {
            registry.forget_slab(handle);
            self.dropped.push(unseen);
        }
        self.dropped.extract_if(.., |unseen| unseen.is_idle()).collect()
    }

    pub fn has(&self, handle: u64) -> bool {
        self.wanted.contains_key(&handle)
    }

    fn are_idle(&self) -> bool {
        self.wanted.values().chain(&self.dropped).all(Unseen::is_idle)
    }
}

/// Makes a Buffer with room for `bytes` bytes in whole pages: the handle of that, and where in the Buffer it begins; nothing where
/// there is no memory for it.
#[napi]
pub fn make_unseen(env: Env, bytes: u32) -> Vec<f64> {
    let bytes = bytes as usize;
    // Before Node.js 26 a Buffer for which V8 finds no memory ends the process.
    if !allocator::has_room(bytes + 2 * page_size()) {
        return Vec::new();
    }
    match make(env, bytes) {
        Ok((handle, offset)) => vec![handle as f64, offset as f64],
        Err(_) => {
            // SAFETY: called by JavaScript, so on its thread and in a scope.
            unsafe { raw::forget_exception(env.raw()) };
            Vec::new()
        }
    }
}

fn make(env: Env, bytes: usize) -> Result<(u64, usize)> {
    let page = page_size();
    // A page is not to have what others change beside what the kernel writes: a forked child would part them.
    let length = bytes.next_multiple_of(page);
    // SAFETY: called by JavaScript, so on its thread and in a scope.
    let (value, address) = unsafe { raw::uninitialized_buffer(env.raw(), length + page) }?;
    let refused = || napi::Error::from_status(Status::GenericFailure);
    let offset = address.align_offset(page);
    let first =
        NonNull::new(address.wrapping_add(offset)).filter(|_| bytes > 0 && offset <= page).ok_or_else(refused)?;
    // SAFETY: inside the Buffer, which nobody else has: it is neither returned nor reachable before `show_unseen` has seen
    // that this is its last count. The reference below keeps it, and `environment_ends` waits for all counts.
    let slab = unsafe {
        // What the heap has had around it is nobody's business.
        ptr::write_bytes(address, 0, offset);
        ptr::write_bytes(first.as_ptr().add(bytes), 0, length + page - offset - bytes);
        Slab::lent(first, bytes)
    };
    // SAFETY: as above.
    let buffer = unsafe { Reference::new(env.raw(), value) }?;
    let handle = with(|environment| {
        let handle = environment.registry.insert_slab(&slab)?;
        environment.unseen.wanted.insert(handle, Unseen { slab, buffer });
        Some(handle)
    });
    handle.map(|handle| (handle, offset)).ok_or_else(|| {
        // SAFETY: as above.
        unsafe { buffer.delete(env.raw()) };
        refused()
    })
}

/// Hands a Buffer out whose operations are over; nothing where they are not, or it was handed out or dropped.
#[napi(ts_return_type = "Buffer | null")]
pub fn show_unseen(env: Env, unseen: f64) -> Option<Value> {
    let unseen = with(|environment| environment.unseen.take(&mut environment.registry, handle(unseen)))?;
    // SAFETY: called by JavaScript, so on its thread and in a scope.
    unsafe {
        let value = unseen.buffer.value(env.raw());
        unseen.buffer.delete(env.raw());
        Some(Value(value))
    }
}

/// Gives a Buffer up. While operations have it, it is kept.
#[napi]
pub fn drop_unseen(env: Env, unseen: f64) {
    for gone in with(|environment| environment.unseen.give_up(&mut environment.registry, handle(unseen))) {
        // SAFETY: called by JavaScript, so on its thread and in a scope.
        unsafe { gone.buffer.delete(env.raw()) };
    }
}

/// Each time that the module is loaded: who loads it again has references of their own.
#[napi(module_exports)]
pub fn wait_at_end(_: napi::bindgen_prelude::Object, env: Env) -> Result<()> {
    // A pair of function and data must not be added twice, as by a program that loads the module again.
    let data = Box::into_raw(Box::new(0_u8)).cast::<c_void>();
    // SAFETY: the calling thread's environment; the box is the hook's.
    check_status!(unsafe { sys::napi_add_env_cleanup_hook(env.raw(), Some(environment_ends), data) })
}

/// V8 frees all memory after this. Queues end here already, for the hooks of some may come later: they are called in the order
/// opposite to that in which they were added, and the module may have been loaded again after their queue was made.
unsafe extern "C" fn environment_ends(data: *mut c_void) {
    // SAFETY: made by `wait_at_end` for this call.
    drop(unsafe { Box::from_raw(data.cast::<u8>()) });
    let queues = with(|environment| environment.queues.values().cloned().collect::<Vec<_>>());
    queues.iter().for_each(|queue| queue.end_operations());
    while !with(|environment| environment.unseen.are_idle()) {
        thread::sleep(LOOK);
    }
}
