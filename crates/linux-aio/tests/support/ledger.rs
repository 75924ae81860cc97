//! Who has which operation, as the kernel's side sees it, and what must be true of that after every step.

use std::collections::BTreeMap;

use super::witness::{Announcement, result};

/// Where an announced operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Queued,
    Withdrawn,
    /// The partner has it, and the kernel not yet.
    Lent,
    /// Queued again: others that were behind it may have gone meanwhile.
    Returned,
    /// The kernel or a helper has it.
    Taken,
    /// A RWF_NOWAIT that nobody asked for was refused: it has to be repeated.
    Refused,
    /// Done, or refused before it was taken.
    Told {
        result: i64,
        taken: bool,
    },
}

#[derive(Debug)]
struct Entry {
    announcement: Announcement,
    ticket: u64,
    state: State,
}

/// Operations by slot, from their announcement to their settlement. It judges nothing that was not announced.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: BTreeMap<u32, Entry>,
    tickets: u64,
    /// Memory that the kernel or a helper has: length and slot by address.
    memory: BTreeMap<usize, (usize, u32)>,
    /// In flight at the most.
    pub depth: Option<usize>,
    /// By device: in flight at the most.
    pub limits: BTreeMap<u64, usize>,
    /// io_submit refuses everything, for ever: what waits may settle with the refusal.
    pub hopeless: bool,
}

impl Ledger {
    pub fn announce(&mut self, announcement: Announcement) {
        self.tickets += 1;
        let entry = Entry { announcement, ticket: self.tickets, state: State::Queued };
        assert!(self.entries.insert(announcement.slot, entry).is_none(), "slot {} is in use", announcement.slot);
    }

    pub fn withdraw(&mut self, slot: u32) {
        let entry = self.entries.get_mut(&slot).unwrap();
        assert!(matches!(entry.state, State::Queued | State::Returned), "slot {slot} was withdrawn");
        entry.state = State::Withdrawn;
    }

    /// Whether an RWF_NOWAIT on it is its user's own.
    pub fn asks_nowait(&self, slot: u32) -> bool {
        self.entries.get(&slot).is_none_or(|entry| entry.announcement.asks_nowait)
    }

    /// The kernel or a helper takes an operation and its memory.
    pub fn take(&mut self, slot: u32, memory: &[(usize, usize)]) {
        if !self.begin(slot, State::Taken) {
            return;
        }
        for &(address, length) in memory.iter().filter(|(_, length)| *length > 0) {
            self.released(address, length);
            self.memory.insert(address, (length, slot));
        }
    }

    /// The partner is to submit an operation.
    pub fn lend(&mut self, slot: u32) {
        self.begin(slot, State::Lent);
    }

    /// It has not, and does not any more.
    pub fn return_lent(&mut self, slot: u32) {
        let Some(entry) = self.entries.get_mut(&slot) else { return };
        assert_eq!(entry.state, State::Lent, "slot {slot} was lent");
        entry.state = State::Returned;
    }

    /// In its turn an operation goes where it counts as in flight. Whether it was announced.
    fn begin(&mut self, slot: u32, to: State) -> bool {
        let Some(Entry { announcement, ticket, state }) = self.entries.get(&slot) else { return false };
        let (band, device) = (announcement.band, announcement.device);
        match state {
            State::Refused | State::Returned => (),
            State::Lent if to == State::Taken => (),
            State::Queued => {
                let before = self.entries.values().find(|other| {
                    other.state == State::Queued
                        && other.announcement.device == device
                        && (other.announcement.band, other.ticket) < (band, *ticket)
                });
                assert!(before.is_none() || self.hopeless, "slot {slot} goes before {before:?}");
            }
            other => panic!("slot {slot} is taken, but it is {other:?}"),
        }
        self.entries.get_mut(&slot).unwrap().state = to;
        assert!(self.depth.is_none_or(|depth| self.in_flight() <= depth), "more in flight than the depth");
        let limit = self.limits.get(&device).copied().unwrap_or(usize::MAX);
        let on_device = |entry: &&Entry| entry.announcement.device == device && entry.state.in_flight();
        assert!(self.entries.values().filter(on_device).count() <= limit, "more in flight than device {device} takes");
        true
    }

    /// The kernel or a helper is done with an operation and its memory; no result: it is to be repeated.
    pub fn give_back(&mut self, slot: u32, memory: &[(usize, usize)], told: Option<i64>) {
        let Some(entry) = self.entries.get_mut(&slot) else { return };
        assert_eq!(entry.state, State::Taken, "slot {slot} was done");
        entry.state = told.map_or(State::Refused, |result| State::Told { result, taken: true });
        for (address, _) in memory.iter().filter(|(_, length)| *length > 0) {
            self.memory.remove(address).unwrap();
        }
    }

    /// It is refused for good.
    pub fn refuse(&mut self, slot: u32, result: i64) {
        let Some(entry) = self.entries.get_mut(&slot) else { return };
        assert!(matches!(entry.state, State::Queued | State::Returned), "slot {slot} was refused");
        entry.state = State::Told { result, taken: false };
    }

    /// The queue settles one.
    pub fn settle(&mut self, slot: u32, settled: i64) {
        let entry = self.entries.remove(&slot).unwrap_or_else(|| panic!("slot {slot} settles, but it has"));
        match entry.state {
            State::Told { result, .. } => assert_eq!(settled, result, "of slot {slot}"),
            State::Withdrawn => assert_eq!(settled, result(libc::ECANCELED), "of slot {slot}"),
            State::Queued | State::Returned if self.hopeless => {
                let again = [libc::EAGAIN, libc::ENOMEM, libc::EINTR].map(result);
                assert!(again.contains(&settled), "{settled} of slot {slot}");
            }
            other => panic!("slot {slot} settles with {settled}, but it is {other:?}"),
        }
    }

    /// That nobody has any of these bytes.
    pub fn released(&self, address: usize, length: usize) {
        if let Some((&from, &(bytes, slot))) = self.memory.range(..address + length).next_back() {
            assert!(from + bytes <= address, "the kernel still has memory of slot {slot}");
        }
    }

    /// Taken and not settled.
    pub fn in_flight(&self) -> usize {
        self.entries.values().filter(|entry| entry.state.in_flight()).count()
    }

    /// What the kernel and helpers have, and what is done or to be repeated.
    pub fn holds(&self) -> (usize, usize) {
        let taken = self.entries.values().filter(|entry| matches!(entry.state, State::Taken | State::Lent)).count();
        (taken, self.in_flight() - taken)
    }
}

impl State {
    fn in_flight(self) -> bool {
        matches!(self, Self::Lent | Self::Taken | Self::Refused | Self::Told { taken: true, .. })
    }
}
