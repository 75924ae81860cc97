//! What belongs to one JavaScript thread: the handles by which it names files, memory and queues.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use linux_aio::buffer::Slab;
use linux_aio::pool::Pool;
use linux_aio::registry::{Registry, Table};

use crate::event_queue::EventQueue;
use crate::raw::Exposure;
use crate::unseen::UnseenBuffers;

/// The tables of one thread.
#[derive(Default)]
pub struct Environment {
    pub registry: Registry,
    pub pools: Table<Pool>,
    pub queues: Table<Rc<EventQueue>>,
    /// Slabs that somebody else than the kernel works on, node:fs, and those that JavaScript cannot be shown.
    pub holds: Table<Arc<Slab>>,
    pub unseen: UnseenBuffers,
    /// Whether the runtime takes memory that is not its own, once that is known.
    pub shows_memory: Option<bool>,
    exposures: HashMap<u64, Weak<Exposure>>,
}

impl Environment {
    /// Makes a slab nameable that JavaScript has a count of.
    pub fn expose(&mut self, slab: &Arc<Slab>, exposure: &Rc<Exposure>) -> Option<u64> {
        if self.exposures.len() == self.exposures.capacity() {
            self.exposures.retain(|_, exposure| exposure.strong_count() > 0);
        }
        let handle = self.registry.insert_slab(slab)?;
        self.exposures.insert(handle, Rc::downgrade(exposure));
        Some(handle)
    }

    /// All counts that JavaScript has.
    pub fn exposures(&self) -> Vec<Rc<Exposure>> {
        self.exposures.values().filter_map(Weak::upgrade).collect()
    }

    /// JavaScript's count of a slab, while it has one.
    pub fn exposure(&self, handle: u64) -> Option<Rc<Exposure>> {
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
