//! What belongs to one JavaScript thread: the handles by which it names files, memory and queues.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Weak};

use linux_aio::buffer::Slab;
use linux_aio::pool::Pool;
use linux_aio::registry::{Registry, Table};

use crate::event_queue::EventQueue;
use crate::raw::Exposure;

/// The tables of one thread.
#[derive(Default)]
pub struct Environment {
    pub registry: Registry,
    pub pools: Table<Pool>,
    pub queues: Table<Rc<EventQueue>>,
    exposures: HashMap<u64, Weak<Exposure>>,
}

impl Environment {
    /// Makes a slab nameable that JavaScript has a count of.
    pub fn expose(&mut self, slab: &Arc<Slab>, exposure: &Arc<Exposure>) -> Option<u64> {
        if self.exposures.len() == self.exposures.capacity() {
            self.exposures.retain(|_, exposure| exposure.strong_count() > 0);
        }
        let handle = self.registry.insert_slab(slab)?;
        self.exposures.insert(handle, Arc::downgrade(exposure));
        Some(handle)
    }

    /// JavaScript's count of a slab, while it has one.
    pub fn exposure(&self, handle: u64) -> Option<Arc<Exposure>> {
        self.exposures.get(&handle)?.upgrade()
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
