//! A schedule that ends the process by a signal is named as well.

use std::cell::Cell;
use std::io::Write;
use std::ptr;

thread_local! {
    /// The schedule of this thread; none: another test's.
    static SEED: Cell<Option<u64>> = const { Cell::new(None) };
}

/// From here on, this thread runs the schedule of a seed.
pub fn note(seed: u64) {
    SEED.set(Some(seed));
}

/// Has the seed said where a thread reads or writes what it must not, or panics beside a panic.
pub fn watch() {
    for signal in [libc::SIGSEGV, libc::SIGBUS, libc::SIGABRT] {
        // SAFETY: all zeroes is a valid sigaction, the handler is one for SA_RESETHAND alone, and lives as long as the process.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = tell as extern "C" fn(i32) as usize;
            // The second time, the signal does what it does.
            action.sa_flags = libc::SA_RESETHAND | libc::SA_ONSTACK;
            libc::sigaction(signal, &raw const action, ptr::null_mut());
        }
    }
}

extern "C" fn tell(signal: i32) {
    if let Some(seed) = SEED.get() {
        let mut text = [0u8; 100];
        let mut rest = &mut text[..];
        let _ = writeln!(rest, "\nseed {seed} crashes by signal {signal}: npm run simulate -- --seed {seed}");
        let left = rest.len();
        // SAFETY: write(2) of a live local: one of the few calls that a handler may make.
        unsafe { libc::write(libc::STDERR_FILENO, text.as_ptr().cast(), text.len() - left) };
    }
    // SAFETY: as above. A fault would come again by itself, an abort goes on to end the process.
    unsafe { libc::raise(signal) };
}
