//! The partner of a queue above a simulated kernel: when it does its part follows from chances.

use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use linux_aio::abi::{ContextId, Iocb};
use linux_aio::error::Errno;
use linux_aio::partner::{Partner, TAKEN_BACK};

use super::machine::Machine;
use super::simulation::Simulation;
use super::workshop::slot;

/// Parts that were late, and such of which something was not taken, in all runs of the process.
pub static LATE: AtomicU64 = AtomicU64::new(0);
pub static RETURNED: AtomicU64 = AtomicU64::new(0);

/// What it has.
pub(super) struct Part {
    context: ContextId,
    iocbs: Vec<*mut Iocb>,
    /// Once it is begun: how many the kernel looks at, and how many it has taken.
    begun: Option<Result<usize, Errno>>,
    taken: usize,
    /// Of io_submit.
    answer: Option<Result<usize, Errno>>,
    /// Whom to tell of the end, where nobody waits for it any more.
    tells: Option<Arc<OwnedFd>>,
}

pub struct Pair {
    pub(super) kernel: Simulation,
    pub(super) notifier: Option<Arc<OwnedFd>>,
}

// SAFETY: iocbs are looked at in `submit_part` alone, while there is no answer, and once there is in `take_answer`, before
// that is told.
unsafe impl Partner for Pair {
    unsafe fn begin(&mut self, context: ContextId, iocbs: &[*mut Iocb]) -> bool {
        let machine = &mut *self.kernel.machine();
        if machine.part.is_some() || !machine.random.chance(machine.chances.pairing) {
            return false;
        }
        // SAFETY: the caller's promise.
        iocbs.iter().for_each(|&iocb| machine.ledger.lend(slot(unsafe { &*iocb })));
        let iocbs = iocbs.to_vec();
        machine.part = Some(Part { context, iocbs, begun: None, taken: 0, answer: None, tells: None });
        if machine.random.chance(500) {
            machine.submit_part(false);
        }
        true
    }

    fn end(&mut self, patience: Duration) -> Option<Result<usize, Errno>> {
        let machine = &mut *self.kernel.machine();
        if patience > Duration::ZERO && !machine.random.chance(machine.chances.late_partner) {
            machine.submit_part(true);
        }
        let part = machine.part.as_mut()?;
        if part.begun.is_none() {
            part.answer = Some(Err(TAKEN_BACK));
        }
        if part.answer.is_none() {
            LATE.fetch_add(u64::from(part.tells.is_none()), Ordering::Relaxed);
            part.tells = self.notifier.clone();
            return None;
        }
        machine.take_answer()
    }

    fn close(&mut self) {
        let machine = &mut *self.kernel.machine();
        machine.submit_part(true);
        machine.take_answer();
    }
}

impl Machine {
    /// The answer to what the partner has done, where it has.
    fn take_answer(&mut self) -> Option<Result<usize, Errno>> {
        let Part { iocbs, answer, .. } = self.part.take()?;
        for &iocb in &iocbs[answer?.unwrap_or(0)..] {
            RETURNED.fetch_add(1, Ordering::Relaxed);
            // SAFETY: who has given it the part keeps what it names until it has the answer.
            self.ledger.return_lent(slot(unsafe { &*iocb }));
        }
        answer
    }

    /// The partner goes on with what it has, to the end or a little; whether there was anything to do.
    pub(super) fn submit_part(&mut self, to_the_end: bool) -> bool {
        let Some(mut part) = self.part.take_if(|part| part.answer.is_none()) else { return false };
        let offered = part.begun.unwrap_or_else(|| self.offer(part.iocbs.len()));
        part.begun = Some(offered);
        let most = offered.unwrap_or(0);
        let stop = if to_the_end { most } else { most.min(part.taken + self.random.below(4)) };
        while part.taken < stop && part.answer.is_none() {
            // SAFETY: who has given it the part keeps what it names until it has the answer.
            match unsafe { self.accept(part.context, part.iocbs[part.taken], false) } {
                Ok(()) => part.taken += 1,
                Err(errno) => part.answer = Some(if part.taken == 0 { Err(errno) } else { Ok(part.taken) }),
            }
        }
        if part.taken == most && part.answer.is_none() {
            part.answer = Some(offered);
        }
        if part.answer.is_some()
            && let Some(notifier) = part.tells.take()
        {
            self.signal(notifier.as_raw_fd());
        }
        self.part = Some(part);
        true
    }
}
