//! The shared arrays: how operations and completions cross a boundary that carries only doubles.
//!
//! A submission is a run of records: slot, opcode, file handle, offset in the file, `RWF_*` bits,
//! I/O priority, number of segments; then for each segment slab handle, offset in the slab, bytes.
//! A completion is a pair: slot, result. Nothing in a record is believed: every number is checked
//! against the registry, every time.

use std::fmt;
use std::sync::Arc;

use crate::abi::{MAX_SEGMENTS, Opcode};
use crate::error::Errno;
use crate::operation::{Manner, Memory, Operation, Segment, Segments};
use crate::queue::Queue;
use crate::registry::Registry;
use crate::sys::Kernel;

/// Doubles before the segments.
pub const HEADER: usize = 7;
/// Doubles of one segment.
pub const SEGMENT: usize = 3;
/// Doubles of one completion.
pub const COMPLETION: usize = 2;

const INVALID: Errno = Errno(libc::EINVAL);
const BAD_FILE: Errno = Errno(libc::EBADF);
const BAD_MEMORY: Errno = Errno(libc::EFAULT);

/// The array is not a run of records, or names a slot that is in use: the writer of it is wrong,
/// and what follows in it cannot be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the array is not a run of records with free slots")
    }
}

impl std::error::Error for Malformed {}

/// The whole number that a double holds, up to 2^53.
fn whole(value: f64) -> Option<u64> {
    let number = value as u64;
    (number as f64 == value && number <= 1 << 53).then_some(number)
}

fn narrow<T: TryFrom<u64>>(value: f64) -> Option<T> {
    T::try_from(whole(value)?).ok()
}

fn segment(registry: &Registry, fields: &[f64]) -> Result<Segment, Errno> {
    let slab = whole(fields[0]).and_then(|handle| registry.slab(handle)).ok_or(BAD_MEMORY)?;
    let offset = narrow(fields[1]).ok_or(BAD_MEMORY)?;
    let length = narrow(fields[2]).ok_or(BAD_MEMORY)?;
    Segment::new(slab, offset, length)
}

fn memory(registry: &Registry, vectored: bool, fields: &[f64]) -> Result<Memory, Errno> {
    if !vectored {
        return if fields.len() == SEGMENT { segment(registry, fields).map(Memory::Segment) } else { Err(INVALID) };
    }
    let segments: Result<Vec<_>, _> = fields.chunks_exact(SEGMENT).map(|fields| segment(registry, fields)).collect();
    Segments::new(segments?).map(Memory::Segments)
}

/// The operation of a single record, whose slot means nothing here.
///
/// # Errors
/// EINVAL, EBADF or EFAULT for what [`push`] settles with them, and EINVAL for what is no record.
pub fn single(registry: &Registry, record: &[f64]) -> Result<Operation, Errno> {
    let (header, segments) = record.split_at_checked(HEADER).ok_or(INVALID)?;
    let count: usize = narrow(header[6]).filter(|&count| count <= MAX_SEGMENTS).ok_or(INVALID)?;
    if segments.len() != count * SEGMENT {
        return Err(INVALID);
    }
    operation(registry, header, segments)
}

fn operation(registry: &Registry, header: &[f64], segments: &[f64]) -> Result<Operation, Errno> {
    let opcode = narrow(header[1]).and_then(Opcode::from_raw).ok_or(INVALID)?;
    let file = whole(header[2]).and_then(|handle| registry.files.get(handle)).ok_or(BAD_FILE)?;
    let file = Arc::clone(file);
    let offset = whole(header[3]).ok_or(INVALID)?;
    let rw_flags = narrow(header[4]).ok_or(INVALID)?;
    let priority = narrow(header[5]).ok_or(INVALID)?;
    let manner = Manner { rw_flags, priority };
    match opcode {
        Opcode::Pread => Operation::read(file, memory(registry, false, segments)?, offset, manner),
        Opcode::Preadv => Operation::read(file, memory(registry, true, segments)?, offset, manner),
        Opcode::Pwrite => Operation::write(file, memory(registry, false, segments)?, offset, manner),
        Opcode::Pwritev => Operation::write(file, memory(registry, true, segments)?, offset, manner),
        Opcode::Fsync => Ok(Operation::sync(file, false)),
        Opcode::Fdsync => Ok(Operation::sync(file, true)),
        // A poll needs a descriptor that is not a file of the registry.
        Opcode::Poll => Err(INVALID),
    }
}

/// Pushes every record of `records`; one whose content is refused settles with the errno.
///
/// # Errors
/// [`Malformed`]: the records before the bad one are taken.
pub fn push<K: Kernel>(queue: &mut Queue<K>, registry: &Registry, mut records: &[f64]) -> Result<(), Malformed> {
    while !records.is_empty() {
        let (header, rest) = records.split_at_checked(HEADER).ok_or(Malformed)?;
        let slot = narrow(header[0]).ok_or(Malformed)?;
        let count: usize = narrow(header[6]).filter(|&count| count <= MAX_SEGMENTS).ok_or(Malformed)?;
        let (segments, rest) = rest.split_at_checked(count * SEGMENT).ok_or(Malformed)?;
        let taken = match operation(registry, header, segments) {
            Ok(operation) => queue.push(slot, operation),
            Err(errno) => queue.refuse(slot, errno),
        };
        taken.map_err(|_| Malformed)?;
        records = rest;
    }
    Ok(())
}

/// Where completions are written to, pair by pair.
#[derive(Debug)]
pub struct Completions<'a> {
    pairs: &'a mut [f64],
    count: usize,
}

impl<'a> Completions<'a> {
    /// An empty list in `array`.
    pub fn new(array: &'a mut [f64]) -> Self {
        Self { pairs: array, count: 0 }
    }

    /// How many fit.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.pairs.len() / COMPLETION
    }

    /// Adds one; beyond the capacity it would be lost, so ask for no more than that.
    pub fn push(&mut self, slot: u32, result: i64) {
        let place = self.count * COMPLETION;
        self.pairs[place] = slot.into();
        self.pairs[place + 1] = result as f64;
        self.count += 1;
    }
}
