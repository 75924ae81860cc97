//! The partner of a queue above a simulated kernel: when it does what it has follows from chances.

use std::collections::VecDeque;
use std::mem;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use linux_aio::abi::{ContextId, Iocb};
use linux_aio::error::Errno;
use linux_aio::partner::{MOST, PIECE, Partner, Progress};

use super::ledger::Ledger;
use super::machine::Machine;
use super::simulation::Simulation;
use super::workshop::slot;

/// How often partners were left alone, and operations that they have given back, in all runs of the process.
pub static LEFT: AtomicU64 = AtomicU64::new(0);
pub static RETURNED: AtomicU64 = AtomicU64::new(0);

/// What it has.
#[derive(Default)]
pub(super) struct Row {
    context: ContextId,
    /// Not yet taken by the kernel, in order.
    iocbs: VecDeque<*mut Iocb>,
    piece: Option<Piece>,
    done: Progress,
    /// Whom to tell when it has done all.
    tells: Option<Arc<OwnedFd>>,
    /// It does nothing while it is waited for.
    late: bool,
}

/// An io_submit that has begun.
struct Piece {
    /// Of the first iocbs: how many are its own, and how many of these the kernel looks at.
    count: usize,
    offered: Result<usize, Errno>,
    /// The kernel has taken one.
    taken: bool,
}

impl Row {
    pub(super) fn is_empty(&self) -> bool {
        self.iocbs.is_empty()
    }

    /// Whether it stands still while it is waited for.
    pub(super) fn is_late(&self) -> bool {
        self.late
    }

    /// Whether it was left alone, and tells when it has done the rest.
    pub(super) fn will_tell(&self) -> bool {
        self.tells.is_some() && !self.iocbs.is_empty()
    }

    fn unbegun(&self) -> usize {
        self.iocbs.len() - self.piece.as_ref().map_or(0, |piece| piece.count)
    }

    /// Gives so many back, from the end.
    fn give_back(&mut self, count: usize, ledger: &mut Ledger) {
        for iocb in self.iocbs.split_off(self.iocbs.len() - count) {
            RETURNED.fetch_add(1, Ordering::Relaxed);
            // SAFETY: who has given it keeps what it names until it knows that it was given back.
            ledger.return_lent(slot(unsafe { &*iocb }));
        }
    }
}

pub struct Pair {
    pub(super) kernel: Simulation,
    pub(super) notifier: Option<Arc<OwnedFd>>,
}

// SAFETY: iocbs are looked at in `go_on` and `give_back`, as long as they are in the row.
unsafe impl Partner for Pair {
    fn call(&mut self) {}

    fn room(&self) -> usize {
        let machine = &mut *self.kernel.machine();
        let Row { done, iocbs, .. } = &machine.row;
        let awake = done.refused.is_none() && machine.random.chance(machine.chances.pairing);
        if awake { MOST - iocbs.len() - done.taken } else { 0 }
    }

    unsafe fn give(&mut self, context: ContextId, iocbs: &[*mut Iocb]) -> bool {
        let machine = &mut *self.kernel.machine();
        if machine.row.done.refused.is_some() || machine.random.chance(100) {
            return false;
        }
        assert!(machine.row.iocbs.len() + machine.row.done.taken + iocbs.len() <= MOST, "more than there is room for");
        // SAFETY: the caller's promise.
        iocbs.iter().for_each(|&iocb| machine.ledger.lend(slot(unsafe { &*iocb })));
        machine.row.context = context;
        machine.row.iocbs.extend(iocbs);
        machine.row.tells = None;
        machine.row.late = machine.random.chance(machine.chances.late_partner);
        if machine.random.chance(500) {
            machine.go_on(false);
        }
        true
    }

    fn unbegun(&self) -> usize {
        self.kernel.machine().row.unbegun()
    }

    fn take_back(&mut self, most: usize) -> usize {
        let machine = &mut *self.kernel.machine();
        let count = most.min(machine.row.unbegun());
        machine.row.give_back(count, &mut machine.ledger);
        count
    }

    fn progress(&mut self) -> Progress {
        let machine = &mut *self.kernel.machine();
        let done = mem::take(&mut machine.row.done);
        if done.refused.is_some() {
            machine.row.give_back(machine.row.iocbs.len(), &mut machine.ledger);
        }
        done
    }

    fn tell(&mut self) -> bool {
        let row = &mut self.kernel.machine().row;
        let tells = row.done.refused.is_none() && !row.iocbs.is_empty();
        if tells {
            LEFT.fetch_add(1, Ordering::Relaxed);
            row.tells = self.notifier.clone();
        }
        tells
    }

    fn close(&mut self) {
        let machine = &mut *self.kernel.machine();
        machine.row.give_back(machine.row.unbegun(), &mut machine.ledger);
        machine.go_on(true);
        machine.row.give_back(machine.row.iocbs.len(), &mut machine.ledger);
    }
}

impl Machine {
    /// The partner goes on with what it has, to the end or a little; whether there was anything to do.
    pub(super) fn go_on(&mut self, to_the_end: bool) -> bool {
        let mut row = mem::take(&mut self.row);
        let works = row.done.refused.is_none() && !row.iocbs.is_empty();
        while row.done.refused.is_none() && !row.iocbs.is_empty() {
            self.go_on_with(&mut row);
            if !to_the_end && self.random.chance(500) {
                break;
            }
        }
        if (row.done.refused.is_some() || row.iocbs.is_empty())
            && let Some(notifier) = row.tells.take()
        {
            self.signal(notifier.as_raw_fd());
        }
        row.late &= !works;
        self.row = row;
        works
    }

    /// One step: an io_submit begins, or takes one, or ends.
    fn go_on_with(&mut self, row: &mut Row) {
        let Some(mut piece) = row.piece.take() else {
            let count = row.iocbs.len().min(1 + self.random.below(PIECE));
            row.piece = Some(Piece { count, offered: self.offer(count), taken: false });
            return;
        };
        let refused = match piece.offered {
            Ok(0) if piece.count > 0 => Some(Errno(libc::EAGAIN)),
            Err(errno) => Some(errno),
            // SAFETY: who has given it keeps what it names until it knows that it was submitted.
            Ok(_) if piece.count > 0 => unsafe { self.accept(row.context, row.iocbs[0], false) }.err(),
            Ok(_) => None,
        };
        if piece.count == 0 || refused.is_some() {
            row.done.calls += 1;
            // Of a call that has taken some the kernel tells no reason.
            row.done.refused = refused.map(|errno| if piece.taken { Errno(libc::EAGAIN) } else { errno });
            return;
        }
        row.iocbs.pop_front();
        row.done.taken += 1;
        piece.taken = true;
        piece.count -= 1;
        piece.offered = piece.offered.map(|offered| offered - 1);
        row.piece = Some(piece);
    }
}
