//! Parts on the desk between a queue's thread and its partner: each is answered once, by what it was; whoever does not wait
//! for an answer is told; and no part is left where the partner sleeps.

use std::ptr;
use std::time::Duration;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;

use super::explore;
use crate::abi::Iocb;
use crate::notifier::Notifier;
use crate::partner::{Desk, Sight, Sleep, TAKEN_BACK};

struct Model {
    desk: Desk,
    told: Arc<AtomicBool>,
    /// Operations that the partner has submitted.
    submitted: AtomicUsize,
}

impl Model {
    /// One whose partner has come, and sleeps after `looks` in vain.
    fn with_partner(looks: usize) -> (Arc<Self>, thread::JoinHandle<()>) {
        let told = Arc::new(AtomicBool::new(false));
        let desk = Desk::new(Some(Notifier::Flag(Arc::clone(&told))));
        let model = Arc::new(Self { desk, told, submitted: AtomicUsize::new(0) });
        assert!(model.desk.is_deserted());
        model.desk.occupy();
        let partner = Arc::clone(&model);
        (model, thread::spawn(move || partner.work(looks)))
    }

    fn work(&self, looks: usize) {
        self.desk.arrive();
        let mut left = looks;
        loop {
            match self.desk.look() {
                Sight::Part => {
                    self.desk.answer(|context, iocbs| {
                        self.submitted.fetch_add(iocbs.len(), Ordering::SeqCst);
                        Ok(context as usize + iocbs.len())
                    });
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

    /// A part of two operations, if the partner takes it at one of a few times.
    fn give(&self, context: u64) -> bool {
        (0..3).any(|_| {
            let given = self.desk.give(context, &[ptr::null_mut::<Iocb>(); 2]);
            if self.desk.is_asleep() {
                self.desk.wake();
            }
            thread::yield_now();
            given
        })
    }

    /// The queue has ended, and after it the partner, which has submitted so many.
    fn end(&self, partner: thread::JoinHandle<()>, submitted: usize) {
        self.desk.close();
        assert_eq!(self.submitted.load(Ordering::SeqCst), submitted, "closed beside a part");
        partner.join().unwrap();
        assert!(!self.desk.give(10, &[]), "given to nobody");
    }
}

#[test]
fn each_part_is_answered_by_what_it_was() {
    explore(2, || {
        let (model, partner) = Model::with_partner(1);
        let given = [10, 20].into_iter().filter(|&context| {
            let given = model.give(context);
            assert_eq!(model.desk.take(|| false), given.then_some(Ok(context as usize + 2)));
            given
        });
        let submitted = 2 * given.count();
        assert_eq!(model.desk.take(|| false), None, "an answer to nothing");
        assert!(!model.told.load(Ordering::SeqCst), "told of what was waited for");
        model.end(partner, submitted);
    });
}

#[test]
fn who_does_not_wait_is_told_of_the_answer_or_has_the_part_back() {
    explore(3, || {
        let (model, partner) = Model::with_partner(1);
        let given = model.give(10);
        let first = if given { model.desk.take(|| true) } else { Some(Err(TAKEN_BACK)) };
        if first.is_none() {
            while !model.told.load(Ordering::Acquire) {
                thread::yield_now();
            }
            assert_eq!(model.desk.take(|| true), Some(Ok(12)), "told before there is an answer");
        }
        model.end(partner, if first == Some(Err(TAKEN_BACK)) { 0 } else { 2 });
    });
}

#[test]
fn the_end_waits_for_the_part_that_was_begun() {
    explore(3, || {
        let (model, partner) = Model::with_partner(1);
        let given = model.give(10);
        let back = given && model.desk.take(|| true) == Some(Err(TAKEN_BACK));
        model.end(partner, if given && !back { 2 } else { 0 });
    });
}

#[test]
fn a_part_that_nobody_asks_for_is_submitted_before_the_end_or_never() {
    explore(3, || {
        let (model, partner) = Model::with_partner(1);
        model.give(10);
        model.desk.close();
        let submitted = model.submitted.load(Ordering::SeqCst);
        partner.join().unwrap();
        assert_eq!(model.submitted.load(Ordering::SeqCst), submitted, "submitted after the end");
    });
}

#[test]
fn a_partner_whose_patience_is_over_is_missed() {
    explore(3, || {
        let (model, partner) = Model::with_partner(0);
        model.desk.expire();
        partner.join().unwrap();
        assert!(!model.desk.give(10, &[]) && model.desk.is_deserted(), "nobody comes any more");
        model.desk.close();
    });
}
