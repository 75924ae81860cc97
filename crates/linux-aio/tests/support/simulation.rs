//! A kernel in user space. What it refuses, how much it takes, when and in which order operations
//! complete follows from a script, from chances and from a seed, and is the same in every run.
//!
//! One disk is behind every descriptor. An operation is carried out when it completes, not before,
//! so that memory which was freed too early is memory that is written to after it was unmapped.

use std::cell::{RefCell, RefMut};
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use linux_aio::abi::{ContextId, IoEvent, Iocb};
use linux_aio::error::Errno;
use linux_aio::job::Job;
use linux_aio::sys::Kernel;

pub use super::machine::{Chances, Machine};
use super::pair::Pair;
use super::witness::{Announcement, Witness};

/// What asking for the time may add to a turn of a submit.
const SLACK: Duration = Duration::from_millis(1);

/// A handle on one machine: a clone is the same machine.
#[derive(Clone)]
pub struct Simulation(Rc<RefCell<Machine>>, Rc<RefCell<Option<Instant>>>);

impl Simulation {
    pub fn new(seed: u64, disk: Vec<u8>) -> Self {
        Self(Rc::new(RefCell::new(Machine::new(seed, disk))), Rc::default())
    }

    pub fn machine(&self) -> RefMut<'_, Machine> {
        self.0.borrow_mut()
    }

    /// Completes up to `count` operations, in no particular order; how many there were.
    pub fn complete(&self, count: usize) -> usize {
        let machine = &mut *self.machine();
        let ids = machine.contexts();
        ids.into_iter().map(|id| (0..count).take_while(|_| machine.complete(id)).count()).sum()
    }
}

// SAFETY: an id is the address of its ring's header until io_destroy removes it, an operation's
// memory is touched before its event is posted and never after, and io_destroy completes the rest.
unsafe impl Kernel for Simulation {
    fn io_setup(&self, events: u32) -> Result<ContextId, Errno> {
        self.machine().setup(events)
    }

    unsafe fn io_submit(&self, context: ContextId, iocbs: &mut [*mut Iocb]) -> Result<usize, Errno> {
        let machine = &mut *self.machine();
        // The partner takes its own, at the same time.
        machine.now += machine.submit_time;
        let offered = machine.offer(iocbs.len())?;
        for (index, &iocb) in iocbs[..offered].iter().enumerate() {
            // SAFETY: the caller's promise, handed on.
            if let Err(errno) = unsafe { machine.accept(context, iocb, index == 0) } {
                return if index == 0 { Err(errno) } else { Ok(index) };
            }
        }
        Ok(offered)
    }

    fn io_getevents(
        &self,
        context: ContextId,
        min: usize,
        events: &mut [IoEvent],
        timeout: Option<Duration>,
    ) -> Result<usize, Errno> {
        let machine = &mut *self.machine();
        if timeout != Some(Duration::ZERO) {
            machine.help_all();
            machine.go_on(true);
            let told = machine.interruptions > 0;
            machine.interruptions -= u32::from(told);
            if told || machine.random.chance(machine.chances.interruption) {
                // A kernel may tell an interruption by nothing at all.
                return if told || machine.random.chance(500) { Err(Errno(libc::EINTR)) } else { Ok(0) };
            }
            // More than is waited for may come at once.
            let wanted = min + machine.random.below(min + 3);
            while machine.unread(context)? < wanted as u32 {
                let completed = machine.complete(context);
                if completed {
                    continue;
                }
                if machine.unread(context)? < min as u32 {
                    assert!(timeout.is_some(), "io_getevents would wait for ever");
                    machine.now += timeout.unwrap_or_default();
                }
                break;
            }
        } else if machine.failing_fetches > 0 || machine.random.chance(machine.chances.failing_fetch) {
            machine.failing_fetches = machine.failing_fetches.saturating_sub(1);
            return Err(Errno(libc::EIO));
        }
        machine.fetch(context, events)
    }

