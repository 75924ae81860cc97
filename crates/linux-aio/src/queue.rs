//! Slots, depth, chunks, retries and reaping: every operation that is taken settles exactly once.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use crate::abi::{IOCB_FLAG_RESFD, IoEvent, Iocb};
use crate::context::{Context, Reaping};
use crate::error::{Errno, Failure};
use crate::operation::Operation;
use crate::stats::Stats;
use crate::sys::Kernel;
use crate::waiting::Waiting;

/// Refusals of io_submit in a row, with nothing in flight whose end could help, after which the
/// operation at the front fails with the refusal's errno.
const PATIENCE: u32 = 1000;

/// How a queue is set up.
#[derive(Debug, Clone, Copy)]
pub struct QueueOptions {
    /// Operations in flight at the most; what io_setup(2) is asked for.
    pub depth: u32,
    /// Operations taken and not yet settled at the most: the number of slots.
    pub capacity: u32,
    /// Operations handed to one io_submit(2) at the most.
    pub chunk: u32,
    /// How completions are fetched.
    pub reaping: Reaping,
}

impl Default for QueueOptions {
    /// Depth 128, 65,536 slots, reaping from the ring, and chunks of 8: one submit of a whole batch makes
    /// some devices run in lock-step.
    fn default() -> Self {
        Self { depth: 128, capacity: 1 << 16, chunk: 8, reaping: Reaping::Ring }
    }
}

/// A settled operation, with its memory.
#[derive(Debug)]
pub struct Completion {
    /// The slot that it was given to, free again.
    pub slot: u32,
    /// Bytes, or a negative errno.
    pub result: i64,
    /// The operation, to take the memory back from; none where it was refused before it became one.
    pub operation: Option<Operation>,
}

#[derive(Debug, Default)]
enum Slot {
    #[default]
    Free,
    /// Settles without ever having been an operation.
    Refused,
    Held(Operation),
}

impl Slot {
    fn is_free(&self) -> bool {
        matches!(self, Self::Free)
    }
}

/// The slot is in use, or not below the capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotTaken;

/// One thread's way to the kernel.
///
/// An operation is *queued* (ours) from [`Queue::push`], *in flight* (the kernel's) from the
/// io_submit that takes it, and settles once, by [`Queue::reap`]. Neither the order of completion
/// nor durability is promised.
#[derive(Debug)]
pub struct Queue<K: Kernel> {
    // First, so that it is dropped first: io_destroy has waited before any slot's memory goes.
    context: Context<K>,
    slots: Vec<Slot>,
    /// One per slot, at an address of its own for as long as the queue lives.
    iocbs: Box<[Iocb]>,
    waiting: Waiting,
    /// Settled without the kernel, not yet reaped.
    rejected: Vec<(u32, Errno)>,
    pointers: Vec<*mut Iocb>,
    notifier: Option<Arc<OwnedFd>>,
    options: QueueOptions,
    in_flight: usize,
    /// See [`PATIENCE`].
    refusals: u32,
    stats: Stats,
}

// SAFETY: `pointers` is scratch that is empty between calls; everything else is Send.
unsafe impl<K: Kernel + Send> Send for Queue<K> {}

impl<K: Kernel> Queue<K> {
    /// A context of `options.depth`, and nothing in it. `notifier` is an eventfd that the kernel
    /// adds 1 to with every completion.
    ///
    /// # Errors
    /// Those of io_setup(2).
    pub fn new(kernel: K, options: QueueOptions, notifier: Option<Arc<OwnedFd>>) -> Result<Self, Failure> {
        let options = QueueOptions {
            depth: options.depth.max(1),
            capacity: options.capacity.max(1),
            chunk: options.chunk.max(1),
            ..options
        };
        Ok(Self {
            context: Context::new(kernel, options.depth, options.reaping)?,
            slots: Vec::new(),
            // Zeroed pages that nobody touches cost nothing.
            iocbs: vec![Iocb::default(); options.capacity as usize].into_boxed_slice(),
            waiting: Waiting::default(),
            rejected: Vec::new(),
            pointers: Vec::with_capacity(options.chunk as usize),
            notifier,
            options,
            in_flight: 0,
            refusals: 0,
            stats: Stats::default(),
        })
    }

