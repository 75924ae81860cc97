//! A consumer that sleeps until its notifier is told, as an event loop does, and must not oversleep.

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::Arc;

use linux_aio::queue::{Queue, QueueOptions};

use super::machine::wake;
use super::run::Run;
use super::witness::Witness;

/// Calls of one turn, after which the loop is due.
const CALLS: usize = 2;

/// An eventfd; `full`: to which nothing can be added before it is read.
pub fn notifier(full: bool) -> Arc<OwnedFd> {
    // SAFETY: numbers only; the descriptor is owned by nobody else.
    let notifier = unsafe { OwnedFd::from_raw_fd(libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC)) };
    let count = u64::MAX - 1;
    if full {
        // SAFETY: eight bytes of a live local.
        unsafe { libc::write(notifier.as_raw_fd(), (&raw const count).cast(), 8) };
    }
    Arc::new(notifier)
}

/// A queue, if not at the first try: what io_setup refuses leaves nothing behind.
pub fn queue<K: Witness + Clone>(kernel: &K, options: QueueOptions, notifier: Option<&Arc<OwnedFd>>) -> Queue<K> {
    loop {
        match Queue::new(kernel.clone(), options, notifier.cloned()) {
            Ok(queue) => return queue,
            Err(failure) => {
                assert!(kernel.tells() && failure.syscall == "io_setup", "{failure}");
                assert!(notifier.is_none_or(|notifier| Arc::strong_count(notifier) == 1), "the notifier is held");
            }
        }
    }
}

impl<K: Witness + Clone> Run<K> {
    pub(super) fn wake(&self) {
        if let Some(notifier) = &self.notifier {
            wake(notifier.as_raw_fd());
        }
    }

    /// Whether the loop would not sleep; with `empty`, what woke it is forgotten.
    fn woken(&self, empty: bool) -> bool {
        let Some(notifier) = &self.notifier else { return true };
        let mut count = 0u64;
        if empty {
            // SAFETY: eight bytes into a live local.
            return unsafe { libc::read(notifier.as_raw_fd(), (&raw mut count).cast(), 8) } == 8;
        }
        let mut poll = libc::pollfd { fd: notifier.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: one live local.
        unsafe { libc::poll(&raw mut poll, 1, 0) == 1 }
    }

    /// What a turn of the program asked for goes down, and what is done already comes up.
    pub(super) fn flush(&mut self) {
        let mut stuck = self.submit();
        let limit = 1 + self.random.below(40);
        if self.random.chance(700) {
            let turn = self.queue.options().turn;
            self.settle(|queue, take| {
                let count;
                (count, stuck) = queue.follow_up(stuck, limit, || turn, take);
                count
            });
        }
        if stuck || self.queue.wants_turn() {
            self.wake();
        }
    }

    /// What the program does when it is told of completions, while others come.
    fn answer(&mut self) {
        for _ in 0..self.random.below(if self.draining { 1 } else { 3 }) {
            self.push();
        }
        self.kernel.stir();
        self.flush();
    }

    /// One turn of the loop, where anything has woken it.
    pub(super) fn turn(&mut self) {
        if !self.woken(true) {
            return;
        }
        for _ in 0..CALLS {
            let limit = 1 + self.random.below(40);
            let count = self.settle(|queue, take| queue.reap(limit, take));
            self.unsubmitted = false;
            if self.queue.pump() {
                self.wake();
            }
            if count == 0 && self.queue.has_unannounced() {
                continue;
            }
            if count == 0 {
                return;
            }
            let more = self.queue.has_done();
            if self.random.chance(300) {
                self.answer();
            }
            if !more && !self.queue.has_done() {
                return;
            }
        }
        self.wake();
    }

    /// A turn where the loop is woken; otherwise it sleeps, and something has to be under way.
    pub(super) fn next_turn(&mut self, first: bool) {
        if first {
            self.flush();
        } else if self.woken(false) {
            self.turn();
        } else {
            assert!(self.kernel.progress(), "asleep with {} operations", self.queue.outstanding());
        }
    }

    /// Where the loop would sleep, nothing is done or waits for it to come round.
    pub(super) fn check_awake(&self) {
        if self.unsubmitted || self.woken(false) || self.kernel.is_late() {
            return;
        }
        let (taken, done) = self.kernel.holds();
        assert_eq!((done, self.queue.refused()), (0, 0), "asleep beside what is done");
        assert!(taken > 0 || self.queue.outstanding() == 0, "asleep with {} operations", self.queue.outstanding());
    }
}
