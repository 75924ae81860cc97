//! The memory of one operation, and how the kernel is told of it.

use std::sync::Arc;

use crate::abi::MAX_SEGMENTS;
use crate::alignment::is_aligned;
use crate::buffer::Slab;
use crate::error::Errno;
use crate::pool::Block;

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
        let inside = offset.checked_add(length).is_some_and(|end| end <= slab.len());
        inside.then_some(Self { slab, offset, length }).ok_or(Errno(libc::EFAULT))
    }

    pub(crate) fn address(&self) -> usize {
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

// SAFETY: as above; and who shares them can do no more than read the addresses.
unsafe impl Sync for Segments {}

impl Segments {
    /// # Errors
    /// EINVAL for none, or for more than 1024.
    pub fn new(segments: Vec<Segment>) -> Result<Self, Errno> {
        if segments.is_empty() || segments.len() > MAX_SEGMENTS {
            return Err(Errno(libc::EINVAL));
        }
        let iovecs = segments.iter().map(Segment::iovec).collect();
        Ok(Self { segments: segments.into_boxed_slice(), iovecs })
    }
}

impl Memory {
    /// Address and length as an iocb has them, and the bytes they stand for; of one range, that `shift` bytes behind it.
    pub(crate) fn describe(&self, shift: usize) -> (u64, u64, u64) {
        match self {
            Self::None => (0, 0, 0),
            Self::Segment(segment) => {
                ((segment.address() + shift) as u64, segment.length as u64, segment.length as u64)
            }
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

    pub(crate) fn is_aligned(&self, memory: u32, offset: u32) -> bool {
        let fits = |address: u64, length: u64| is_aligned(address, memory) && is_aligned(length, offset);
        match self {
            Self::Segments(many) => {
                many.segments.iter().all(|segment| fits(segment.address() as u64, segment.length as u64))
            }
            single => {
                let (address, length, _) = single.describe(0);
                fits(address, length)
            }
        }
    }

    /// How many ranges it has.
    pub(crate) fn segments(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Segment(_) | Self::Block(_) => 1,
            Self::Segments(many) => many.segments.len(),
        }
    }

    /// Names it to the kernel, as [`Memory::describe`] has it.
    pub(crate) fn push_iovecs(&self, shift: usize, vector: &mut Vec<libc::iovec>) {
        match self {
            Self::Segments(many) => vector.extend_from_slice(&many.iovecs),
            single => {
                let (address, length, _) = single.describe(shift);
                vector.push(libc::iovec { iov_base: address as *mut libc::c_void, iov_len: length as usize });
            }
        }
    }

    /// The same, a range that many bytes behind it.
    pub(crate) fn shifted(self, shift: usize) -> Self {
        match self {
            Self::Segment(segment) => Self::Segment(Segment { offset: segment.offset + shift, ..segment }),
            other => other,
        }
    }

    /// What one of several that share it has of it: only ranges are shared.
    pub(crate) fn share(&self, shift: usize) -> Self {
        match self {
            Self::Segment(segment) => Self::Segment(segment.clone()).shifted(shift),
            _ => Self::None,
        }
    }
}
