//! Threads of the library's own.

use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::thread;

/// Bytes of a thread's stack: none of them goes deep.
const STACK: usize = 128 * 1024;

/// Starts a thread that nobody waits for, and that no signal comes to.
///
/// # Errors
/// Those of pthread_create(3).
pub fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let thread = thread::Builder::new().name(name.into()).stack_size(STACK);
    without_signals(|| thread.spawn(work)).map(drop)
}

/// Threads that `spawn` starts have all signals blocked from their beginning: they are for the program's own threads.
pub fn without_signals<T>(spawn: impl FnOnce() -> T) -> T {
    let (mut all, mut before) = (MaybeUninit::<libc::sigset_t>::uninit(), MaybeUninit::<libc::sigset_t>::uninit());
    // SAFETY: sigfillset fills the local set before it is read, and pthread_sigmask the other.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr());
    }
    let spawned = spawn();
    // SAFETY: as above. A set that the kernel has filled is never refused.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut()) };
    spawned
}
