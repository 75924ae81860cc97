//! A kernel in user space. What it refuses, how much it takes, when and in which order operations
//! complete follows from a script, from chances and from a seed, and is the same in every run.
//!
//! One disk is behind every descriptor. An operation is carried out when it completes, not before,
//! so that memory which was freed too early is memory that is written to after it was unmapped.

use std::cell::{RefCell, RefMut};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::{Duration, Instant};

use linux_aio::abi::{ContextId, IOCB_FLAG_IOPRIO, IOCB_FLAG_RESFD, IoEvent, Iocb, Opcode, RWF_NOWAIT};
use linux_aio::error::Errno;
use linux_aio::job::Job;
use linux_aio::sys::Kernel;

use super::memory_ring::MemoryRing;
use super::random::Random;

const KNOWN_FLAGS: u32 = 0xfe;

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
    /// A waiting io_getevents answers EINTR.
    pub interruption: u32,
    /// An operation completes inside io_submit.
    pub inline: u32,
    /// An operation ends with EIO and moves nothing.
    pub failure: u32,
    /// A read with RWF_NOWAIT ends with EAGAIN and moves nothing.
    pub nowait_refusal: u32,
    /// A helper is not done before somebody waits.
    pub slow_help: u32,
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
    random: Random,
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
    /// No file knows RWF_NOWAIT.
    pub refuses_nowait: bool,
    /// Whether rings say what they are.
    pub readable_rings: bool,
    pub disk: Vec<u8>,
    /// Calls of io_submit.
    pub submits: u64,
    /// Its own time, which goes on by being asked for.
    now: Instant,
    /// What helpers have not done yet.
    jobs: Vec<Job>,
    contexts: BTreeMap<ContextId, Context>,
}

/// A handle on one machine: a clone is the same machine.
#[derive(Clone)]
pub struct Simulation(Rc<RefCell<Machine>>);

impl Simulation {
    pub fn new(seed: u64, disk: Vec<u8>) -> Self {
        Self(Rc::new(RefCell::new(Machine {
            random: Random::new(seed),
            chances: Chances::default(),
            script: VecDeque::new(),
            interruptions: 0,
            failing_fetches: 0,
            destroy: None,
            destroying: None,
            refuses_nowait: false,
            readable_rings: true,
            disk,
            submits: 0,
            now: Instant::now(),
            jobs: Vec::new(),
            contexts: BTreeMap::new(),
        })))
    }

    pub fn machine(&self) -> RefMut<'_, Machine> {
        self.0.borrow_mut()
    }

    /// Completes up to `count` operations, in no particular order; how many there were.
    pub fn complete(&self, count: usize) -> usize {
        let machine = &mut *self.machine();
        let ids: Vec<ContextId> = machine.contexts.keys().copied().collect();
        ids.into_iter().map(|id| (0..count).take_while(|_| machine.complete(id)).count()).sum()
    }
}

impl Machine {
    /// Carries out what helpers have, in any order.
    pub fn help_all(&mut self) {
        while !self.jobs.is_empty() {
            let job = self.jobs.swap_remove(self.random.below(self.jobs.len()));
            self.carry_out_job(job);
        }
    }

    fn carry_out_job(&mut self, job: Job) {
        let iocb = job.iocb();
        // SAFETY: the job keeps what its iocb names until it is finished.
        let memory = unsafe { ranges(&iocb) };
        let failed = self.random.chance(self.chances.failure);
        let flight = Flight { iocb, address: 0, memory };
        let result = match check(&iocb) {
            Err(errno) => errno.as_result(),
            Ok(()) if failed => Errno(libc::EIO).as_result(),
            Ok(()) => carry_out(&flight, &mut self.disk),
        };
        job.finish(result);
    }

    fn answer(&mut self, offered: usize) -> Answer {
        if let Some(answer) = self.script.pop_front() {
            return answer;
        }
        if self.random.chance(self.chances.refusal) {
            return Answer::Refuse([libc::EAGAIN, libc::ENOMEM, libc::EINTR][self.random.below(3)]);
        }
        if self.random.chance(self.chances.short_submit) {
            return Answer::Take(self.random.below(offered + 1));
        }
        Answer::Usual
    }

    /// # Safety
    /// As [`Kernel::io_submit`].
    unsafe fn accept(&mut self, id: ContextId, pointer: *mut Iocb) -> Result<(), Errno> {
        let context = self.contexts.get_mut(&id).ok_or(Errno(libc::EINVAL))?;
        if context.flights.len() + context.ring.unread() as usize >= context.room {
            return Err(Errno(libc::EAGAIN));
        }
        // SAFETY: the caller's promise: a writable iocb.
        let iocb = unsafe {
            (*pointer).key = 0;
            *pointer
        };
        check(&iocb)?;
        if self.refuses_nowait && iocb.rw_flags & RWF_NOWAIT != 0 {
            return Err(Errno(libc::EOPNOTSUPP));
        }
        // SAFETY: the caller's promise: vectors that can be read now, memory until the completion.
        let memory = unsafe { ranges(&iocb) };
        context.flights.push(Flight { iocb, address: pointer as u64, memory });
        if self.random.chance(self.chances.inline) {
            self.complete(id);
        }
        Ok(())
    }

