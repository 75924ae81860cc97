//! What `O_DIRECT` asks of positions, lengths and memory.

use std::fmt;

/// Who answered the question for a file's alignment, most precise first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlignmentSource {
    /// statx(2) `STATX_DIOALIGN`, kernel 6.1.
    Statx,
    /// ioctl_xfs_fsdioinfo(2) `XFS_IOC_DIOINFO`.
    Xfs,
    /// ioctl(2) `BLKSSZGET`, the logical sector of a block device.
    Block,
    /// Reads of the file itself at growing alignments, until one passed.
    Trial,
    /// The filesystem's block size, statfs(2) `f_bsize`: there was nothing to read.
    Statfs,
    /// The page cache takes everything: the file was opened without `O_DIRECT`.
    Buffered,
}

impl AlignmentSource {
    /// A stable name: "statx", "xfs", "block", "trial", "statfs", "buffered".
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Statx => "statx",
            Self::Xfs => "xfs",
            Self::Block => "block",
            Self::Trial => "trial",
            Self::Statfs => "statfs",
            Self::Buffered => "buffered",
        }
    }
}

impl fmt::Display for AlignmentSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The alignment that direct I/O on one file needs. Every value is in bytes and a power of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alignment {
    /// Of the address of memory.
    ///
    /// Never below the smaller of `read` and a page, even where the kernel asks for less: some
    /// drivers check less than they need (zram moves the data to the start of the page).
    pub memory: u32,
    /// Of the position and length of a write, and of a read where `read` says no less.
    pub offset: u32,
    /// Of the position and length of a read: `STATX_DIO_READ_ALIGN` (kernel 6.14), else `offset`.
    pub read: u32,
    /// Who said so.
    pub source: AlignmentSource,
}

impl Alignment {
    /// Checks what was answered: `None` unless every value is a power of two.
    #[must_use]
    pub fn new(memory: u32, offset: u32, read: u32, source: AlignmentSource) -> Option<Self> {
        let valid = [memory, offset, read].into_iter().all(u32::is_power_of_two);
        valid.then(|| Self { memory: memory.max(read.min(page_size())), offset, read, source })
    }

    /// One value for everything; 512, the smallest sector there is, where it is no power of two.
    pub(crate) fn uniform(value: u32, source: AlignmentSource) -> Self {
        let value = if value.is_power_of_two() { value } else { 512 };
        Self { memory: value.min(page_size()), offset: value, read: value, source }
    }
}

pub(crate) fn page_size() -> u32 {
    u32::try_from(crate::buffer::page_size()).unwrap_or(4096)
}

/// Whether `value` is a multiple of `align`, a power of two.
#[must_use]
pub const fn is_aligned(value: u64, align: u32) -> bool {
    value & mask(align) == 0
}

/// The greatest multiple of `align`, a power of two, that is at most `value`.
#[must_use]
pub const fn down(value: u64, align: u32) -> u64 {
    value & !mask(align)
}

/// The least multiple of `align`, a power of two, that is at least `value`; `None` beyond u64.
#[must_use]
pub const fn up(value: u64, align: u32) -> Option<u64> {
    match value.checked_add(mask(align)) {
        Some(sum) => Some(down(sum, align)),
        None => None,
    }
}

/// An alignment of 0 acts as 2^64: only 0 is aligned. Nothing here panics on it.
const fn mask(align: u32) -> u64 {
    (align as u64).wrapping_sub(1)
}
