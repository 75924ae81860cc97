//! Very many schedules above the simulated kernel. A failing seed is printed, and replayed alone by
//! `LINUX_AIO_SEED=<seed> cargo test --package linux-aio --lib simulate`.

mod schedule;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use schedule::schedule;

/// Schedules, where the environment does not say.
const SEEDS: u64 = 2000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn no_schedule_loses_or_repeats_anything() {
    if let Some(seed) = number("LINUX_AIO_SEED") {
        println!("seed {seed}: {:016x}", schedule(seed));
        return;
    }
    let (seeds, next, began) = (number("LINUX_AIO_SEEDS").unwrap_or(SEEDS), AtomicU64::new(0), Instant::now());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds {
                        return;
                    }
                    if catch_unwind(AssertUnwindSafe(|| schedule(seed))).is_err() {
                        next.store(seeds, Ordering::Relaxed);
                        panic!("seed {seed} fails: npm run simulate -- --seed {seed}");
                    }
                }
            });
        }
    });
    println!("{seeds} schedules in {:.1} s", began.elapsed().as_secs_f64());
}

#[test]
fn a_seed_alone_tells_the_whole_schedule() {
    let alone: Vec<u64> = (0..200).map(schedule).collect();
    let backwards: Vec<u64> = (0..200).rev().map(schedule).collect();
    assert!(alone.iter().eq(backwards.iter().rev()));
    assert!(alone.windows(2).all(|pair| pair[0] != pair[1]), "and another seed another one");
}
