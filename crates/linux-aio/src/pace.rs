//! Whether something that should be quick has turned out slow, and when to try it again.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What one slow turn weighs; a quick one takes 1 back.
const SLOW: u32 = 16;
/// The weight at which it is given up for a while: three slow ones not far from each other.
const LIMIT: u32 = 40;
/// For how long, the first time; doubled each time, up to [`LONGEST`].
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(60);

/// A score of quick and slow turns. Threads that share it may miss each other's counts.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    score: AtomicU32,
    /// Microseconds since [`epoch`], until which it is given up.
    until: AtomicU64,
    /// Microseconds of the last time that it was given up.
    pause: AtomicU64,
}

fn epoch() -> Instant {
    static EPOCH: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    *EPOCH.get_or_init(Instant::now)
}

fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

impl Pace {
    /// Whether it is given up at the moment.
    pub(crate) fn is_given_up(&self, now: Instant) -> bool {
        let until = self.until.load(Ordering::Relaxed);
        until > 0 && microseconds(now.saturating_duration_since(epoch())) < until
    }

    pub(crate) fn quick(&self) {
        let score = self.score.load(Ordering::Relaxed);
        if score > 0 {
            self.score.store(score - 1, Ordering::Relaxed);
        } else if self.pause.load(Ordering::Relaxed) > 0 {
            // Well again: the next trouble is a first one.
            self.pause.store(0, Ordering::Relaxed);
        }
    }

    pub(crate) fn slow(&self, now: Instant) {
        let score = self.score.load(Ordering::Relaxed) + SLOW;
        if score < LIMIT {
            self.score.store(score, Ordering::Relaxed);
            return;
        }
        let last = self.pause.load(Ordering::Relaxed);
        let pause = (2 * last).clamp(microseconds(FIRST), microseconds(LONGEST));
        self.pause.store(pause, Ordering::Relaxed);
        self.until.store(microseconds(now.saturating_duration_since(epoch())) + pause, Ordering::Relaxed);
        // When it is tried again, one slow turn is enough.
        self.score.store(LIMIT - SLOW, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_slow_turns_give_it_up_for_a_while_that_doubles() {
        let (pace, start) = (Pace::default(), epoch());
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        pace.slow(at(0));
        pace.slow(at(1));
        assert!(!pace.is_given_up(at(2)));
        pace.slow(at(2));
        assert!(pace.is_given_up(at(501)) && !pace.is_given_up(at(502)));
        pace.slow(at(600));
        assert!(pace.is_given_up(at(1599)) && !pace.is_given_up(at(1600)));
    }

    #[test]
    fn slow_turns_far_apart_are_forgiven_and_the_pause_forgotten() {
        let (pace, start) = (Pace::default(), epoch());
        for _ in 0..10 {
            pace.slow(start);
            (0..SLOW).for_each(|_| pace.quick());
        }
        assert!(!pace.is_given_up(start));
        (0..3).for_each(|_| pace.slow(start));
        assert!(pace.is_given_up(start));
        (0..=LIMIT).for_each(|_| pace.quick());
        assert_eq!(pace.pause.load(Ordering::Relaxed), 0);
    }
}
