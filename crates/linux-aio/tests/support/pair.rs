//! The partner of a queue above a simulated kernel: when it does its part follows from chances.

use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use linux_aio::abi::{ContextId, Iocb};
use linux_aio::error::Errno;
use linux_aio::partner::Partner;

use super::machine::Machine;
use super::simulation::Simulation;
use super::workshop::slot;

/// What it has, and its answer once it has done it.
pub(super) struct Part {
    context: ContextId,
    iocbs: Vec<*mut Iocb>,
    answer: Option<Result<usize, Errno>>,
    /// Whom to tell of the end, where nobody waits for it any more.
    tells: Option<Arc<OwnedFd>>,
}

pub struct Pair {
    pub(super) kernel: Simulation,
    pub(super) notifier: Option<Arc<OwnedFd>>,
}

// SAFETY: iocbs are looked at in `do_part` alone, which has set the answer when it returns, and leaves what has one.
unsafe impl Partner for Pair {
    unsafe fn begin(&mut self, context: ContextId, iocbs: &[*mut Iocb]) -> bool {
        let machine = &mut *self.kernel.machine();
        assert!(machine.part.is_none(), "a part while it has one");
        if !machine.random.chance(machine.chances.pairing) {
            return false;
        }
        // SAFETY: the caller's promise.
        iocbs.iter().for_each(|&iocb| machine.ledger.lend(slot(unsafe { &*iocb })));
        machine.part = Some(Part { context, iocbs: iocbs.to_vec(), answer: None, tells: None });
        if machine.random.chance(500) {
            machine.do_part();
        }
        true
    }

    fn end(&mut self, patience: Duration) -> Option<Result<usize, Errno>> {
        let machine = &mut *self.kernel.machine();
        if patience > Duration::ZERO && !machine.random.chance(machine.chances.late_partner) {
            machine.do_part();
        }
        let part = machine.part.as_mut()?;
        if part.answer.is_none() {
            part.tells = self.notifier.clone();
            return None;
        }
        machine.take_answer()
    }

    fn close(&mut self) {
        let machine = &mut *self.kernel.machine();
        machine.do_part();
        machine.take_answer();
    }
}

impl Machine {
    /// The answer to what the partner has done, where it has.
    fn take_answer(&mut self) -> Option<Result<usize, Errno>> {
        let Part { iocbs, answer, .. } = self.part.take()?;
        for &iocb in &iocbs[answer?.unwrap_or(0)..] {
            // SAFETY: who has given it the part keeps what it names until it has the answer.
            self.ledger.return_lent(slot(unsafe { &*iocb }));
        }
        answer
    }

    /// The partner submits what it has; whether there was anything.
    pub(super) fn do_part(&mut self) -> bool {
        let Some(Part { context, iocbs, answer: None, tells }) = self.part.take_if(|part| part.answer.is_none()) else {
            return false;
        };
        // SAFETY: who has given it the part keeps what it names until it has the answer.
        let answer = unsafe { self.submit(context, &iocbs, false) };
        if let Some(notifier) = &tells {
            self.signal(notifier.as_raw_fd());
        }
        self.part = Some(Part { context, iocbs, answer: Some(answer), tells: None });
        true
    }
}
