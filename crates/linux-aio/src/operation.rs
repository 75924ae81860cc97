//! What one I/O is, and the memory and descriptor it keeps alive until the kernel is done.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;

use crate::abi::{IOCB_FLAG_IOPRIO, Iocb, MAX_SEGMENTS, Opcode, RWF_DSYNC, RWF_SYNC};
use crate::blocking::Backend;
use crate::buffer::Slab;
use crate::error::Errno;
use crate::file::File;
use crate::pool::Block;

const INVALID: Errno = Errno(libc::EINVAL);

/// A range of a slab, checked to lie inside it.
#[derive(Debug, Clone)]
pub struct Segment {
    slab: Arc<Slab>,
    offset: usize,
    length: usize,
}

impl Segment {
    /// `length` bytes from `offset` of `slab`.
    ///
    /// # Errors
    /// EFAULT where the range leaves the slab.
    pub fn new(slab: Arc<Slab>, offset: usize, length: usize) -> Result<Self, Errno> {
        match offset.checked_add(length) {
            Some(end) if end <= slab.len() => Ok(Self { slab, offset, length }),
            _ => Err(Errno(libc::EFAULT)),
        }
    }

    fn address(&self) -> usize {
        self.slab.address().as_ptr() as usize + self.offset
    }

    fn iovec(&self) -> libc::iovec {
        libc::iovec { iov_base: self.address() as *mut libc::c_void, iov_len: self.length }
    }
}

/// The memory of one operation, kept alive by it.
#[derive(Debug)]
pub enum Memory {
    /// None: syncs and polls.
    None,
    /// One range, which others may look at meanwhile at their own risk.
    Segment(Segment),
    /// Up to 1024 ranges, and the `iovec`s that name them to the kernel.
    Segments(Segments),
    /// A block of a pool, out of reach until the completion gives it back.
    Block(Block),
}

/// Scatter/gather memory: see readv(2).
#[derive(Debug)]
pub struct Segments {
    // Only counted: what the addresses in `iovecs` point into.
    segments: Box<[Segment]>,
    iovecs: Box<[libc::iovec]>,
}

// SAFETY: the addresses in `iovecs` point into slabs that `segments` holds; neither is bound to a thread.
unsafe impl Send for Segments {}

impl Segments {
    /// # Errors
    /// EINVAL for none, or for more than 1024.
    pub fn new(segments: Vec<Segment>) -> Result<Self, Errno> {
        if segments.is_empty() || segments.len() > MAX_SEGMENTS {
            return Err(INVALID);
        }
        let iovecs = segments.iter().map(Segment::iovec).collect();
        Ok(Self { segments: segments.into_boxed_slice(), iovecs })
    }
}

impl Memory {
    /// Address and length as an iocb has them, and the bytes they stand for.
    fn describe(&self) -> (u64, u64, u64) {
        match self {
            Self::None => (0, 0, 0),
            Self::Segment(segment) => (segment.address() as u64, segment.length as u64, segment.length as u64),
            Self::Segments(many) => {
                let bytes = many.segments.iter().map(|segment| segment.length as u64).sum();
                (many.iovecs.as_ptr() as u64, many.iovecs.len() as u64, bytes)
            }
            Self::Block(block) => {
                let address = block.slab().address().as_ptr() as usize + block.offset();
                (address as u64, block.len() as u64, block.len() as u64)
            }
        }
    }

    fn is_aligned(&self, memory: u32, offset: u32) -> bool {
        let fits = |address: u64, length: u64| is_aligned(address, memory) && is_aligned(length, offset);
        match self {
            Self::Segments(many) => {
                many.segments.iter().all(|segment| fits(segment.address() as u64, segment.length as u64))
            }
            single => {
                let (address, length, _) = single.describe();
                fits(address, length)
            }
        }
    }
}

/// How an operation is to be done: `RWF_*` bits and an I/O priority.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Manner {
    /// `RWF_*` bits of [`crate::abi`]; one that the kernel does not know fails with EOPNOTSUPP.
    pub rw_flags: u32,
    /// An ioprio_set(2) value: class in the bits from 13 on, level in the lowest 3. 0: the thread's own.
    pub priority: u16,
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

/// Whether a value is a multiple of a part of an [`crate::alignment::Alignment`], all of which are powers of two: divisions
/// would be a tenth of what an operation costs.
fn is_aligned(value: u64, power_of_two: u32) -> bool {
    value & u64::from(power_of_two - 1) == 0
}

#[derive(Debug)]
enum Target {
    File(Arc<File>),
    Descriptor(Arc<OwnedFd>),
}

