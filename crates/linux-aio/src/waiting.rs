//! Operations that wait for their turn: in order within a band, realtime before the rest, idle last.

use std::collections::VecDeque;

/// Slots in the order in which they are to be submitted.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    bands: [VecDeque<Entry>; 3],
    /// By slot: the ticket of its entry; 0 where it does not wait.
    tickets: Vec<u64>,
    last_ticket: u64,
    count: usize,
}

/// A place in the order; void where the slot's ticket is another by now.
#[derive(Debug, Clone, Copy)]
struct Entry {
    slot: u32,
    ticket: u64,
}

impl Waiting {
    pub(crate) fn push(&mut self, slot: u32, band: usize) {
        let entry = self.enter(slot);
        self.bands[band].push_back(entry);
    }

    /// One that was taken, and not wanted: the next again.
    pub(crate) fn put_back(&mut self, slot: u32, band: usize) {
        let entry = self.enter(slot);
        self.bands[band].push_front(entry);
    }

    fn enter(&mut self, slot: u32) -> Entry {
        let index = slot as usize;
        if index >= self.tickets.len() {
            self.tickets.resize((index + 1).next_power_of_two(), 0);
        }
        self.last_ticket += 1;
        self.tickets[index] = self.last_ticket;
        self.count += 1;
        Entry { slot, ticket: self.last_ticket }
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Whether something waits that comes before all of a band.
    pub(crate) fn has_before(&self, band: usize) -> bool {
        self.bands[..band].iter().flatten().any(|entry| self.tickets[entry.slot as usize] == entry.ticket)
    }

    /// The next `limit` slots, which stay until [`Waiting::advance`] says that they were taken.
    pub(crate) fn front(&self, limit: usize) -> impl Iterator<Item = u32> + '_ {
        let waits = |entry: &&Entry| self.tickets[entry.slot as usize] == entry.ticket;
        self.bands.iter().flatten().filter(waits).map(|entry| entry.slot).take(limit)
    }

    /// Removes the first `count`.
    pub(crate) fn advance(&mut self, mut count: usize) {
        for band in &mut self.bands {
            while let Some(&Entry { slot, ticket }) = band.front() {
                let waits = self.tickets[slot as usize] == ticket;
                if waits && count == 0 {
                    return;
                }
                band.pop_front();
                if waits {
                    self.tickets[slot as usize] = 0;
                    self.count -= 1;
                    count -= 1;
                }
            }
        }
    }

    /// Takes one slot out of the order; whether it was there.
    pub(crate) fn remove(&mut self, slot: u32) -> bool {
        let Some(ticket) = self.tickets.get_mut(slot as usize).filter(|ticket| **ticket != 0) else { return false };
        *ticket = 0;
        self.count -= 1;
        if self.bands.iter().map(VecDeque::len).sum::<usize>() > 2 * self.count {
            self.sweep();
        }
        true
    }

    /// Forgets the entries of those that were taken out, which may wait long for their turn behind one that is stuck.
    fn sweep(&mut self) {
        let tickets = &self.tickets;
        for band in &mut self.bands {
            band.retain(|entry| tickets[entry.slot as usize] == entry.ticket);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_taken_out_leave_nothing_behind_one_that_is_stuck() {
        let mut waiting = Waiting::default();
        waiting.push(0, 1);
        for round in 1..=10_000 {
            waiting.push(1 + round % 7, 1);
            assert!(waiting.remove(1 + round % 7));
        }
        assert!(waiting.bands[1].len() <= 2);
        waiting.push(9, 1);
        assert_eq!(waiting.front(5).collect::<Vec<_>>(), [0, 9]);
    }
}
