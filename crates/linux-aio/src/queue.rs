//! Slots, depth, chunks, retries and reaping: every operation that is taken settles exactly once.

use std::collections::VecDeque;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use crate::abi::{IOCB_FLAG_RESFD, IoEvent, Iocb};
use crate::context::{Context, Reaping};
use crate::error::{Errno, Failure};
use crate::operation::Operation;
pub use crate::slots::SlotTaken;
use crate::slots::Slots;
use crate::stats::Stats;
use crate::sys::Kernel;
use crate::waiting::Waiting;

/// Refusals of io_submit in a row, with nothing in flight whose end could help, after which the
/// operation at the front fails with the refusal's errno, as do those behind it unless taken.
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

/// One thread's way to the kernel.
///
/// An operation is *queued* (ours) from [`Queue::push`], *in flight* (the kernel's) from the
/// io_submit that takes it, and settles once, by [`Queue::reap`]. Neither the order of completion
/// nor durability is promised.
///
/// Dropping it waits for what is in flight, tells no results and then frees the memory: reap until
/// nothing is [`Queue::outstanding`] where results matter. In a forked child it is the parent's:
/// use nothing of it there.
#[derive(Debug)]
pub struct Queue<K: Kernel> {
    context: Context<K>,
    slots: Slots,
    waiting: Waiting,
    /// Settled without the kernel, not yet reaped.
    rejected: VecDeque<(u32, Errno)>,
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
            chunk: options.chunk.clamp(1, options.depth.max(1)),
            ..options
        };
        Ok(Self {
            context: Context::new(kernel, options.depth, options.reaping)?,
            slots: Slots::new(options.capacity),
            waiting: Waiting::default(),
            rejected: VecDeque::new(),
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

    /// Takes an operation into a free slot. Nothing reaches the kernel before [`Queue::submit`].
    ///
    /// # Errors
    /// [`SlotTaken`] where the slot is in use or not below the capacity.
    pub fn push(&mut self, slot: u32, operation: Operation) -> Result<(), SlotTaken> {
        let mut iocb = operation.iocb(slot.into());
        let band = operation.manner().band();
        if let Some(notifier) = &self.notifier {
            iocb.flags |= IOCB_FLAG_RESFD;
            iocb.notifier = notifier.as_fd().as_raw_fd().cast_unsigned();
        }
        self.slots.hold(slot, operation, iocb)?;
        self.waiting.push(slot, band);
        self.stats.operations += 1;
        Ok(())
    }

    /// Settles a free slot with `errno`, for what could not even become an operation.
    ///
    /// # Errors
    /// [`SlotTaken`] as for [`Queue::push`].
    pub fn refuse(&mut self, slot: u32, errno: Errno) -> Result<(), SlotTaken> {
        self.slots.refuse(slot)?;
        self.rejected.push_back((slot, errno));
        self.stats.operations += 1;
        Ok(())
    }

    /// Takes a queued operation back before the kernel has seen it: it settles with ECANCELED.
    /// One in flight is left alone, for no disk I/O can be cancelled; whether it was queued.
    pub fn withdraw(&mut self, slot: u32) -> bool {
        let queued = self.waiting.remove(slot);
        if queued {
            self.rejected.push_back((slot, Errno(libc::ECANCELED)));
        }
        queued
    }

    /// io_cancel(2) of a POLL in flight. Disk I/O: always EINVAL, and its memory stays the kernel's.
    ///
    /// # Errors
    /// EINPROGRESS where the cancelled event follows, EINVAL otherwise.
    pub fn cancel(&mut self, slot: u32) -> Result<(), Errno> {
        let iocb = self.slots.iocb(slot).ok_or(Errno(libc::EINVAL))?;
        // SAFETY: the iocb of a held operation is written, and lives as long as `slots`.
        unsafe { self.context.cancel(iocb) }
    }

    /// Hands queued operations to the kernel, in chunks, as far as the depth allows. Refused ones
    /// settle with the errno; neighbours of a refused one are not touched by it. Whether something is
    /// left that no completion will announce, so that to call and reap again: refused operations,
    /// operations that wait with nothing in flight, and completions that could not be fetched.
    pub fn submit(&mut self) -> bool {
        self.stats.batches += 1;
        self.pump()
    }

    /// [`Queue::submit`] of what still waits, after completions made room. It returns the same.
    pub fn pump(&mut self) -> bool {
        loop {
            let room = (self.options.depth as usize).saturating_sub(self.in_flight);
            let wanted = room.min(self.options.chunk as usize).min(self.waiting.len());
            if wanted == 0 || !self.submit_chunk(wanted) {
                break;
            }
        }
        !self.rejected.is_empty()
            || (self.in_flight == 0 && self.waiting.len() > 0)
            || (self.in_flight > 0 && self.context.is_failing())
    }

    /// One io_submit. Whether to go on.
    fn submit_chunk(&mut self, wanted: usize) -> bool {
        self.pointers.clear();
        // Every waiting slot holds an operation: none is passed over, or `taken` would count others.
        self.pointers.extend(self.waiting.front(wanted).filter_map(|slot| self.slots.iocb(slot)));
        debug_assert_eq!(self.pointers.len(), wanted);
        // SAFETY: each iocb is the one of an operation in `slots`, which holds memory and descriptor
        // until its event is reaped; `drop` destroys the context before the slots.
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
        let again = matches!(errno.0, libc::EAGAIN | libc::ENOMEM | libc::EINTR);
        if again {
            self.stats.retries += 1;
            self.refusals += u32::from(self.in_flight == 0);
            if self.refusals < PATIENCE {
                return false;
            }
        }
        let first = self.waiting.front(1).next();
        self.waiting.advance(1);
        self.rejected.extend(first.map(|slot| (slot, errno)));
        // What waits behind a refusal that does not end is not given a patience of its own.
        if !again || self.waiting.len() == 0 {
            self.refusals = 0;
        }
        true
    }

    /// Settles up to `limit` operations that are done, without waiting.
    pub fn reap(&mut self, limit: usize, mut take: impl FnMut(Completion)) -> usize {
        let refused = self.settle_rejected(limit, &mut take);
        let Self { context, slots, in_flight, stats, .. } = self;
        refused + context.reap(limit - refused, |event| settle(slots, in_flight, stats, event, &mut take))
    }

    /// Waits for a completion, at most `timeout`, then settles up to `limit`. A signal ends the wait
    /// early, with 0; with nothing in flight there is nothing to wait for.
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
        let mut count = 0;
        while count < limit
            && let Some((slot, errno)) = self.rejected.pop_front()
        {
            let operation = self.slots.release(slot);
            self.stats.completed += 1;
            self.stats.failed += 1;
            count += 1;
            take(Completion { slot, result: errno.as_result(), operation });
        }
        count
    }
}

impl<K: Kernel> Drop for Queue<K> {
    fn drop(&mut self) {
        // io_destroy waits for the kernel before any slot's memory goes. Where it fails (a sandbox
        // that forbids it, a forked child) nobody has waited, and the memory must stay.
        if self.context.destroy().is_err() && self.in_flight > 0 {
            self.slots.leak();
        }
    }
}

fn settle(
    slots: &mut Slots,
    in_flight: &mut usize,
    stats: &mut Stats,
    event: IoEvent,
    take: &mut impl FnMut(Completion),
) {
    // `data` is a slot that `push` wrote; an event that names no operation is not one of ours.
    let Ok(slot) = u32::try_from(event.data) else { return };
    let Some(operation) = slots.release(slot) else { return };
    *in_flight -= 1;
    stats.completed += 1;
    stats.failed += u64::from(event.result < 0);
    take(Completion { slot, result: event.result, operation: Some(operation) });
}
