//! Threads that carry out what would block whoever submits it.
//!
//! All queues of the process share them: at most [`MOST`], started when a job finds none idle, ended
//! after [`IDLE`] without one. Some writes of one file are carried out one after the other, in the order
//! in which they came: see [`Job::in_order_on`].

use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::job::{Job, block_signals};

/// Threads at the most.
pub const MOST: usize = 8;
/// How long one waits for a job before it ends.
pub const IDLE: Duration = Duration::from_secs(2);

/// Device and inode.
type Identity = (u64, u64);

struct Office {
    /// To be begun.
    jobs: VecDeque<Job>,
    /// The files that a write of is among the jobs or being carried out, and the writes that wait for it.
    writing: Option<HashMap<Identity, VecDeque<Job>>>,
    threads: usize,
    idle: usize,
}

impl Office {
    /// Takes a job in; whether it can be begun.
    fn take_in(&mut self, job: Job) -> bool {
        if let Some(file) = job.in_order_on() {
            let writing = self.writing.get_or_insert_default();
            if let Some(waiting) = writing.get_mut(&file) {
                waiting.push_back(job);
                return false;
            }
            writing.insert(file, VecDeque::new());
        }
        self.jobs.push_back(job);
        true
    }

    /// A write of `file` has ended: the next may be begun, after what other files have.
    fn end_write(&mut self, file: Identity) {
        let Some(writing) = &mut self.writing else { return };
        match writing.get_mut(&file).and_then(VecDeque::pop_front) {
            Some(next) => self.jobs.push_back(next),
            None => drop(writing.remove(&file)),
        }
    }
}

static OFFICE: Mutex<Office> = Mutex::new(Office { jobs: VecDeque::new(), writing: None, threads: 0, idle: 0 });
static ARRIVED: Condvar = Condvar::new();

fn office() -> MutexGuard<'static, Office> {
    // Nothing panics while it holds the lock.
    OFFICE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has a job carried out by a helper. Where no thread can be had at all, by the caller.
pub(crate) fn help(job: Job) {
    let mut office = office();
    if !office.take_in(job) {
        return;
    }
    if office.idle >= office.jobs.len() || office.threads >= MOST {
        ARRIVED.notify_one();
        return;
    }
    office.threads += 1;
    drop(office);
    if thread::Builder::new().name("linux-aio-help".into()).stack_size(128 * 1024).spawn(work).is_ok() {
        return;
    }
    let mut office = self::office();
    office.threads -= 1;
    if office.threads == 0 {
        drop(carry_out_all(office));
    }
}

/// Carries out jobs until there is none to begin.
fn carry_out_all(mut office: MutexGuard<'static, Office>) -> MutexGuard<'static, Office> {
    while let Some(job) = office.jobs.pop_front() {
        drop(office);
        let file = job.in_order_on();
        job.run();
        office = self::office();
        if let Some(file) = file {
            office.end_write(file);
        }
    }
    office
}

fn work() {
    block_signals();
    let mut office = office();
    loop {
        office = carry_out_all(office);
        office.idle += 1;
        let waited = ARRIVED.wait_timeout_while(office, IDLE, |office| office.jobs.is_empty());
        office = waited.unwrap_or_else(PoisonError::into_inner).0;
        office.idle -= 1;
        if office.jobs.is_empty() {
            office.threads -= 1;
            return;
        }
    }
}

/// Threads that there are now.
#[must_use]
pub fn threads() -> usize {
    office().threads
}
