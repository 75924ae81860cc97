//! The desk between a queue's thread and its partner: operations are laid on it in a row, and the partner submits them from the
//! front, a piece at a time. What it has not begun can be taken back from the end.

mod sheet;

use std::ptr;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::abi::{ContextId, Iocb};
use crate::error::Errno;
use crate::notifier::Notifier;
use crate::partner::{MOST, PIECE, Progress};
use crate::sync::{AtomicU64, Condvar, Mutex, MutexGuard, Shared};
use sheet::{Presence, Sheet};

/// What the partner finds when it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Something to submit: see [`Desk::work`].
    Work,
    /// Nothing to do.
    Nothing,
    /// That it is over.
    End,
}

/// How the partner's sleep has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sleep {
    /// It did not begin: something has come before.
    None,
    /// It was called, or it is over.
    Ended,
    /// Nobody has called it for so long: it is not there any more.
    Deserted,
}

/// How far the queue's thread has read the sheet: [`Desk::progress`] makes another than the first.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Seen {
    done: u16,
    calls: u8,
}

/// Used by two threads: the queue's, and its partner.
#[derive(Debug)]
pub(crate) struct Desk {
    sheet: AtomicU64,
    /// By position. The queue's thread has those that are free, the partner those that it has begun; those between them stay as
    /// they are.
    row: Box<[Shared<(ContextId, *mut Iocb)>]>,
    /// Why the kernel has not taken all of a piece. The partner has it, or where the sheet says `refused` the queue's thread.
    reason: Shared<Errno>,
    bed: Mutex<()>,
    woken: Condvar,
    notifier: Option<Notifier>,
}

// SAFETY: who may use which cell follows from the sheet, whose changes are Acquire and Release; the iocbs are vouched for by
// the caller of `give`.
unsafe impl Send for Desk {}
// SAFETY: as above.
unsafe impl Sync for Desk {}

/// For the queue's thread.
impl Desk {
    /// `notifier` is told where [`Desk::tell`] asks for it.
    pub(crate) fn new(notifier: Option<Notifier>) -> Self {
        Self {
            sheet: AtomicU64::new(Sheet::default().into()),
            row: (0..MOST).map(|_| Shared::new((0, ptr::null_mut()))).collect(),
            reason: Shared::new(Errno(0)),
            bed: Mutex::new(()),
            woken: Condvar::new(),
            notifier,
        }
    }

    /// Whether nobody is there.
    pub(crate) fn is_deserted(&self) -> bool {
        self.sheet().presence == Presence::Deserted
    }

    /// Somebody is called whom the caller starts, where nobody is there.
    pub(crate) fn occupy(&self) {
        self.turn(|sheet| sheet.comes(Presence::Deserted, Presence::Called));
    }

    /// Whether the partner sleeps.
    pub(crate) fn is_asleep(&self) -> bool {
        self.sheet().presence == Presence::Asleep
    }

    /// Calls a partner that sleeps; whether it was. Not where it is only about to: the caller does not wait for that.
    pub(crate) fn wake(&self) -> bool {
        let Ok(_bed) = self.bed.try_lock() else { return false };
        let asleep = self.turn(|sheet| sheet.comes(Presence::Asleep, Presence::Called)).is_some();
        if asleep {
            self.woken.notify_one();
        }
        asleep
    }

    /// How many can be laid there: none where the partner does not wait for them awake.
    pub(crate) fn room(&self, seen: Seen) -> usize {
        let sheet = self.sheet();
        if sheet.is_open() { MOST - usize::from(sheet.tail.wrapping_sub(seen.done)) } else { 0 }
    }

    /// Lays these behind what is there; whether it did. Not where there is no [`Desk::room`].
    pub(crate) fn give(&self, seen: Seen, context: ContextId, iocbs: &[*mut Iocb]) -> bool {
        if self.room(seen) < iocbs.len() {
            return false;
        }
        let mut tail = self.sheet().tail;
        for &iocb in iocbs {
            // SAFETY: free, which only this thread changes.
            unsafe { self.row[usize::from(tail) % MOST].with(|place| *place = (context, iocb)) };
            tail = tail.wrapping_add(1);
        }
        // The partner may have fallen asleep meanwhile.
        self.turn(|sheet| sheet.gives(tail)).is_some()
    }

    /// Takes up to so many back from the end that were not begun; how many.
    pub(crate) fn take_back(&self, most: usize) -> usize {
        let most = u16::try_from(most).unwrap_or(u16::MAX);
        self.turn(|sheet| sheet.takes_back(most)).map_or(0, |before| before.unbegun().min(most).into())
    }

    /// How many were not begun.
    pub(crate) fn unbegun(&self) -> usize {
        self.sheet().unbegun().into()
    }

