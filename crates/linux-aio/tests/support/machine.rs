//! The state of a simulated kernel: its contexts, its disk, its time, and what it does to operations.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use linux_aio::abi::{ContextId, IOCB_FLAG_IOPRIO, IOCB_FLAG_RESFD, IoEvent, Iocb, Opcode, RWF_NOWAIT};
use linux_aio::error::Errno;
use linux_aio::job::Job;

use super::BLOCK;
use super::ledger::Ledger;
use super::memory_ring::MemoryRing;
use super::random::Random;
use super::witness::result;

const KNOWN_FLAGS: u32 = 0xfe;
/// What asking for the time takes at the most, in microseconds.
const ASKING: usize = 200;

/// What one io_submit(2) answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// As a healthy kernel.
    Usual,
    /// An errno, whatever is offered.
    Refuse(i32),
    /// Looks at so many of the iocbs only.
    Take(usize),
}

/// How often what happens, in a thousand.
#[derive(Debug, Clone, Copy, Default)]
pub struct Chances {
    /// io_submit answers EAGAIN, ENOMEM or EINTR.
    pub refusal: u32,
    /// io_submit takes fewer than offered.
    pub short_submit: u32,
    /// A waiting io_getevents answers EINTR, or nothing.
    pub interruption: u32,
    /// An io_getevents fetches fewer than there are.
    pub short_fetch: u32,
    /// An io_getevents that does not wait fails.
    pub failing_fetch: u32,
    /// An operation completes inside io_submit.
    pub inline: u32,
    /// An operation ends with an errno and moves nothing.
    pub failure: u32,
    /// An operation moves fewer blocks than it should.
    pub short_count: u32,
    /// A read with RWF_NOWAIT ends with EAGAIN and moves nothing.
    pub nowait_refusal: u32,
    /// A helper is not done before somebody waits.
    pub slow_help: u32,
    /// A helper gives up a job.
    pub dropped_help: u32,
    /// An eventfd is written to for nothing.
    pub false_wakeup: u32,
}

