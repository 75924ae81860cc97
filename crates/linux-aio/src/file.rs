//! An open file for direct I/O, and the facts about it that its operations need.

#[cfg(all(test, not(loom)))]
pub(crate) mod simulated;

use std::ffi::{CStr, OsStr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::alignment::{Alignment, AlignmentSource};
use crate::blocking::Backend;
use crate::descriptor::{self, FilesystemFacts};
use crate::device::{self, Device, RequestLimits};
use crate::discovery::{self, Subject};
use crate::error::{Errno, Failure};
use crate::filesystem;
use crate::history::History;
use crate::kind::FileKind;
use crate::mount::Mount;
use crate::opening::{self, OpenError, Opened, Request};
use crate::operation::Operation;
use crate::stat::Stat;

const BUFFERED: Alignment = Alignment { memory: 1, offset: 1, read: 1, source: AlignmentSource::Buffered };

/// `FS_NOCOW_FL` of ioctl_iflags(2).
const NO_COW: i32 = 0x0080_0000;

/// A descriptor opened with `O_DIRECT | O_CLOEXEC` of a regular file or block device.
///
/// Facts are those at open; only [`File::stat`] asks anew. Dropping it closes the descriptor and
/// loses close(2)'s error: [`File::close`] tells it. Who submits operations on the descriptor keeps
/// the `File` until they are in flight; the kernel holds its own count from then on.
#[derive(Debug)]
pub struct File {
    inner: std::fs::File,
    alignment: Alignment,
    direct: bool,
    device: u64,
    inode: u64,
    own_device: u64,
    size: u64,
    kind: FileKind,
    readable: bool,
    writable: bool,
    append: bool,
    durable: bool,
    filesystem: u32,
    backend: Backend,
    /// Bytes of the filesystem's blocks.
    block_size: u64,
    limits: RequestLimits,
    history: History,
}

impl File {
    /// open(2) of `path` with `O_DIRECT`, never blocking on what is no disk file.
    ///
    /// `flags` are open(2)'s: an access mode with any of `O_CREAT`, `O_EXCL`, `O_TRUNC`, `O_APPEND`,
    /// `O_SYNC`, `O_DSYNC`, `O_NOATIME`, `O_NOFOLLOW`, `O_TMPFILE`. `mode` is for a file created,
    /// less the umask. What differs from open(2):
    /// - `O_WRONLY` becomes `O_RDWR` where permitted: writing part of a block needs reading.
    /// - `O_APPEND` is remembered ([`File::append`]), not set: with it the kernel would ignore the
    ///   offsets of writes. A file that only takes appends (chattr(1) `+a`) cannot be opened: EPERM.
    /// - `O_TRUNC` takes effect once all else has succeeded. With `O_RDONLY` it is EINVAL.
    /// - A file created and then refused is removed again.
    /// - A file under another process' lease is waited for, at most 60 s, then EAGAIN.
    ///
    /// # Errors
    /// [`OpenError::Unsupported`] for directories, FIFOs, character devices, sockets and files of
    /// /proc, /sys and the like; [`OpenError::NoDirect`] where the filesystem has no direct I/O;
    /// [`OpenError::Failure`] with open(2)'s errno, or fstat(2)'s, ioctl(2)'s or ftruncate(2)'s.
    pub fn open(path: &CStr, flags: i32, mode: u32) -> Result<Self, OpenError> {
        Self::open_as(path, Request::new(flags, mode)?)
    }

    /// As [`File::open`] without `O_DIRECT`: through the page cache, at any position and from any memory.
    /// io_submit(2) then blocks for as long as each operation takes.
    ///
    /// # Errors
    /// As [`File::open`], but for [`OpenError::NoDirect`].
    pub fn open_buffered(path: &CStr, flags: i32, mode: u32) -> Result<Self, OpenError> {
        Self::open_as(path, Request::new(flags, mode)?.buffered())
    }

    fn open_as(path: &CStr, request: Request) -> Result<Self, OpenError> {
        let path = Path::new(OsStr::from_bytes(path.to_bytes()));
        let opened = opening::open(path, request)?;
        let mut file = Self::examine(opened, path, request)?;
        if request.truncate && file.kind == FileKind::Regular {
            file.truncate(0)?;
            file.size = 0;
        }
        descriptor::clear_nonblock(file.fd());
        Ok(file)
    }

    fn examine(opened: Opened, path: &Path, request: Request) -> Result<Self, OpenError> {
        let fd = opened.file.as_fd();
        let kind = FileKind::of(&opened.metadata);
        let size = match kind {
            FileKind::BlockDevice => descriptor::device_size(fd)?,
            _ => opened.metadata.len(),
        };
        let filesystem = descriptor::filesystem(fd)?;
        let flags = descriptor::status_flags(fd);
        let readable = flags & libc::O_ACCMODE != libc::O_WRONLY;
        let subject = Subject { file: &opened.file, kind, filesystem, readable, size };
        let direct = flags & libc::O_DIRECT != 0;
        let alignment = if direct || request.is_direct() { discovery::discover(&subject) } else { Some(BUFFERED) };
        let Some(alignment) = alignment else {
            return Err(opened.refuse(filesystem::name(filesystem.magic).into_owned()));
        };
        let backend = backend(&opened, kind, filesystem);
        Ok(Self {
            alignment,
            direct,
            device: opened.metadata.dev(),
            inode: opened.metadata.ino(),
            own_device: opened.metadata.rdev(),
            size,
            kind,
            readable,
            writable: request.access != libc::O_RDONLY,
            append: request.append,
            durable: flags & libc::O_DSYNC != 0,
            filesystem: filesystem.magic,
            backend,
            block_size: opened.metadata.blksize().max(1),
            limits: limits(&opened, path, kind, backend),
            history: History::new(size),
            inner: opened.file,
        })
    }

    /// The descriptor. It is closed when the `File` goes.
    #[must_use]
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }

    /// The same as the standard library has it.
    pub(crate) const fn as_std(&self) -> &std::fs::File {
        &self.inner
    }

    /// What operations on this file must be aligned to.
    #[must_use]
    pub const fn alignment(&self) -> Alignment {
        self.alignment
    }

    /// Whether the descriptor has `O_DIRECT` set (fcntl(2) `F_GETFL`). btrfs nevertheless writes
    /// through the page cache where a file has checksums: [`File::backend`].
    #[must_use]
    pub const fn direct(&self) -> bool {
        self.direct
    }

    /// What all names and nodes of the same data have in common, to lock by: device and inode; of a
    /// block device, its own number and 0, as each of its nodes has an inode to itself.
    #[must_use]
    pub const fn identity(&self) -> (u64, u64) {
        if self.block_device() { (self.own_device, 0) } else { (self.device, self.inode) }
    }

    /// The device that the file, or the device's node, is on: `st_dev`.
    #[must_use]
    pub const fn device(&self) -> u64 {
        self.device
    }

    /// The inode's number, `st_ino`.
    #[must_use]
    pub const fn inode(&self) -> u64 {
        self.inode
    }

    /// The length in bytes when the file was opened, after `O_TRUNC`; of a block device, its capacity.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Whether it is a block device: its size is fixed, and it cannot be truncated.
    #[must_use]
    pub const fn block_device(&self) -> bool {
        matches!(self.kind, FileKind::BlockDevice)
    }

    /// Whether the descriptor can read. True for most files opened with `O_WRONLY` too: what the
    /// caller may do is for the layer above to remember.
    #[must_use]
    pub const fn readable(&self) -> bool {
        self.readable
    }

    /// Whether the descriptor can write.
    #[must_use]
    pub const fn writable(&self) -> bool {
        self.writable
    }

    /// Whether `O_APPEND` was asked for. The layer above appends; the descriptor does not.
    #[must_use]
    pub const fn append(&self) -> bool {
        self.append
    }

    /// Whether every write is durable when it is done: `O_DSYNC`, or `O_SYNC`.
    #[must_use]
    pub const fn durable(&self) -> bool {
        self.durable
    }

    /// The filesystem's type by statfs(2), as in [`crate::filesystem`].
    #[must_use]
    pub const fn filesystem(&self) -> u32 {
        self.filesystem
    }

    /// What decides which operations block in io_submit(2).
    #[must_use]
    pub const fn backend(&self) -> Backend {
        self.backend
    }

    /// Operations that the device below takes at once; more sleep inside io_submit(2). `None`: not known.
    #[must_use]
    pub const fn request_limit(&self) -> Option<u32> {
        self.limits.requests
    }

    /// What its operations have shown of it.
    pub(crate) const fn history(&self) -> &History {
        &self.history
    }

    /// Bytes of the filesystem's blocks: writes of parts of them are special.
    pub(crate) const fn block_size(&self) -> u64 {
        self.block_size
    }

    /// Which device's queue it shares.
    pub(crate) const fn lane(&self) -> u64 {
        if self.block_device() { self.own_device } else { self.device }
    }

    /// Whether a block device may have to split an operation: with RWF_NOWAIT it would refuse for ever.
    pub(crate) fn splits(&self, operation: &Operation) -> bool {
        // Each page of memory may be a piece of its own.
        let pieces = operation.len() / 4096 + 2;
        self.block_device()
            && (operation.segments() > 1
                || self.limits.bytes.is_none_or(|bytes| operation.len() > bytes)
                || self.limits.segments.is_none_or(|segments| pieces > segments.into()))
    }

    /// fstat(2), with the capacity for the size of a block device.
    ///
    /// # Errors
    /// EIO, EOVERFLOW, ENOMEM; those of ioctl(2) `BLKGETSIZE64`.
    pub fn stat(&self) -> Result<Stat, Failure> {
        let metadata = self.inner.metadata();
        let metadata = metadata.map_err(|error| Failure { errno: error.into(), syscall: "fstat" })?;
        let size = if self.block_device() { descriptor::device_size(self.fd())? } else { metadata.len() };
        Ok(Stat::new(&metadata, size))
    }

    /// ftruncate(2): sets the length to `length` bytes; what is added reads as zeros.
    ///
    /// # Errors
    /// EINVAL for block devices, read-only descriptors and lengths of 2^63 or more; EFBIG, EIO, EPERM.
    pub fn truncate(&self, length: u64) -> Result<(), Failure> {
        signed(length, "ftruncate")?;
        self.inner.set_len(length).map_err(|error| Failure { errno: error.into(), syscall: "ftruncate" })?;
        self.history.set_size(length);
        Ok(())
    }

    /// Cuts the padding of a last block off: ftruncate(2) to `length` where the file ends behind it and
    /// not behind `padded`. One that ends behind `padded` was continued by somebody else and stays.
    /// Cutting frees what fallocate(2) has reserved behind the end: up to `reserved` it is reserved again.
    ///
    /// # Errors
    /// Those of fstat(2), ftruncate(2) and fallocate(2).
    pub fn cut_back(&self, length: u64, padded: u64, reserved: u64) -> Result<(), Failure> {
        let size = self.stat()?.size;
        if size <= length || size > padded {
            return Ok(());
        }
        self.truncate(length)?;
        if reserved > length { self.preallocate(length, reserved - length, true) } else { Ok(()) }
    }

    /// fallocate(2): reserves space for `length` bytes from `offset` on. The file grows to hold them
    /// unless `keep_size`. Reserved space is unwritten: on ext4, writes into it beyond the size block.
    ///
    /// # Errors
    /// EINVAL for a length of 0 or values of 2^63 or more; EBADF, EFBIG, ENOSPC, EOPNOTSUPP.
    pub fn preallocate(&self, offset: u64, length: u64, keep_size: bool) -> Result<(), Failure> {
        let mode = if keep_size { libc::FALLOC_FL_KEEP_SIZE } else { 0 };
        let (from, bytes) = (signed(offset, "fallocate")?, signed(length, "fallocate")?);
        descriptor::allocate(self.fd(), mode, from, bytes)?;
        if !keep_size {
            self.history.grew_to(offset + length);
        }
        Ok(())
    }

    /// Has the page cache forget what it holds of the file and what is on the disk already, for all who use it: posix_fadvise(2).
    /// Direct I/O leaves a page there too, where a filesystem zeroes what a cut block holds behind its end.
    ///
    /// # Errors
    /// EINVAL, where there is no advising.
    pub fn drop_cached(&self) -> Result<(), Failure> {
        descriptor::drop_cached(self.fd())
    }

    /// close(2). The descriptor is gone, whatever the answer; an interruption is not an error.
    ///
    /// # Errors
    /// EIO, ENOSPC, EDQUOT: earlier writes that a network filesystem could not store.
    pub fn close(self) -> Result<(), Failure> {
        descriptor::close(OwnedFd::from(self.inner))
    }
}

