//! File status in the units that the layers above hand on.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::time::UNIX_EPOCH;

/// File status as in stat(2). Times are nanoseconds since 1970; they outlive an i64 on xfs and ext4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// Length in bytes; of a block device, the device's capacity.
    pub size: u64,
    /// Allocated blocks of 512 bytes.
    pub blocks: u64,
    /// The preferred size of an I/O in bytes (`st_blksize`); no alignment follows from it.
    pub block_size: u64,
    /// The device that the file is on (`st_dev`).
    pub dev: u64,
    /// The inode's number.
    pub ino: u64,
    /// Type and permission bits, as in inode(7).
    pub mode: u32,
    /// Hard links.
    pub nlink: u64,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// The device that this file is, if it is one.
    pub rdev: u64,
    /// Last access.
    pub atime_ns: i128,
    /// Last change of content.
    pub mtime_ns: i128,
    /// Last change of the inode.
    pub ctime_ns: i128,
    /// Creation, `None` where the filesystem does not keep it.
    pub birthtime_ns: Option<i128>,
}

impl Stat {
    /// Takes `size` from the caller: stat(2) says 0 for block devices.
    #[must_use]
    pub fn new(metadata: &Metadata, size: u64) -> Self {
        Self {
            size,
            blocks: metadata.blocks(),
            block_size: metadata.blksize(),
            dev: metadata.dev(),
            ino: metadata.ino(),
            mode: metadata.mode(),
            nlink: metadata.nlink(),
            uid: metadata.uid(),
            gid: metadata.gid(),
            rdev: metadata.rdev(),
            atime_ns: nanoseconds(metadata.atime(), metadata.atime_nsec()),
            mtime_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            ctime_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            birthtime_ns: birthtime(metadata),
        }
    }
}

fn nanoseconds(seconds: i64, rest: i64) -> i128 {
    i128::from(seconds) * 1_000_000_000 + i128::from(rest)
}

fn birthtime(metadata: &Metadata) -> Option<i128> {
    let created = metadata.created().ok()?;
    // Below 2^95: seconds are 64 bits.
    let distance = |duration: std::time::Duration| duration.as_nanos().cast_signed();
    Some(created.duration_since(UNIX_EPOCH).map_or_else(|error| -distance(error.duration()), distance))
}
