//! How long completions that arrive inside submit may be handed over before the event loop is due.

use std::time::{Duration, Instant};

/// How often a turn may be made longer.
const EXTENSIONS: u32 = 8;

/// A bound on the time that one turn of an event loop spends on completions that came inside
/// submit. Where everything completes there (tmpfs, page cache, zram), each completion begets the
/// next submit, and without a bound timers and sockets would never be served.
#[derive(Debug)]
pub struct TurnBudget {
    limit: Duration,
    /// When what is left of the turn's budget began.
    began: Option<Instant>,
    extensions: u32,
}

impl TurnBudget {
    /// A budget of `limit` a turn.
    #[must_use]
    pub fn new(limit: Duration) -> Self {
        Self { limit, began: None, extensions: 0 }
    }

    /// The loop came round.
    pub fn turn(&mut self) {
        self.began = None;
        self.extensions = 0;
    }

    /// Whether more may be handed over in this turn. The first call of a turn starts its clock.
    pub fn allows(&mut self) -> bool {
        !self.left().is_zero()
    }

    /// What is left of this turn. The first call of a turn starts its clock.
    pub fn left(&mut self) -> Duration {
        let now = Instant::now();
        self.limit.saturating_sub(now.duration_since(*self.began.get_or_insert(now)))
    }

    /// Whether the turn goes on although its budget is spent: eight times at the most, where nobody else needs the loop.
    pub fn extends(&mut self, is_wanted: impl FnOnce() -> bool) -> bool {
        let goes_on = self.extensions < EXTENSIONS && !is_wanted();
        if goes_on {
            self.extensions += 1;
            self.began = Some(Instant::now());
        }
        goes_on
    }
}
