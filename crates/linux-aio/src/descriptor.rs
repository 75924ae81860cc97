//! The calls on a descriptor that the standard library does not have. File facts and housekeeping
//! only: operations on data go through `sys`.
//!
//! # Safety
//! Every call takes a borrowed descriptor, so it is open for the length of the call, and every
//! address passed is that of a local value of the type that the call writes.

use std::ffi::{c_char, c_int};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, IntoRawFd, OwnedFd};

use crate::error::{Errno, Failure};

/// `_IOR(type, number, size)` of include/uapi/asm-generic/ioctl.h, which x86-64 and arm64 share.
const fn ioctl_read(group: u8, number: u8, size: usize) -> libc::Ioctl {
    ((2 << 30) | ((size as libc::Ioctl) << 16)) | ((group as libc::Ioctl) << 8) | number as libc::Ioctl
}

const BLKSSZGET: libc::Ioctl = 0x1268;
const BLKGETSIZE64: libc::Ioctl = ioctl_read(0x12, 114, size_of::<usize>());
const FS_IOC_GETFLAGS: libc::Ioctl = ioctl_read(b'f', 1, size_of::<libc::c_long>());
const XFS_IOC_DIOINFO: libc::Ioctl = ioctl_read(b'X', 30, size_of::<XfsDirectFacts>());

/// `struct dioattr` of ioctl_xfs_fsdioinfo(2), in bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct XfsDirectFacts {
    pub memory: u32,
    pub smallest: u32,
    pub largest: u32,
}

const _: () = assert!(size_of::<XfsDirectFacts>() == 12);

/// What fstatfs(2) says of the filesystem that a descriptor is on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FilesystemFacts {
    /// The `f_type`, as in statfs(2).
    pub magic: u32,
    /// `f_bsize`: bytes. A transfer size on network filesystems.
    pub block_size: u64,
}

/// fstatfs(2).
pub(crate) fn filesystem(fd: BorrowedFd<'_>) -> Result<FilesystemFacts, Failure> {
    let mut facts = MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: the address is that of a local `statfs`.
    if unsafe { libc::fstatfs(fd.as_raw_fd(), facts.as_mut_ptr()) } != 0 {
        return Err(Failure::last("fstatfs"));
    }
    // SAFETY: a successful fstatfs has filled the whole structure.
    let facts = unsafe { facts.assume_init() };
    // The type of both fields differs between C libraries; magic numbers are 32 bits everywhere.
    Ok(FilesystemFacts { magic: facts.f_type as u32, block_size: facts.f_bsize as u64 })
}

/// The block device's length in bytes: `BLKGETSIZE64`.
pub(crate) fn device_size(fd: BorrowedFd<'_>) -> Result<u64, Failure> {
    let mut size = 0u64;
    // SAFETY: BLKGETSIZE64 writes one u64, here a local one.
    match unsafe { libc::ioctl(fd.as_raw_fd(), BLKGETSIZE64, &raw mut size) } {
        0 => Ok(size),
        _ => Err(Failure::last("ioctl")),
    }
}

/// The block device's logical sector in bytes: `BLKSSZGET`.
pub(crate) fn sector_size(fd: BorrowedFd<'_>) -> Option<u32> {
    let mut size: c_int = 0;
    // SAFETY: BLKSSZGET writes one int, here a local one.
    let answer = unsafe { libc::ioctl(fd.as_raw_fd(), BLKSSZGET, &raw mut size) };
    if answer == 0 { u32::try_from(size).ok() } else { None }
}

/// `XFS_IOC_DIOINFO`; only meaningful on xfs.
pub(crate) fn xfs_direct_facts(fd: BorrowedFd<'_>) -> Option<XfsDirectFacts> {
    let mut facts = XfsDirectFacts::default();
    // SAFETY: the request's size is that of the local structure it writes.
    let answer = unsafe { libc::ioctl(fd.as_raw_fd(), XFS_IOC_DIOINFO, &raw mut facts) };
    (answer == 0).then_some(facts)
}

/// The inode's `FS_*_FL` flags: ioctl_iflags(2).
pub(crate) fn inode_flags(fd: BorrowedFd<'_>) -> Option<c_int> {
    // The request is declared with a long but transfers an int: room for both, the int comes first.
    let mut flags: [c_int; 2] = [0; 2];
    // SAFETY: at most size_of::<c_long>() bytes are written, and the array has as many.
    let answer = unsafe { libc::ioctl(fd.as_raw_fd(), FS_IOC_GETFLAGS, flags.as_mut_ptr()) };
    (answer == 0).then_some(flags[0])
}

