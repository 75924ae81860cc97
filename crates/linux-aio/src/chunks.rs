//! How many operations go into one io_submit(2), found by trial.
//!
//! No size is best everywhere: some devices answer in step with their submitter, some want few system calls, and it moves
//! with the load of the machine. So a queue that is busy measures: one size is at home, and between two short intervals
//! at home another one is tried. What is learnt are ratios of neighbours in time, which a machine that becomes slower or
//! faster meanwhile leaves as they are.

use std::time::{Duration, Instant};

/// The sizes that are tried.
pub const LADDER: [u32; 8] = [1, 2, 4, 8, 16, 32, 64, 128];
/// For operations that complete inside io_submit(2): no device is waited for, and fewer system calls are all there is to gain.
pub const INLINE: u32 = 64;

/// Where the search begins, and what is used where there is none: within a few percent of the best in most places.
pub const USUAL: u32 = LADDER[FIRST];

const FIRST: usize = 3;
/// The shortest interval, by time and by operations; and times what was in flight, for completions come in bursts.
const SHORTEST: Duration = Duration::from_millis(4);
const FEWEST: u64 = 64;
const GENERATIONS: u64 = 2;
/// How much longer than an interval at home a trial may take.
const TOO_LONG: f64 = 2.0;
/// Busy for so long without as many completions: the queue is too slow, or not busy enough, to tell anything.
const LONGEST: Duration = Duration::from_millis(100);
/// Nothing under way for so long is a pause, not a part of how fast the device is.
const PAUSE: Duration = Duration::from_micros(200);
/// The part of the time that trials may cost, as far as they were slower, and what can be saved up of it.
const BUDGET: f64 = 0.006;
const SAVINGS: Duration = Duration::from_millis(30);
/// What was learnt counts half after so long.
const HALF_LIFE: Duration = Duration::from_millis(1200);
/// Of the logarithm of a ratio: what a single trial can say at the most, and what is no difference.
const MOST: f64 = 0.4;
const LEAST: f64 = 0.01;
/// Trials that what the neighbour has shown counts as much as.
const PRIOR: f64 = 0.5;
/// Intervals at home between trials of a size that is not known to be better, after the first few of it: a change of size in
/// itself may disturb a device.
const REST: u32 = 5;
const FEW: f64 = 1.5;
/// How many standard deviations off a trial may be by chance.
const SURPRISE: f64 = 3.0;
/// How many standard errors a size may be better than it looks, to be tried again, and is at least better, to move in.
const HOPE: f64 = 1.5;
const DOUBT: f64 = 2.0;

/// What a queue knows about itself when it comes round to submit.
#[derive(Debug, Clone, Copy)]
pub struct Glance {
    /// The time.
    pub now: Instant,
    /// Operations completed since the queue was made.
    pub completed: u64,
    /// Operations in flight.
    pub in_flight: usize,
    /// Operations that wait to be submitted.
    pub waiting: usize,
}

/// What trials have shown of one size, relative to the one at home.
#[derive(Debug, Clone, Copy, Default)]
struct Rival {
    /// The logarithm of the mean ratio of throughputs.
    lead: f64,
    /// Trials that it is the mean of, the older ones counting less.
    trials: f64,
}

/// An interval that is measured, or will be when what was in flight at its beginning is done.
#[derive(Debug, Clone, Copy)]
struct Interval {
    /// When its size was taken up, pauses left out, and when the count began.
    taken: Instant,
    began: Instant,
    completed: u64,
    settled: bool,
    most_in_flight: usize,
    most_waiting: usize,
}

/// The search of one queue.
#[derive(Debug)]
pub struct Chunks {
    home: usize,
    at: usize,
    rivals: [Rival; LADDER.len()],
    /// The standard deviation of a trial.
    spread: f64,
    /// Seconds that trials may still cost.
    savings: f64,
    interval: Option<Interval>,
    idle_since: Option<Instant>,
    /// Logarithms of throughput: of the interval at home before, and of the trial after that, with its seconds.
    before: Option<f64>,
    tried: Option<(f64, f64)>,
    last: usize,
    /// Seconds of the last interval at home, and the most that was under way in it.
    at_home: f64,
    in_flight: usize,
    /// Intervals at home since the last trial.
    rested: u32,
}

impl Default for Chunks {
    fn default() -> Self {
        Self {
            home: FIRST,
            at: FIRST,
            rivals: [Rival::default(); LADDER.len()],
            spread: 0.1,
            savings: SAVINGS.as_secs_f64(),
            interval: None,
            idle_since: None,
            before: None,
            tried: None,
            last: FIRST,
            at_home: 0.0,
            in_flight: 0,
            rested: 0,
        }
    }
}

impl Chunks {
    /// The size to use now.
    #[must_use]
    pub fn now(&self) -> u32 {
        LADDER[self.at]
    }

    /// The size that has turned out best.
    #[must_use]
    pub fn best(&self) -> u32 {
        LADDER[self.home]
    }

