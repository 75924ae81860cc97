//! What stands on the desk, as one word, so that each change of it is one step.

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
    /// The notifier is to be told when nothing is left.
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

    /// Whether the partner is in io_submit(2).
    pub(super) fn is_at_work(self) -> bool {
        self.done != self.head && !self.refused
    }

    /// From one presence to another, where it is that one.
    pub(super) fn comes(self, from: Presence, to: Presence) -> Option<Self> {
        (self.presence == from).then_some(Self { presence: to, ..self })
    }

    /// The partner begins a piece of so many at the most.
    pub(super) fn begins(self, most: u16) -> Self {
        Self { head: self.head.wrapping_add(self.unbegun().min(most)), ..self }
    }

    /// The kernel has taken so many of what was begun.
    pub(super) fn ends(self, taken: u16) -> Self {
        let done = self.done.wrapping_add(taken);
        let refused = done != self.head;
        let tells = self.tells && !refused && self.head != self.tail;
        Self { done, refused, tells, calls: self.calls.wrapping_add(1), ..self }
    }
}
