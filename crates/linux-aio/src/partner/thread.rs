//! The partner above the running kernel: a thread, started with the first part that there is for it.

use std::num::NonZero;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use crate::abi::{ContextId, Iocb};
use crate::error::Errno;
use crate::job::block_signals;
use crate::notifier::Notifier;
use crate::partner::desk::{Desk, Sight};
use crate::partner::{LULL, Partner};
use crate::sync::relax;
use crate::sys::{Kernel, Linux};

/// How long a partner sleeps before it ends.
const IDLE: Duration = Duration::from_secs(2);
/// How long one sleeps at a time whose answer is not taken.
const NAP: Duration = Duration::from_millis(1);
/// Looks at the desk between two looks at the clock.
const LOOKS: u32 = 32;

/// Partners that are awake in this process.
static AWAKE: AtomicUsize = AtomicUsize::new(0);

/// How many may be: each takes a processor from somebody, and one is left to those whose partners they are.
fn most_awake() -> usize {
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    PROCESSORS.get_or_init(|| thread::available_parallelism().map_or(1, NonZero::get)) - 1
}

/// A queue's partner.
#[derive(Debug)]
pub struct Thread {
    desk: Arc<Desk>,
}

impl Thread {
    /// `notifier` is told of a part that has ended late.
    #[must_use]
    pub fn new(notifier: Option<Arc<OwnedFd>>) -> Self {
        Self { desk: Arc::new(Desk::new(notifier.map(Notifier::Eventfd))) }
    }

    /// Has a partner come that is asleep or not there; not where too many are awake.
    fn rouse(&self) {
        if AWAKE.load(Ordering::Relaxed) >= most_awake() {
            return;
        }
        if self.desk.is_asleep() {
            self.desk.wake();
        } else if self.desk.occupy() {
            let desk = Arc::clone(&self.desk);
            let started =
                thread::Builder::new().name("linux-aio-pair".into()).stack_size(128 * 1024).spawn(move || work(&desk));
            if started.is_err() {
                self.desk.desert();
            }
        }
    }
}

// SAFETY: the thread uses a part between `give` and the answer that `take` or `close` has seen.
unsafe impl Partner for Thread {
    unsafe fn begin(&mut self, context: ContextId, iocbs: &[*mut Iocb]) -> bool {
        let begins = self.desk.give(context, iocbs);
        if !begins {
            self.rouse();
        }
        begins
    }

    fn end(&mut self, patience: Duration) -> Option<Result<usize, Errno>> {
        let began = Instant::now();
        let mut looks = 0;
        self.desk.take(|| {
            looks += 1;
            looks % LOOKS == 0 && began.elapsed() >= patience
        })
    }

    fn close(&mut self) {
        self.desk.close();
    }
}

fn work(desk: &Desk) {
    block_signals();
    AWAKE.fetch_add(1, Ordering::Relaxed);
    desk.arrive();
    let mut goes_on = true;
    while goes_on {
        match wait_awake(desk) {
            // SAFETY: the queue's thread vouches for the iocbs of a part until it has the answer.
            Sight::Part => desk.answer(|context, iocbs| unsafe { Linux.io_submit(context, iocbs) }),
            Sight::OwnAnswer => thread::sleep(NAP),
            Sight::End => goes_on = false,
            Sight::Nothing => {
                AWAKE.fetch_sub(1, Ordering::Relaxed);
                goes_on = desk.sleep(IDLE);
                AWAKE.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    AWAKE.fetch_sub(1, Ordering::Relaxed);
}

/// What is to be done; nothing where a lull has come.
fn wait_awake(desk: &Desk) -> Sight {
    let began = Instant::now();
    loop {
        let mut sight = Sight::Nothing;
        for _ in 0..LOOKS {
            sight = desk.look();
            if matches!(sight, Sight::Part | Sight::End) {
                return sight;
            }
            relax();
        }
        if began.elapsed() >= LULL {
            return sight;
        }
    }
}
