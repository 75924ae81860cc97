//! Reading completions from the ring that the kernel maps into the process, without a system call.
//!
//! One consumer at a time, never beside an io_getevents(2) on the same context. The layout is the
//! kernel's own (`struct aio_ring` in fs/aio.c); a context whose ring does not say so is read by
//! system call.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::abi::{ContextId, IoEvent, RING_MAGIC, RingHeader};

/// The consumer's end of one context's completion ring.
#[derive(Debug)]
pub struct Ring {
    header: NonNull<RingHeader>,
    events: NonNull<IoEvent>,
    count: u32,
}

// SAFETY: the ring is memory of the process, bound to no thread; `&mut self` keeps one consumer.
unsafe impl Send for Ring {}

impl Ring {
    /// The ring of `context`, or nothing where its memory does not look like one (gVisor, or a
    /// kernel with features this reader does not know).
    ///
    /// # Safety
    /// `context` must come from a successful `io_setup` and must not be destroyed while this value lives.
    #[must_use]
    pub unsafe fn of(context: ContextId) -> Option<Self> {
        let header = NonNull::new(context as *mut RingHeader)?;
        // SAFETY: an `aio_context_t` is the address of its mapped ring (the caller's promise).
        let (magic, incompat, count, length) = unsafe {
            let header = header.as_ref();
            (header.magic, header.incompat_features, header.count, header.header_length)
        };
        if magic != RING_MAGIC || incompat != 0 || count == 0 || (length as usize) < size_of::<RingHeader>() {
            return None;
        }
        // SAFETY: the events follow the header inside the same mapping.
        let events = unsafe { header.byte_add(length as usize) }.cast::<IoEvent>();
        Some(Self { header, events, count })
    }

    fn head(&self) -> &AtomicU32 {
        // SAFETY: the header is mapped for as long as `self` lives; the word is only used atomically.
        unsafe { AtomicU32::from_ptr(&raw mut (*self.header.as_ptr()).head) }
    }

    fn tail(&self) -> &AtomicU32 {
        // SAFETY: as in `head`.
        unsafe { AtomicU32::from_ptr(&raw mut (*self.header.as_ptr()).tail) }
    }

    /// Where the next event is, and where the kernel will write its next one. It stores both modulo `count`, but a hostile or
    /// restored ring may not.
    fn places(&self) -> (u32, u32) {
        (self.head().load(Ordering::Relaxed) % self.count, self.tail().load(Ordering::Acquire) % self.count)
    }

    /// Whether nothing is there to be reaped.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let (head, tail) = self.places();
        head == tail
    }

    /// How many completions it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        let (head, tail) = self.places();
        (if tail < head { self.count - head + tail } else { tail - head }) as usize
    }

    /// Hands up to `limit` completions to `take`, oldest first, and says how many. Where `take`
    /// panics, what it was given counts as taken: no event is seen twice.
    pub fn reap(&mut self, limit: usize, mut take: impl FnMut(IoEvent)) -> usize {
        let (head, tail) = self.places();
        let mut reader = Reader { stored: self.head(), head };
        let mut taken = 0;
        while reader.head != tail && taken < limit {
            // SAFETY: `head < count`, and the acquire on `tail` orders this read after the kernel's write.
            let event = unsafe { self.events.add(reader.head as usize).read() };
            reader.head = if reader.head + 1 == self.count { 0 } else { reader.head + 1 };
            taken += 1;
            take(event);
        }
        taken
    }
}

/// Where reading has come to: stored when it ends, also by a panic. An event that were read again
/// would settle whatever operation has its slot by then, with the kernel still at it.
struct Reader<'a> {
    stored: &'a AtomicU32,
    head: u32,
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        // Gives the places back to the kernel, only after the reads above.
        self.stored.store(self.head, Ordering::Release);
    }
}
