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
    /// By io_getevents(2), unless that becomes forbidden: visible to strace, and what gVisor needs.
    SystemCall,
}

/// One kernel AIO context. It belongs to the address space: any thread may submit to it, a forked
/// child may not.
#[derive(Debug)]
pub struct Context<K: Kernel> {
    /// Taken by `destroy`: the ring is never read after io_destroy.
    ring: Option<Ring>,
    /// Fetched by system call and not yet handed on: those from `next` to `end`.
    fetched: Box<[IoEvent; EVENTS_PER_CALL]>,
    next: usize,
    end: usize,
    /// The last io_getevents failed: what it should have fetched, no event will announce again.
    failing: bool,
    id: ContextId,
    /// A second io_destroy could hit a later context at the same address.
    destroyed: bool,
    kernel: K,
}

impl<K: Kernel> Context<K> {
    /// io_setup(2) for `events` operations in flight. The kernel rounds up and charges
    /// `fs.aio-nr` with what was asked.
    ///
    /// # Errors
    /// EAGAIN where `fs.aio-max-nr` is spent, EINVAL for 0, ENOMEM, ENOSYS, EPERM; those of [`Kernel::admits`].
    pub fn new(kernel: K, events: u32, reaping: Reaping) -> Result<Self, Failure> {
        let id = kernel.io_setup(events).map_err(|errno| Failure { errno, syscall: "io_setup" })?;
        let ring = match reaping {
            // SAFETY: `id` is fresh from io_setup, and `destroy` takes the ring before io_destroy.
            Reaping::Ring => unsafe { Ring::of(id) },
            Reaping::SystemCall => None,
        };
        let fetched = Box::new([IoEvent::default(); EVENTS_PER_CALL]);
        let context = Self { ring, fetched, next: 0, end: 0, failing: false, id, destroyed: false, kernel };
        // Told now: later each operation would fail, or never end where its completion cannot be fetched.
        context.kernel.admits(id, context.ring.is_none())?;
        Ok(context)
    }

    /// What the kernel knows it by.
    pub(crate) const fn id(&self) -> ContextId {
        self.id
    }

    pub(crate) fn kernel(&self) -> &K {
        &self.kernel
    }

    /// Whether completions are read from the ring.
    #[must_use]
    pub fn reaps_in_user_space(&self) -> bool {
        self.ring.is_some()
    }

    /// Whether the ring holds completions; where it cannot be read, that there may be some.
    #[must_use]
    pub fn has_events(&self) -> bool {
        self.next < self.end || self.ring.as_ref().is_none_or(|ring| !ring.is_empty())
    }

    /// Completions that are there, where that can be told without a system call.
    pub(crate) fn events(&self) -> Option<usize> {
        self.ring.as_ref().map(Ring::len)
    }

    /// Whether the last system call that should have fetched completions failed.
    #[must_use]
    pub const fn is_failing(&self) -> bool {
        self.failing
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

    /// Hands up to `limit` completions that are there to `take`, without waiting. Where `take`
    /// panics, what it was given counts as taken, and the rest is there for the next call.
    pub fn reap(&mut self, limit: usize, mut take: impl FnMut(IoEvent)) -> usize {
        let mut taken = self.hand_on(limit, &mut take);
        while taken < limit && self.ring.is_none() {
            let wanted = EVENTS_PER_CALL.min(limit - taken);
            self.fetch(0, wanted, Some(Duration::ZERO));
            let got = self.hand_on(wanted, &mut take);
            taken += got;
            if got < wanted {
                break;
            }
        }
        // Perhaps only now, since the calls above have become forbidden.
        match &mut self.ring {
            Some(ring) => taken + ring.reap(limit - taken, take),
            None => taken,
        }
    }

    /// Waits until a completion is there or `timeout` is over, then hands up to `limit` to `take`.
    /// A signal ends the wait early, with 0.
    pub fn wait(&mut self, limit: usize, timeout: Option<Duration>, mut take: impl FnMut(IoEvent)) -> usize {
        let ready = self.reap(limit, &mut take);
        if ready > 0 || limit == 0 {
            return ready;
        }
        self.fetch(1, EVENTS_PER_CALL.min(limit), timeout);
        self.hand_on(limit, &mut take)
    }

    /// io_getevents(2), where all that was fetched before has been handed on.
    fn fetch(&mut self, min: usize, max: usize, timeout: Option<Duration>) {
        self.next = 0;
        // EINTR: nothing was there, and the caller asks again, as after any short return.
        let got = self.kernel.io_getevents(self.id, min, &mut self.fetched[..max], timeout);
        self.failing = got.is_err();
        self.end = got.unwrap_or(0);
        if self.ring.is_none() && matches!(got, Err(Errno(libc::ENOSYS | libc::EPERM | libc::EACCES))) {
            self.turn_to_ring();
        }
    }

    /// A sandbox has closed while there is work: what is in flight can still be fetched from the ring.
    fn turn_to_ring(&mut self) {
        if !self.destroyed {
            // SAFETY: `id` is from io_setup and not destroyed, and `destroy` takes the ring before io_destroy.
            self.ring = unsafe { Ring::of(self.id) };
            self.failing = self.ring.is_none();
        }
    }

    fn hand_on(&mut self, limit: usize, take: &mut impl FnMut(IoEvent)) -> usize {
        let end = self.end.min(self.next.saturating_add(limit));
        let count = end - self.next;
        while self.next < end {
            // Counted first: an event that is seen twice settles whatever has its slot by then.
            self.next += 1;
            take(self.fetched[self.next - 1]);
        }
        count
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

    /// io_destroy(2), once: waits for what is in flight. Takes 30 to 50 ms even when idle.
    ///
    /// # Errors
    /// EINVAL where the context is not one of this process (a forked child), EPERM, ENOSYS: nobody
    /// has waited, and what was in flight may still be.
    pub(crate) fn destroy(&mut self) -> Result<(), Errno> {
        self.ring = None;
        if std::mem::replace(&mut self.destroyed, true) {
            return Ok(());
        }
        self.kernel.io_destroy(self.id)
    }
}

impl<K: Kernel> Drop for Context<K> {
    /// io_destroy(2). Whoever submitted keeps the memory where it fails: a [`crate::queue::Queue`] does.
    fn drop(&mut self) {
        let _ = self.destroy();
    }
}
