//! What stands on the desk, as one word, so that each change of it is one step.

use crate::partner::{MOST, piece_of};

// Positions wrap where the row does, and no more calls than operations come between two looks.
const _: () = assert!(MOST.is_power_of_two() && MOST < 1 << 8);

/// Who is there besides the queue's thread.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Presence {
    /// Nobody: no thread, or one that is about to end.
    #[default]
    Deserted,
    /// The partner, asleep.
    Asleep,
    /// The partner was told to come.
    Called,
    /// The partner, which looks for work or is at it.
    Awake,
    /// The queue has ended, and the partner is to.
    Closed,
}

/// Positions count on and on, and wrap. Those between `done` and `head` the partner has begun, those up to `tail` it has not.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sheet {
    pub tail: u16,
    pub head: u16,
    pub done: u16,
    /// Pieces submitted.
    pub calls: u8,
    pub presence: Presence,
    /// What was begun the kernel has not taken: the partner goes on once that was taken away.
    pub refused: bool,
    /// The notifier is to be told when nothing is left, or something was refused.
    pub tells: bool,
}

const REFUSED: u64 = 1 << 62;
const TELLS: u64 = 1 << 63;

impl From<Sheet> for u64 {
    fn from(sheet: Sheet) -> Self {
        Self::from(sheet.tail)
            | Self::from(sheet.head) << 16
            | Self::from(sheet.done) << 32
            | Self::from(sheet.calls) << 48
            | (sheet.presence as Self) << 56
            | if sheet.refused { REFUSED } else { 0 }
            | if sheet.tells { TELLS } else { 0 }
    }
}

impl From<u64> for Sheet {
    fn from(word: u64) -> Self {
        let [t0, t1, h0, h1, d0, d1, calls, flags] = word.to_le_bytes();
        let presence = match flags & 7 {
            0 => Presence::Deserted,
            1 => Presence::Asleep,
            2 => Presence::Called,
            3 => Presence::Awake,
            _ => Presence::Closed,
        };
        Self {
            tail: u16::from_le_bytes([t0, t1]),
            head: u16::from_le_bytes([h0, h1]),
            done: u16::from_le_bytes([d0, d1]),
            calls,
            presence,
            refused: word & REFUSED != 0,
            tells: word & TELLS != 0,
        }
    }
}

impl Sheet {
    /// Whether the partner takes what is laid there.
    pub(super) fn is_open(self) -> bool {
        self.presence == Presence::Awake && !self.refused
    }

    pub(super) fn unbegun(self) -> u16 {
        self.tail.wrapping_sub(self.head)
    }

    /// How many the next piece has.
    pub(super) fn piece(self) -> u16 {
        piece_of(self.unbegun().into()) as u16
    }

    pub(super) fn has_work(self) -> bool {
        self.is_open() && self.unbegun() > 0
    }

    /// From one presence to another, where it is that one.
    pub(super) fn comes(self, from: Presence, to: Presence) -> Option<Self> {
        (self.presence == from).then_some(Self { presence: to, ..self })
    }
}

/// What the queue's thread does.
impl Sheet {
    /// It has laid operations there, up to `tail`.
    pub(super) fn gives(self, tail: u16) -> Option<Self> {
        self.is_open().then_some(Self { tail, tells: false, ..self })
    }

    pub(super) fn takes_back(self, most: u16) -> Option<Self> {
        let count = self.unbegun().min(most);
        (count > 0).then_some(Self { tail: self.tail.wrapping_sub(count), ..self })
    }

    /// What was refused is taken away, and all behind it.
    pub(super) fn cleared(self) -> Self {
        Self { done: self.tail, head: self.tail, refused: false, tells: false, ..self }
    }

    pub(super) fn told(self) -> Option<Self> {
        (!self.refused && self.done != self.tail).then_some(Self { tells: true, ..self })
    }

    /// Not beside a partner that is in io_submit(2).
    pub(super) fn closed(self) -> Option<Self> {
        let is_at_work = self.done != self.head && !self.refused;
        (!is_at_work).then_some(Self { presence: Presence::Closed, tail: self.head, ..self })
    }
}

/// What the partner does.
impl Sheet {
    /// It begins a piece.
    pub(super) fn begins(self) -> Self {
        Self { head: self.head.wrapping_add(self.piece()), ..self }
    }

    /// The kernel has taken so many of what was begun.
    pub(super) fn ends(self, taken: u16) -> Self {
        let done = self.done.wrapping_add(taken);
        let refused = done != self.head;
        let tells = self.tells && !refused && self.head != self.tail;
        Self { done, refused, tells, calls: self.calls.wrapping_add(1), ..self }
    }

    pub(super) fn sleeps(self) -> Option<Self> {
        if self.has_work() { None } else { self.comes(Presence::Awake, Presence::Asleep) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_a_word_and_back() {
        let presences = [Presence::Deserted, Presence::Asleep, Presence::Called, Presence::Awake, Presence::Closed];
        for presence in presences {
            for flags in 0..4 {
                let (refused, tells) = (flags & 1 != 0, flags & 2 != 0);
                let sheet = Sheet { tail: 1, head: u16::MAX, done: 0x8001, calls: 0xfe, presence, refused, tells };
                assert_eq!(Sheet::from(u64::from(sheet)), sheet);
            }
        }
    }

    #[test]
    fn positions_go_on_where_they_wrap() {
        let start = u16::MAX - 2;
        let sheet = Sheet { head: start, done: start, tail: start, presence: Presence::Awake, ..Sheet::default() };
        let given = sheet.gives(start.wrapping_add(10)).unwrap().begins();
        assert_eq!((given.unbegun(), given.head), (5, 2));
        let back = given.takes_back(1).unwrap().ends(5);
        assert!(!back.refused && back.unbegun() == 4 && back.begins().ends(0).refused);
        assert_eq!(back.begins().ends(0).cleared().unbegun(), 0);
    }
}
