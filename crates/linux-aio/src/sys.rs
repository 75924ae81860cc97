//! The five system calls, by raw number, behind one trait so that another kernel can stand in.

use std::os::fd::OwnedFd;
use std::ptr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::abi::{ContextId, IoEvent, Iocb};
use crate::error::{Errno, Failure};
use crate::helper;
use crate::job::Job;
use crate::partner::{self, Partner};

/// Who answers the system calls: [`Linux`], or a simulation of it in tests.
///
/// # Safety
/// An implementation must treat a context id that it returned from `io_setup` as the address of a
/// readable [`crate::abi::RingHeader`] until `io_destroy` returns, and must not touch the memory of
/// an operation after its event is in the ring, or after `io_destroy` returned.
pub unsafe trait Kernel {
    /// io_setup(2): a context for `events` operations at least. EAGAIN: `fs.aio-max-nr` is spent.
    ///
    /// # Errors
    /// EAGAIN, EINVAL, ENOMEM, ENOSYS, or EPERM under a seccomp filter.
    fn io_setup(&self, events: u32) -> Result<ContextId, Errno>;

    /// io_submit(2): how many of `iocbs`, from the first on, were taken.
    ///
    /// # Safety
    /// Every pointer must be to a writable iocb whose memory is, from now until its event is reaped
    /// or `context` destroyed, valid for what the operation does with it.
    ///
    /// # Errors
    /// Only if the very first iocb is refused: EAGAIN, EBADF, EFAULT, EINVAL, EOPNOTSUPP, ENOMEM.
    unsafe fn io_submit(&self, context: ContextId, iocbs: &mut [*mut Iocb]) -> Result<usize, Errno>;

    /// io_getevents(2): fills `events` from the front and says how many; `None` waits without end.
    /// An interrupted call may return fewer than `min` without an error.
    /// After ENOSYS, EPERM or EACCES completions are read from the ring at the context's address: who answers so must have
    /// one there.
    ///
    /// # Errors
    /// EINTR, EINVAL; ENOSYS, EPERM, EACCES where a sandbox forbids it.
    fn io_getevents(
        &self,
        context: ContextId,
        min: usize,
        events: &mut [IoEvent],
        timeout: Option<Duration>,
    ) -> Result<usize, Errno>;

    /// io_cancel(2). On disk I/O the kernel always answers EINVAL; polls can be cancelled.
    ///
    /// # Safety
    /// `iocb` must be valid for a read of its `aio_key`.
    ///
    /// # Errors
    /// EINPROGRESS where the cancellation is under way (its event follows), EINVAL, EAGAIN.
    unsafe fn io_cancel(&self, context: ContextId, iocb: *mut Iocb) -> Result<(), Errno>;

    /// io_destroy(2): waits for what is in flight, 30 to 50 ms even where nothing is.
    ///
    /// # Errors
    /// EINVAL where the context is not (or no longer) one of this process.
    fn io_destroy(&self, context: ContextId) -> Result<(), Errno>;

    /// What of io_submit(2) and, with `fetching`, io_getevents(2) is refused although contexts can be made, as by a
    /// seccomp filter. Asked of a new context; nothing is submitted and nothing fetched.
    ///
    /// # Errors
    /// ENOSYS, EPERM, EACCES.
    fn admits(&self, context: ContextId, fetching: bool) -> Result<(), Failure> {
        let _ = (context, fetching);
        Ok(())
    }

    /// The time.
    fn now(&self) -> Instant {
        Instant::now()
    }

    /// Has an operation carried out by another thread, by calls that may block: see [`crate::helper`].
    fn help(&self, job: Job);

    /// Who submits beside the queue's thread: see [`crate::partner`].
    type Partner: Partner;

    /// A partner for one queue, whose `notifier` is told of the end of what nobody waits for.
    fn partner(&self, notifier: Option<Arc<OwnedFd>>) -> Self::Partner;
}

/// The running kernel.
#[derive(Debug, Clone, Copy, Default)]
pub struct Linux;

fn check(returned: libc::c_long) -> Result<usize, Errno> {
    usize::try_from(returned).map_err(|_| Errno::last())
}

// SAFETY: the real system calls are what the trait's promises describe.
unsafe impl Kernel for Linux {
    fn io_setup(&self, events: u32) -> Result<ContextId, Errno> {
        let mut context: ContextId = 0;
        // SAFETY: the kernel writes one `aio_context_t` to a live, zeroed local.
        check(unsafe { libc::syscall(libc::SYS_io_setup, events, &raw mut context) })?;
        Ok(context)
    }

    unsafe fn io_submit(&self, context: ContextId, iocbs: &mut [*mut Iocb]) -> Result<usize, Errno> {
        // SAFETY: the caller vouches for the iocbs; the array itself is a live slice.
        check(unsafe { libc::syscall(libc::SYS_io_submit, context, iocbs.len() as libc::c_long, iocbs.as_mut_ptr()) })
    }

    fn io_getevents(
        &self,
        context: ContextId,
        min: usize,
        events: &mut [IoEvent],
        timeout: Option<Duration>,
    ) -> Result<usize, Errno> {
        let mut time = timeout.map(|timeout| libc::timespec {
            tv_sec: libc::time_t::try_from(timeout.as_secs()).unwrap_or(libc::time_t::MAX),
            tv_nsec: libc::c_long::from(timeout.subsec_nanos()),
        });
        let time = time.as_mut().map_or(ptr::null_mut(), ptr::from_mut);
        // SAFETY: the kernel writes at most `events.len()` events into a live slice, and reads a
        // timespec that lives until the end of this function.
        check(unsafe {
            libc::syscall(
                libc::SYS_io_getevents,
                context,
                min.min(events.len()) as libc::c_long,
                events.len() as libc::c_long,
                events.as_mut_ptr(),
                time,
            )
        })
    }

    unsafe fn io_cancel(&self, context: ContextId, iocb: *mut Iocb) -> Result<(), Errno> {
        let mut event = IoEvent::default();
        // SAFETY: the caller vouches for the iocb; the event is a live local.
        check(unsafe { libc::syscall(libc::SYS_io_cancel, context, iocb, &raw mut event) })?;
        Ok(())
    }

    fn io_destroy(&self, context: ContextId) -> Result<(), Errno> {
        // SAFETY: takes a number; an unknown one is answered with EINVAL.
        check(unsafe { libc::syscall(libc::SYS_io_destroy, context) })?;
        Ok(())
    }

    fn admits(&self, context: ContextId, fetching: bool) -> Result<(), Failure> {
        // SAFETY: of no operations the kernel reads none.
        admitted("io_submit", unsafe { self.io_submit(context, &mut []) })?;
        if fetching {
            admitted("io_getevents", self.io_getevents(context, 0, &mut [], Some(Duration::ZERO)))?;
        }
        Ok(())
    }

    fn help(&self, job: Job) {
        helper::help(job);
    }

    type Partner = partner::Thread;

    fn partner(&self, notifier: Option<Arc<OwnedFd>>) -> Self::Partner {
        partner::Thread::new(notifier)
    }
}

/// Whether an answer is not a filter's: what else a call may fail with passes.
fn admitted(syscall: &'static str, answer: Result<usize, Errno>) -> Result<(), Failure> {
    match answer {
        Err(errno @ Errno(libc::ENOSYS | libc::EPERM | libc::EACCES)) => Err(Failure { errno, syscall }),
        _ => Ok(()),
    }
}
