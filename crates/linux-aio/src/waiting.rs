//! Operations that wait for their turn: in order within a band, realtime before the rest, idle last.

use std::collections::VecDeque;

/// Slots in the order in which they are to be submitted.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    bands: [VecDeque<u32>; 3],
}

impl Waiting {
    pub(crate) fn push(&mut self, slot: u32, band: usize) {
        self.bands[band].push_back(slot);
    }

    pub(crate) fn len(&self) -> usize {
        self.bands.iter().map(VecDeque::len).sum()
    }

    /// The next `limit` slots, which stay until [`Waiting::advance`] says that they were taken.
    pub(crate) fn front(&self, limit: usize) -> impl Iterator<Item = u32> + '_ {
        self.bands.iter().flatten().copied().take(limit)
    }

    /// Removes the first `count`.
    pub(crate) fn advance(&mut self, mut count: usize) {
        for band in &mut self.bands {
            let taken = count.min(band.len());
            band.drain(..taken);
            count -= taken;
        }
    }

    /// Takes one slot out of the order; whether it was there.
    pub(crate) fn remove(&mut self, slot: u32) -> bool {
        self.bands.iter_mut().any(|band| {
            let place = band.iter().position(|&waiting| waiting == slot);
            place.is_some_and(|place| band.remove(place).is_some())
        })
    }
}
