//! How long completions that arrive inside submit may be handed over before the event loop is due.

use std::time::{Duration, Instant};

/// A bound on the time that one turn of an event loop spends on completions that came inside
/// submit. Where everything completes there (tmpfs, page cache, zram), each completion begets the
/// next submit, and without a bound timers and sockets would never be served.
#[derive(Debug)]
pub struct TurnBudget {
    limit: Duration,
    began: Option<Instant>,
}

impl TurnBudget {
    /// A budget of `limit` a turn.
    #[must_use]
    pub fn new(limit: Duration) -> Self {
        Self { limit, began: None }
    }

    /// The loop came round.
    pub fn turn(&mut self) {
        self.began = None;
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
}
