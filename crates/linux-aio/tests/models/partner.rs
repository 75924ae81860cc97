//! The desk between a queue's thread and its partner: what is laid there is submitted once, in order, or taken back; whoever does
//! not wait for the end is told; and nothing is left where the partner sleeps.

use std::ptr;
use std::time::Duration;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;

use super::explore;
use crate::abi::Iocb;
use crate::error::Errno;
use crate::notifier::Notifier;
use crate::partner::{Desk, MOST, PIECE, Progress, Seen, Sight, Sleep};

const REFUSAL: Errno = Errno(libc::EINVAL);

struct Model {
    desk: Desk,
    told: Arc<AtomicBool>,
    /// Operations that the partner has submitted.
    submitted: AtomicUsize,
    /// Those of this number are refused, and of their call all that follow.
    refused: Option<usize>,
}

/// An operation that is known by its number, from 1 on. Nobody looks at it.
fn iocb(number: usize) -> *mut Iocb {
    ptr::without_provenance_mut(number)
}

impl Model {
    /// One whose partner has come, and sleeps after `looks` in vain.
    fn with_partner(looks: usize, refused: Option<usize>) -> (Arc<Self>, thread::JoinHandle<()>) {
        let told = Arc::new(AtomicBool::new(false));
        let desk = Desk::new(Some(Notifier::Flag(Arc::clone(&told))));
        let model = Arc::new(Self { desk, told, submitted: AtomicUsize::new(0), refused });
        assert!(model.desk.is_deserted());
        model.desk.occupy();
        let partner = Arc::clone(&model);
        (model, thread::spawn(move || partner.work(looks)))
    }

    /// In order, from where the last call has ended.
    fn submit(&self, context: u64, iocbs: &[*mut Iocb]) -> Result<usize, Errno> {
        assert_eq!(context, 7);
        let numbers: Vec<usize> = iocbs.iter().map(|iocb| iocb.addr()).collect();
        assert!(numbers.is_sorted() && numbers[0] > 0, "{numbers:?} out of order");
        let taken = numbers.iter().take_while(|&&number| Some(number) != self.refused).count();
        self.submitted.fetch_add(taken, Ordering::SeqCst);
        if taken == 0 { Err(REFUSAL) } else { Ok(taken) }
    }

    fn work(&self, looks: usize) {
        self.desk.arrive();
        let mut left = looks;
        loop {
            match self.desk.look() {
                Sight::Work => {
                    self.desk.work(|context, iocbs| self.submit(context, iocbs));
                    left = looks;
                }
                Sight::End => return,
                Sight::Nothing if left == 0 => {
                    if self.desk.sleep(Duration::ZERO) == Sleep::Deserted {
                        return;
                    }
                    left = looks;
                }
                Sight::Nothing => {
                    left -= 1;
                    thread::yield_now();
                }
            }
        }
    }

    /// The operation `first` and the next.
    fn give(&self, seen: Seen, first: usize) -> bool {
        self.give_all(seen, &[iocb(first), iocb(first + 1)])
    }

    /// These, if the partner is awake at one of a few times.
    fn give_all(&self, seen: Seen, iocbs: &[*mut Iocb]) -> bool {
        (0..3).any(|_| {
            let given = self.desk.give(seen, 7, iocbs);
            if !given && self.desk.is_asleep() {
                self.desk.wake();
            }
            thread::yield_now();
            given
        })
    }

    /// What comes of `count` operations.
    fn await_all(&self, seen: &mut Seen, count: usize) -> (usize, Option<Errno>) {
        let mut sum = 0;
        loop {
            let Progress { taken, refused, .. } = self.desk.progress(seen);
            sum += taken;
            if sum == count || refused.is_some() {
                return (sum, refused);
            }
            thread::yield_now();
        }
    }

    /// Goes elsewhere until told, where the partner has anything.
    fn await_told(&self) {
        if self.desk.tell() {
            while !self.told.load(Ordering::Acquire) {
                thread::yield_now();
            }
        }
    }

    /// The queue has ended, and after it the partner, which has submitted so many.
    fn end(&self, partner: thread::JoinHandle<()>, submitted: usize) {
        self.desk.close();
        assert_eq!(self.submitted.load(Ordering::SeqCst), submitted, "closed beside what was begun");
        partner.join().unwrap();
        assert!(!self.desk.give(Seen::default(), 7, &[]), "given to nobody");
    }
}

