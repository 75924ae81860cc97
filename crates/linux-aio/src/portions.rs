//! How many completions go up at once. A device that has answered all that it had does nothing until more is submitted, so
//! what follows from the first of them is to go down before the last of them are handed on.

/// Between half and an eighth of what is under way.
const USUAL: usize = 4;
/// Deliveries without portions after one of them led to nothing.
const REST: u32 = 15;

/// The portion of so many operations that are queued or in flight.
#[must_use]
pub fn portion_of(outstanding: usize) -> usize {
    (outstanding / 2).clamp(1, USUAL).max(outstanding / 8)
}

/// Whether completions go up in portions: not for a while where one has led to no new operation, as the parts of a batch do.
#[derive(Debug)]
pub struct Portions {
    left: u32,
    rest: u32,
}

impl Default for Portions {
    fn default() -> Self {
        Self::resting(REST)
    }
}

impl Portions {
    /// With so many deliveries without portions after one that led to nothing.
    pub(crate) fn resting(rest: u32) -> Self {
        Self { left: 0, rest }
    }

    /// A delivery begins; whether it is in portions.
    pub fn begin(&mut self) -> bool {
        let pays = self.left == 0;
        self.left = self.left.saturating_sub(1);
        pays
    }

    /// A portion has led to no new operation, and others were left.
    pub fn led_to_nothing(&mut self) {
        self.left = self.rest;
    }
}
