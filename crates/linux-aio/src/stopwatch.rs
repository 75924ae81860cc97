//! Which io_submit calls have blocked: long, and asleep rather than merely off the processor.

use std::mem::MaybeUninit;
use std::time::{Duration, Instant};

/// A submit this long is suspected.
const SUSPECT: Duration = Duration::from_millis(1);
/// A suspected queue's submits are watched for as many calls.
const WATCHED: u32 = 1024;
/// A watched submit this long, and asleep, has blocked.
const BLOCKED: Duration = Duration::from_micros(300);

/// Times submits. A busy or virtual machine makes any call slow now and then: only one that gave up
/// the processor of itself has waited for something. To see that costs a system call, made only
/// for a while after a slow one.
#[derive(Debug, Default)]
pub(crate) struct Stopwatch {
    watched: u32,
}

/// A submit that has begun.
#[derive(Debug)]
pub(crate) struct Lap {
    began: Instant,
    switches: Option<i64>,
}

impl Stopwatch {
    pub(crate) fn start(&mut self, began: Instant) -> Lap {
        let switches = (self.watched > 0).then(voluntary_switches);
        self.watched = self.watched.saturating_sub(1);
        Lap { began, switches }
    }

    /// The end of a submit, at `now`; whether it has blocked, where that is known.
    pub(crate) fn stop(&mut self, lap: &Lap, now: Instant) -> Option<bool> {
        let took = now.duration_since(lap.began);
        if took > SUSPECT {
            self.watched = WATCHED;
        }
        Some(took > BLOCKED && voluntary_switches() > lap.switches?)
    }
}

/// Of the calling thread: getrusage(2), `ru_nvcsw`.
fn voluntary_switches() -> i64 {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the address is that of a local `rusage`; zeroed, it is valid even if the call fails.
    unsafe {
        libc::getrusage(libc::RUSAGE_THREAD, usage.as_mut_ptr());
        usage.assume_init().ru_nvcsw
    }
}
