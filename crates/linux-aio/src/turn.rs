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
    /// When the turn began, and when what is left of its budget did.
    began: Option<(Instant, Instant)>,
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
        let (_, from) = *self.began.get_or_insert((now, now));
        self.limit.saturating_sub(now.duration_since(from))
    }

    /// Whether the turn goes on although its budget is spent: eight times at the most, where nobody else needs the loop.
    /// `is_wanted` is told how long the turn has lasted.
    pub fn extends(&mut self, is_wanted: impl FnOnce(Duration) -> bool) -> bool {
        let now = Instant::now();
        let (began, _) = *self.began.get_or_insert((now, now));
        let goes_on = self.extensions < EXTENSIONS && !is_wanted(now.duration_since(began));
        if goes_on {
            self.extensions += 1;
            self.began = Some((began, now));
        }
        goes_on
    }
}
