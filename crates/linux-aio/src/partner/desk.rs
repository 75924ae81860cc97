//! The desk between a queue's thread and its partner: one part at a time goes there, and its answer back.

use std::cell::UnsafeCell;
use std::ptr;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::abi::{ContextId, Iocb};
use crate::error::Errno;
use crate::notifier::Notifier;
use crate::partner::MOST;
use crate::sync::{AtomicUsize, Condvar, Mutex, MutexGuard, relax};

/// Nothing is there, and nobody: no thread, or one that is about to end.
const DESERTED: usize = 0;
/// Nothing is there, and the partner sleeps.
const ASLEEP: usize = 1;
/// Nothing is there, and the partner was told to come.
const CALLED: usize = 2;
/// Nothing is there, and the partner waits for a part awake.
const AWAKE: usize = 3;
/// A part is there.
const GIVEN: usize = 4;
/// A part is there, for whose end nobody waits any longer: it is to be told.
const LEFT: usize = 5;
/// An answer is there.
const ANSWERED: usize = 6;
/// The queue has ended, and the partner is to.
const CLOSED: usize = 7;

/// What io_submit(2) answers.
pub(crate) type Answer = Result<usize, Errno>;

/// What the partner finds when it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// A part: see [`Desk::answer`].
    Part,
    /// Nothing yet.
    Nothing,
    /// Its last answer, which nobody has taken.
    OwnAnswer,
    /// That it is over.
    End,
}

/// What io_submit(2) is called with.
#[derive(Debug)]
struct Part {
    context: ContextId,
    count: usize,
    iocbs: [*mut Iocb; MOST],
}

/// Used by two threads: the queue's, and its partner.
#[derive(Debug)]
pub(crate) struct Desk {
    state: AtomicUsize,
    /// The queue's thread has it while nothing is there, the partner while a part is.
    part: UnsafeCell<Part>,
    /// The partner has it while a part is there, the queue's thread while an answer is.
    answer: UnsafeCell<Answer>,
    bed: Mutex<()>,
    woken: Condvar,
    notifier: Option<Notifier>,
}

// SAFETY: who may touch which cell follows from `state`, whose changes are Acquire and Release; the iocbs are vouched for by
// the caller of `give`.
unsafe impl Send for Desk {}
// SAFETY: as above.
unsafe impl Sync for Desk {}

/// For the queue's thread.
impl Desk {
    /// `notifier` is told of an answer that nobody waits for.
    pub(crate) fn new(notifier: Option<Notifier>) -> Self {
        Self {
            state: AtomicUsize::new(DESERTED),
            part: UnsafeCell::new(Part { context: 0, count: 0, iocbs: [ptr::null_mut(); MOST] }),
            answer: UnsafeCell::new(Ok(0)),
            bed: Mutex::new(()),
            woken: Condvar::new(),
            notifier,
        }
    }

    /// Whether there is no partner. From now on there is one, which the caller starts.
    pub(crate) fn occupy(&self) -> bool {
        self.turn(DESERTED, CALLED)
    }

    /// The partner could not be started.
    pub(crate) fn desert(&self) {
        self.turn(CALLED, DESERTED);
    }

    /// Whether the partner sleeps.
    pub(crate) fn is_asleep(&self) -> bool {
        self.state() == ASLEEP
    }

    pub(crate) fn wake(&self) {
        let bed = self.bed();
        if self.turn(ASLEEP, CALLED) {
            self.woken.notify_one();
        }
        drop(bed);
    }

    /// Lays a part there, of [`MOST`] operations at the most, if the partner waits for one awake.
    pub(crate) fn give(&self, context: ContextId, iocbs: &[*mut Iocb]) -> bool {
        if self.state() != AWAKE || iocbs.len() > MOST {
            return false;
        }
        // SAFETY: nothing is there, and nobody else lays anything there.
        let part = unsafe { &mut *self.part.get() };
        (part.context, part.count) = (context, iocbs.len());
        part.iocbs[..iocbs.len()].copy_from_slice(iocbs);
        // It may have fallen asleep meanwhile.
        self.turn(AWAKE, GIVEN)
    }

    /// Waits for the answer to a part until it `is_over`, and takes it away. Where there is none by then the notifier is told
    /// when there is.
    pub(crate) fn take(&self, mut is_over: impl FnMut() -> bool) -> Option<Answer> {
        loop {
            match self.state() {
                ANSWERED => {
                    // SAFETY: an answer is there.
                    let answer = unsafe { *self.answer.get() };
                    self.turn(ANSWERED, AWAKE);
                    return Some(answer);
                }
                GIVEN if is_over() => {
                    if self.turn(GIVEN, LEFT) {
                        return None;
                    }
                }
                GIVEN => relax(),
                _ => return None,
            }
        }
    }

    /// When no part is there any more: the partner is to end.
    pub(crate) fn close(&self) {
        loop {
            let state = self.state();
            let bed = self.bed();
            if state != GIVEN && state != LEFT && self.turn(state, CLOSED) {
                self.woken.notify_one();
                return;
            }
            drop(bed);
            relax();
        }
    }
}

/// For the partner.
impl Desk {
    /// It is here, called or not: a part that was laid there before would wait as long as it took to come.
    pub(crate) fn arrive(&self) {
        self.turn(CALLED, AWAKE);
    }

    pub(crate) fn look(&self) -> Sight {
        match self.state() {
            GIVEN | LEFT => Sight::Part,
            ANSWERED => Sight::OwnAnswer,
            CLOSED => Sight::End,
            _ => Sight::Nothing,
        }
    }

    /// Has a part that is there answered by `submit`.
    pub(crate) fn answer(&self, submit: impl FnOnce(ContextId, &mut [*mut Iocb]) -> Answer) {
        // SAFETY: a part is there, and until its answer is, nobody else touches either.
        unsafe {
            let part = &mut *self.part.get();
            *self.answer.get() = submit(part.context, &mut part.iocbs[..part.count]);
        }
        if self.state.swap(ANSWERED, Ordering::AcqRel) == LEFT
            && let Some(notifier) = &self.notifier
        {
            notifier.signal();
        }
    }

    /// Sleeps where nothing is there, until woken. Whether to go on; otherwise nobody has woken it for so long, or it is over.
    pub(crate) fn sleep(&self, patience: Duration) -> bool {
        let mut bed = self.bed();
        // Something may have come meanwhile.
        self.turn(AWAKE, ASLEEP);
        while self.state() == ASLEEP {
            let (again, waited) = self.woken.wait_timeout(bed, patience).unwrap_or_else(PoisonError::into_inner);
            bed = again;
            if waited.timed_out() && self.turn(ASLEEP, DESERTED) {
                return false;
            }
        }
        self.arrive();
        self.state() != CLOSED
    }
}

impl Desk {
    fn state(&self) -> usize {
        self.state.load(Ordering::Acquire)
    }

    /// Changes what is there; not where it is another by now.
    fn turn(&self, from: usize, to: usize) -> bool {
        self.state.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
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
