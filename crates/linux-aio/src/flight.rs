//! What is on its way: operations that the kernel or a helper has, from their submission to their result.

use std::sync::Arc;
use std::time::Instant;

use crate::abi::IoEvent;
use crate::error::Errno;
use crate::history::History;
use crate::job::Job;
use crate::lanes::Lanes;
use crate::mailbox::{Finished, Mailbox};
use crate::operation::Operation;
use crate::queue::Completion;
use crate::slots::{Held, Slots};
use crate::stats::Stats;

const AGAIN: i64 = Errno(libc::EAGAIN).as_result();

/// The slots of a queue, and who has what is in them.
#[derive(Debug)]
pub(crate) struct Flight {
    pub slots: Slots,
    pub stats: Stats,
    pub mailbox: Arc<Mailbox>,
    /// When the ring was last looked at.
    pub now: Instant,
    lanes: Lanes,
    submitted: usize,
    helped: usize,
    /// Refused by an RWF_NOWAIT of ours: to be helped as soon as the ring is no longer being read.
    refused: Vec<u32>,
}

impl Flight {
    pub(crate) fn new(slots: Slots, mailbox: Mailbox, now: Instant) -> Self {
        Self {
            slots,
            stats: Stats::default(),
            mailbox: Arc::new(mailbox),
            now,
            lanes: Lanes::default(),
            submitted: 0,
            helped: 0,
            refused: Vec::new(),
        }
    }

    /// Operations that the kernel has.
    pub(crate) fn submitted(&self) -> usize {
        self.submitted
    }

    /// Operations that helpers have.
    pub(crate) fn helped(&self) -> usize {
        self.helped
    }

    /// Both.
    pub(crate) fn len(&self) -> usize {
        self.submitted + self.helped
    }

    /// Reserves a place on the device of a waiting operation; whether there was one.
    pub(crate) fn enter(&mut self, slot: u32) -> bool {
        let Some(held) = self.slots.held(slot) else { return false };
        let lane = held.operation.file().map_or(usize::MAX, |file| self.lanes.of(file.lane(), file.request_limit()));
        held.lane = lane;
        let room = self.lanes.room(lane) > 0;
        if room {
            held.operation.written_file().inspect(|file| file.history().written.begins());
            self.lanes.enter(lane);
        }
        room
    }

    /// Gives the place back of one that was not taken after all.
    pub(crate) fn leave(&mut self, slot: u32) {
        if let Some(held) = self.slots.held(slot) {
            held.operation.written_file().inspect(|file| file.history().written.ends());
            self.lanes.leave(held.lane);
        }
    }

    /// The kernel has taken `count` of those that have entered.
    pub(crate) fn take_off(&mut self, count: usize) {
        self.lend(count);
        self.note_depth(1);
    }

    /// The partner is to submit so many of those that have entered.
    pub(crate) fn lend(&mut self, count: usize) {
        self.submitted += count;
    }

    /// After so many calls of io_submit.
    pub(crate) fn note_depth(&mut self, calls: u64) {
        let depth = self.len() as u64;
        self.stats.depth_sum += calls * depth;
        self.stats.depth_max = self.stats.depth_max.max(depth);
    }

    /// One that was lent is not submitted: it waits again. Its band.
    pub(crate) fn take_back(&mut self, slot: u32) -> Option<usize> {
        let band = self.slots.held(slot)?.operation.manner().band();
        self.submitted -= 1;
        self.leave(slot);
        Some(band)
    }

    /// The job of an operation that has entered.
    pub(crate) fn send_to_helper(&mut self, slot: u32) -> Option<Job> {
        let lane = self.slots.held(slot)?.lane;
        let operation = self.slots.send_away(slot, lane)?;
        self.helped += 1;
        self.stats.helped += 1;
        self.stats.depth_max = self.stats.depth_max.max(self.len() as u64);
        Some(Job::new(slot, operation, Arc::clone(&self.mailbox)))
    }

    /// The jobs of those that the kernel refused to take without blocking.
    pub(crate) fn refused_jobs(&mut self) -> Vec<Job> {
        let refused = std::mem::take(&mut self.refused);
        refused.into_iter().filter_map(|slot| self.send_to_helper(slot)).collect()
    }

    /// What a helper has done.
    pub(crate) fn land(&mut self) -> Option<Completion> {
        let Finished { slot, result, operation, joined } = self.mailbox.take()?;
        let lane = self.slots.come_back(slot)?;
        self.helped -= 1;
        self.stats.joined += u64::from(joined);
        Some(self.complete(slot, lane, result, operation))
    }

    /// What the kernel has done; nothing where that was to refuse, or no operation of ours.
    pub(crate) fn settle(&mut self, event: IoEvent) -> Option<Completion> {
        // `data` is a slot that `push` wrote.
        let slot = u32::try_from(event.data).ok()?;
        let held = self.slots.held(slot)?;
        if held.nowait {
            let history = held.operation.file().map(|file| file.history());
            if event.result == AGAIN {
                history.inspect(|history| history.nowait.slow(self.now));
                self.refused.push(slot);
                self.submitted -= 1;
                self.stats.nowait_refusals += 1;
                return None;
            }
            history.inspect(|history| history.nowait.quick());
        }
        let Held { operation, lane, .. } = self.slots.release(slot)?;
        self.submitted -= 1;
        Some(self.complete(slot, lane, event.result, operation))
    }

    fn complete(&mut self, slot: u32, lane: usize, result: i64, operation: Operation) -> Completion {
        self.lanes.leave(lane);
        self.stats.completed += 1;
        self.stats.failed += u64::from(result < 0);
        if let Some(history) = operation.written_file().map(|file| file.history()) {
            history.written.ends();
            remember(history, &operation, result);
        }
        Completion { slot, result, operation: Some(operation) }
    }
}

fn remember(history: &History, operation: &Operation, result: i64) {
    if let Ok(bytes) = u64::try_from(result)
        && bytes > 0
    {
        history.grew_to(operation.offset() + bytes);
    }
}
