//! One context, its iocbs and its memory, driven by raw system calls.

use std::error::Error;
use std::io;
use std::os::fd::RawFd;
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};

use linux_aio::abi::{ContextId, IoEvent, Iocb, Opcode, RING_MAGIC, RingHeader};

use crate::options::Options;

#[derive(Default)]
pub struct Counters {
    pub operations: u64,
    pub submits: u64,
    pub waits: u64,
    pub turns: u64,
    /// In flight before each wait, summed up: divided by `turns` it is the depth achieved.
    pub in_flight_sum: u64,
}

/// Its context and memory are handed back by the end of the process, which waits for the kernel.
pub struct Engine {
    pub counters: Counters,
    context: ContextId,
    ring: Option<*mut RingHeader>,
    memory: *mut u8,
    /// Bytes of one slot's memory.
    block: usize,
    iocbs: Vec<Iocb>,
    /// Addresses of the iocbs that wait for a submit.
    ready: Vec<*mut Iocb>,
    events: Vec<IoEvent>,
    in_flight: usize,
}

fn check(returned: libc::c_long) -> io::Result<usize> {
    usize::try_from(returned).map_err(|_| io::Error::last_os_error())
}

/// Anonymous page-aligned memory, its pages present.
fn map(length: usize) -> io::Result<*mut u8> {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_POPULATE;
    // SAFETY: a fresh mapping at a place of the kernel's choice aliases nothing.
    let address = unsafe { libc::mmap(ptr::null_mut(), length, protection, flags, -1, 0) };
    if address == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(address.cast()) }
}

impl Engine {
    pub fn new(options: &Options, fd: RawFd) -> Result<Self, Box<dyn Error>> {
        let mut context: ContextId = 0;
        // SAFETY: the kernel writes one context id to a live, zeroed local.
        check(unsafe { libc::syscall(libc::SYS_io_setup, options.depth, &raw mut context) })?;
        let header = context as *mut RingHeader;
        // SAFETY: a context id is the address of its mapped ring; this process never destroys it.
        let readable = unsafe { (*header).magic == RING_MAGIC && (*header).incompat_features == 0 };
        if options.ring && !readable {
            return Err("the ring cannot be read here: use --reap syscall".into());
        }
        let memory = map(options.depth * options.block)?;
        let iocbs = (0..options.depth).map(|slot| Iocb {
            data: slot as u64,
            opcode: if options.write { Opcode::Pwrite } else { Opcode::Pread } as u16,
            fd: fd.cast_unsigned(),
            buffer: memory as u64 + (slot * options.block) as u64,
            length: options.block as u64,
            ..Iocb::default()
        });
        Ok(Self {
            counters: Counters::default(),
            context,
            ring: options.ring.then_some(header),
            memory,
            block: options.block,
            iocbs: iocbs.collect(),
            ready: Vec::with_capacity(options.depth),
            events: vec![IoEvent::default(); options.depth],
            in_flight: 0,
        })
    }

    /// Makes a slot that is not in flight ready to read from `position`, or to write there what its block holds.
    pub fn prepare(&mut self, slot: usize, position: u64) {
        let iocb = &mut self.iocbs[slot];
        iocb.offset = position.cast_signed();
        self.ready.push(iocb);
    }

    /// The slot of the `index`th completion of the last turn.
    pub fn completed(&self, index: usize) -> usize {
        self.events[index].data as usize
    }

    pub fn is_idle(&self) -> bool {
        self.in_flight == 0 && self.ready.is_empty()
    }

    /// The bytes of a slot that is not in flight, and the position of its last operation.
    pub fn block(&mut self, slot: usize) -> (&mut [u8], u64) {
        assert!(slot < self.iocbs.len());
        // SAFETY: `slot` is inside the mapping; nothing else refers to it, since the kernel has it
        // only between `submit` and its completion, and callers ask for slots outside of that.
        let bytes = unsafe { std::slice::from_raw_parts_mut(self.memory.add(slot * self.block), self.block) };
        (bytes, self.iocbs[slot].offset.cast_unsigned())
    }

    /// One turn: submits all that is ready, waits, and sees to it that each operation was whole. Says
    /// how many completed.
    pub fn turn(&mut self, options: &Options) -> Result<usize, Box<dyn Error>> {
        self.submit(options.batch)?;
        self.counters.turns += 1;
        self.counters.in_flight_sum += self.in_flight as u64;
        let count = self.wait(options.min_events)?;
        for event in &self.events[..count] {
            if event.result != self.block as i64 {
                return Err(format!("an operation of {} bytes gave {}", self.block, event.result).into());
            }
        }
        self.in_flight -= count;
        self.counters.operations += count as u64;
        Ok(count)
    }

    /// Submits what is ready, `batch` at a time; what the kernel does not take now stays ready.
    fn submit(&mut self, batch: usize) -> io::Result<()> {
        let mut taken = 0;
        while taken < self.ready.len() {
            let count = batch.min(self.ready.len() - taken);
            // SAFETY: the iocbs and their memory live until the end of the process, and a slot is
            // ready only while nothing of it is in flight.
            let returned = unsafe {
                let first = self.ready.as_mut_ptr().add(taken);
                libc::syscall(libc::SYS_io_submit, self.context, count, first)
            };
            match check(returned) {
                Ok(accepted) => {
                    taken += accepted;
                    self.in_flight += accepted;
                    self.counters.submits += 1;
                }
                Err(error) if error.raw_os_error() == Some(libc::EAGAIN) && self.in_flight > 0 => break,
                Err(error) => return Err(error),
            }
        }
        self.ready.drain(..taken);
        Ok(())
    }

    /// Waits for at least `min_events` completions and says how many of `events` are filled.
    fn wait(&mut self, min_events: usize) -> io::Result<usize> {
        if let Some(header) = self.ring {
            let count = self.reap(header);
            if count >= min_events {
                return Ok(count);
            }
            if count > 0 {
                return Ok(count + self.fetch(min_events - count, count)?);
            }
        }
        self.fetch(min_events, 0)
    }

    /// Copies what is in the ring to `events` and says how many there were.
    fn reap(&mut self, header: *mut RingHeader) -> usize {
        // SAFETY: the ring stays mapped until the end of the process and has no other reader; head
        // and tail are only used atomically, and the kernel keeps them below `count`.
        unsafe {
            let head_word = AtomicU32::from_ptr(&raw mut (*header).head);
            let mut head = head_word.load(Ordering::Relaxed);
            let tail = AtomicU32::from_ptr(&raw mut (*header).tail).load(Ordering::Acquire);
            let first = header.byte_add((*header).header_length as usize).cast::<IoEvent>();
            let mut count = 0;
            while head != tail && count < self.events.len() {
                self.events[count] = first.add(head as usize).read();
                head = if head + 1 == (*header).count { 0 } else { head + 1 };
                count += 1;
            }
            head_word.store(head, Ordering::Release);
            count
        }
    }

    /// io_getevents(2) into `events` from `start` on, without a timeout.
    fn fetch(&mut self, min_events: usize, start: usize) -> io::Result<usize> {
        let events = &mut self.events[start..];
        self.counters.waits += 1;
        // SAFETY: the kernel writes at most `events.len()` events into a live slice.
        check(unsafe {
            libc::syscall(
                libc::SYS_io_getevents,
                self.context,
                min_events.min(self.in_flight - start),
                events.len(),
                events.as_mut_ptr(),
                ptr::null_mut::<libc::timespec>(),
            )
        })
    }
}