    /// How the queue was set up.
    #[must_use]
    pub fn options(&self) -> QueueOptions {
        self.options
    }

    /// What has been counted.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// Operations taken that no [`Queue::submit`] has brought to the kernel yet.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.waiting.len()
    }

    /// Operations that the kernel has.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Operations taken and not yet settled.
    #[must_use]
    pub fn outstanding(&self) -> usize {
        self.in_flight + self.waiting.len() + self.rejected.len()
    }

    /// Operations that settle without the kernel and wait to be reaped.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.rejected.len()
    }

    /// Whether anything can be reaped now, as far as can be told without a system call.
    #[must_use]
    pub fn has_done(&self) -> bool {
        !self.rejected.is_empty() || self.context.has_events()
    }

    /// Whether completions are read from the ring.
    #[must_use]
    pub fn reaps_in_user_space(&self) -> bool {
        self.context.reaps_in_user_space()
    }

    fn free_slot(&mut self, slot: u32) -> Result<&mut Slot, SlotTaken> {
        if slot >= self.options.capacity {
            return Err(SlotTaken);
        }
        let index = slot as usize;
        if index >= self.slots.len() {
            let grown = (index + 1).next_power_of_two().min(self.options.capacity as usize);
            self.slots.resize_with(grown, Slot::default);
        }
        let place = &mut self.slots[index];
        if place.is_free() { Ok(place) } else { Err(SlotTaken) }
    }

    /// Takes an operation into a free slot. Nothing reaches the kernel before [`Queue::submit`].
    ///
    /// # Errors
    /// [`SlotTaken`] where the slot is in use or not below the capacity.
    pub fn push(&mut self, slot: u32, operation: Operation) -> Result<(), SlotTaken> {
        let mut iocb = operation.iocb(slot.into());
        let band = operation.manner().band();
        *self.free_slot(slot)? = Slot::Held(operation);
        if let Some(notifier) = &self.notifier {
            iocb.flags |= IOCB_FLAG_RESFD;
            iocb.notifier = notifier.as_fd().as_raw_fd().cast_unsigned();
        }
        self.iocbs[slot as usize] = iocb;
        self.waiting.push(slot, band);
        self.stats.operations += 1;
        Ok(())
    }

    /// Settles a free slot with `errno`, for what could not even become an operation.
    ///
    /// # Errors
    /// [`SlotTaken`] as for [`Queue::push`].
    pub fn refuse(&mut self, slot: u32, errno: Errno) -> Result<(), SlotTaken> {
        *self.free_slot(slot)? = Slot::Refused;
        self.rejected.push((slot, errno));
        self.stats.operations += 1;
        Ok(())
    }

    /// Takes a queued operation back before the kernel has seen it: it settles with ECANCELED.
    /// One in flight is left alone, for no disk I/O can be cancelled; whether it was queued.
    pub fn withdraw(&mut self, slot: u32) -> bool {
        let queued = self.waiting.remove(slot);
        if queued {
            self.rejected.push((slot, Errno(libc::ECANCELED)));
        }
        queued
    }

    /// io_cancel(2) of a POLL in flight. Disk I/O: always EINVAL, and its memory stays the kernel's.
    ///
    /// # Errors
    /// EINPROGRESS where the cancelled event follows, EINVAL otherwise.
    pub fn cancel(&mut self, slot: u32) -> Result<(), Errno> {
        let iocb = self.iocbs.get_mut(slot as usize).ok_or(Errno(libc::EINVAL))?;
        // SAFETY: the iocb is part of a boxed slice that lives as long as the context.
        unsafe { self.context.cancel(iocb) }
    }

    /// Hands queued operations to the kernel, in chunks, as far as the depth allows. Refused ones
    /// settle with the errno; neighbours of a refused one are not touched by it. Whether a refusal
    /// left operations behind with nothing in flight: then call again, for no completion will.
    pub fn submit(&mut self) -> bool {
        self.stats.batches += 1;
        self.pump()
    }

    /// [`Queue::submit`] of what still waits, after completions made room.
    pub fn pump(&mut self) -> bool {
        loop {
            let room = (self.options.depth as usize).saturating_sub(self.in_flight);
            let wanted = room.min(self.options.chunk as usize).min(self.waiting.len());
            if wanted == 0 || !self.submit_chunk(wanted) {
                break;
            }
        }
        self.in_flight == 0 && self.waiting.len() > 0
    }

    /// One io_submit. Whether to go on.
    fn submit_chunk(&mut self, wanted: usize) -> bool {
        self.pointers.clear();
        for slot in self.waiting.front(wanted) {
            self.pointers.push(&raw mut self.iocbs[slot as usize]);
        }
        // SAFETY: each iocb is the one of an operation in `slots`, which holds memory and descriptor
        // until its event is reaped; dropping the queue destroys the context before the slots.
        let taken = unsafe { self.context.submit(&mut self.pointers) };
        self.pointers.clear();
        self.stats.submits += 1;
        match taken {
            Ok(0) => self.after_refusal(Errno(libc::EAGAIN)),
            Ok(taken) => {
                let taken = taken.min(wanted);
                self.waiting.advance(taken);
                self.in_flight += taken;
                self.refusals = 0;
                self.stats.retries += u64::from(taken < wanted);
                self.stats.depth_sum += self.in_flight as u64;
                self.stats.depth_max = self.stats.depth_max.max(self.in_flight as u64);
                true
            }
            Err(errno) => self.after_refusal(errno),
        }
    }

    /// The first operation of a chunk was refused. Whether to go on with the others.
    fn after_refusal(&mut self, errno: Errno) -> bool {
        if matches!(errno.0, libc::EAGAIN | libc::ENOMEM | libc::EINTR) {
            self.stats.retries += 1;
            self.refusals += u32::from(self.in_flight == 0);
            if self.refusals < PATIENCE {
                return false;
            }
        }
        self.refusals = 0;
        let first = self.waiting.front(1).next();
        self.waiting.advance(1);
        self.rejected.extend(first.map(|slot| (slot, errno)));
        true
    }

    /// Settles up to `limit` operations that are done, without waiting.
    pub fn reap(&mut self, limit: usize, mut take: impl FnMut(Completion)) -> usize {
        let refused = self.settle_rejected(limit, &mut take);
        let Self { context, slots, in_flight, stats, .. } = self;
        refused + context.reap(limit - refused, |event| settle(slots, in_flight, stats, event, &mut take))
    }

    /// Waits for a completion, at most `timeout`, then settles up to `limit`.
    pub fn wait(&mut self, limit: usize, timeout: Option<Duration>, mut take: impl FnMut(Completion)) -> usize {
        let refused = self.settle_rejected(limit, &mut take);
        if refused > 0 || self.in_flight == 0 {
            return refused;
        }
        let Self { context, slots, in_flight, stats, .. } = self;
        context.wait(limit, timeout, |event| settle(slots, in_flight, stats, event, &mut take))
    }

    /// [`Queue::reap`] right after a submit: what completed inside it.
    pub fn reap_inline(&mut self, limit: usize, take: impl FnMut(Completion)) -> usize {
        let reaped = self.reap(limit, take);
        self.stats.inline_completions += reaped as u64;
        reaped
    }

    fn settle_rejected(&mut self, limit: usize, take: &mut impl FnMut(Completion)) -> usize {
        let count = limit.min(self.rejected.len());
        for (slot, errno) in self.rejected.drain(..count) {
            let operation = match std::mem::take(&mut self.slots[slot as usize]) {
                Slot::Held(operation) => Some(operation),
                Slot::Refused | Slot::Free => None,
            };
            self.stats.completed += 1;
            self.stats.failed += 1;
            take(Completion { slot, result: errno.as_result(), operation });
        }
        count
    }
}

fn settle(
    slots: &mut [Slot],
    in_flight: &mut usize,
    stats: &mut Stats,
    event: IoEvent,
    take: &mut impl FnMut(Completion),
) {
    // `data` is a slot that `push` wrote; an event that names no operation is not one of ours.
    let Some(place) = usize::try_from(event.data).ok().and_then(|index| slots.get_mut(index)) else { return };
    if !matches!(place, Slot::Held(_)) {
        return;
    }
    let Slot::Held(operation) = std::mem::take(place) else { return };
    *in_flight -= 1;
    stats.completed += 1;
    stats.failed += u64::from(event.result < 0);
    take(Completion { slot: event.data as u32, result: event.result, operation: Some(operation) });
}
