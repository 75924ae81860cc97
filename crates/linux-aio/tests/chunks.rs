//! The search for the chunk on devices that are a formula, a noise and a clock: nothing here takes time.

mod places;
mod support;

use std::time::{Duration, Instant};

use linux_aio::chunks::{Chunks, Glance, LADDER};
use support::random::Random;

/// A queue that keeps `depth` under way, and comes round once a chunk or a batch is done.
struct Load {
    chunks: Chunks,
    now: Instant,
    completed: u64,
    depth: usize,
    random: Random,
    /// By how much an interval is slower or faster for other reasons, at the most.
    noise: f64,
    /// The noise of the present few milliseconds, and until when.
    weather: (f64, Instant),
    /// Operations done with each size.
    by_size: [u64; LADDER.len()],
}

impl Load {
    fn new(depth: usize, noise: f64) -> Self {
        let now = Instant::now();
        Self {
            chunks: Chunks::default(),
            now,
            completed: 0,
            depth,
            random: Random::new(7),
            noise,
            weather: (1.0, now),
            by_size: [0; LADDER.len()],
        }
    }

    fn look(&mut self, waiting: usize, in_flight: usize) {
        let Self { now, completed, .. } = *self;
        self.chunks.look(Glance { now, completed, in_flight, waiting });
    }

    /// Runs for so long on a device that does `rate` operations a second with chunks of a size; how many it did.
    fn run(&mut self, time: Duration, rate: impl Fn(u32) -> f64) -> f64 {
        let (began, before) = (self.now, self.completed);
        while self.now < began + time {
            let batch = (self.depth / 4).max(1);
            self.look(batch, self.depth - batch);
            let size = self.chunks.now();
            if self.now >= self.weather.1 {
                let more = f64::from(self.random.next()) / f64::from(u32::MAX) * 2.0 - 1.0;
                self.weather = (1.0 + self.noise * more, self.now + Duration::from_millis(3));
            }
            self.now += Duration::from_secs_f64(batch as f64 / (rate(size) * self.weather.0));
            self.completed += batch as u64;
            self.by_size[size.trailing_zeros() as usize] += batch as u64;
        }
        (self.completed - before) as f64 / time.as_secs_f64()
    }
}

const SECOND: Duration = Duration::from_secs(1);

/// The larger the chunk, the longer the device and its submitter wait for each other.
fn lock_step(size: u32) -> f64 {
    100_000.0 * (1.0 - 0.05 * f64::from(size.ilog2()))
}

/// Each system call costs as much as two operations.
fn software(size: u32) -> f64 {
    500_000.0 / (1.0 + 2.0 / f64::from(size))
}

/// Best at one size, and by a tenth worse with each step from there.
fn peak(best: u32) -> impl Fn(u32) -> f64 {
    move |size| 100_000.0 * 0.9f64.powi(size.ilog2().abs_diff(best.ilog2()).cast_signed())
}

#[test]
fn small_chunks_are_found_for_a_device_in_lock_step_and_large_ones_for_system_calls() {
    let mut load = Load::new(32, 0.0);
    load.run(SECOND, lock_step);
    assert_eq!(load.chunks.best(), 1);
    let mut load = Load::new(512, 0.0);
    load.run(SECOND, software);
    assert!(load.chunks.best() >= 64, "{}", load.chunks.best());
}

#[test]
fn the_search_costs_less_than_a_hundredth() {
    for best in LADDER {
        let mut load = Load::new(512, 0.0);
        load.run(SECOND, peak(best));
        let rate = load.run(10 * SECOND, peak(best));
        assert!(rate >= 99_000.0, "best {best}: {rate}");
    }
}

#[test]
fn noise_of_a_quarter_costs_no_more_than_a_fiftieth() {
    for best in LADDER {
        let mut load = Load::new(512, 0.25);
        load.run(SECOND, peak(best));
        let (mut same, mut found) = (Load::new(512, 0.25), load.run(20 * SECOND, peak(best)));
        // What the noise alone takes is nobody's fault.
        found /= same.run(20 * SECOND, |_| 100_000.0);
        assert!(found >= 0.98, "best {best}: {found}");
    }
}

#[test]
fn another_best_size_is_found_within_a_second() {
    for (first, second) in [(1, 128), (128, 1), (8, 2), (2, 32), (64, 8)] {
        let mut load = Load::new(512, 0.05);
        load.run(5 * SECOND, peak(first));
        load.run(SECOND, peak(second));
        let steps = load.chunks.best().ilog2().abs_diff(second.ilog2());
        assert!(steps <= 1, "from {first} to {second}: {}", load.chunks.best());
    }
}

#[test]
fn where_no_size_matters_none_is_worse() {
    let mut load = Load::new(128, 0.2);
    let rate = load.run(5 * SECOND, |_| 100_000.0);
    assert!(rate > 95_000.0, "{rate}");
}

#[test]
fn a_queue_with_pauses_learns_from_the_time_between_them() {
    let mut load = Load::new(32, 0.05);
    for _ in 0..400 {
        load.run(Duration::from_millis(5), lock_step);
        load.look(0, 0);
        load.now += Duration::from_millis(20);
        load.look(32, 0);
    }
    assert!(load.chunks.best() <= 2, "{}", load.chunks.best());
}

#[test]
fn a_queue_that_is_idle_slow_or_one_by_one_tries_nothing() {
    let mut slow = Load::new(32, 0.1);
    slow.run(60 * SECOND, |size| 200.0 + f64::from(size));
    let mut alone = Load::new(1, 0.1);
    alone.run(10 * SECOND, |_| 20_000.0);
    for load in [slow, alone] {
        assert_eq!(load.by_size.iter().filter(|&&operations| operations > 0).count(), 1, "{:?}", load.by_size);
    }
    let mut idle = Load::new(32, 0.0);
    for _ in 0..1000 {
        idle.now += Duration::from_millis(100);
        idle.look(0, 0);
    }
    assert_eq!(idle.chunks.now(), 8);
}

#[test]
fn larger_sizes_than_what_waits_are_not_told_apart() {
    let mut load = Load::new(32, 0.1);
    load.run(5 * SECOND, |_| 100_000.0);
    // Batches of eight.
    assert_eq!(load.by_size[4..], [0; 4]);
}

#[test]
fn the_same_load_is_searched_the_same_way() {
    let once = || {
        let mut load = Load::new(128, 0.2);
        load.run(SECOND, peak(2));
        load.by_size
    };
    assert_eq!(once(), once());
}
