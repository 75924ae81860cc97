//! What one I/O is, and the memory and descriptor it keeps alive until the kernel is done.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;

use crate::abi::{IOCB_FLAG_IOPRIO, Iocb, Opcode, RWF_APPEND, RWF_DSYNC, RWF_SYNC};
use crate::alignment::is_aligned;
use crate::blocking::Backend;
use crate::buffer::Slab;
use crate::error::Errno;
use crate::file::File;
pub use crate::memory::{Memory, Segment, Segments};

const INVALID: Errno = Errno(libc::EINVAL);

/// How an operation is to be done: `RWF_*` bits and an I/O priority.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Manner {
    /// `RWF_*` bits of [`crate::abi`]; one that the kernel does not know fails with EOPNOTSUPP.
    pub rw_flags: u32,
    /// An ioprio_set(2) value: class in the bits from 13 on, level in the lowest 3. 0: the thread's own.
    pub priority: u16,
}

/// By which threads operations may be submitted: see [`crate::partner`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Share {
    /// By the queue's.
    Never,
    /// By both at once, though one may wait for the other inside io_submit(2), for an inode's lock.
    UnderLock,
    /// By both at once.
    Freely,
}

impl Manner {
    /// Which of three bands the operation waits in: realtime first, idle last.
    pub(crate) fn band(self) -> usize {
        match self.priority >> 13 {
            1 => 0,
            3 => 2,
            _ => 1,
        }
    }
}

#[derive(Debug)]
enum Target {
    File(Arc<File>),
    Descriptor(Arc<OwnedFd>),
}

/// What operations have in common that differ only in their place.
#[derive(Debug)]
struct Shared {
    opcode: Opcode,
    manner: Manner,
    memory: Memory,
    target: Target,
}

/// One I/O, checked, with all that it needs to stay valid until it completes.
#[derive(Debug)]
pub struct Operation {
    shared: Arc<Shared>,
    offset: i64,
    /// Bytes from the beginning of the memory: other than 0 only in a [`Run`].
    shift: usize,
}

/// Reads or writes of as many bytes each, in one slab, one file and one manner: what is the same is checked and counted once.
#[derive(Debug)]
pub struct Run {
    shared: Arc<Shared>,
    /// Of the first byte of the slab.
    address: u64,
    /// The last place in the slab for as many bytes.
    last: usize,
    /// What offsets in the file, and addresses, have to be multiples of.
    step: u32,
    unit: u32,
}

impl Run {
    /// Operations of `length` bytes each.
    ///
    /// # Errors
    /// EINVAL where they are neither reads nor writes, or the length misses the file's alignment; EFAULT where it is more than
    /// the slab has.
    pub fn new(opcode: Opcode, file: Arc<File>, slab: Arc<Slab>, length: usize, manner: Manner) -> Result<Self, Errno> {
        let (step, unit) = match opcode {
            Opcode::Pread => steps(&file, file.alignment().read),
            Opcode::Pwrite => steps(&file, file.alignment().offset),
            _ => return Err(INVALID),
        };
        let last = slab.len().checked_sub(length).ok_or(Errno(libc::EFAULT))?;
        let segment = Segment::new(slab, 0, length)?;
        if !is_aligned(length as u64, step) {
            return Err(INVALID);
        }
        let address = segment.address() as u64;
        let (memory, target) = (Memory::Segment(segment), Target::File(file));
        Ok(Self { shared: Arc::new(Shared { opcode, manner, memory, target }), address, last, step, unit })
    }

    /// The one from `offset` in the file and `place` in the slab, in bytes.
    ///
    /// # Errors
    /// EINVAL where one of them misses the file's alignment, EFAULT where the range leaves the slab.
    pub fn operation(&self, offset: u64, place: usize) -> Result<Operation, Errno> {
        // As if it were a segment of its own, without counting the slab again.
        if place > self.last {
            return Err(Errno(libc::EFAULT));
        }
        if !is_aligned(offset, self.step) || !is_aligned(self.address + place as u64, self.unit) {
            return Err(INVALID);
        }
        let offset = i64::try_from(offset).map_err(|_| INVALID)?;
        Ok(Operation { shared: Arc::clone(&self.shared), offset, shift: place })
    }