impl AsFd for File {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd()
    }
}

fn backend(opened: &Opened, kind: FileKind, facts: FilesystemFacts) -> Backend {
    if kind == FileKind::BlockDevice {
        return Backend::of_device(device::name(opened.metadata.rdev()).as_deref());
    }
    let no_cow = facts.magic == filesystem::BTRFS
        && descriptor::inode_flags(opened.file.as_fd()).is_some_and(|flags| flags & NO_COW != 0);
    Backend::of_file(facts.magic, no_cow)
}

fn limits(opened: &Opened, path: &Path, kind: FileKind, backend: Backend) -> RequestLimits {
    if kind == FileKind::BlockDevice {
        return RequestLimits::of(opened.metadata.rdev());
    }
    let device = opened.metadata.dev();
    if libc::major(device) != 0 {
        return RequestLimits::of(device);
    }
    // Filesystems that span devices have none of their own: that of what is mounted is one of them.
    if backend == Backend::Memory {
        return RequestLimits::default();
    }
    let found = Mount::find(None, path).and_then(|mount| Device::find(device, Some(&mount.source)));
    found.as_ref().map_or_else(RequestLimits::default, RequestLimits::from)
}

fn signed(value: u64, syscall: &'static str) -> Result<i64, Failure> {
    i64::try_from(value).map_err(|_| Failure { errno: Errno(libc::EINVAL), syscall })
}
