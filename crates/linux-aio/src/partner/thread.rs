//! The partner above the running kernel: a thread, started when there is first something for it.

use std::num::NonZero;
use std::os::fd::OwnedFd;
use std::process;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use crate::abi::{ContextId, Iocb};
use crate::notifier::Notifier;
use crate::partner::desk::{Desk, Seen, Sight, Sleep};
use crate::partner::{LULL, Partner, Progress};
use crate::sync::relax;
use crate::sys::{Kernel, Linux};
use crate::threads;

/// How long a partner sleeps before it ends.
const IDLE: Duration = Duration::from_secs(2);
/// Looks at the desk between two looks at the clock.
const LOOKS: u32 = 32;

/// Partners that are awake in this process, or called.
static AWAKE: AtomicUsize = AtomicUsize::new(0);

/// How many may be: each takes a processor from somebody, and one is left to those whose partners they are.
fn most_awake() -> usize {
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    PROCESSORS.get_or_init(|| thread::available_parallelism().map_or(1, NonZero::get)) - 1
}

/// What a partner shares with its queue.
#[derive(Debug)]
struct Post {
    desk: Desk,
    /// Whether it is among those [`AWAKE`]. Entered by the queue's thread for one that is asleep or not there, otherwise by
    /// the partner itself.
    counted: AtomicBool,
}

impl Post {
    /// Counts it in, unless too many are awake.
    fn enter(&self) -> bool {
        let more = |awake| (awake < most_awake()).then_some(awake + 1);
        let entered = AWAKE.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok();
        if entered {
            self.counted.store(true, Ordering::Relaxed);
        }
        entered
    }

    fn enter_again(&self) {
        AWAKE.fetch_add(1, Ordering::Relaxed);
        self.counted.store(true, Ordering::Relaxed);
    }

    fn leave(&self) {
        if self.counted.swap(false, Ordering::Relaxed) {
            AWAKE.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// A queue's partner. In a forked child there is none; what it counts as awake there, it does for ever: see [`crate::helper`].
#[derive(Debug)]
pub struct Thread {
    post: Arc<Post>,
    seen: Seen,
    process: u32,
}

impl Thread {
    /// `notifier` is told where [`Partner::tell`] asks for it.
    #[must_use]
    pub fn new(notifier: Option<Arc<OwnedFd>>) -> Self {
        let desk = Desk::new(notifier.map(Notifier::Eventfd));
        let post = Arc::new(Post { desk, counted: AtomicBool::new(false) });
        Self { post, seen: Seen::default(), process: process::id() }
    }
}

// SAFETY: the thread uses what was laid on the desk from there until `progress` has told of it, or `take_back` or `close` has
// returned.
unsafe impl Partner for Thread {
    fn room(&self) -> usize {
        self.post.desk.room(self.seen)
    }

    /// Where no thread can be had, none is asked for again.
    fn call(&mut self) {
        let post = &self.post;
        if post.desk.is_asleep() {
            if post.enter() && !post.desk.wake() {
                post.leave();
            }
        } else if post.desk.is_deserted() && post.enter() {
            post.desk.occupy();
            let theirs = Arc::clone(post);
            if threads::start("linux-aio-pair", move || work(&theirs)).is_err() {
                post.leave();
            }
        }
    }

    unsafe fn give(&mut self, context: ContextId, iocbs: &[*mut Iocb]) -> bool {
        self.post.desk.give(self.seen, context, iocbs)
    }

    fn unbegun(&self) -> usize {
        self.post.desk.unbegun()
    }

    fn take_back(&mut self, most: usize) -> usize {
        self.post.desk.take_back(most)
    }

    fn progress(&mut self) -> Progress {
        self.post.desk.progress(&mut self.seen)
    }

    fn tell(&mut self) -> bool {
        self.post.desk.tell()
    }

    fn close(&mut self) {
        if process::id() == self.process {
            self.post.desk.close();
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.close();
    }
}

fn work(post: &Post) {
    post.desk.arrive();
    loop {
        match wait_awake(&post.desk) {
            // SAFETY: the queue's thread vouches for the iocbs until it knows that they were submitted.
            Sight::Work => post.desk.work(|context, iocbs| unsafe { Linux.io_submit(context, iocbs) }),
            Sight::End => break,
            Sight::Nothing => {
                // Before it sleeps: who calls it then counts it in.
                post.leave();
                match post.desk.sleep(IDLE) {
                    Sleep::None => post.enter_again(),
                    Sleep::Ended => (),
                    // Whoever comes in its place may have been counted in by now.
                    Sleep::Deserted => return,
                }
            }
        }
    }
    post.leave();
}

/// What is to be done; nothing where a lull has come.
fn wait_awake(desk: &Desk) -> Sight {
    let began = Instant::now();
    loop {
        for _ in 0..LOOKS {
            let sight = desk.look();
            if sight != Sight::Nothing {
                return sight;
            }
            relax();
        }
        if began.elapsed() >= LULL {
            return Sight::Nothing;
        }
    }
}