    /// Carries out one of the operations in flight; whether there was one.
    fn complete(&mut self, id: ContextId) -> bool {
        let Some(context) = self.contexts.get_mut(&id).filter(|context| !context.flights.is_empty()) else {
            return false;
        };
        let flight = context.flights.swap_remove(self.random.below(context.flights.len()));
        let failed = self.random.chance(self.chances.failure);
        let nowait = flight.iocb.rw_flags & RWF_NOWAIT != 0 && self.random.chance(self.chances.nowait_refusal);
        let result = match (failed, nowait) {
            (true, _) => Errno(libc::EIO).as_result(),
            (_, true) => Errno(libc::EAGAIN).as_result(),
            _ => carry_out(&flight, &mut self.disk),
        };
        context.ring.post(IoEvent { data: flight.iocb.data, iocb: flight.address, result, result2: 0 });
        if flight.iocb.flags & IOCB_FLAG_RESFD != 0 {
            let one: u64 = 1;
            // SAFETY: eight bytes of a live local.
            unsafe { libc::write(flight.iocb.notifier.cast_signed(), (&raw const one).cast(), 8) };
        }
        true
    }
}

/// What is refused at submit.
fn check(iocb: &Iocb) -> Result<(), Errno> {
    if iocb.rw_flags & !KNOWN_FLAGS != 0 {
        return Err(Errno(libc::EOPNOTSUPP));
    }
    let class = iocb.priority.cast_unsigned() >> 13;
    let bad_priority = iocb.flags & IOCB_FLAG_IOPRIO != 0 && class > 3;
    let known = Opcode::from_raw(iocb.opcode).is_some_and(|opcode| opcode != Opcode::Poll);
    if !known || bad_priority || iocb.reserved != 0 || iocb.offset < 0 { Err(Errno(libc::EINVAL)) } else { Ok(()) }
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

fn carry_out(flight: &Flight, disk: &mut [u8]) -> i64 {
    let reads = matches!(Opcode::from_raw(flight.iocb.opcode), Some(Opcode::Pread | Opcode::Preadv));
    let mut offset = flight.iocb.offset as usize;
    let mut moved = 0;
    for &(address, length) in &flight.memory {
        let range = offset.min(disk.len())..(offset + length).min(disk.len());
        let place = &mut disk[range];
        // SAFETY: who submitted keeps the memory until this completion is reaped.
        unsafe {
            if reads {
                (address as *mut u8).copy_from_nonoverlapping(place.as_ptr(), place.len());
            } else {
                place.as_mut_ptr().copy_from_nonoverlapping(address as *const u8, place.len());
            }
        }
        moved += place.len() as i64;
        offset += length;
    }
    moved
}

// SAFETY: an id is the address of its ring's header until io_destroy removes it, an operation's
// memory is touched before its event is posted and never after, and io_destroy completes the rest.
unsafe impl Kernel for Simulation {
    fn io_setup(&self, events: u32) -> Result<ContextId, Errno> {
        let machine = &mut *self.machine();
        let mut ring = MemoryRing::new(events + 2);
        if !machine.readable_rings {
            ring.edit(|header| header.magic = 0);
        }
        let id = ring.id();
        machine.contexts.insert(id, Context { ring, room: events as usize, flights: Vec::new() });
        Ok(id)
    }

    unsafe fn io_submit(&self, context: ContextId, iocbs: &mut [*mut Iocb]) -> Result<usize, Errno> {
        let machine = &mut *self.machine();
        machine.submits += 1;
        let offered = match machine.answer(iocbs.len()) {
            Answer::Usual => iocbs.len(),
            Answer::Refuse(errno) => return Err(Errno(errno)),
            Answer::Take(count) => count.min(iocbs.len()),
        };
        for (index, &iocb) in iocbs[..offered].iter().enumerate() {
            // SAFETY: the caller's promise, handed on.
            if let Err(errno) = unsafe { machine.accept(context, iocb) } {
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
            let told = machine.interruptions > 0;
            machine.interruptions -= u32::from(told);
            if told || machine.random.chance(machine.chances.interruption) {
                return Err(Errno(libc::EINTR));
            }
            while machine.contexts.get(&context).ok_or(Errno(libc::EINVAL))?.ring.unread() < min as u32 {
                let completed = machine.complete(context);
                assert!(completed || timeout.is_some(), "io_getevents would wait for ever");
                if !completed {
                    break;
                }
            }
        } else if machine.failing_fetches > 0 {
            machine.failing_fetches -= 1;
            return Err(Errno(libc::EPERM));
        }
        Ok(machine.contexts.get(&context).ok_or(Errno(libc::EINVAL))?.ring.fetch(events))
    }

    unsafe fn io_cancel(&self, _: ContextId, _: *mut Iocb) -> Result<(), Errno> {
        Err(Errno(libc::EINVAL))
    }

    fn io_destroy(&self, context: ContextId) -> Result<(), Errno> {
        let machine = &mut *self.machine();
        machine.help_all();
        if let Some(told) = &machine.destroying {
            told();
        }
        if let Some(errno) = machine.destroy {
            return Err(errno);
        }
        while machine.complete(context) {}
        machine.contexts.remove(&context).map(drop).ok_or(Errno(libc::EINVAL))
    }

    fn now(&self) -> Instant {
        let machine = &mut *self.machine();
        machine.now += Duration::from_micros(machine.random.below(200) as u64);
        machine.now
    }

    fn help(&self, job: Job) {
        let machine = &mut *self.machine();
        if machine.random.chance(machine.chances.slow_help) {
            machine.jobs.push(job);
        } else {
            machine.carry_out_job(job);
        }
    }
}