/// One I/O, checked, with all that it needs to stay valid until it completes.
#[derive(Debug)]
pub struct Operation {
    opcode: Opcode,
    offset: i64,
    manner: Manner,
    memory: Memory,
    target: Target,
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
        // The kernel checks alignment too, but not every driver does, and one that does not corrupts.
        let (step, unit) = if file.direct() { (step, file.alignment().memory) } else { (1, 1) };
        let aligned = is_aligned(offset, step) && memory.is_aligned(unit, step);
        let offset = i64::try_from(offset).map_err(|_| INVALID)?;
        if !aligned || matches!(memory, Memory::None) {
            return Err(INVALID);
        }
        Ok(Self { opcode, offset, manner, memory, target: Target::File(file) })
    }

    /// FSYNC or, where `data_only`, FDSYNC of all that has *completed* on the file. It is not
    /// ordered after writes that are still in flight.
    #[must_use]
    pub fn sync(file: Arc<File>, data_only: bool) -> Self {
        let opcode = if data_only { Opcode::Fdsync } else { Opcode::Fsync };
        Self { opcode, offset: 0, manner: Manner::default(), memory: Memory::None, target: Target::File(file) }
    }

    /// POLL: completes once, when one of the poll(2) `events` is ready. The result has the bits that
    /// are ready, also of some that were not asked for; 0 where it was cancelled.
    #[must_use]
    pub fn poll(descriptor: Arc<OwnedFd>, events: u16) -> Self {
        Self {
            opcode: Opcode::Poll,
            offset: i64::from(events),
            manner: Manner::default(),
            memory: Memory::None,
            target: Target::Descriptor(descriptor),
        }
    }

    /// What the kernel is asked for.
    #[must_use]
    pub fn opcode(&self) -> Opcode {
        self.opcode
    }

    /// Bytes to be moved.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.memory.describe().2
    }

    /// Whether no byte is to be moved.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The memory, for whoever gets the finished operation back.
    #[must_use]
    pub fn into_memory(self) -> Memory {
        self.memory
    }

    /// The file that it is for; a poll has none.
    pub(crate) fn file(&self) -> Option<&File> {
        match &self.target {
            Target::File(file) => Some(file),
            Target::Descriptor(_) => None,
        }
    }

    pub(crate) fn reads(&self) -> bool {
        matches!(self.opcode, Opcode::Pread | Opcode::Preadv)
    }

    pub(crate) fn writes(&self) -> bool {
        matches!(self.opcode, Opcode::Pwrite | Opcode::Pwritev)
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
        let asked = self.manner.rw_flags & (RWF_DSYNC | RWF_SYNC) != 0;
        self.written_file().is_some_and(|file| asked || file.durable())
    }

    /// Whether it is always complete when io_submit(2) returns: a copy from or to a file in memory.
    pub(crate) fn completes_inline(&self) -> bool {
        let moves = self.reads() || self.writes();
        moves && self.file().is_some_and(|file| file.backend() == Backend::Memory)
    }

    /// How many ranges of memory it moves.
    pub(crate) fn segments(&self) -> usize {
        match &self.memory {
            Memory::None => 0,
            Memory::Segment(_) | Memory::Block(_) => 1,
            Memory::Segments(many) => many.segments.len(),
        }
    }

    /// Names its memory to the kernel. The addresses stay valid for as long as `self` lives.
    pub(crate) fn push_iovecs(&self, vector: &mut Vec<libc::iovec>) {
        match &self.memory {
            Memory::Segments(many) => vector.extend_from_slice(&many.iovecs),
            single => {
                let (address, length, _) = single.describe();
                vector.push(libc::iovec { iov_base: address as *mut libc::c_void, iov_len: length as usize });
            }
        }
    }

    pub(crate) fn manner(&self) -> Manner {
        self.manner
    }

    /// The iocb of this operation. Its address fields stay valid for as long as `self` lives.
    pub(crate) fn iocb(&self, data: u64) -> Iocb {
        let fd = match &self.target {
            Target::File(file) => file.fd().as_raw_fd(),
            Target::Descriptor(descriptor) => descriptor.as_fd().as_raw_fd(),
        };
        let (buffer, length, _) = self.memory.describe();
        // POLL reads its events from the buffer field and wants every other one to be 0.
        let (buffer, offset) =
            if self.opcode == Opcode::Poll { (self.offset.cast_unsigned(), 0) } else { (buffer, self.offset) };
        Iocb {
            data,
            rw_flags: self.manner.rw_flags,
            opcode: self.opcode as u16,
            priority: self.manner.priority.cast_signed(),
            flags: if self.manner.priority == 0 { 0 } else { IOCB_FLAG_IOPRIO },
            fd: fd.cast_unsigned(),
            buffer,
            length,
            offset,
            ..Iocb::default()
        }
    }
}
