//! Whether to wait for completions awake rather than asleep.
//!
//! To fall asleep and be woken takes as long as a fast device takes to answer, and lets whoever answers fall asleep as well.
//! Where the device is slow, waiting awake only burns the processor. Which of both it is shows in what operations cost, in
//! time and in the processor's: so each form is tried for a moment beside the other.

use std::time::{Duration, Instant};

/// Operations in flight at the most for which it can pay: with more, one completes before anybody could fall asleep.
pub const MOST_IN_FLIGHT: usize = 64;
/// The longest of one wait.
pub const LONGEST: Duration = Duration::from_micros(50);

/// For how long each form is measured, and operations that it has to complete meanwhile.
const WINDOW: Duration = Duration::from_millis(10);
const LEAST: u64 = 32;
/// What takes longer says nothing: the program did something else meanwhile.
const VOID: Duration = Duration::from_millis(200);
/// Before a form that was turned to is measured.
const SETTLING: Duration = Duration::from_millis(1);
/// From one comparison to the next: longer each time that it says the same.
const FIRST_REST: Duration = Duration::from_millis(100);
const LONGEST_REST: Duration = Duration::from_millis(3200);
/// Waits in vain, in a row, that need no comparison.
const IN_VAIN: u32 = 16;

/// How far a queue has come.
#[derive(Debug, Clone, Copy)]
pub struct Glance {
    /// When that was.
    pub now: Instant,
    /// What the thread has used of the processor.
    pub cpu: Duration,
    /// Operations.
    pub completed: u64,
}

/// What operations have cost in one form.
#[derive(Debug, Clone, Copy)]
struct Cost {
    /// Seconds from one to the next.
    time: f64,
    /// Seconds of the processor for each.
    cpu: f64,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    /// Nothing is compared until then.
    Resting(Instant),
    /// The present form is measured.
    Before(Glance),
    /// The other form has begun.
    Turned(Instant, Cost),
    /// It is measured.
    After(Glance, Cost),
}

/// How the completions of one queue are waited for, and what has been seen of both forms.
#[derive(Debug)]
pub struct Spin {
    awake: bool,
    stage: Option<Stage>,
    rest: Duration,
    in_vain: u32,
    /// When the forms were compared last.
    settled: Option<Instant>,
}

impl Default for Spin {
    fn default() -> Self {
        Self { awake: false, stage: None, rest: FIRST_REST, in_vain: 0, settled: None }
    }
}

impl Glance {
    /// What the operations since then have cost; nothing while these are too few.
    fn cost_since(&self, from: &Self) -> Option<Cost> {
        let (time, count) = (self.now.saturating_duration_since(from.now), self.completed - from.completed);
        (time >= WINDOW && count >= LEAST).then(|| Cost {
            time: time.as_secs_f64() / count as f64,
            cpu: self.cpu.saturating_sub(from.cpu).as_secs_f64() / count as f64,
        })
    }
}

impl Cost {
    /// Whether operations that are waited for awake are worth what they cost beside those that are not: for what they save in
    /// time they may take half as much more of the processor, a quarter at the most.
    fn pays(&self, asleep: &Self) -> bool {
        let faster = asleep.time / self.time;
        faster >= 1.05 && self.cpu <= asleep.cpu * (1.0 + (faster - 1.0) / 2.0).min(1.25)
    }
}

impl Spin {
    /// Whether to wait awake now.
    #[must_use]
    pub fn is_awake(&self) -> bool {
        self.awake
    }

    /// Asked each time before anybody waits, with few operations in flight.
    pub fn look(&mut self, now: Instant, glance: impl FnOnce() -> Glance) {
        match self.stage {
            Some(Stage::Resting(until)) if now < until => (),
            None | Some(Stage::Resting(_)) => self.stage = Some(Stage::Before(glance())),
            Some(Stage::Turned(at, _)) if now.saturating_duration_since(at) < SETTLING => (),
            Some(Stage::Turned(_, before)) => self.stage = Some(Stage::After(glance(), before)),
            Some(Stage::Before(from) | Stage::After(from, _)) if now.saturating_duration_since(from.now) < WINDOW => (),
            Some(Stage::Before(from)) => {
                let present = glance();
                if let Some(before) = present.cost_since(&from) {
                    self.turn();
                    self.stage = Some(Stage::Turned(now, before));
                } else if now.saturating_duration_since(from.now) > VOID {
                    self.stage = Some(Stage::Before(present));
                }
            }
            Some(Stage::After(from, before)) => {
                if let Some(after) = glance().cost_since(&from) {
                    self.compare(now, before, after);
                } else if now.saturating_duration_since(from.now) > VOID {
                    self.turn();
                    self.stage = Some(Stage::Resting(now + self.rest));
                }
            }
        }
    }

    fn turn(&mut self) {
        self.awake = !self.awake;
        self.in_vain = 0;
    }

    fn compare(&mut self, now: Instant, before: Cost, after: Cost) {
        let pays = if self.awake { after.pays(&before) } else { before.pays(&after) };
        // The other form was turned to for this.
        self.settle(now, pays, pays != self.awake);
    }

    /// Keeps to one form for a while.
    fn settle(&mut self, now: Instant, awake: bool, as_before: bool) {
        self.awake = awake;
        self.in_vain = 0;
        self.rest = if as_before { (2 * self.rest).min(LONGEST_REST) } else { FIRST_REST };
        self.stage = Some(Stage::Resting(now + self.rest));
        self.settled = Some(now);
    }

