//! `aio_context_t`: owned from io_setup(2) to io_destroy(2).

use std::time::Duration;

use crate::abi::{ContextId, IoEvent, Iocb};
use crate::error::{Errno, Failure};
use crate::ring::Ring;
use crate::sys::Kernel;

/// How many events one system call fetches where the ring cannot be read.
const EVENTS_PER_CALL: usize = 64;

/// How completions are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reaping {
    /// From the ring where it is readable, otherwise by system call.
    #[default]
    Ring,
    /// Always by io_getevents(2): visible to strace, and what gVisor needs.
    SystemCall,
}

/// One kernel AIO context. It belongs to the address space: any thread may submit to it, a forked
/// child may not.
#[derive(Debug)]
pub struct Context<K: Kernel> {
    // Declared before `id`'s destruction in `drop`: the ring is never read after io_destroy.
    ring: Option<Ring>,
    id: ContextId,
    kernel: K,
}

impl<K: Kernel> Context<K> {
    /// io_setup(2) for `events` operations in flight. The kernel rounds up and charges
    /// `fs.aio-nr` with what was asked.
    ///
    /// # Errors
    /// EAGAIN where `fs.aio-max-nr` is spent, EINVAL for 0, ENOMEM, ENOSYS, EPERM.
    pub fn new(kernel: K, events: u32, reaping: Reaping) -> Result<Self, Failure> {
        let id = kernel.io_setup(events).map_err(|errno| Failure { errno, syscall: "io_setup" })?;
        let ring = match reaping {
            // SAFETY: `id` is fresh from io_setup, and `drop` takes the ring before io_destroy.
            Reaping::Ring => unsafe { Ring::of(id) },
            Reaping::SystemCall => None,
        };
        Ok(Self { ring, id, kernel })
    }

    /// Whether completions are read from the ring.
    #[must_use]
    pub fn reaps_in_user_space(&self) -> bool {
        self.ring.is_some()
    }

    /// Whether the ring holds completions; where it cannot be read, that there may be some.
    #[must_use]
    pub fn has_events(&self) -> bool {
        self.ring.as_ref().is_none_or(|ring| !ring.is_empty())
    }

    /// io_submit(2): how many were taken, from the first on.
    ///
    /// # Safety
    /// As [`Kernel::io_submit`].
    ///
    /// # Errors
    /// As [`Kernel::io_submit`].
    pub unsafe fn submit(&self, iocbs: &mut [*mut Iocb]) -> Result<usize, Errno> {
        // SAFETY: the caller's promise, handed on.
        unsafe { self.kernel.io_submit(self.id, iocbs) }
    }

    /// Hands up to `limit` completions that are there to `take`, without waiting.
    pub fn reap(&mut self, limit: usize, mut take: impl FnMut(IoEvent)) -> usize {
        if let Some(ring) = &mut self.ring {
            return ring.reap(limit, take);
        }
        let mut taken = 0;
        while taken < limit {
            let wanted = EVENTS_PER_CALL.min(limit - taken);
            let got = self.fetch(0, wanted, Some(Duration::ZERO), &mut take);
            taken += got;
            if got < wanted {
                break;
            }
        }
        taken
    }

    /// Waits until a completion is there or `timeout` is over, then hands up to `limit` to `take`.
    pub fn wait(&mut self, limit: usize, timeout: Option<Duration>, mut take: impl FnMut(IoEvent)) -> usize {
        let ready = self.reap(limit, &mut take);
        if ready > 0 || limit == 0 {
            return ready;
        }
        self.fetch(1, EVENTS_PER_CALL.min(limit), timeout, &mut take)
    }

    fn fetch(&self, min: usize, max: usize, timeout: Option<Duration>, take: &mut impl FnMut(IoEvent)) -> usize {
        let mut events = [IoEvent::default(); EVENTS_PER_CALL];
        // EINTR: the caller asks again, as after any short return.
        let got = self.kernel.io_getevents(self.id, min, &mut events[..max], timeout).unwrap_or(0);
        events[..got].iter().copied().for_each(take);
        got
    }

    /// io_cancel(2). For disk I/O the kernel has no cancellation and answers EINVAL.
    ///
    /// # Safety
    /// As [`Kernel::io_cancel`].
    ///
    /// # Errors
    /// As [`Kernel::io_cancel`].
    pub unsafe fn cancel(&self, iocb: *mut Iocb) -> Result<(), Errno> {
        // SAFETY: the caller's promise, handed on.
        unsafe { self.kernel.io_cancel(self.id, iocb) }
    }
}

impl<K: Kernel> Drop for Context<K> {
    /// io_destroy(2): waits for what is in flight. Takes 30 to 50 ms even when idle.
    fn drop(&mut self) {
        self.ring = None;
        // EINVAL is left: the context is not ours (a forked child); nothing then is in flight here.
        let _ = self.kernel.io_destroy(self.id);
    }
}