#[test]
fn all_that_is_given_is_submitted_once() {
    explore(2, || {
        let (model, partner) = Model::with_partner(1, None);
        let mut seen = Seen::default();
        let first = model.give(seen, 1);
        let second = model.give(seen, 3);
        let count = 2 * (usize::from(first) + usize::from(second));
        assert_eq!(model.await_all(&mut seen, count), (count, None));
        assert_eq!(model.desk.progress(&mut seen), Progress::default(), "more than there was");
        assert!(!model.told.load(Ordering::SeqCst), "told of what was waited for");
        model.end(partner, count);
    });
}

#[test]
fn more_than_a_piece_is_submitted_in_order() {
    explore(2, || {
        let (model, partner) = Model::with_partner(1, None);
        let mut seen = Seen::default();
        let iocbs: Vec<_> = (1..=PIECE + 2).map(iocb).collect();
        let given = if model.give_all(seen, &iocbs) { iocbs.len() } else { 0 };
        let back = model.desk.take_back(1);
        assert_eq!(model.await_all(&mut seen, given - back), (given - back, None));
        model.end(partner, given - back);
    });
}

#[test]
fn no_more_is_laid_there_than_there_is_room_for() {
    explore(1, || {
        let (model, partner) = Model::with_partner(1, None);
        let mut seen = Seen::default();
        let most: Vec<_> = (1..=MOST).map(iocb).collect();
        let given = model.give_all(seen, &most);
        // Until it is known what is done, none of it is free.
        assert!(!given || (model.desk.room(seen) == 0 && !model.desk.give(seen, 7, &[iocb(MOST + 1)])));
        let count = if given { MOST } else { 0 };
        assert_eq!(model.await_all(&mut seen, count), (count, None));
        model.end(partner, count);
    });
}

#[test]
fn a_refusal_that_nobody_was_to_be_told_of_has_its_reason() {
    explore(2, || {
        let (model, partner) = Model::with_partner(1, Some(1));
        let mut seen = Seen::default();
        if model.give(seen, 1) {
            assert_eq!(model.await_all(&mut seen, usize::MAX), (0, Some(REFUSAL)));
        }
        model.end(partner, 0);
    });
}

#[test]
fn what_was_not_begun_is_taken_back_and_never_submitted() {
    explore(3, || {
        let (model, partner) = Model::with_partner(1, None);
        let mut seen = Seen::default();
        let given = if model.give(seen, 1) { 2 } else { 0 };
        let back = model.desk.take_back(1);
        assert!(back <= given && (back == 0 || model.desk.unbegun() <= given - back));
        // Another goes to its place.
        let more = if model.desk.give(seen, 7, &[iocb(5)]) { 1 } else { 0 };
        let count = given - back + more;
        assert_eq!(model.await_all(&mut seen, count), (count, None));
        model.end(partner, count);
    });
}

#[test]
fn who_does_not_wait_is_told_when_nothing_is_left() {
    explore(3, || {
        let (model, partner) = Model::with_partner(1, None);
        let mut seen = Seen::default();
        let given = if model.give(seen, 1) { 2 } else { 0 };
        model.await_told();
        assert_eq!(model.desk.progress(&mut seen).taken, given, "told before all is done");
        model.end(partner, given);
    });
}

#[test]
fn a_refusal_is_told_and_gives_all_up() {
    explore(2, || {
        let (model, partner) = Model::with_partner(1, Some(2));
        let mut seen = Seen::default();
        if !model.give(seen, 1) {
            return model.end(partner, 0);
        }
        model.give(seen, 3);
        model.await_told();
        let (taken, refused) = model.await_all(&mut seen, usize::MAX);
        assert!(taken == 1 && refused.is_some(), "{taken} of those before it");
        assert_eq!((model.desk.unbegun(), model.desk.progress(&mut seen)), (0, Progress::default()));
        let again = model.give(seen, 3);
        let more = if again { 2 } else { 0 };
        assert_eq!(model.await_all(&mut seen, more), (more, None));
        model.end(partner, 1 + more);
    });
}

#[test]
fn what_nobody_asks_for_is_submitted_before_the_end_or_never() {
    explore(3, || {
        let (model, partner) = Model::with_partner(1, None);
        model.give(Seen::default(), 1);
        model.desk.close();
        let submitted = model.submitted.load(Ordering::SeqCst);
        partner.join().unwrap();
        assert_eq!(model.submitted.load(Ordering::SeqCst), submitted, "submitted after the end");
    });
}

#[test]
fn a_partner_whose_patience_is_over_is_missed() {
    explore(3, || {
        let (model, partner) = Model::with_partner(0, None);
        model.desk.expire();
        partner.join().unwrap();
        assert!(!model.give(Seen::default(), 1) && model.desk.is_deserted(), "nobody comes any more");
        model.desk.close();
    });
}
