//! How a simulated kernel and its helpers carry operations out.

use std::thread;
use std::time::Duration;

use linux_aio::abi::{IOCB_FLAG_IOPRIO, Iocb, Opcode, RWF_NOWAIT};
use linux_aio::error::Errno;
use linux_aio::job::Job;

use super::BLOCK;
use super::machine::Machine;
use super::witness::result;

const KNOWN_FLAGS: u32 = 0xfe;

impl Machine {
    /// What is refused at submit, and by the calls that helpers make.
    pub(super) fn check(&self, iocb: &Iocb) -> Result<(), Errno> {
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
        let Some((job, told)) = self.do_one() else { return false };
        settle(job, told);
        true
    }

    /// A job that is done and not told of; no result: a helper gives it up.
    fn do_one(&mut self) -> Option<(Job, Option<i64>)> {
        if self.jobs.is_empty() {
            return None;
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
        Some((job, (!dropped).then_some(told)))
    }

    /// Carries out what helpers have, and tells of it from a thread, not before somebody may wait for it.
    pub fn help_apart(&mut self) {
        let done: Vec<_> = std::iter::from_fn(|| self.do_one()).collect();
        if !done.is_empty() {
            thread::spawn(|| {
                thread::sleep(Duration::from_millis(1));
                done.into_iter().for_each(|(job, told)| settle(job, told));
            });
        }
    }

    /// Carries out what helpers have, in any order.
    pub fn help_all(&mut self) {
        while self.help_one() {}
    }

    /// Moves bytes between disk and memory; a count or an errno.
    pub(super) fn carry_out(&mut self, iocb: &Iocb, memory: &[(usize, usize)]) -> i64 {
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

fn settle(job: Job, told: Option<i64>) {
    match told {
        Some(told) => job.finish(told),
        None => drop(job),
    }
}

pub(super) fn slot(iocb: &Iocb) -> u32 {
    iocb.data as u32
}

/// The memory of an operation: addresses and lengths.
///
/// # Safety
/// The vectors of a vectored operation must be readable.
pub(super) unsafe fn ranges(iocb: &Iocb) -> Vec<(usize, usize)> {
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