    /// The queue comes round.
    pub fn look(&mut self, glance: Glance) {
        let Glance { now, completed, in_flight, waiting } = glance;
        let pause = self.idle_since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        self.idle_since = (in_flight + waiting == 0).then_some(self.idle_since.unwrap_or(now));
        let Some(interval) = &mut self.interval else {
            self.begin(glance, true);
            return;
        };
        if self.idle_since.is_none() && pause > PAUSE {
            interval.began += pause;
            interval.taken += pause;
        }
        interval.most_in_flight = interval.most_in_flight.max(in_flight);
        interval.most_waiting = interval.most_waiting.max(waiting);
        let took = now.saturating_duration_since(interval.began);
        let count = completed.saturating_sub(interval.completed);
        if !interval.settled {
            interval.settled = count >= interval.most_in_flight as u64;
            if interval.settled {
                (interval.began, interval.completed) = (now, completed);
            } else if took > LONGEST {
                self.give_up(glance);
            }
            return;
        }
        let enough = count >= FEWEST.max(GENERATIONS * interval.most_in_flight as u64);
        // A trial that takes so much longer than home has lost already.
        let lost = self.at != self.home && count >= FEWEST && took.as_secs_f64() > TOO_LONG * self.at_home;
        if took >= SHORTEST && (enough || lost) {
            let ended = *interval;
            let size = self.at;
            self.end(ended, now - ended.taken, (count as f64 / took.as_secs_f64()).ln());
            self.begin(glance, self.at == size);
        } else if took > LONGEST {
            self.give_up(glance);
        }
    }

    fn begin(&mut self, Glance { now, completed, in_flight, waiting }: Glance, settled: bool) {
        self.interval = Some(Interval {
            taken: now,
            began: now,
            completed,
            settled,
            most_in_flight: in_flight,
            most_waiting: waiting,
        });
    }

    /// Too few completions to tell anything.
    fn give_up(&mut self, glance: Glance) {
        let settled = self.at == self.home;
        (self.at, self.before, self.tried) = (self.home, None, None);
        self.begin(glance, settled);
    }

    /// An interval is over: what it says, and which size is next.
    fn end(&mut self, interval: Interval, took: Duration, rate: f64) {
        let seconds = took.as_secs_f64();
        self.savings = (self.savings + BUDGET * seconds).min(SAVINGS.as_secs_f64());
        let forgetting = 0.5f64.powf(seconds / HALF_LIFE.as_secs_f64());
        self.rivals.iter_mut().for_each(|rival| rival.trials *= forgetting);
        if self.at != self.home {
            self.tried = Some((rate, seconds));
            (self.last, self.at, self.rested) = (self.at, self.home, 0);
            return;
        }
        self.rested += 1;
        let other_load = interval.most_in_flight > 2 * self.in_flight || self.in_flight > 2 * interval.most_in_flight;
        if other_load || self.before.is_some_and(|before| (rate - before).abs() > MOST) {
            self.doubt();
        }
        (self.at_home, self.in_flight) = (seconds, interval.most_in_flight);
        let tried = self.tried.take();
        if let Some((before, (trial, seconds))) = self.before.zip(tried) {
            self.learn(trial - f64::midpoint(before, rate), seconds);
        }
        self.before = (self.at == self.home).then_some(rate);
        self.at = self.next(interval.most_waiting).unwrap_or(self.home);
    }

    /// The device or its load is another: what was learnt before says little.
    fn doubt(&mut self) {
        for rival in &mut self.rivals {
            *rival = Rival { lead: rival.lead / 2.0, trials: rival.trials / 4.0 };
        }
    }

    /// A trial of the size tried last gave so much more, or less, than home before and after it.
    fn learn(&mut self, ratio: f64, seconds: f64) {
        let expected = self.rivals[self.last];
        let surprise = (ratio - expected.lead).clamp(-MOST, MOST);
        if expected.trials >= 1.0 && surprise.abs() > SURPRISE * self.spread {
            self.doubt();
        }
        let rival = &mut self.rivals[self.last];
        let surprise = (ratio - rival.lead).clamp(-MOST, MOST);
        if expected.trials >= 1.0 {
            self.spread = (0.95 * self.spread.powi(2) + 0.05 * surprise.powi(2)).sqrt();
        }
        rival.trials += 1.0;
        rival.lead += surprise / rival.trials;
        self.savings = (self.savings - seconds * (1.0 - rival.lead.min(0.0).exp())).max(-SAVINGS.as_secs_f64());
        if rival.lead > LEAST + DOUBT * self.spread / rival.trials.sqrt() {
            self.move_to(self.last);
        }
    }

    fn move_to(&mut self, size: usize) {
        let Rival { lead, trials } = self.rivals[size];
        self.rivals.iter_mut().for_each(|rival| rival.lead -= lead);
        self.rivals[self.home].trials = trials;
        (self.home, self.before) = (size, None);
    }

    /// What to expect of a size: as long as little is known of it, what its neighbour on the way to home has shown.
    fn expected(&self, size: usize) -> f64 {
        if size == self.home {
            return 0.0;
        }
        let neighbour = if size < self.home { size + 1 } else { size - 1 };
        let Rival { lead, trials } = self.rivals[size];
        (lead * trials + self.expected(neighbour) * PRIOR) / (trials + PRIOR)
    }

    /// The size that may most likely be better, where any may, and its trial can be paid for. With so few waiting, the
    /// larger ones are all the same.
    fn next(&self, most_waiting: usize) -> Option<usize> {
        let effect = |size: usize| (LADDER[size] as usize).min(most_waiting.max(1));
        let hope = |size: usize| self.expected(size) + HOPE * self.spread / (self.rivals[size].trials + PRIOR).sqrt();
        let cost = |size: usize| self.at_home * (1.0 - self.expected(size).min(0.0).exp());
        let rested = self.rested >= REST;
        (0..LADDER.len())
            .filter(|&size| effect(size) != effect(self.home) && (size == 0 || effect(size) != effect(size - 1)))
            .filter(|&size| hope(size) > 0.0 && cost(size) <= self.savings.max(0.0))
            .filter(|&size| rested || self.expected(size) > LEAST || self.rivals[size].trials < FEW)
            // Of equals the nearest: how its neighbours will do is guessed from it.
            .max_by(|&one, &other| {
                let nearer = other.abs_diff(self.home).cmp(&one.abs_diff(self.home));
                hope(one).total_cmp(&hope(other)).then(nearer)
            })
    }
}
