//! Slots, depth, chunks, retries and reaping: every operation that is taken settles exactly once.

mod gathered;
mod options;
mod pairing;
mod pump;
mod settlement;
mod sharing;

use std::collections::VecDeque;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use crate::abi::{IOCB_FLAG_RESFD, Iocb};
use crate::chunks::{self, Chunks};
use crate::context::Context;
use crate::error::{Errno, Failure};
use crate::flight::Flight;
use crate::mailbox::Mailbox;
use crate::notifier::Notifier;
use crate::operation::{Operation, Run};
use crate::partner::Partner;
pub use crate::slots::SlotTaken;
use crate::slots::Slots;
use crate::stats::Stats;
use crate::stopwatch::Stopwatch;
use crate::sys::Kernel;
use crate::waiting::Waiting;
use gathered::Gathered;
pub use options::{Chunk, Helping, QueueOptions};
use sharing::Sharing;

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

/// How an operation enters the queue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    iocb: Iocb,
    band: usize,
    /// Its completion is announced to nobody.
    inline: bool,
}

/// Operations that always complete inside io_submit(2), of which the chunk is not searched for.
#[derive(Debug, Default)]
struct Inline {
    /// Whether the last chunk was of them.
    last: bool,
    /// How many there were.
    submitted: u64,
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
    flight: Flight,
    waiting: Waiting,
    /// What the partner has of them.
    sharing: Sharing<K::Partner>,
    /// Settled without the kernel, not yet reaped.
    rejected: VecDeque<(u32, Errno)>,
    /// Nothing is submitted any more.
    given_up: bool,
    gathered: Gathered,
    chunks: Chunks,
    inline: Inline,
    notifier: Option<Arc<OwnedFd>>,
    /// An operation was taken whose completion adds to no eventfd.
    unannounced: bool,
    options: QueueOptions,
    stopwatch: Stopwatch,
    /// Of io_submit, in a row.
    refusals: u32,
}

// SAFETY: the pointers of `gathered` are scratch, none between calls; everything else is Send.
unsafe impl<K: Kernel<Partner: Send> + Send> Send for Queue<K> {}

impl<K: Kernel> Queue<K> {
    /// A context of `options.depth`, and nothing in it. `notifier` is an eventfd that the kernel
    /// adds 1 to with every completion, but for those that are there when io_submit(2) returns in any case (files on tmpfs):
    /// for these see [`Queue::wants_turn`]. Helpers add to it, and a partner that nobody waits for ([`crate::partner`]):
    /// whoever is told reaps, and pumps.
    ///
    /// # Errors
    /// Those of io_setup(2), and ENOMEM where the capacity takes more memory than there is.
    pub fn new(kernel: K, options: QueueOptions, notifier: Option<Arc<OwnedFd>>) -> Result<Self, Failure> {
        let options = QueueOptions {
            depth: options.depth.max(1),
            capacity: options.capacity.max(1),
            chunk: match options.chunk {
                Chunk::Of(chunk) => Chunk::Of(chunk.clamp(1, options.depth.max(1))),
                other => other,
            },
            ..options
        };
        let flight = Flight::new(
            Slots::new(options.capacity)?,
            Mailbox::new(notifier.clone().map(Notifier::Eventfd)),
            kernel.now(),
        );
        let sharing = Sharing::new(kernel.partner(notifier.clone()));
        Ok(Self {
            context: Context::new(kernel, options.depth, options.reaping)?,
            flight,
            waiting: Waiting::default(),
            sharing,
            rejected: VecDeque::new(),
            given_up: false,
            gathered: Gathered::default(),
            chunks: Chunks::default(),
            inline: Inline::default(),
            notifier,
            unannounced: false,
            options,
            stopwatch: Stopwatch::default(),
            refusals: 0,
        })
    }

    /// How the queue was set up.
    #[must_use]
    pub fn options(&self) -> QueueOptions {
        self.options
    }

    /// What the next calls of [`Queue::submit`] may take, instead of [`QueueOptions::turn`]; one chunk at the least.
    pub fn set_turn(&mut self, turn: Duration) {
        self.options.turn = turn;
    }

    /// Operations handed to one io_submit(2) at the most, at present: of several sizes that are tried, the one that has
    /// turned out best.
    #[must_use]
    pub fn chunk(&self) -> u32 {
        let chunk = match self.options.chunk {
            Chunk::Of(chunk) => chunk,
            _ if self.inline.last => chunks::INLINE,
            Chunk::Usual => chunks::USUAL,
            Chunk::Searched => self.chunks.best(),
        };
        chunk.min(self.options.depth)
    }

