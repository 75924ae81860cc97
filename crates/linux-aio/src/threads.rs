//! Threads of the library's own.

use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::thread;

/// Bytes of a thread's stack: none of them goes deep.
const STACK: usize = 128 * 1024;

/// Starts a thread that nobody waits for, and that no signal comes to.
pub(crate) fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let thread = thread::Builder::new().name(name.into()).stack_size(STACK);
    thread.spawn(|| {
        block_signals();
        work();
    })?;
    Ok(())
}

/// Blocks all signals in the calling thread: they are for the program's own threads.
pub fn block_signals() {
    let mut all = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: sigfillset fills the local set before it is read.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), ptr::null_mut());
    }
}
