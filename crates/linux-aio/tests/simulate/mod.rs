//! Very many schedules above the simulated kernel. A failing seed is printed, and replayed alone by
//! `LINUX_AIO_SEED=<seed> cargo test --package linux-aio --lib simulate`.

mod crash;
mod schedule;

use std::io::Write;
use std::panic::catch_unwind;
use std::process::exit;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use schedule::schedule;

use crate::support::pair;

/// Schedules, where the environment does not say.
const SEEDS: u64 = 2000;
/// Ten thousand times what a schedule takes: one that hangs is printed as well.
const HANGS: Duration = Duration::from_secs(20);

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// A thread of many that run schedules, one after the other.
struct Worker {
    /// Its seed, and since when.
    at: Mutex<(u64, Instant)>,
}

impl Worker {
    fn new() -> Self {
        Self { at: Mutex::new((0, Instant::now())) }
    }

    fn work(&self, next: &AtomicU64, seeds: u64) {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                return;
            }
            *self.at.lock().unwrap() = (seed, Instant::now());
            crash::note(seed);
            if catch_unwind(|| schedule(seed)).is_err() {
                next.store(seeds, Ordering::Relaxed);
                panic!("seed {seed} fails: npm run simulate -- --seed {seed}");
            }
        }
    }

    /// Ends the process, for a thread that hangs can be ended by nothing else.
    fn check(&self) {
        let (seed, since) = *self.at.lock().unwrap();
        if since.elapsed() > HANGS {
            // Past the capture of a test's output, which ends with the process.
            let _ = writeln!(std::io::stderr(), "seed {seed} hangs: npm run simulate -- --seed {seed}");
            exit(1);
        }
    }
}

#[test]
fn no_schedule_loses_or_repeats_anything() {
    if let Some(seed) = number("LINUX_AIO_SEED") {
        println!("seed {seed}: {:016x}", schedule(seed));
        return;
    }
    let (seeds, next, began) = (number("LINUX_AIO_SEEDS").unwrap_or(SEEDS), AtomicU64::new(0), Instant::now());
    crash::watch();
    let count = thread::available_parallelism().map_or(1, usize::from);
    let workers: Vec<_> = (0..count).map(|_| Worker::new()).collect();
    thread::scope(|scope| {
        let threads: Vec<_> = workers.iter().map(|worker| scope.spawn(|| worker.work(&next, seeds))).collect();
        while !threads.iter().all(thread::ScopedJoinHandle::is_finished) {
            thread::sleep(Duration::from_millis(10));
            let working = workers.iter().zip(&threads).filter(|(_, thread)| !thread.is_finished());
            working.for_each(|(worker, _)| worker.check());
        }
    });
    // They are rare: a chunk in memory, right after another.
    if seeds >= 10 * SEEDS {
        let [left, returned] = [&pair::LEFT, &pair::RETURNED].map(|count| count.load(Ordering::Relaxed));
        assert!(left > 0 && returned > 0, "partners were left {left} times, {returned} operations came back");
    }
    println!("{seeds} schedules in {:.1} s", began.elapsed().as_secs_f64());
}

#[test]
fn a_seed_alone_tells_the_whole_schedule() {
    let alone: Vec<u64> = (0..200).map(schedule).collect();
    let backwards: Vec<u64> = (0..200).rev().map(schedule).collect();
    assert!(alone.iter().eq(backwards.iter().rev()));
    assert!(alone.windows(2).all(|pair| pair[0] != pair[1]), "and another seed another one");
}