    /// The iocb of the operation that is the slab's and the file's first: the others differ in two fields, see
    /// [`Operation::place`].
    pub(crate) fn iocb(&self) -> Iocb {
        Operation { shared: Arc::clone(&self.shared), offset: 0, shift: 0 }.iocb(0)
    }

    /// As of each of its operations.
    pub(crate) fn band(&self) -> usize {
        self.shared.manner.band()
    }

    /// As of each of its operations.
    pub(crate) fn completes_inline(&self) -> bool {
        self.shared.completes_inline()
    }
}

/// Which run an operation is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunOf(*const ());

/// What offsets and addresses have to be multiples of. The kernel checks alignment too, but not every driver does, and one
/// that does not corrupts.
fn steps(file: &File, step: u32) -> (u32, u32) {
    if file.direct() { (step, file.alignment().memory) } else { (1, 1) }
}

impl Shared {
    fn file(&self) -> Option<&File> {
        match &self.target {
            Target::File(file) => Some(file),
            Target::Descriptor(_) => None,
        }
    }

    fn reads(&self) -> bool {
        matches!(self.opcode, Opcode::Pread | Opcode::Preadv)
    }

    fn writes(&self) -> bool {
        matches!(self.opcode, Opcode::Pwrite | Opcode::Pwritev)
    }

    fn completes_inline(&self) -> bool {
        (self.reads() || self.writes()) && self.file().is_some_and(|file| file.backend() == Backend::Memory)
    }
}

impl Operation {
    /// A read (PREAD, or PREADV for [`Memory::Segments`]) from `offset`, in bytes. At the end of the
    /// file it is short, and the rest of the last block in memory is overwritten all the same.
    ///
    /// # Errors
    /// EINVAL where offset, length or an address misses the file's alignment, or memory is none.
    pub fn read(file: Arc<File>, memory: Memory, offset: u64, manner: Manner) -> Result<Self, Errno> {
        let opcode = if matches!(memory, Memory::Segments(_)) { Opcode::Preadv } else { Opcode::Pread };
        let step = file.alignment().read;
        Self::transfer(opcode, file, memory, offset, manner, step)
    }

    /// A write (PWRITE, or PWRITEV for [`Memory::Segments`]) at `offset`, in bytes.
    ///
    /// # Errors
    /// EINVAL as for [`Operation::read`].
    pub fn write(file: Arc<File>, memory: Memory, offset: u64, manner: Manner) -> Result<Self, Errno> {
        let opcode = if matches!(memory, Memory::Segments(_)) { Opcode::Pwritev } else { Opcode::Pwrite };
        let step = file.alignment().offset;
        Self::transfer(opcode, file, memory, offset, manner, step)
    }

    fn transfer(
        opcode: Opcode,
        file: Arc<File>,
        memory: Memory,
        offset: u64,
        manner: Manner,
        step: u32,
    ) -> Result<Self, Errno> {
        let (step, unit) = steps(&file, step);
        let aligned = is_aligned(offset, step) && memory.is_aligned(unit, step);
        let offset = i64::try_from(offset).map_err(|_| INVALID)?;
        if !aligned || matches!(memory, Memory::None) {
            return Err(INVALID);
        }
        Ok(Self::alone(opcode, offset, manner, memory, Target::File(file)))
    }

    fn alone(opcode: Opcode, offset: i64, manner: Manner, memory: Memory, target: Target) -> Self {
        Self { shared: Arc::new(Shared { opcode, manner, memory, target }), offset, shift: 0 }
    }

    /// FSYNC or, where `data_only`, FDSYNC of all that has *completed* on the file. It is not
    /// ordered after writes that are still in flight.
    #[must_use]
    pub fn sync(file: Arc<File>, data_only: bool) -> Self {
        let opcode = if data_only { Opcode::Fdsync } else { Opcode::Fsync };
        Self::alone(opcode, 0, Manner::default(), Memory::None, Target::File(file))
    }

    /// POLL: completes once, when one of the poll(2) `events` is ready. The result has the bits that
    /// are ready, also of some that were not asked for; 0 where it was cancelled.
    #[must_use]
    pub fn poll(descriptor: Arc<OwnedFd>, events: u16) -> Self {
        let target = Target::Descriptor(descriptor);
        Self::alone(Opcode::Poll, i64::from(events), Manner::default(), Memory::None, target)
    }

