//! The desk between a queue's thread and its partner: one part at a time goes there, and its answer back.

use std::ptr;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::abi::{ContextId, Iocb};
use crate::error::Errno;
use crate::notifier::Notifier;
use crate::partner::{MOST, TAKEN_BACK};
use crate::sync::{AtomicUsize, Condvar, Mutex, MutexGuard, Shared, relax};

/// Nothing is there, and nobody: no thread, or one that is about to end.
const DESERTED: usize = 0;
/// Nothing is there, and the partner sleeps.
const ASLEEP: usize = 1;
/// Nothing is there, and the partner was told to come.
const CALLED: usize = 2;
/// Nothing is there, and the partner waits for a part awake.
const AWAKE: usize = 3;
/// A part is there, which the partner has not seen yet.
const GIVEN: usize = 4;
/// The partner is at work on a part.
const BEGUN: usize = 5;
/// The same, and nobody waits for its end any longer: it is to be told.
const LEFT: usize = 6;
/// An answer is there.
const ANSWERED: usize = 7;
/// An answer is there, and the partner sleeps beside it.
const RESTS: usize = 8;
/// The queue has ended, and the partner is to.
const CLOSED: usize = 9;

/// What io_submit(2) answers.
pub(crate) type Answer = Result<usize, Errno>;

/// What the partner finds when it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// A part: see [`Desk::answer`].
    Part,
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
    /// The partner has it while it is at work, otherwise the queue's thread.
    part: Shared<Part>,
    /// The partner has it while it is at work, otherwise the queue's thread.
    answer: Shared<Answer>,
    bed: Mutex<()>,
    woken: Condvar,
    notifier: Option<Notifier>,
}

// SAFETY: who may use which cell follows from `state`, whose changes are Acquire and Release; the iocbs are vouched for by
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
            part: Shared::new(Part { context: 0, count: 0, iocbs: [ptr::null_mut(); MOST] }),
            answer: Shared::new(Ok(0)),
            bed: Mutex::new(()),
            woken: Condvar::new(),
            notifier,
        }
    }

    /// Whether nobody is there.
    pub(crate) fn is_deserted(&self) -> bool {
        self.state() == DESERTED
    }

    /// Somebody is called whom the caller starts, where nobody is there.
    pub(crate) fn occupy(&self) {
        self.turn(DESERTED, CALLED);
    }

    /// Whether the partner sleeps.
    pub(crate) fn is_asleep(&self) -> bool {
        self.state() == ASLEEP
    }

    /// Calls a partner that sleeps; whether it was. Not where it is only about to: the caller does not wait for that.
    pub(crate) fn wake(&self) -> bool {
        let Ok(_bed) = self.bed.try_lock() else { return false };
        let asleep = self.turn(ASLEEP, CALLED);
        if asleep {
            self.woken.notify_one();
        }
        asleep
    }

    /// Lays a part there, of [`MOST`] operations at the most, if the partner waits for one awake.
    pub(crate) fn give(&self, context: ContextId, iocbs: &[*mut Iocb]) -> bool {
        if self.state() != AWAKE || iocbs.len() > MOST {
            return false;
        }
        let lay = |part: &mut Part| {
            (part.context, part.count) = (context, iocbs.len());
            part.iocbs[..iocbs.len()].copy_from_slice(iocbs);
        };
        // SAFETY: the partner is not at work.
        unsafe { self.part.with(lay) };
        // It may have fallen asleep meanwhile.
        self.turn(AWAKE, GIVEN)
    }

    /// Waits for the answer to a part until it `is_over`, and takes it away. By then a part that was not begun is taken back:
    /// [`TAKEN_BACK`]; of one that was, the notifier is told when there is an answer.
    pub(crate) fn take(&self, mut is_over: impl FnMut() -> bool) -> Option<Answer> {
        loop {
            match self.state() {
                state @ (ANSWERED | RESTS) => {
                    // SAFETY: the partner is not at work.
                    let answer = unsafe { self.answer.with(|answer| *answer) };
                    let idle = if state == ANSWERED { AWAKE } else { ASLEEP };
                    // It may have fallen asleep meanwhile.
                    if self.turn(state, idle) {
                        return Some(answer);
                    }
                }
                GIVEN | BEGUN if !is_over() => relax(),
                GIVEN if self.turn(GIVEN, AWAKE) => return Some(Err(TAKEN_BACK)),
                BEGUN if self.turn(BEGUN, LEFT) => return None,
                GIVEN | BEGUN => (),
                _ => return None,
            }
        }
    }

    /// Waits for the end of a part that was begun. Then the partner is to end.
    pub(crate) fn close(&self) {
        loop {
            let bed = self.bed();
            let state = self.state();
            if state != BEGUN && state != LEFT && self.turn(state, CLOSED) {
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
    /// It is here, called or not: a part that was laid there before would wait as long as it took to come.
    pub(crate) fn arrive(&self) {
        self.turn(CALLED, AWAKE);
    }

    pub(crate) fn look(&self) -> Sight {
        match self.state() {
            GIVEN => Sight::Part,
            CLOSED => Sight::End,
            _ => Sight::Nothing,
        }
    }

    /// Has a part answered by `submit`, unless it was taken back.
    pub(crate) fn answer(&self, submit: impl FnOnce(ContextId, &mut [*mut Iocb]) -> Answer) {
        if !self.turn(GIVEN, BEGUN) {
            return;
        }
        // SAFETY: the partner, at work.
        unsafe {
            let answer = self.part.with(|part| submit(part.context, &mut part.iocbs[..part.count]));
            self.answer.with(|place| *place = answer);
        }
        if self.state.swap(ANSWERED, Ordering::AcqRel) == LEFT
            && let Some(notifier) = &self.notifier
        {
            notifier.signal();
        }
    }

    /// Sleeps where there is nothing to do, until called. It ends after so long, unless its answer has not been taken.
    pub(crate) fn sleep(&self, patience: Duration) -> Sleep {
        let mut bed = self.bed();
        if !self.turn(AWAKE, ASLEEP) && !self.turn(ANSWERED, RESTS) {
            return Sleep::None;
        }
        while matches!(self.state(), ASLEEP | RESTS) {
            let (again, waited) = self.woken.wait_timeout(bed, patience).unwrap_or_else(PoisonError::into_inner);
            bed = again;
            if waited.timed_out() && self.turn(ASLEEP, DESERTED) {
                return Sleep::Deserted;
            }
        }
        drop(bed);
        self.arrive();
        Sleep::Ended
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

/// For whoever waits for a system call of the other thread's, which may need the processor for it.
fn rest() {
    #[cfg(not(loom))]
    std::thread::sleep(Duration::from_micros(50));
    #[cfg(loom)]
    relax();
}