    unsafe fn io_cancel(&self, _: ContextId, iocb: *mut Iocb) -> Result<(), Errno> {
        // Disk I/O cannot be cancelled. This errno rather than EINVAL, which the queue has of its own.
        assert!(self.machine().knows(iocb as u64), "the iocb of an operation in flight has moved");
        Err(Errno(libc::EAGAIN))
    }

    fn io_destroy(&self, context: ContextId) -> Result<(), Errno> {
        let machine = &mut *self.machine();
        if machine.random.chance(machine.chances.late_help) {
            machine.help_apart();
        } else {
            machine.help_all();
        }
        if let Some(told) = &machine.destroying {
            told();
        }
        machine.destroy.map_or_else(|| machine.destroy(context), Err)
    }

    fn now(&self) -> Instant {
        let machine = &mut *self.machine();
        // It is another thread.
        if !machine.row.is_late() && machine.random.chance(300) {
            machine.go_on(false);
        }
        machine.tick()
    }

    fn help(&self, job: Job) {
        self.machine().help(job);
    }

    type Partner = Pair;

    fn partner(&self, notifier: Option<Arc<OwnedFd>>) -> Pair {
        Pair { kernel: self.clone(), notifier }
    }
}

impl Witness for Simulation {
    fn tells(&self) -> bool {
        true
    }

    fn announce(&self, announcement: Announcement) {
        self.machine().ledger.announce(announcement);
    }

    fn withdrawn(&self, slot: u32) {
        self.machine().ledger.withdraw(slot);
    }

    fn settles(&self, slot: u32, result: i64) -> bool {
        let machine = &mut *self.machine();
        machine.note(u64::from(slot) ^ result.cast_unsigned().rotate_left(32));
        machine.ledger.settle(slot, result);
        true
    }

    fn released(&self, address: usize, length: usize) {
        self.machine().ledger.released(address, length);
    }

    fn check(&self, in_flight: usize) {
        assert_eq!(self.machine().ledger.in_flight(), in_flight, "in flight: what is taken and has not settled");
    }

    fn stir(&self) {
        let machine = &mut *self.machine();
        match machine.random.below(9) {
            0..4 => {
                let (ids, count) = (machine.contexts(), machine.random.below(6));
                ids.into_iter().for_each(|id| (0..count).for_each(|_| _ = machine.complete(id)));
            }
            4..6 => _ = machine.help_one() || machine.go_on(false),
            6 => machine.help_all(),
            7 => drop(machine.wake_late()),
            _ => machine.now += Duration::from_millis(machine.random.below(1500) as u64),
        }
    }

    fn waiting(&self, waits: bool) {
        let machine = &mut *self.machine();
        machine.waited_for = waits;
        if waits {
            machine.help_all();
        }
    }

    fn calm(&self) {
        let machine = &mut *self.machine();
        machine.chances = Chances { inline: machine.chances.inline, ..Chances::default() };
    }

    fn progress(&self) -> bool {
        let machine = &mut *self.machine();
        let ids = machine.contexts();
        let helped = machine.go_on(true) || machine.wake_late() || machine.help_one();
        ids.into_iter().any(|id| machine.complete(id)) || helped
    }

    fn is_late(&self) -> bool {
        self.machine().is_late()
    }

    fn holds(&self) -> (usize, usize) {
        self.machine().ledger.holds()
    }

    fn watch(&self, turn: Option<Duration>) {
        let machine = self.machine();
        let Some(turn) = turn else {
            *self.1.borrow_mut() = Some(machine.now);
            return;
        };
        if let Some(began) = self.1.take() {
            let took = machine.now - began;
            assert!(took <= turn.saturating_add(machine.submit_time + SLACK), "a submit of {took:?}");
        }
    }

    fn cancel_candidate(&self) -> Option<u32> {
        self.machine().any_in_flight().map(|data| data as u32)
    }
}
