//! The state of a simulated kernel: its contexts, its disk, its time, and its faults.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use linux_aio::abi::{ContextId, IOCB_FLAG_RESFD, IoEvent, Iocb, RWF_NOWAIT};
use linux_aio::error::Errno;
use linux_aio::job::Job;

pub use super::faults::{Answer, Chances, Descriptor};
use super::ledger::Ledger;
use super::memory_ring::MemoryRing;
use super::pair::Row;
use super::random::Random;
use super::witness::result;
use super::workshop::{ranges, slot};

/// What asking for the time takes at the most, in microseconds.
const ASKING: usize = 200;

/// An operation that was taken and has not completed.
#[derive(Debug)]
struct Flight {
    iocb: Iocb,
    address: u64,
    memory: Vec<(usize, usize)>,
}

#[derive(Debug)]
struct Context {
    ring: MemoryRing,
    room: usize,
    flights: Vec<Flight>,
}

/// The state of the simulated kernel, and the knobs of it.
pub struct Machine {
    pub random: Random,
    pub chances: Chances,
    /// Answers of the next calls of io_submit, before chance has a say.
    pub script: VecDeque<Answer>,
    /// Answers of the next waiting calls of io_getevents.
    pub interruptions: u32,
    /// How many of the next calls of io_getevents that do not wait fail.
    pub failing_fetches: u32,
    /// What io_destroy answers instead of waiting.
    pub destroy: Option<Errno>,
    /// Called when io_destroy begins.
    pub destroying: Option<Box<dyn Fn()>>,
    /// Whether rings say what they are.
    pub readable_rings: bool,
    /// What is known of descriptors; of others, that all is well.
    pub descriptors: BTreeMap<u32, Descriptor>,
    pub ledger: Ledger,
    pub disk: Vec<u8>,
    /// Calls of io_submit.
    pub submits: u64,
    /// How long each takes.
    pub submit_time: Duration,
    /// Somebody waits: helpers are done meanwhile.
    pub waited_for: bool,
    /// A digest of all that was asked for and answered.
    pub trace: u64,
    /// Its own time, which goes on by being asked for.
    pub now: Instant,
    /// What the partner has.
    pub(super) row: Row,
    /// What helpers have not done yet.
    pub(super) jobs: Vec<Job>,
    contexts: BTreeMap<ContextId, Context>,
    /// Eventfds whose wake-up is late.
    late: BTreeSet<i32>,
}

impl Machine {
    pub fn new(seed: u64, disk: Vec<u8>) -> Self {
        Self {
            random: Random::new(seed),
            chances: Chances::default(),
            script: VecDeque::new(),
            interruptions: 0,
            failing_fetches: 0,
            destroy: None,
            destroying: None,
            readable_rings: true,
            descriptors: BTreeMap::new(),
            ledger: Ledger::default(),
            disk,
            submits: 0,
            submit_time: Duration::ZERO,
            waited_for: false,
            trace: 0,
            // Well after any time that the process has begun to count from: differences alone matter.
            now: Instant::now() + Duration::from_secs(3600),
            row: Row::default(),
            jobs: Vec::new(),
            contexts: BTreeMap::new(),
            late: BTreeSet::new(),
        }
    }

    pub fn note(&mut self, what: u64) {
        self.trace = (self.trace ^ what).wrapping_mul(0x0100_0000_01b3).rotate_left(17);
    }

    pub fn tick(&mut self) -> Instant {
        self.now += Duration::from_micros(self.random.below(ASKING) as u64);
        self.now
    }

    pub fn setup(&mut self, events: u32) -> Result<ContextId, Errno> {
        if self.random.chance(self.chances.failing_setup) {
            return Err(Errno([libc::EAGAIN, libc::ENOMEM, libc::EPERM][self.random.below(3)]));
        }
        let mut ring = MemoryRing::new(events + 2);
        let start = self.random.below(events as usize + 2) as u32;
        let readable = self.readable_rings;
        ring.edit(|header| {
            (header.head, header.tail) = (start, start);
            header.magic = if readable { header.magic } else { 0 };
        });
        let id = ring.id();
        self.contexts.insert(id, Context { ring, room: events as usize, flights: Vec::new() });
        Ok(id)
    }

    pub fn destroy(&mut self, id: ContextId) -> Result<(), Errno> {
        assert!(self.row.is_empty(), "io_destroy beside what the partner has");
        while self.complete(id) {}
        self.wake_late();
        self.contexts.remove(&id).map(drop).ok_or(Errno(libc::EINVAL))
    }

    pub fn contexts(&self) -> Vec<ContextId> {
        self.contexts.keys().copied().collect()
    }

    pub fn unread(&self, id: ContextId) -> Result<u32, Errno> {
        self.contexts.get(&id).map(|context| context.ring.unread()).ok_or(Errno(libc::EINVAL))
    }

    pub fn fetch(&mut self, id: ContextId, events: &mut [IoEvent]) -> Result<usize, Errno> {
        let unread = self.unread(id)? as usize;
        let short = unread > 1 && self.random.chance(self.chances.short_fetch);
        let most = if short { 1 + self.random.below(unread - 1) } else { unread };
        let most = most.min(events.len());
        Ok(self.contexts[&id].ring.fetch(&mut events[..most]))
    }

