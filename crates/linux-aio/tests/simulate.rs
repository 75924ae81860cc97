//! Very many short schedules above the simulated kernel. A failing seed is printed, and replayed by
//! `LINUX_AIO_SEED=<seed> cargo test --test simulate`.

mod places;
mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use linux_aio::error::Errno;
use support::Disk;
use support::run::{BLOCKS, Run, result, simulation};

/// Steps of one schedule: pushes, submits, reaps, withdrawals.
const STEPS: usize = 40;
/// Schedules, where the environment does not say.
const SEEDS: u64 = 2000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn schedule(disk: &Disk, content: &[u8], seed: u64) {
    let kernel = simulation(seed, content.to_vec());
    let mut run = Run::new(kernel.clone(), disk, content.to_vec(), seed);
    run.tolerated = vec![result(Errno(libc::EIO).0)];
    let machine = kernel.clone();
    run.idle = Box::new(move || machine.machine().help_all());
    if seed.is_multiple_of(4) {
        run.abandon(STEPS);
        assert_eq!(kernel.complete(usize::MAX), 0, "the kernel has something left");
    } else {
        let content = run.finish(STEPS);
        assert!(kernel.machine().disk == content, "the disk holds something else");
    }
}

#[test]
fn no_schedule_loses_or_repeats_anything() {
    if let Some(seed) = number("LINUX_AIO_SEED") {
        let disk = Disk::new(BLOCKS);
        schedule(&disk, &disk.content(), seed);
        return;
    }
    let (seeds, next, began) = (number("LINUX_AIO_SEEDS").unwrap_or(SEEDS), AtomicU64::new(0), Instant::now());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                // Its own: what the operations on a file have shown of it is remembered.
                let disk = Disk::new(BLOCKS);
                let content = disk.content();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds {
                        return;
                    }
                    if catch_unwind(AssertUnwindSafe(|| schedule(&disk, &content, seed))).is_err() {
                        panic!("seed {seed} fails: LINUX_AIO_SEED={seed} cargo test --test simulate");
                    }
                }
            });
        }
    });
    println!("{seeds} schedules in {:.1} s", began.elapsed().as_secs_f64());
}
