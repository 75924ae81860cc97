//! Jobs between those who hand them in and the threads that carry them out.

use std::collections::{HashMap, VecDeque};
use std::sync::PoisonError;
use std::time::Duration;

use crate::sync::{Condvar, Mutex, MutexGuard};

/// Device and inode.
pub(crate) type Identity = (u64, u64);

/// What an office carries out.
pub(crate) trait Work {
    /// The file whose work is carried out one after the other, in the order in which it came.
    fn in_order_on(&self) -> Option<Identity>;
    /// Whether a processor does it, rather than a device that is waited for.
    fn computes(&self) -> bool;
    /// Whether `next`, which comes right behind it in the order of their file, can be carried out with it.
    fn can_join(&self, next: &Self) -> bool;
    /// Takes on `next` as well.
    fn join(&mut self, next: Self);
    fn run(self);
}

/// How many work at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Staff {
    /// Threads.
    pub most: usize,
    /// Threads that compute, of those.
    pub computing: usize,
}

/// Threads at work, started when a job finds none idle. One ends after `patience` without a job.
pub(crate) struct Office<J> {
    staff: Staff,
    patience: Duration,
    desk: Mutex<Desk<J>>,
    arrived: Condvar,
}

struct Desk<J> {
    /// To be begun: those that wait for a device, and those that compute.
    waits: VecDeque<J>,
    computations: VecDeque<J>,
    /// Threads that may begin a computation.
    free_to_compute: usize,
    /// The files that a job in order of is among the jobs or being carried out, and those that wait for it.
    busy: HashMap<Identity, VecDeque<J>>,
    threads: usize,
    idle: usize,
}

impl<J: Work> Desk<J> {
    /// Takes a job in; whether it can be begun.
    fn take_in(&mut self, job: J) -> bool {
        if let Some(file) = job.in_order_on() {
            if let Some(waiting) = self.busy.get_mut(&file) {
                waiting.push_back(job);
                return false;
            }
            self.busy.insert(file, VecDeque::new());
        }
        self.lay(job);
        true
    }

    fn lay(&mut self, job: J) {
        if job.computes() { self.computations.push_back(job) } else { self.waits.push_back(job) }
    }

    /// Jobs that may be begun now.
    fn ready(&self) -> usize {
        self.waits.len() + self.computations.len().min(self.free_to_compute)
    }

    /// The next to be begun. Computations go first: they cannot take all threads.
    fn next(&mut self) -> Option<J> {
        if self.free_to_compute > 0
            && let Some(job) = self.computations.pop_front()
        {
            self.free_to_compute -= 1;
            return Some(job);
        }
        self.waits.pop_front()
    }

    /// A job of `file` has ended: the next may be begun, with those that join it, after what other files have.
    fn end(&mut self, file: Identity) {
        let Some(waiting) = self.busy.get_mut(&file) else { return };
        let Some(mut next) = waiting.pop_front() else {
            self.busy.remove(&file);
            return;
        };
        while waiting.front().is_some_and(|other| next.can_join(other)) {
            waiting.pop_front().into_iter().for_each(|other| next.join(other));
        }
        self.lay(next);
    }
}

impl<J: Work> Office<J> {
    pub(crate) fn new(staff: Staff, patience: Duration) -> Self {
        let desk = Desk {
            waits: VecDeque::new(),
            computations: VecDeque::new(),
            free_to_compute: staff.computing,
            busy: HashMap::new(),
            threads: 0,
            idle: 0,
        };
        Self { staff, patience, desk: Mutex::new(desk), arrived: Condvar::new() }
    }

    fn desk(&self) -> MutexGuard<'_, Desk<J>> {
        // Nothing panics while it holds the lock.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a job carried out. `start` starts a thread that calls [`Office::work`]; where none can be had
    /// at all, the caller carries the job out.
    pub(crate) fn hand_in(&self, job: J, start: impl FnOnce() -> bool) {
        let mut desk = self.desk();
        if !desk.take_in(job) || desk.ready() == 0 {
            return;
        }
        if desk.idle >= desk.ready() || desk.threads >= self.staff.most {
            self.arrived.notify_one();
            return;
        }
        desk.threads += 1;
        drop(desk);
        if start() {
            return;
        }
        let mut desk = self.desk();
        desk.threads -= 1;
        if desk.threads == 0 {
            drop(self.carry_out_all(desk));
        }
    }

    /// Carries out jobs until there is none to begin.
    fn carry_out_all<'a>(&'a self, mut desk: MutexGuard<'a, Desk<J>>) -> MutexGuard<'a, Desk<J>> {
        while let Some(job) = desk.next() {
            drop(desk);
            let (file, computes) = (job.in_order_on(), job.computes());
            job.run();
            desk = self.desk();
            desk.free_to_compute += usize::from(computes);
            if let Some(file) = file {
                desk.end(file);
            }
            // This thread begins one of them; the end may have made another ready.
            if desk.ready() > 1 && desk.idle > 0 {
                self.arrived.notify_one();
            }
        }
        desk
    }

    /// A thread's work, from its start to its end.
    pub(crate) fn work(&self) {
        let mut desk = self.desk();
        loop {
            desk = self.carry_out_all(desk);
            desk.idle += 1;
            let mut over = false;
            while desk.ready() == 0 && !over {
                let waited = self.arrived.wait_timeout(desk, self.patience);
                let (again, result) = waited.unwrap_or_else(PoisonError::into_inner);
                (desk, over) = (again, result.timed_out());
            }
            desk.idle -= 1;
            // A job that came as time was over counts on this thread, which was idle.
            if desk.ready() == 0 {
                desk.threads -= 1;
                return;
            }
        }
    }

    /// Threads that there are now.
    pub(crate) fn threads(&self) -> usize {
        self.desk().threads
    }

    /// The patience of all threads is over from now on.
    #[cfg(all(test, loom))]
    pub(crate) fn expire(&self) {
        let _desk = self.desk();
        self.arrived.expire();
    }
}
