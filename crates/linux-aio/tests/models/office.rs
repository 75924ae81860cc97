//! Jobs handed to helper threads: each is carried out once, those of one file in order and one at a time,
//! and the threads are few and end, whenever a job comes and whenever a thread's patience is over.

use std::time::Duration;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use super::explore;
use crate::office::{Identity, Office, Staff, Work};

/// What has been carried out.
#[derive(Default)]
struct Log {
    done: AtomicUsize,
    /// Of the one file: its jobs being carried out, and how many were.
    at_work: AtomicUsize,
    in_order: AtomicUsize,
    /// Threads that compute.
    computing: AtomicUsize,
    /// Threads started.
    started: AtomicUsize,
}

struct Job {
    log: Arc<Log>,
    /// Its place among the jobs of the one file; none: it is of no order.
    place: Option<usize>,
    computes: bool,
    joined: Option<Box<Self>>,
}

impl Work for Job {
    fn in_order_on(&self) -> Option<Identity> {
        self.place.map(|_| (1, 2))
    }

    fn computes(&self) -> bool {
        self.computes
    }

    /// Pairs of the one file are carried out together.
    fn can_join(&self, next: &Self) -> bool {
        self.joined.is_none() && next.place == self.place.map(|place| place + 1)
    }

    fn join(&mut self, next: Self) {
        assert!(self.can_join(&next), "joined unasked");
        self.joined = Some(Box::new(next));
    }

    fn run(self) {
        if self.computes {
            assert_eq!(self.log.computing.fetch_add(1, Ordering::SeqCst), 0, "two compute at a time");
            self.log.computing.fetch_sub(1, Ordering::SeqCst);
        }
        if let Some(place) = self.place {
            assert_eq!(self.log.at_work.fetch_add(1, Ordering::SeqCst), 0, "two of one file at a time");
            assert_eq!(self.log.in_order.fetch_add(1, Ordering::SeqCst), place, "out of order");
            if let Some(next) = &self.joined {
                assert_eq!(self.log.in_order.fetch_add(1, Ordering::SeqCst), place + 1, "joined by a stranger");
                self.log.done.fetch_add(1, Ordering::SeqCst);
                assert!(next.joined.is_none());
            }
            self.log.at_work.fetch_sub(1, Ordering::SeqCst);
        }
        self.log.done.fetch_add(1, Ordering::SeqCst);
    }
}

struct Model {
    office: Arc<Office<Job>>,
    log: Arc<Log>,
    most: usize,
}

impl Model {
    fn new(most: usize) -> Self {
        Self { office: Arc::new(Office::new(Staff { most, computing: 1 }, Duration::ZERO)), log: Arc::default(), most }
    }

    fn hand_in(&self, place: Option<usize>) {
        self.hand_in_job(place, false);
    }

    fn hand_in_job(&self, place: Option<usize>, computes: bool) {
        let (office, log, most) = (Arc::clone(&self.office), Arc::clone(&self.log), self.most);
        self.office.hand_in(Job { log: Arc::clone(&self.log), place, computes, joined: None }, || {
            log.started.fetch_add(1, Ordering::SeqCst);
            thread::spawn(move || {
                assert!(office.threads() <= most, "too many threads");
                office.work();
            });
            true
        });
    }

    /// When all threads have ended.
    fn end(model: &Arc<Self>, jobs: usize) {
        while model.office.threads() > 0 {
            thread::yield_now();
        }
        assert_eq!(model.log.done.load(Ordering::SeqCst), jobs, "jobs carried out");
    }
}

#[test]
fn a_job_that_comes_as_a_thread_loses_patience_is_carried_out() {
    explore(3, || {
        let model = Arc::new(Model::new(2));
        let clock = {
            let model = Arc::clone(&model);
            thread::spawn(move || model.office.expire())
        };
        model.hand_in(None);
        model.hand_in(None);
        clock.join().unwrap();
        Model::end(&model, 2);
    });
}

#[test]
fn an_idle_thread_is_told_of_a_job() {
    explore(3, || {
        let model = Arc::new(Model::new(1));
        for jobs in 1..=2 {
            model.hand_in(None);
            // Not before it is done: by the second, the thread is idle or about to be.
            while model.log.done.load(Ordering::SeqCst) < jobs {
                thread::yield_now();
            }
        }
        assert_eq!(model.log.started.load(Ordering::SeqCst), 1);
        model.office.expire();
        Model::end(&model, 2);
    });
}

#[test]
fn jobs_of_one_file_are_carried_out_one_after_the_other() {
    explore(2, || {
        let model = Arc::new(Model::new(2));
        (0..3).for_each(|place| model.hand_in(Some(place)));
        model.hand_in(None);
        model.office.expire();
        Model::end(&model, 4);
    });
}

#[test]
fn no_more_compute_than_may_and_all_are_carried_out() {
    explore(2, || {
        let model = Arc::new(Model::new(2));
        model.hand_in_job(None, true);
        model.hand_in_job(None, true);
        model.hand_in(None);
        model.office.expire();
        Model::end(&model, 3);
    });
}

#[test]
fn jobs_from_two_threads_share_the_threads_there_may_be() {
    explore(2, || {
        let model = Arc::new(Model::new(1));
        let other = {
            let model = Arc::clone(&model);
            thread::spawn(move || model.hand_in(None))
        };
        model.hand_in(None);
        other.join().unwrap();
        model.office.expire();
        Model::end(&model, 2);
    });
}

#[test]
fn without_a_thread_the_caller_carries_jobs_out() {
    explore(2, || {
        let model = Arc::new(Model::new(2));
        let hand_in = |model: &Model| {
            let log = Arc::clone(&model.log);
            let place = Some(model.log.in_order.load(Ordering::SeqCst));
            model.office.hand_in(Job { log, place, computes: false, joined: None }, || false);
        };
        hand_in(&model);
        hand_in(&model);
        Model::end(&model, 2);
    });
}