const _: () = assert!(size_of::<libc::c_long>() <= size_of::<[c_int; 2]>());

/// The status flags of fcntl(2) `F_GETFL`; 0 where they cannot be had.
pub(crate) fn status_flags(fd: BorrowedFd<'_>) -> c_int {
    // SAFETY: F_GETFL takes no argument.
    unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFL) }.max(0)
}

/// Takes O_NONBLOCK off again: it is of use while opening only.
pub(crate) fn clear_nonblock(fd: BorrowedFd<'_>) {
    let flags = status_flags(fd);
    if flags & libc::O_NONBLOCK != 0 {
        // SAFETY: F_SETFL takes a number. A refusal leaves a flag that regular files ignore.
        unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, flags & !libc::O_NONBLOCK) };
    }
}

/// lseek(2). Moves the descriptor's own position.
pub(crate) fn seek(fd: BorrowedFd<'_>, offset: i64, whence: c_int) -> Result<i64, Errno> {
    // SAFETY: lseek takes numbers only.
    match unsafe { libc::lseek(fd.as_raw_fd(), offset, whence) } {
        ..0 => Err(Errno::last()),
        position => Ok(position),
    }
}

/// Where data begins at or after `from`, and where the hole after it begins: lseek(2) `SEEK_DATA`.
/// `None` where there is no data, or nobody tells.
pub(crate) fn data_range(fd: BorrowedFd<'_>, from: i64) -> Option<(u64, u64)> {
    let start = seek(fd, from, libc::SEEK_DATA).ok()?;
    let end = seek(fd, start, libc::SEEK_HOLE).ok()?;
    Some((start.cast_unsigned(), end.cast_unsigned()))
}

/// fallocate(2).
pub(crate) fn allocate(fd: BorrowedFd<'_>, mode: c_int, offset: i64, length: i64) -> Result<(), Failure> {
    loop {
        // SAFETY: numbers only.
        if unsafe { libc::fallocate(fd.as_raw_fd(), mode, offset, length) } == 0 {
            return Ok(());
        }
        let failure = Failure::last("fallocate");
        if failure.errno != Errno(libc::EINTR) {
            return Err(failure);
        }
    }
}

/// posix_fadvise(2) `POSIX_FADV_DONTNEED` for the whole file. Returns the error rather than setting errno.
pub(crate) fn drop_cached(fd: BorrowedFd<'_>) -> Result<(), Failure> {
    // SAFETY: numbers only.
    match unsafe { libc::posix_fadvise(fd.as_raw_fd(), 0, 0, libc::POSIX_FADV_DONTNEED) } {
        0 => Ok(()),
        errno => Err(Failure { errno: Errno(errno), syscall: "fadvise" }),
    }
}

/// close(2), with the errno that `OwnedFd` would drop. Linux has released the descriptor in any
/// case; EINTR therefore counts as closed.
pub(crate) fn close(fd: OwnedFd) -> Result<(), Failure> {
    // SAFETY: into_raw_fd hands the only ownership over to this call.
    if unsafe { libc::close(fd.into_raw_fd()) } == 0 {
        return Ok(());
    }
    match Failure::last("close") {
        Failure { errno: Errno(libc::EINTR), .. } => Ok(()),
        failure => Err(failure),
    }
}

/// preadv2(2) with `RWF_NOWAIT`: whether this file knows the flag is told by EOPNOTSUPP, before
/// anything else is looked at.
pub(crate) fn read_nowait(fd: BorrowedFd<'_>, memory: &mut [u8], offset: i64) -> io::Result<usize> {
    let vector = libc::iovec { iov_base: memory.as_mut_ptr().cast(), iov_len: memory.len() };
    // SAFETY: the one vector describes `memory`, which is borrowed mutably for the whole call.
    let count = unsafe { libc::preadv2(fd.as_raw_fd(), &raw const vector, 1, offset, libc::RWF_NOWAIT) };
    usize::try_from(count).map_err(|_| io::Error::last_os_error())
}

/// The kernel's release, e.g. "6.12.0-1-amd64": uname(2), which needs no /proc.
pub(crate) fn kernel_release() -> String {
    let mut names = MaybeUninit::<libc::utsname>::zeroed();
    // SAFETY: the address is that of a local `utsname`; zeroed, it is valid even if the call fails.
    let names = unsafe {
        libc::uname(names.as_mut_ptr());
        names.assume_init()
    };
    let bytes: Vec<u8> = names.release.iter().take_while(|&&byte| byte != 0).map(byte).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `c_char` is signed on x86-64 and unsigned on arm64.
const fn byte(character: &c_char) -> u8 {
    character.to_ne_bytes()[0]
}