    /// What has been counted.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.flight.stats
    }

    /// Operations taken that no [`Queue::submit`] has brought to the kernel yet.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.waiting.len()
    }

    /// Operations that the kernel or a helper has.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.flight.len()
    }

    /// Operations taken and not yet settled.
    #[must_use]
    pub fn outstanding(&self) -> usize {
        self.flight.len() + self.waiting.len() + self.rejected.len()
    }

    /// Operations that settle without the kernel and wait to be reaped.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.rejected.len()
    }

    /// Whether anything can be reaped now, as far as can be told without a system call.
    #[must_use]
    pub fn has_done(&self) -> bool {
        !self.rejected.is_empty() || !self.flight.mailbox.is_empty() || self.context.has_events()
    }

    /// Whether completions may be there that were announced to nobody: those of operations that always complete inside
    /// io_submit(2). Whoever submits looks for them.
    #[must_use]
    pub fn has_unannounced(&self) -> bool {
        self.unannounced && self.context.has_events()
    }

    /// Whether to call and reap again soon, after what completed inside [`Queue::submit`] was reaped: for what is done or
    /// has room now, and nobody will announce it.
    #[must_use]
    pub fn wants_turn(&self) -> bool {
        self.refused() > 0 || self.has_unannounced() || (self.unannounced && self.waiting.len() > 0)
    }

    /// Whether completions are read from the ring.
    #[must_use]
    pub fn reaps_in_user_space(&self) -> bool {
        self.context.reaps_in_user_space()
    }

    /// Takes an operation into a free slot. Nothing reaches the kernel before [`Queue::submit`].
    ///
    /// # Errors
    /// [`SlotTaken`] where the slot is in use or not below the capacity, and in a queue that was given up.
    pub fn push(&mut self, slot: u32, operation: Operation) -> Result<(), SlotTaken> {
        let inline = operation.completes_inline();
        let entry = self.entry(operation.iocb(0), operation.manner().band(), inline);
        self.enter(slot, operation, entry)
    }

    /// What all operations of a run enter with: see [`Queue::push_of`].
    pub(crate) fn entry_of(&self, run: &Run) -> Entry {
        self.entry(run.iocb(), run.band(), run.completes_inline())
    }

    /// [`Queue::push`] of an operation of the run that the entry is of.
    pub(crate) fn push_of(&mut self, entry: &Entry, slot: u32, operation: Operation) -> Result<(), SlotTaken> {
        let mut entry = *entry;
        operation.place(&mut entry.iocb);
        self.enter(slot, operation, entry)
    }

    fn entry(&self, mut iocb: Iocb, band: usize, inline: bool) -> Entry {
        let inline = inline && self.context.reaps_in_user_space();
        if let Some(notifier) = self.notifier.as_ref().filter(|_| !inline) {
            iocb.flags |= IOCB_FLAG_RESFD;
            iocb.notifier = notifier.as_fd().as_raw_fd().cast_unsigned();
        }
        Entry { iocb, band, inline }
    }

    fn enter(&mut self, slot: u32, operation: Operation, mut entry: Entry) -> Result<(), SlotTaken> {
        // Nothing would ever settle it.
        if self.given_up {
            return Err(SlotTaken);
        }
        entry.iocb.data = slot.into();
        self.flight.slots.hold(slot, operation, entry.iocb)?;
        self.unannounced |= entry.inline;
        self.waiting.push(slot, entry.band);
        self.flight.stats.operations += 1;
        Ok(())
    }

    /// Settles a free slot with `errno`, for what could not even become an operation.
    ///
    /// # Errors
    /// [`SlotTaken`] as for [`Queue::push`].
    pub fn refuse(&mut self, slot: u32, errno: Errno) -> Result<(), SlotTaken> {
        self.flight.slots.refuse(slot)?;
        self.rejected.push_back((slot, errno));
        self.flight.stats.operations += 1;
        Ok(())
    }

    /// Takes an operation back before the kernel has seen it: it settles with ECANCELED. One in flight is left alone, for no
    /// disk I/O can be cancelled; whether it was queued, or on its way there. What waits then is to be submitted again.
    pub fn withdraw(&mut self, slot: u32) -> bool {
        self.recall(slot);
        let queued = self.waiting.remove(slot);
        if queued {
            self.rejected.push_back((slot, Errno(libc::ECANCELED)));
        }
        queued
    }

    /// What waits is not submitted any more, nor what a partner has not begun or gives up. Its memory is kept, as all that has
    /// not settled, until the queue is dropped.
    pub fn give_up(&mut self) {
        self.take_back(usize::MAX);
        self.waiting = Waiting::default();
        self.given_up = true;
    }

    /// io_cancel(2) of a POLL in flight. Disk I/O: always EINVAL, and its memory stays the kernel's.
    ///
    /// # Errors
    /// EINPROGRESS where the cancelled event follows, EINVAL otherwise.
    pub fn cancel(&mut self, slot: u32) -> Result<(), Errno> {
        let iocb = self.flight.slots.iocb(slot).ok_or(Errno(libc::EINVAL))?;
        // SAFETY: the iocb of a held operation is written, and lives as long as the slots.
        unsafe { self.context.cancel(iocb) }
    }

    /// Hands queued operations to the kernel, in chunks, as far as the depth allows. Refused ones
    /// settle with the errno; neighbours of a refused one are not touched by it. Whether something is
    /// left that no completion will announce, so that to call and reap again: refused operations,
    /// operations that wait with nothing in flight, and completions that could not be fetched.
    pub fn submit(&mut self) -> bool {
        self.flight.stats.batches += 1;
        self.judge_flow();
        self.pump()
    }

    /// Whether completions that went up beside the partner have led to anything: asked whenever the program was told of some.
    fn judge_flow(&mut self) {
        self.sharing.flow.judge(self.flight.stats.operations, self.sharing.row.is_empty());
    }
}

impl<K: Kernel> Drop for Queue<K> {
    fn drop(&mut self) {
        // Nobody submits any more, once the partner has done what it has begun.
        self.sharing.partner.close();
        // io_destroy waits for the kernel before any slot's memory goes. Where it fails (a sandbox
        // that forbids it, a forked child) nobody has waited, and the memory must stay.
        if self.context.destroy().is_err() && self.flight.submitted() > 0 {
            self.flight.slots.leak();
            return;
        }
        while self.flight.helped() > 0 {
            self.flight.mailbox.wait(None);
            while self.flight.land().is_some() {}
        }
    }
}