/// What the kernel knows of a descriptor.
#[derive(Debug, Clone, Copy)]
pub struct Descriptor {
    /// Does not know RWF_NOWAIT.
    pub refuses_nowait: bool,
    pub read_only: bool,
}

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
    /// What helpers have not done yet.
    jobs: Vec<Job>,
    contexts: BTreeMap<ContextId, Context>,
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
            jobs: Vec::new(),
            contexts: BTreeMap::new(),
        }
    }

    pub fn note(&mut self, what: u64) {
        self.trace = (self.trace ^ what).wrapping_mul(0x0100_0000_01b3).rotate_left(17);
    }

    pub fn tick(&mut self) -> Instant {
        self.now += Duration::from_micros(self.random.below(ASKING) as u64);
        self.now
    }

    pub fn setup(&mut self, events: u32) -> ContextId {
        let mut ring = MemoryRing::new(events + 2);
        let start = self.random.below(events as usize + 2) as u32;
        let readable = self.readable_rings;
        ring.edit(|header| {
            (header.head, header.tail) = (start, start);
            header.magic = if readable { header.magic } else { 0 };
        });
        let id = ring.id();
        self.contexts.insert(id, Context { ring, room: events as usize, flights: Vec::new() });
        id
    }

    pub fn destroy(&mut self, id: ContextId) -> Result<(), Errno> {
        while self.complete(id) {}
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

    pub fn answer(&mut self, offered: usize) -> Answer {
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
        if self.random.chance(self.chances.inline) {
            self.complete(id);
        }
        Ok(())
    }

    fn asks_nowait(&self, iocb: &Iocb) -> bool {
        self.ledger.asks_nowait(slot(iocb))
    }

    /// What is refused at submit, and by the calls that helpers make.
    fn check(&self, iocb: &Iocb) -> Result<(), Errno> {
        let descriptor = self.descriptors.get(&iocb.fd);
        let nowait = iocb.rw_flags & RWF_NOWAIT != 0;
        let refuses = descriptor.is_some_and(|descriptor| nowait && descriptor.refuses_nowait);
        if iocb.rw_flags & !KNOWN_FLAGS != 0 || refuses {
            return Err(Errno(libc::EOPNOTSUPP));
        }
        let opcode = Opcode::from_raw(iocb.opcode).filter(|&opcode| opcode != Opcode::Poll);
        let class = iocb.priority.cast_unsigned() >> 13;
        let bad_priority = iocb.flags & IOCB_FLAG_IOPRIO != 0 && class > 3;
        if opcode.is_none() || bad_priority || iocb.reserved != 0 || iocb.offset < 0 {
            return Err(Errno(libc::EINVAL));
        }
        let writes = matches!(opcode, Some(Opcode::Pwrite | Opcode::Pwritev));
        let forbidden = descriptor.is_some_and(|descriptor| writes && descriptor.read_only);
        if forbidden { Err(Errno(libc::EBADF)) } else { Ok(()) }
    }

    /// Carries out one of the operations in flight; whether there was one.
    pub fn complete(&mut self, id: ContextId) -> bool {
        let Some(context) = self.contexts.get_mut(&id).filter(|context| !context.flights.is_empty()) else {
            return false;
        };
        let flight = context.flights.swap_remove(self.random.below(context.flights.len()));
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
            wake(flight.iocb.notifier.cast_signed());
            if self.random.chance(self.chances.false_wakeup) {
                wake(flight.iocb.notifier.cast_signed());
            }
        }
        true
    }

    /// Gives a helper a job.
    pub fn help(&mut self, job: Job) {
        let iocb = job.iocb();
        // SAFETY: the job keeps what its iocb names until it is finished.
        self.ledger.take(slot(&iocb), &unsafe { ranges(&iocb) });
        self.jobs.push(job);
        if self.waited_for {
            self.help_all();
        } else if !self.random.chance(self.chances.slow_help) {
            self.help_one();
        }
    }

    /// Carries out one of the jobs that helpers have; whether there was one.
    pub fn help_one(&mut self) -> bool {
        if self.jobs.is_empty() {
            return false;
        }
        let job = self.jobs.swap_remove(self.random.below(self.jobs.len()));
        let iocb = job.iocb();
        // SAFETY: the job keeps what its iocb names until it is finished.
        let memory = unsafe { ranges(&iocb) };
        let dropped = self.random.chance(self.chances.dropped_help);
        let told = match self.check(&iocb) {
            _ if dropped => result(libc::ECANCELED),
            Err(errno) => errno.as_result(),
            Ok(()) => self.carry_out(&iocb, &memory),
        };
        self.ledger.give_back(slot(&iocb), &memory, Some(told));
        self.note(iocb.data << 32 ^ told.cast_unsigned() ^ 1);
        if dropped {
            drop(job)
        } else {
            job.finish(told)
        }
        true
    }

    /// Carries out what helpers have, in any order.
    pub fn help_all(&mut self) {
        while self.help_one() {}
    }

    /// Moves bytes between disk and memory; a count or an errno.
    fn carry_out(&mut self, iocb: &Iocb, memory: &[(usize, usize)]) -> i64 {
        if self.random.chance(self.chances.failure) {
            return result([libc::EIO, libc::EIO, libc::ENOSPC, libc::EAGAIN][self.random.below(4)]);
        }
        let reads = matches!(Opcode::from_raw(iocb.opcode), Some(Opcode::Pread | Opcode::Preadv));
        let mut left: usize = memory.iter().map(|(_, length)| length).sum();
        if left > 0 && self.random.chance(self.chances.short_count) {
            left = self.random.below(left / BLOCK) * BLOCK;
        }
        let (mut offset, mut moved) = (iocb.offset as usize, 0);
        for &(address, length) in memory {
            let end = offset + length.min(left);
            let place = &mut self.disk.get_mut(offset..end).unwrap_or_default();
            // SAFETY: who submitted keeps the memory until this completion is reaped.
            unsafe {
                if reads {
                    (address as *mut u8).copy_from_nonoverlapping(place.as_ptr(), place.len());
                } else {
                    place.as_mut_ptr().copy_from_nonoverlapping(address as *const u8, place.len());
                }
            }
            moved += place.len() as i64;
            left -= length.min(left);
            offset += length;
        }
        moved
    }
}

fn slot(iocb: &Iocb) -> u32 {
    iocb.data as u32
}

/// Adds 1 to an eventfd.
pub fn wake(descriptor: i32) {
    let one: u64 = 1;
    // SAFETY: eight bytes of a live local.
    unsafe { libc::write(descriptor, (&raw const one).cast(), 8) };
}

/// The memory of an operation: addresses and lengths.
///
/// # Safety
/// The vectors of a vectored operation must be readable.
unsafe fn ranges(iocb: &Iocb) -> Vec<(usize, usize)> {
    match Opcode::from_raw(iocb.opcode) {
        Some(Opcode::Pread | Opcode::Pwrite) => vec![(iocb.buffer as usize, iocb.length as usize)],
        Some(Opcode::Preadv | Opcode::Pwritev) => {
            let vectors = iocb.buffer as *const libc::iovec;
            // SAFETY: the caller's promise.
            let vectors = unsafe { std::slice::from_raw_parts(vectors, iocb.length as usize) };
            vectors.iter().map(|vector| (vector.iov_base as usize, vector.iov_len)).collect()
        }
        _ => Vec::new(),
    }
}
