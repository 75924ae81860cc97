//! Which operations the kernel completes inside io_submit(2), while the caller waits.
//!
//! Measured on Linux 6.12 and 6.18 as voluntary context switches a submit. It is a property of the
//! filesystem's code, and may change with it.

use std::fmt;

use crate::filesystem;

/// A sort of operation that blocks its submitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlockingOperation {
    /// Reading.
    Read,
    /// Writing over data that is there.
    Overwrite,
    /// Writing beyond the end of the file.
    Append,
    /// Writing beyond the end, into space that fallocate(2) reserved with `FALLOC_FL_KEEP_SIZE`.
    AppendPreallocated,
    /// Writing whole blocks into space that fallocate(2) reserved, inside the file's size.
    Unwritten,
    /// Writing less than a filesystem block where nothing was written before.
    PartialBlock,
    /// Writing into a hole.
    Hole,
}

use BlockingOperation::{Append, AppendPreallocated, Hole, Overwrite, PartialBlock, Read, Unwritten};

impl BlockingOperation {
    /// A stable name: "read", "overwrite", "append", "append-preallocated", "unwritten",
    /// "partial-block", "hole".
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Read => "read",
            Overwrite => "overwrite",
            Append => "append",
            AppendPreallocated => "append-preallocated",
            Unwritten => "unwritten",
            PartialBlock => "partial-block",
            Hole => "hole",
        }
    }
}

impl fmt::Display for BlockingOperation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// What decides how a file's operations run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A regular file on ext4, or ext2 and ext3 by the same driver.
    Ext4,
    /// A regular file on xfs.
    Xfs,
    /// A regular file on btrfs with checksums: its writes go through the page cache (kernel 6.14,
    /// late 6.12).
    Btrfs,
    /// A regular file on btrfs without checksums: chattr(1) `+C`.
    BtrfsNoCow,
    /// A regular file in memory: tmpfs, ramfs.
    Memory,
    /// A regular file on overlay. What is below cannot be seen; taken for the slower of ext4 and xfs.
    Overlay,
    /// A block device.
    BlockDevice,
    /// A block device in memory that answers while it is asked: zram, ramdisk.
    MemoryDevice,
    /// Any other: measure.
    Other,
}

impl Backend {
    /// That of a regular file on a filesystem of type `magic`. `no_cow`: `FS_NOCOW_FL` is set.
    #[must_use]
    pub const fn of_file(magic: u32, no_cow: bool) -> Self {
        match magic {
            filesystem::EXT4 => Self::Ext4,
            filesystem::XFS => Self::Xfs,
            filesystem::BTRFS if no_cow => Self::BtrfsNoCow,
            filesystem::BTRFS => Self::Btrfs,
            filesystem::OVERLAY => Self::Overlay,
            _ if filesystem::is_memory(magic) => Self::Memory,
            _ => Self::Other,
        }
    }

    /// That of a block device of this kernel name, such as "nvme0n1".
    #[must_use]
    pub fn of_device(name: Option<&str>) -> Self {
        let in_memory = |name: &str| {
            let number = name.strip_prefix("zram").or_else(|| name.strip_prefix("ram"));
            number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        };
        if name.is_some_and(in_memory) { Self::MemoryDevice } else { Self::BlockDevice }
    }

    /// Whether its operations are copies in memory, made while it is asked.
    #[must_use]
    pub const fn is_in_memory(self) -> bool {
        matches!(self, Self::Memory | Self::MemoryDevice)
    }

    /// What blocks; `None` where it is not known.
    #[must_use]
    pub const fn blocking(self) -> Option<&'static [BlockingOperation]> {
        match self {
            Self::Ext4 | Self::Overlay => Some(&[Append, AppendPreallocated, PartialBlock]),
            Self::Xfs | Self::BtrfsNoCow => Some(&[PartialBlock]),
            Self::Btrfs => Some(&[Overwrite, Append, AppendPreallocated, Unwritten, PartialBlock, Hole]),
            Self::Memory => Some(&[Read, Overwrite, Append, AppendPreallocated, Unwritten, PartialBlock, Hole]),
            Self::BlockDevice => Some(&[]),
            Self::MemoryDevice => Some(&[Read, Overwrite]),
            Self::Other => None,
        }
    }
}
