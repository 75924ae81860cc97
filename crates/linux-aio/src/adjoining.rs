//! Writes that adjoin each other in a file, carried out together by one pwritev2(2).
//!
//! Those that extend a file have it to themselves, one after the other: together they cost one call, one change of the
//! file's size and, where they are durable, one flush.

use crate::abi::{Iocb, MAX_SEGMENTS, Opcode, RWF_DSYNC, RWF_SYNC};
use crate::error::Errno;
use crate::job;
use crate::operation::Operation;

/// Bytes that are written together at the most: who waits for the file's lock, waits for so many.
const MOST: u64 = 1 << 20;

/// How much has been put together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    end: u64,
    bytes: u64,
    segments: usize,
}

impl Extent {
    pub(crate) fn of(operation: &Operation) -> Self {
        let bytes = operation.len();
        Self { end: operation.offset() + bytes, bytes, segments: operation.segments() }
    }

    /// Bytes of all of them.
    pub(crate) fn bytes(self) -> u64 {
        self.bytes
    }

    /// With `next` behind it, where that adjoins and there is not too much yet. It has to be like `first`.
    pub(crate) fn with(self, first: &Operation, next: &Operation) -> Option<Self> {
        let more = Self::of(next);
        let sum = Self { end: more.end, bytes: self.bytes + more.bytes, segments: self.segments + more.segments };
        let fits = next.offset() == self.end && sum.bytes <= MOST && sum.segments <= MAX_SEGMENTS;
        (fits && are_alike(first, next)).then_some(sum)
    }
}

/// Whether one call can stand for both: the same descriptor, the same promise, a position for each, and no priority, which
/// belongs to who calls. What is to be durable is not in the page cache: a sync that fails there is told once only.
fn are_alike(first: &Operation, next: &Operation) -> bool {
    let same_file = match (first.written_file(), next.written_file()) {
        (Some(file), Some(other)) => std::ptr::eq(file, other) && (file.direct() || !first.is_durable()),
        _ => false,
    };
    let plain = first.manner().priority == 0 && first.manner().rw_flags & !(RWF_DSYNC | RWF_SYNC) == 0;
    same_file && plain && first.manner() == next.manner()
}

/// Carries adjoining writes out, in order: bytes of each, or a negative errno. Each has the result that it would have had
/// by itself, but where a durable one meets EIO: then none of them is known to be durable, and all are told so.
pub(crate) fn carry_out(operations: &[&Operation]) -> Vec<i64> {
    let written = write_together(operations);
    let durable = operations.first().is_some_and(|first| first.is_durable());
    if durable && written == Errno(libc::EIO).as_result() {
        return vec![written; operations.len()];
    }
    let mut results = shares(written, operations.iter().map(|operation| operation.len()));
    // What a short write or a failure left: each finds out for itself how far it gets.
    results.extend(operations[results.len()..].iter().map(|operation| operation.run()));
    results
}

/// How much of what was `written` belongs to each of those of so many bytes, as far as it reaches.
fn shares(written: i64, lengths: impl Iterator<Item = u64>) -> Vec<i64> {
    let mut left = u64::try_from(written).unwrap_or(0);
    let mut shares = Vec::with_capacity(lengths.size_hint().0);
    for length in lengths {
        if left == 0 {
            break;
        }
        let share = left.min(length);
        left -= share;
        shares.push(share.cast_signed());
    }
    shares
}

/// One pwritev2(2) of all of them: bytes, or a negative errno.
fn write_together(operations: &[&Operation]) -> i64 {
    let Some(first) = operations.first() else { return 0 };
    let mut vector = Vec::with_capacity(MAX_SEGMENTS.min(operations.len()));
    for operation in operations {
        operation.push_iovecs(&mut vector);
    }
    let (opcode, buffer, length) = (Opcode::Pwritev as u16, vector.as_ptr() as u64, vector.len() as u64);
    // SAFETY: the operations keep descriptor and memory for as long as they are borrowed, and the vector outlives the call.
    unsafe { job::carry_out(&Iocb { opcode, buffer, length, ..first.iocb(0) }) }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::shares;

    #[test]
    fn what_was_written_belongs_to_the_first_ones_and_the_last_of_them_may_be_short() {
        let of = |written| shares(written, [4096, 512, 8192].into_iter());
        assert_eq!(of(12800), [4096, 512, 8192]);
        assert_eq!(of(5120), [4096, 512, 512]);
        assert_eq!(of(4096), [4096]);
        assert_eq!(of(512), [512]);
        assert_eq!((of(0), of(-28)), (vec![], vec![]));
    }
}