    /// More operations were in flight, or others' beside them: what is being measured says nothing. Where that is always so
    /// nobody waits awake, for what once spoke for it may not hold any more.
    pub fn disturbed(&mut self, now: Instant) {
        if let Some(Stage::Turned(..) | Stage::After(..)) = self.stage {
            self.turn();
        }
        if !matches!(self.stage, None | Some(Stage::Resting(_))) {
            self.stage = None;
        }
        let is_fresh = |settled| now.saturating_duration_since(settled) < 2 * LONGEST_REST;
        self.awake &= self.settled.is_some_and(is_fresh);
    }

    /// A wait that was awake has met a completion.
    pub fn met(&mut self) {
        self.in_vain = 0;
    }

    /// A wait that was awake has met none.
    pub fn missed(&mut self, now: Instant) {
        self.in_vain += 1;
        if self.awake && self.in_vain >= IN_VAIN {
            let tried = matches!(self.stage, Some(Stage::Turned(..) | Stage::After(..)));
            self.settle(now, false, tried);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A queue that completes one operation after the other.
    struct Device {
        now: Instant,
        cpu: Duration,
        completed: u64,
        awake: Duration,
    }

    impl Device {
        fn new() -> Self {
            Self { now: Instant::now(), cpu: Duration::ZERO, completed: 0, awake: Duration::ZERO }
        }

        fn glance(&self) -> Glance {
            Glance { now: self.now, cpu: self.cpu, completed: self.completed }
        }

        /// One that answers after so long; asleep, it comes `sleep` later and costs as much of the processor.
        fn answer(&mut self, spin: &mut Spin, latency: Duration, sleep: Duration) {
            spin.look(self.now, || self.glance());
            let limit = if spin.is_awake() { LONGEST } else { Duration::ZERO };
            let met = latency <= limit;
            let spent = latency.min(limit);
            self.awake += spent;
            self.cpu += spent + if met { Duration::ZERO } else { sleep };
            self.now += if met { latency } else { latency + sleep };
            if met {
                spin.met();
            } else if spin.is_awake() {
                spin.missed(self.now);
            }
            self.completed += 1;
        }

        /// How many of `times` were waited for awake.
        fn run(&mut self, spin: &mut Spin, latency: Duration, sleep: Duration, times: u32) -> u32 {
            let mut awake = 0;
            for _ in 0..times {
                self.answer(spin, latency, sleep);
                awake += u32::from(spin.is_awake());
            }
            awake
        }
    }

    const SLEEP: Duration = Duration::from_micros(20);

    #[test]
    fn who_answers_fast_is_waited_for() {
        for latency in [1, 5, 10, 18].map(Duration::from_micros) {
            let (mut spin, mut device) = (Spin::default(), Device::new());
            device.run(&mut spin, latency, SLEEP, 3000);
            let awake = device.run(&mut spin, latency, SLEEP, 200_000);
            assert!(awake > 196_000, "{latency:?}: {awake}");
        }
    }

    #[test]
    fn who_answers_slowly_costs_next_to_nothing() {
        for latency in [45, 60, 150, 5000].map(Duration::from_micros) {
            let (mut spin, mut device) = (Spin::default(), Device::new());
            let begin = device.now;
            device.run(&mut spin, latency, SLEEP, 200_000);
            let share = device.awake.as_secs_f64() / (device.now - begin).as_secs_f64();
            assert!(share < 0.01, "{latency:?}: {share}");
        }
    }

    #[test]
    fn what_has_changed_is_found_out_within_seconds() {
        let (mut spin, mut device) = (Spin::default(), Device::new());
        device.run(&mut spin, Duration::from_micros(150), SLEEP, 100_000);
        assert!(!spin.is_awake());
        device.run(&mut spin, Duration::from_micros(10), SLEEP, 150_000);
        assert!(spin.is_awake());
        let begin = device.now;
        while spin.is_awake() {
            device.answer(&mut spin, Duration::from_micros(150), SLEEP);
        }
        assert!(device.now - begin < Duration::from_millis(5), "waits in vain");
    }

    #[test]
    fn what_saves_no_time_is_not_paid_for() {
        let asleep = Cost { time: 100.0, cpu: 10.0 };
        assert!(!Cost { time: 99.0, cpu: 5.0 }.pays(&asleep));
        assert!(Cost { time: 80.0, cpu: 11.0 }.pays(&asleep));
        assert!(!Cost { time: 80.0, cpu: 12.0 }.pays(&asleep));
        assert!(!Cost { time: 10.0, cpu: 13.0 }.pays(&asleep));
    }

    #[test]
    fn a_disturbed_trial_is_none() {
        let (mut spin, mut device) = (Spin::default(), Device::new());
        while !spin.is_awake() {
            device.answer(&mut spin, Duration::from_micros(10), SLEEP);
        }
        spin.disturbed(device.now);
        assert!(!spin.is_awake());
        device.now += Duration::from_secs(1);
        device.run(&mut spin, Duration::from_micros(10), SLEEP, 3000);
        assert!(spin.is_awake());
    }

    #[test]
    fn what_cannot_be_compared_again_is_not_kept() {
        let (mut spin, mut device) = (Spin::default(), Device::new());
        device.run(&mut spin, Duration::from_micros(10), SLEEP, 3000);
        assert!(spin.is_awake());
        let begin = device.now;
        while device.now - begin < Duration::from_secs(10) {
            device.run(&mut spin, Duration::from_micros(45), SLEEP, 50);
            spin.disturbed(device.now);
        }
        assert!(!spin.is_awake());
    }

    #[test]
    fn a_program_that_pauses_says_nothing() {
        let (mut spin, mut device) = (Spin::default(), Device::new());
        for _ in 0..10_000 {
            device.run(&mut spin, Duration::from_micros(10), SLEEP, 1);
            device.now += Duration::from_millis(50);
        }
        assert!(!spin.is_awake());
    }
}