    /// Whether an operation in flight was submitted by this iocb.
    pub fn knows(&self, iocb: u64) -> bool {
        self.contexts.values().flat_map(|context| &context.flights).any(|flight| flight.address == iocb)
    }

    /// The address of an operation in flight.
    pub fn any_in_flight(&mut self) -> Option<u64> {
        let flights = &self.contexts.values().next()?.flights;
        flights.get(self.random.below(flights.len().max(1))).map(|flight| flight.iocb.data)
    }

    fn answer(&mut self, offered: usize) -> Answer {
        if let Some(answer) = self.script.pop_front() {
            return answer;
        }
        if self.ledger.hopeless || self.random.chance(self.chances.refusal) {
            return Answer::Refuse([libc::EAGAIN, libc::ENOMEM, libc::EINTR][self.random.below(3)]);
        }
        if self.random.chance(self.chances.short_submit) {
            return Answer::Take(self.random.below(offered + 1));
        }
        Answer::Usual
    }

    /// How many of the iocbs of an io_submit are looked at.
    pub fn offer(&mut self, count: usize) -> Result<usize, Errno> {
        self.submits += 1;
        self.note(count as u64);
        match self.answer(count) {
            Answer::Usual => Ok(count),
            Answer::Refuse(errno) => Err(Errno(errno)),
            Answer::Take(most) => Ok(most.min(count)),
        }
    }

    /// # Safety
    /// As [`linux_aio::sys::Kernel::io_submit`].
    pub unsafe fn accept(&mut self, id: ContextId, pointer: *mut Iocb, first: bool) -> Result<(), Errno> {
        let context = self.contexts.get(&id).ok_or(Errno(libc::EINVAL))?;
        if context.flights.len() + context.ring.unread() as usize >= context.room {
            return Err(Errno(libc::EAGAIN));
        }
        // SAFETY: the caller's promise: a writable iocb.
        let iocb = unsafe {
            (*pointer).key = 0;
            *pointer
        };
        if let Err(errno) = self.check(&iocb) {
            let ours = errno.0 == libc::EOPNOTSUPP && iocb.rw_flags & RWF_NOWAIT != 0 && !self.asks_nowait(&iocb);
            if first && !ours {
                self.ledger.refuse(slot(&iocb), errno.as_result());
            }
            return Err(errno);
        }
        // SAFETY: the caller's promise: vectors that can be read now, memory until the completion.
        let memory = unsafe { ranges(&iocb) };
        self.ledger.take(slot(&iocb), &memory);
        let flights = &mut self.contexts.get_mut(&id).ok_or(Errno(libc::EINVAL))?.flights;
        flights.push(Flight { iocb, address: pointer as u64, memory });
        let last = flights.len() - 1;
        if self.descriptors.get(&iocb.fd).is_some_and(|descriptor| descriptor.in_memory) {
            self.complete_one(id, last);
        } else if self.random.chance(self.chances.inline) {
            self.complete(id);
        }
        Ok(())
    }

    fn asks_nowait(&self, iocb: &Iocb) -> bool {
        self.ledger.asks_nowait(slot(iocb))
    }

    /// Carries out one of the operations in flight; whether there was one.
    pub fn complete(&mut self, id: ContextId) -> bool {
        let flights = self.contexts.get(&id).map_or(0, |context| context.flights.len());
        if flights > 0 {
            let index = self.random.below(flights);
            self.complete_one(id, index);
        }
        flights > 0
    }

    fn complete_one(&mut self, id: ContextId, index: usize) {
        let Some(context) = self.contexts.get_mut(&id) else { return };
        let flight = context.flights.swap_remove(index);
        let nowait = flight.iocb.rw_flags & RWF_NOWAIT != 0;
        let again = nowait && self.random.chance(self.chances.nowait_refusal);
        let told = if again { result(libc::EAGAIN) } else { self.carry_out(&flight.iocb, &flight.memory) };
        let repeated = nowait && told == result(libc::EAGAIN) && !self.asks_nowait(&flight.iocb);
        self.ledger.give_back(slot(&flight.iocb), &flight.memory, (!repeated).then_some(told));
        self.note(flight.iocb.data << 32 ^ told.cast_unsigned());
        let event = IoEvent { data: flight.iocb.data, iocb: flight.address, result: told, result2: 0 };
        if let Some(context) = self.contexts.get(&id) {
            context.ring.post(event);
        }
        if flight.iocb.flags & IOCB_FLAG_RESFD != 0 {
            self.signal(flight.iocb.notifier.cast_signed());
        }
    }

    pub(super) fn signal(&mut self, descriptor: i32) {
        if self.random.chance(self.chances.late_wakeup) {
            self.late.insert(descriptor);
            return;
        }
        if self.random.chance(500) {
            self.late.remove(&descriptor);
        }
        wake(descriptor);
    }

    /// Whether a wake-up is still to come.
    pub fn is_late(&self) -> bool {
        !self.late.is_empty() || self.row.will_tell()
    }

    /// Wake-ups that are late come now; whether there was one.
    pub fn wake_late(&mut self) -> bool {
        let late = std::mem::take(&mut self.late);
        late.iter().for_each(|&descriptor| wake(descriptor));
        !late.is_empty()
    }
}

/// Adds 1 to an eventfd.
pub fn wake(descriptor: i32) {
    let one: u64 = 1;
    // SAFETY: eight bytes of a live local.
    unsafe { libc::write(descriptor, (&raw const one).cast(), 8) };
}
