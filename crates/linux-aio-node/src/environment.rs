//! What belongs to one JavaScript thread: the handles by which it names files, memory and queues.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::c_void;
use std::ptr;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use linux_aio::buffer::Slab;
use linux_aio::pool::Pool;
use linux_aio::registry::{Registry, Table};
use napi::sys;

use crate::event_queue::EventQueue;
use crate::raw::Exposure;

/// The tables of one thread.
#[derive(Default)]
pub struct Environment {
    pub registry: Registry,
    pub pools: Table<Pool>,
    pub queues: Table<Rc<EventQueue>>,
    /// Slabs that somebody else than the kernel works on: node:fs.
    pub holds: Table<Arc<Slab>>,
    exposures: HashMap<u64, Weak<Exposure>>,
    watched: bool,
}

impl Environment {
    /// Makes a slab nameable that JavaScript has a count of.
    pub fn expose(&mut self, env: sys::napi_env, slab: &Arc<Slab>, exposure: &Rc<Exposure>) -> Option<u64> {
        if !std::mem::replace(&mut self.watched, true) {
            // SAFETY: the hook takes the environment that it was added to, on its thread. Hooks run last come first
            // served: before the environment's own, which finalizes.
            unsafe { sys::napi_add_env_cleanup_hook(env, Some(environment_ends), env.cast()) };
        }
        if self.exposures.len() == self.exposures.capacity() {
            self.exposures.retain(|_, exposure| exposure.strong_count() > 0);
        }
        let handle = self.registry.insert_slab(slab)?;
        self.exposures.insert(handle, Rc::downgrade(exposure));
        Some(handle)
    }

    /// JavaScript's count of a slab, while it has one.
    pub fn exposure(&self, handle: u64) -> Option<Rc<Exposure>> {
        self.exposures.get(&handle)?.upgrade()
    }
}

unsafe extern "C" fn environment_ends(env: *mut c_void) {
    let env: sys::napi_env = env.cast();
    let exposures = with(|environment| std::mem::take(&mut environment.exposures));
    let mut scope = ptr::null_mut();
    // SAFETY: the environment's own thread; the scope is closed below.
    unsafe {
        sys::napi_open_handle_scope(env, &raw mut scope);
        for exposure in exposures.values().filter_map(Weak::upgrade) {
            exposure.environment_ends(env);
        }
        sys::napi_close_handle_scope(env, scope);
    }
}

thread_local! {
    static ENVIRONMENT: RefCell<Environment> = RefCell::default();
}

/// Looks into the calling thread's tables. `look` must not call JavaScript.
pub fn with<T>(look: impl FnOnce(&mut Environment) -> T) -> T {
    ENVIRONMENT.with_borrow_mut(look)
}

/// A handle as it came from JavaScript; one that is no whole number names nothing.
pub fn handle(value: f64) -> u64 {
    if value.fract() == 0.0 { value as u64 } else { 0 }
}
