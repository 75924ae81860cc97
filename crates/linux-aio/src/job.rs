//! An operation on its way through a helper thread.

use std::sync::Arc;
use std::thread;

use crate::abi::{Iocb, Opcode, RWF_APPEND};
use crate::adjoining::{self, Extent};
use crate::blocking::Backend;
use crate::error::Errno;
use crate::mailbox::{Finished, Mailbox};
use crate::office::{Identity, Work};
use crate::operation::Operation;
use crate::routing::extends;

/// `IOPRIO_WHO_PROCESS` of ioprio_set(2), which with 0 means the calling thread.
const WHO_THREAD: i32 = 1;

/// Bytes from which on an operation keeps a processor busy for long before it waits for the device.
const LONG: u64 = 128 * 1024;

/// An operation that must not hold the thread that submits: to be carried out where blocking does no
/// harm. It keeps all that it needs, and settles also when it is dropped: with ECANCELED.
#[derive(Debug)]
pub struct Job {
    slot: u32,
    /// None once it has been sent back.
    operation: Option<Operation>,
    mailbox: Arc<Mailbox>,
    in_order_on: Option<Identity>,
    /// Counted as one that extends its file.
    extends: bool,
    /// Writes right behind it that are carried out with it, and how much all of them are.
    joined: Vec<Self>,
    extent: Extent,
}

impl Job {
    pub(crate) fn new(slot: u32, operation: Operation, mailbox: Arc<Mailbox>) -> Self {
        let extended = operation.written_file().filter(|file| extends(&operation, file));
        // Asked once: where a file ends changes meanwhile.
        let extends = extended.inspect(|file| file.history().extended.begins()).is_some();
        Self {
            slot,
            in_order_on: in_order_on(&operation, extends),
            extent: Extent::of(&operation),
            operation: Some(operation),
            mailbox,
            extends,
            joined: Vec::new(),
        }
    }

    /// What is to be done, as io_submit(2) would be told. Its addresses are valid until the job is finished.
    #[must_use]
    pub fn iocb(&self) -> Iocb {
        self.operation.as_ref().map_or_else(Iocb::default, |operation| operation.iocb(self.slot.into()))
    }

    /// Gives the operation back to its queue: bytes, or a negative errno.
    pub fn finish(mut self, result: i64) {
        self.send_back(result, false);
    }

    /// Carries the operation out by preadv2(2), pwritev2(2), fsync(2) or fdatasync(2), and finishes it, with all that have
    /// joined it.
    pub fn run(mut self) {
        let long = self.extent.bytes() >= LONG;
        if self.joined.is_empty() {
            let result = self.operation.as_ref().map_or(Errno(libc::EINVAL).as_result(), Operation::run);
            self.finish(result);
        } else {
            let joined = std::mem::take(&mut self.joined);
            let operations = std::iter::once(&self).chain(&joined).filter_map(|job| job.operation.as_ref());
            let results = adjoining::carry_out(&operations.collect::<Vec<_>>());
            let jobs = std::iter::once(self).chain(joined);
            for (index, (mut job, result)) in jobs.zip(results).enumerate() {
                job.send_back(result, index > 0);
            }
        }
        if long {
            // Whoever is told was woken on this processor, and would wait until the kernel has gathered the next one's pages.
            thread::yield_now();
        }
    }

    fn extent_with(&self, next: &Self) -> Option<Extent> {
        self.extent.with(self.operation.as_ref()?, next.operation.as_ref()?)
    }

    fn send_back(&mut self, result: i64, joined: bool) {
        if let Some(operation) = self.operation.take() {
            if self.extends {
                operation.written_file().inspect(|file| file.history().extended.ends());
            }
            self.mailbox.put(Finished { slot: self.slot, result, operation, joined });
        }
    }
}

impl Work for Job {
    fn in_order_on(&self) -> Option<Identity> {
        self.in_order_on
    }

    fn computes(&self) -> bool {
        self.operation.as_ref().is_some_and(computes)
    }

    fn can_join(&self, next: &Self) -> bool {
        self.extent_with(next).is_some()
    }

