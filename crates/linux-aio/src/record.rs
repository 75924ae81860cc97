//! The shared arrays: how operations and completions cross a boundary that carries only doubles.
//!
//! A submission is a run of records: slot, opcode, file handle, offset in the file, `RWF_*` bits,
//! I/O priority, number of segments; then for each segment slab handle, offset in the slab, bytes.
//! A record for many operations (a run) has 0 for slot and offset, and their number below 0 for that of segments; then slab
//! handle and bytes of each operation, and for each operation slot, offset in the file, offset in the slab.
//! A completion is a pair: slot, result. Nothing in a record is believed: every number is checked
//! against the registry, every time.

use std::fmt;
use std::sync::Arc;

use crate::abi::{MAX_SEGMENTS, Opcode};
use crate::buffer::Slab;
use crate::error::Errno;
use crate::file::File;
use crate::operation::{Manner, Memory, Operation, Run, Segment, Segments};
use crate::queue::Queue;
use crate::registry::Registry;
use crate::sys::Kernel;

/// Doubles before the segments.
pub const HEADER: usize = 7;
/// Doubles of one segment.
pub const SEGMENT: usize = 3;
/// Doubles of a run between its header and its operations.
pub const SHARED: usize = 2;
/// Doubles of one operation of a run.
pub const PLACE: usize = 3;
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
    // By way of a signed number, for which processors have an instruction.
    let number = value as i64;
    (number as f64 == value && (0..=1 << 53).contains(&number)).then_some(number.cast_unsigned())
}

fn narrow<T: TryFrom<u64>>(value: f64) -> Option<T> {
    T::try_from(whole(value)?).ok()
}

fn slab(registry: &Registry, handle: f64) -> Result<Arc<Slab>, Errno> {
    whole(handle).and_then(|handle| registry.slab(handle)).ok_or(BAD_MEMORY)
}

fn file(registry: &Registry, handle: f64) -> Result<Arc<File>, Errno> {
    whole(handle).and_then(|handle| registry.files.get(handle)).map(Arc::clone).ok_or(BAD_FILE)
}

fn manner(header: &[f64]) -> Result<Manner, Errno> {
    let rw_flags = narrow(header[4]).ok_or(INVALID)?;
    let priority = narrow(header[5]).ok_or(INVALID)?;
    Ok(Manner { rw_flags, priority })
}

fn segment(registry: &Registry, fields: &[f64]) -> Result<Segment, Errno> {
    let slab = slab(registry, fields[0])?;
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
    let file = file(registry, header[2])?;
    let offset = whole(header[3]).ok_or(INVALID)?;
    let manner = manner(header)?;
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

fn run(registry: &Registry, header: &[f64], shared: &[f64]) -> Result<Run, Errno> {
    let opcode = narrow(header[1]).and_then(Opcode::from_raw).ok_or(INVALID)?;
    let (file, slab) = (file(registry, header[2])?, slab(registry, shared[0])?);
    Run::new(opcode, file, slab, narrow(shared[1]).ok_or(BAD_MEMORY)?, manner(header)?)
}

fn operation_of(run: &Run, offset: f64, place: f64) -> Result<Operation, Errno> {
    run.operation(whole(offset).ok_or(INVALID)?, narrow(place).ok_or(BAD_MEMORY)?)
}

fn take<K: Kernel>(queue: &mut Queue<K>, slot: f64, operation: Result<Operation, Errno>) -> Result<(), Malformed> {
    let slot = narrow(slot).ok_or(Malformed)?;
    let taken = match operation {
        Ok(operation) => queue.push(slot, operation),
        Err(errno) => queue.refuse(slot, errno),
    };
    taken.map_err(|_| Malformed)
}

/// Pushes every record of `records`; one whose content is refused settles with the errno.
///
/// # Errors
/// [`Malformed`]: the records before the bad one are taken, and of a run the operations before the bad one.
pub fn push<K: Kernel>(queue: &mut Queue<K>, registry: &Registry, mut records: &[f64]) -> Result<(), Malformed> {
    while !records.is_empty() {
        let (header, rest) = records.split_at_checked(HEADER).ok_or(Malformed)?;
        let push = if header[6] < 0.0 { push_run } else { push_one };
        records = push(queue, registry, header, rest)?;
    }
    Ok(())
}

/// One operation; the records after it.
fn push_one<'a, K: Kernel>(
    queue: &mut Queue<K>,
    registry: &Registry,
    header: &[f64],
    fields: &'a [f64],
) -> Result<&'a [f64], Malformed> {
    // More than the kernel takes are refused, and end where they say.
    let count: usize = narrow(header[6]).ok_or(Malformed)?;
    let (segments, rest) = fields.split_at_checked(count.saturating_mul(SEGMENT)).ok_or(Malformed)?;
    take(queue, header[0], operation(registry, header, segments))?;
    Ok(rest)
}

/// The operations of a run; the records after it.
fn push_run<'a, K: Kernel>(
    queue: &mut Queue<K>,
    registry: &Registry,
    header: &[f64],
    fields: &'a [f64],
) -> Result<&'a [f64], Malformed> {
    let count: usize = narrow(-header[6]).ok_or(Malformed)?;
    let (shared, fields) = fields.split_at_checked(SHARED).ok_or(Malformed)?;
    let (places, rest) = fields.split_at_checked(count.saturating_mul(PLACE)).ok_or(Malformed)?;
    let run = run(registry, header, shared).map(|run| (queue.entry_of(&run), run));
    for place in places.chunks_exact(PLACE) {
        let slot = narrow(place[0]).ok_or(Malformed)?;
        let taken = match &run {
            Ok((entry, run)) => match operation_of(run, place[1], place[2]) {
                Ok(operation) => queue.push_of(entry, slot, operation),
                Err(errno) => queue.refuse(slot, errno),
            },
            Err(errno) => queue.refuse(slot, *errno),
        };
        taken.map_err(|_| Malformed)?;
    }
    Ok(rest)
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