    /// What the partner has done since it was last asked. Where something was refused, nothing is there any more.
    pub(crate) fn progress(&self, seen: &mut Seen) -> Progress {
        let sheet = self.sheet();
        let mut refused = None;
        if sheet.refused {
            // SAFETY: the partner waits until it is taken away.
            refused = Some(unsafe { self.reason.with(|reason| *reason) });
            self.turn(|sheet| Some(sheet.cleared()));
        }
        let taken = sheet.done.wrapping_sub(seen.done).into();
        let calls = sheet.calls.wrapping_sub(seen.calls).into();
        *seen = Seen { done: if refused.is_some() { sheet.tail } else { sheet.done }, calls: sheet.calls };
        Progress { taken, calls, refused }
    }

    /// Has the notifier told when everything is done that is there, or something was refused; whether anything is there.
    pub(crate) fn tell(&self) -> bool {
        self.turn(Sheet::told).is_some()
    }

    /// Waits for the end of what was begun. Then the partner is to end.
    pub(crate) fn close(&self) {
        loop {
            let bed = self.bed();
            if self.turn(Sheet::closed).is_some() {
                self.woken.notify_one();
                return;
            }
            drop(bed);
            rest();
        }
    }
}

/// For the partner.
impl Desk {
    /// It is here, called or not.
    pub(crate) fn arrive(&self) {
        self.turn(|sheet| sheet.comes(Presence::Called, Presence::Awake));
    }

    pub(crate) fn look(&self) -> Sight {
        let sheet = self.sheet();
        match sheet.presence {
            Presence::Closed => Sight::End,
            _ if sheet.has_work() => Sight::Work,
            _ => Sight::Nothing,
        }
    }

    /// Has the next piece submitted, unless it was taken back.
    pub(crate) fn work(&self, submit: impl FnOnce(ContextId, &mut [*mut Iocb]) -> Result<usize, Errno>) {
        let Some(before) = self.turn(|sheet| sheet.has_work().then(|| sheet.begins())) else { return };
        let (first, count) = (before.head, usize::from(before.piece()));
        let (mut iocbs, mut context) = ([ptr::null_mut(); PIECE], 0);
        for (index, iocb) in (0..).zip(&mut iocbs[..count]) {
            let place = usize::from(first.wrapping_add(index)) % MOST;
            // SAFETY: begun, and so the partner's.
            (context, *iocb) = unsafe { self.row[place].with(|place| *place) };
        }
        let answer = submit(context, &mut iocbs[..count]);
        let taken = answer.unwrap_or(0).min(count);
        if taken < count {
            // SAFETY: nothing is refused.
            unsafe { self.reason.with(|reason| *reason = answer.err().unwrap_or(Errno(libc::EAGAIN))) };
        }
        let taken = taken as u16;
        let before = self.turn(|sheet| Some(sheet.ends(taken)));
        if before.is_some_and(|before| before.tells && !before.ends(taken).tells)
            && let Some(notifier) = &self.notifier
        {
            notifier.signal();
        }
    }

    /// Sleeps where there is nothing to do, until called. It ends after so long.
    pub(crate) fn sleep(&self, patience: Duration) -> Sleep {
        let mut bed = self.bed();
        if self.turn(Sheet::sleeps).is_none() {
            return Sleep::None;
        }
        while self.is_asleep() {
            let (again, waited) = self.woken.wait_timeout(bed, patience).unwrap_or_else(PoisonError::into_inner);
            bed = again;
            if waited.timed_out() && self.turn(|sheet| sheet.comes(Presence::Asleep, Presence::Deserted)).is_some() {
                return Sleep::Deserted;
            }
        }
        drop(bed);
        self.arrive();
        Sleep::Ended
    }
}

impl Desk {
    fn sheet(&self) -> Sheet {
        self.sheet.load(Ordering::Acquire).into()
    }

    /// Changes the sheet, as long as `change` gives another; what it was before.
    fn turn(&self, change: impl Fn(Sheet) -> Option<Sheet>) -> Option<Sheet> {
        let mut known = self.sheet.load(Ordering::Acquire);
        loop {
            let next = change(known.into())?;
            match self.sheet.compare_exchange(known, next.into(), Ordering::AcqRel, Ordering::Acquire) {
                Ok(before) => return Some(before.into()),
                Err(other) => known = other,
            }
        }
    }

    fn bed(&self) -> MutexGuard<'_, ()> {
        // Nothing panics while it holds the lock.
        self.bed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The patience of the partner is over from now on.
    #[cfg(all(test, loom))]
    pub(crate) fn expire(&self) {
        let _bed = self.bed();
        self.woken.expire();
    }
}

/// For whoever waits for a system call of the other thread's, which may need the processor for it.
fn rest() {
    #[cfg(not(loom))]
    std::thread::sleep(Duration::from_micros(50));
    #[cfg(loom)]
    crate::sync::relax();
}
