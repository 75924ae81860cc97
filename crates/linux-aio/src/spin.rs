//! Whether to wait for a completion awake rather than asleep, and for how long.
//!
//! To fall asleep and be woken takes as long as a fast device takes to answer: where few operations are in flight, it
//! halves their rate. Where the device is slow, waiting awake only burns the processor.

use std::time::Duration;

/// Operations in flight at the most for which it can pay: with more, one completes before anybody could fall asleep.
pub const MOST_IN_FLIGHT: usize = 8;
/// The longest of one wait.
pub const LONGEST: Duration = Duration::from_micros(50);
/// The longest mean wait that pays: to fall asleep and be woken takes about as much of the processor's time.
const WORTH: Duration = Duration::from_micros(20);
/// The shortest: below, the clock is all that is measured.
const SHORTEST: Duration = Duration::from_micros(5);
/// Waits that are left out at the most before it is tried again.
const LONGEST_PAUSE: u32 = 1023;

/// What the waits of one queue have shown so far: each is as long as twice their mean. With each that is in vain, or too long
/// to pay, more are left out before the next: one, three, seven and so on; with each that pays, a quarter as many.
#[derive(Debug)]
pub struct Spin {
    mean: Duration,
    pause: u32,
    left_out: u32,
}

impl Default for Spin {
    fn default() -> Self {
        Self { mean: WORTH, pause: 0, left_out: 0 }
    }
}

impl Spin {
    /// How long to wait awake now; none: not at all.
    pub fn limit(&mut self) -> Option<Duration> {
        if self.left_out < self.pause {
            self.left_out += 1;
            return None;
        }
        Some((2 * self.mean).clamp(SHORTEST, LONGEST))
    }

    /// A completion came after so long.
    pub fn hit(&mut self, waited: Duration) {
        // After a pause the last waits say little.
        self.mean = if self.pause == 0 { (7 * self.mean + waited) / 8 } else { (self.mean + waited) / 2 };
        // Not forgotten at once: a slow device is quick now and then.
        self.pause = if self.mean <= WORTH { self.pause / 4 } else { Self::longer(self.pause) };
        self.left_out = 0;
    }

    /// None came.
    pub fn missed(&mut self) {
        // It may be because the device has become slower than it was.
        self.mean = (2 * self.mean).clamp(SHORTEST, LONGEST / 2);
        self.pause = Self::longer(self.pause);
        self.left_out = 0;
    }

    fn longer(pause: u32) -> u32 {
        (2 * pause + 1).min(LONGEST_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Waits for completions that come after `latency`; the time that was spent awake, and how many were met.
    fn wait(spin: &mut Spin, latency: Duration, times: u32) -> (Duration, u32) {
        let (mut awake, mut met) = (Duration::ZERO, 0);
        for _ in 0..times {
            match spin.limit() {
                None => (),
                Some(limit) if latency <= limit => {
                    awake += latency;
                    met += 1;
                    spin.hit(latency);
                }
                Some(limit) => {
                    awake += limit;
                    spin.missed();
                }
            }
        }
        (awake, met)
    }

    #[test]
    fn who_answers_fast_is_always_waited_for() {
        let mut spin = Spin::default();
        for latency in [0, 1, 10, 18].map(Duration::from_micros) {
            let (awake, met) = wait(&mut spin, latency, 1000);
            assert!(met >= 990, "{latency:?}: {met}");
            assert!(awake <= 1000 * latency + 10 * LONGEST);
        }
    }

    #[test]
    fn who_answers_slowly_costs_next_to_nothing() {
        let mut spin = Spin::default();
        let (awake, met) = wait(&mut spin, Duration::from_micros(150), 100_000);
        assert_eq!(met, 0);
        assert!(awake < Duration::from_micros(100_000 * 150) / 1000, "{awake:?}");
        // Met, but no cheaper than sleep.
        let (awake, _) = wait(&mut spin, Duration::from_micros(40), 100_000);
        assert!(awake < Duration::from_micros(100_000 * 40) / 100, "{awake:?}");
    }

    #[test]
    fn who_has_become_fast_is_soon_found_out() {
        let mut spin = Spin::default();
        wait(&mut spin, Duration::from_millis(5), 10_000);
        let (_, met) = wait(&mut spin, Duration::from_micros(12), 2 * LONGEST_PAUSE);
        assert!(met > LONGEST_PAUSE / 4, "{met}");
    }

    #[test]
    fn who_answers_fast_now_and_then_costs_little() {
        let (mut spin, mut awake) = (Spin::default(), Duration::ZERO);
        for turn in 0..100_000 {
            let latency = Duration::from_micros(if turn % 20 == 0 { 20 } else { 150 });
            awake += wait(&mut spin, latency, 1).0;
        }
        assert!(awake < Duration::from_micros(100_000 * 150) / 500, "{awake:?}");
    }

    #[test]
    fn it_is_never_longer_than_its_bound() {
        let mut spin = Spin::default();
        for step in 0..10_000u64 {
            let limit = spin.limit();
            assert!(limit.is_none_or(|limit| (SHORTEST..=LONGEST).contains(&limit)));
            if step % 3 == 0 { spin.missed() } else { spin.hit(Duration::from_micros(step)) }
        }
    }
}