    /// What the kernel is asked for.
    #[must_use]
    pub fn opcode(&self) -> Opcode {
        self.shared.opcode
    }

    /// Bytes to be moved.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.shared.memory.describe(self.shift).2
    }

    /// Whether no byte is to be moved.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The memory, for whoever gets the finished operation back.
    #[must_use]
    pub fn into_memory(self) -> Memory {
        match Arc::try_unwrap(self.shared) {
            Ok(shared) => shared.memory.shifted(self.shift),
            Err(shared) => shared.memory.share(self.shift),
        }
    }

    /// The file that it is for; a poll has none.
    pub(crate) fn file(&self) -> Option<&File> {
        self.shared.file()
    }

    pub(crate) fn reads(&self) -> bool {
        self.shared.reads()
    }

    pub(crate) fn writes(&self) -> bool {
        self.shared.writes()
    }

    /// The run that it is of, to be compared while that has operations.
    pub(crate) fn run_of(&self) -> RunOf {
        RunOf(Arc::as_ptr(&self.shared).cast())
    }

    /// The file of a write.
    pub(crate) fn written_file(&self) -> Option<&File> {
        self.file().filter(|_| self.writes())
    }

    /// Bytes from the start of the file.
    pub(crate) fn offset(&self) -> u64 {
        self.offset.unsigned_abs()
    }

    /// Whether it is a write that is durable when it is done.
    pub(crate) fn is_durable(&self) -> bool {
        let asked = self.shared.manner.rw_flags & (RWF_DSYNC | RWF_SYNC) != 0;
        self.written_file().is_some_and(|file| asked || file.durable())
    }

    /// Whether it is always complete when io_submit(2) returns: a copy from or to a file in memory.
    pub(crate) fn completes_inline(&self) -> bool {
        self.shared.completes_inline()
    }

    /// By which threads it may be submitted: by two, where it is a copy that keeps its submitter busy. Writes to a file on tmpfs
    /// wait for its inode's lock, and appends are to be carried out in their order.
    pub(crate) fn share(&self) -> Share {
        let appends = self.manner().rw_flags & RWF_APPEND != 0;
        let copies = self.file().is_some_and(|file| file.backend().is_in_memory());
        match (copies, self.reads(), self.written_file().is_some() && !appends) {
            (true, true, _) => Share::Freely,
            (true, _, true) if self.completes_inline() => Share::UnderLock,
            (true, _, true) => Share::Freely,
            _ => Share::Never,
        }
    }

    /// Makes of its run's iocb its own.
    pub(crate) fn place(&self, iocb: &mut Iocb) {
        iocb.buffer += self.shift as u64;
        iocb.offset = self.offset;
    }

    /// How many ranges of memory it moves.
    pub(crate) fn segments(&self) -> usize {
        self.shared.memory.segments()
    }

    /// Names its memory to the kernel. The addresses stay valid for as long as `self` lives.
    pub(crate) fn push_iovecs(&self, vector: &mut Vec<libc::iovec>) {
        self.shared.memory.push_iovecs(self.shift, vector);
    }

    pub(crate) fn manner(&self) -> Manner {
        self.shared.manner
    }

    /// The iocb of this operation. Its address fields stay valid for as long as `self` lives.
    pub(crate) fn iocb(&self, data: u64) -> Iocb {
        let fd = match &self.shared.target {
            Target::File(file) => file.fd().as_raw_fd(),
            Target::Descriptor(descriptor) => descriptor.as_fd().as_raw_fd(),
        };
        let (buffer, length, _) = self.shared.memory.describe(self.shift);
        // POLL reads its events from the buffer field and wants every other one to be 0.
        let (buffer, offset) =
            if self.shared.opcode == Opcode::Poll { (self.offset.cast_unsigned(), 0) } else { (buffer, self.offset) };
        Iocb {
            data,
            rw_flags: self.shared.manner.rw_flags,
            opcode: self.shared.opcode as u16,
            priority: self.shared.manner.priority.cast_signed(),
            flags: if self.shared.manner.priority == 0 { 0 } else { IOCB_FLAG_IOPRIO },
            fd: fd.cast_unsigned(),
            buffer,
            length,
            offset,
            ..Iocb::default()
        }
    }
}
