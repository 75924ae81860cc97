//! A completion ring in ordinary memory, and the kernel's end of it.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

use linux_aio::abi::{ContextId, IoEvent, RING_MAGIC, RingHeader};

/// What [`linux_aio::ring::Ring`] takes for a context, while this value lives.
#[derive(Debug)]
pub struct MemoryRing {
    header: NonNull<RingHeader>,
    events: NonNull<IoEvent>,
    count: u32,
    layout: Layout,
}

impl MemoryRing {
    /// An empty ring with room for `count` events, of which one place always stays free.
    pub fn new(count: u32) -> Self {
        Self::with_header_length(count, size_of::<RingHeader>() as u32)
    }

    pub fn with_header_length(count: u32, length: u32) -> Self {
        let bytes = length as usize + count as usize * size_of::<IoEvent>();
        let layout = Layout::from_size_align(bytes, 4096).unwrap();
        // SAFETY: the layout has a size: a header is never empty.
        let start = unsafe { alloc_zeroed(layout) };
        let Some(header) = NonNull::new(start.cast::<RingHeader>()) else { handle_alloc_error(layout) };
        // SAFETY: `length` bytes of the allocation are the header's; all zeroes is a valid one.
        let events = unsafe { header.byte_add(length as usize) }.cast();
        let mut ring = Self { header, events, count, layout };
        ring.edit(|header| {
            *header = RingHeader {
                id: 0,
                count,
                head: 0,
                tail: 0,
                magic: RING_MAGIC,
                compat_features: 1,
                incompat_features: 0,
                header_length: length,
            }
        });
        ring
    }

    /// Changes the header, while no reader is at it.
    pub fn edit(&mut self, change: impl FnOnce(&mut RingHeader)) {
        // SAFETY: allocated, initialised, and the caller has no reader running.
        change(unsafe { self.header.as_mut() });
    }

    /// The address of the header, as io_setup(2) returns it.
    pub fn id(&self) -> ContextId {
        self.header.as_ptr().expose_provenance() as ContextId
    }

    fn head(&self) -> &AtomicU32 {
        // SAFETY: allocated while `self` lives, and shared with readers by atomics only.
        unsafe { AtomicU32::from_ptr(&raw mut (*self.header.as_ptr()).head) }
    }

    fn tail(&self) -> &AtomicU32 {
        // SAFETY: as in `head`.
        unsafe { AtomicU32::from_ptr(&raw mut (*self.header.as_ptr()).tail) }
    }

    /// Where the reader and the writer are.
    pub fn places(&self) -> (u32, u32) {
        (self.head().load(Ordering::Acquire), self.tail().load(Ordering::Acquire))
    }

    /// Events that nobody has read.
    pub fn unread(&self) -> u32 {
        let (head, tail) = self.places();
        (tail + self.count - head) % self.count
    }

    /// Adds an event. There must be room.
    pub fn post(&self, event: IoEvent) {
        assert!(self.unread() + 1 < self.count, "the ring overflows");
        let tail = self.tail().load(Ordering::Relaxed);
        // SAFETY: `tail < count`, and no reader looks at this place before `tail` has passed it.
        unsafe { self.events.add(tail as usize).write(event) };
        self.tail().store((tail + 1) % self.count, Ordering::Release);
    }

    /// Reads events as io_getevents(2) does, from the front of the ring.
    pub fn fetch(&self, events: &mut [IoEvent]) -> usize {
        let count = events.len().min(self.unread() as usize);
        for event in &mut events[..count] {
            let head = self.head().load(Ordering::Relaxed);
            // SAFETY: unread, so written, and `head < count`.
            *event = unsafe { self.events.add(head as usize).read() };
            self.head().store((head + 1) % self.count, Ordering::Release);
        }
        count
    }
}

impl Drop for MemoryRing {
    fn drop(&mut self) {
        // SAFETY: allocated in `with_header_length` with this layout.
        unsafe { dealloc(self.header.as_ptr().cast(), self.layout) };
    }
}