    fn join(&mut self, next: Self) {
        if let Some(extent) = self.extent_with(&next) {
            self.extent = extent;
            self.joined.push(next);
        }
    }

    fn run(self) {
        self.run();
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.send_back(Errno(libc::ECANCELED).as_result(), false);
    }
}

/// Appends are carried out one after the other, as their order is part of them, and those writes that would only wait
/// for each other: those that extend a file on ext4 or xfs, for the inode's lock, and durable ones on btrfs, for its log.
fn in_order_on(operation: &Operation, extends: bool) -> Option<Identity> {
    let file = operation.written_file()?;
    let wait = match file.backend() {
        Backend::Ext4 | Backend::Overlay | Backend::Xfs => extends,
        Backend::Btrfs | Backend::BtrfsNoCow => operation.is_durable(),
        _ => false,
    };
    (operation.manner().rw_flags & RWF_APPEND != 0 || wait).then(|| file.identity())
}

/// Whether a write is a copy to the page cache (btrfs: with its checksums) rather than a wait for the device.
fn computes(operation: &Operation) -> bool {
    operation.written_file().is_some_and(|file| {
        !operation.is_durable() && (!file.direct() || file.backend() == Backend::Btrfs || file.backend().is_in_memory())
    })
}

impl Operation {
    /// Carries the operation out in the calling thread, by preadv2(2), pwritev2(2), fsync(2) or fdatasync(2): bytes, or
    /// a negative errno.
    #[must_use]
    pub fn run(&self) -> i64 {
        // SAFETY: the iocb names memory and a descriptor that the operation keeps.
        unsafe { carry_out(&self.iocb(0)) }
    }
}

/// # Safety
/// Memory and descriptor of the iocb must be valid for the length of the call.
pub(crate) unsafe fn carry_out(iocb: &Iocb) -> i64 {
    if iocb.priority != 0
        && let Err(errno) = set_priority(iocb.priority.into())
    {
        return errno.as_result();
    }
    // SAFETY: the caller's promise.
    let result = unsafe { transfer(iocb) };
    if iocb.priority != 0 {
        // Back to the one that follows from the nice value: nothing forbids that.
        let _ = set_priority(0);
    }
    result
}

/// # Safety
/// As [`carry_out`].
unsafe fn transfer(iocb: &Iocb) -> i64 {
    let single = libc::iovec { iov_base: iocb.buffer as *mut libc::c_void, iov_len: iocb.length as usize };
    let vectored = (iocb.buffer as *const libc::iovec, iocb.length as libc::c_int);
    let (fd, flags) = (iocb.fd.cast_signed(), iocb.rw_flags.cast_signed());
    let opcode = iocb.opcode;
    let is = |wanted: Opcode| opcode == wanted as u16;
    let (vector, count) = if is(Opcode::Preadv) || is(Opcode::Pwritev) { vectored } else { (&raw const single, 1) };
    loop {
        // SAFETY: the caller's promise; `single` lives as long as this function.
        let done = unsafe {
            if is(Opcode::Pread) || is(Opcode::Preadv) {
                libc::preadv2(fd, vector, count, iocb.offset, flags) as i64
            } else if is(Opcode::Pwrite) || is(Opcode::Pwritev) {
                libc::pwritev2(fd, vector, count, iocb.offset, flags) as i64
            } else if is(Opcode::Fsync) {
                i64::from(libc::fsync(fd))
            } else if is(Opcode::Fdsync) {
                i64::from(libc::fdatasync(fd))
            } else {
                return Errno(libc::EINVAL).as_result();
            }
        };
        match Errno::last() {
            _ if done >= 0 => return done,
            Errno(libc::EINTR) => (),
            errno => return errno.as_result(),
        }
    }
}

/// ioprio_set(2) of the calling thread.
fn set_priority(priority: i32) -> Result<(), Errno> {
    // SAFETY: numbers only.
    match unsafe { libc::syscall(libc::SYS_ioprio_set, WHO_THREAD, 0, priority) } {
        0 => Ok(()),
        _ => Err(Errno::last()),
    }
}
