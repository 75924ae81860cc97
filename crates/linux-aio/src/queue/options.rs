//! What a queue is asked for.

use std::time::Duration;

use crate::context::Reaping;

/// How a queue is set up.
#[derive(Debug, Clone, Copy)]
pub struct QueueOptions {
    /// Operations in flight at the most; what io_setup(2) is asked for.
    pub depth: u32,
    /// Operations taken and not yet settled at the most: the number of slots.
    pub capacity: u32,
    /// Operations handed to one io_submit(2) at the most.
    pub chunk: Chunk,
    /// How completions are fetched.
    pub reaping: Reaping,
    /// What goes to helper threads.
    pub helping: Helping,
    /// After so long in io_submit(2) calls or beside a partner, [`Queue::submit`] leaves what still waits for its next call:
    /// for event loops.
    pub turn: Duration,
}

/// What is carried out by helper threads rather than by io_submit(2): see [`crate::helper`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Helping {
    /// Nothing but appends on xfs, for their order: whatever blocks, blocks who submits it.
    Never,
    /// What is known or measured to block inside io_submit, and what `RWF_NOWAIT` shows to. Copies in memory are submitted by
    /// two threads: see [`crate::partner`].
    #[default]
    AsNeeded,
    /// Every read, write and sync.
    Always,
}

/// How many operations are handed to one io_submit(2) at the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Chunk {
    /// So many.
    Of(u32),
    /// [`crate::chunks::USUAL`]; [`crate::chunks::INLINE`] of what completes inside io_submit.
    #[default]
    Usual,
    /// As [`Chunk::Usual`] to begin with, then what turns out to give the most operations a second: see [`crate::chunks`].
    Searched,
}

impl Default for QueueOptions {
    /// Depth 128, 65,536 slots, reaping from the ring, helpers, no end of a turn, and the usual chunk.
    fn default() -> Self {
        Self {
            depth: 128,
            capacity: 1 << 16,
            chunk: Chunk::Usual,
            reaping: Reaping::Ring,
            helping: Helping::AsNeeded,
            turn: Duration::MAX,
        }
    }
}
