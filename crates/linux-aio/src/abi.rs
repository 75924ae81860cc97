//! The layouts and numbers of `linux/aio_abi.h` and `linux/fs.h` that Linux AIO is spoken in.
//!
//! libc has `iocb` for the gnu targets only and no `io_event`, so both are here, with their
//! sizes and offsets asserted at compile time.

use std::mem::{offset_of, size_of};

/// `aio_context_t`: the address of the completion ring that the kernel maps into this process.
pub type ContextId = libc::c_ulong;

/// One I/O as io_submit(2) takes it: `struct iocb`.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct Iocb {
    /// `aio_data`: handed back untouched in [`IoEvent::data`].
    pub data: u64,
    /// `aio_key`: written by the kernel during io_submit, so the memory must be writable.
    #[cfg(target_endian = "little")]
    pub key: u32,
    /// `aio_rw_flags`: the `RWF_*` bits.
    pub rw_flags: u32,
    /// `aio_key` on big-endian machines.
    #[cfg(target_endian = "big")]
    pub key: u32,
    /// `aio_lio_opcode`: see [`Opcode`].
    pub opcode: u16,
    /// `aio_reqprio`: an ioprio_set(2) value where [`IOCB_FLAG_IOPRIO`] is set.
    pub priority: i16,
    /// `aio_fildes`.
    pub fd: u32,
    /// `aio_buf`: the address of the memory, of the `iovec` array, or the poll(2) events.
    pub buffer: u64,
    /// `aio_nbytes`: bytes, or the number of `iovec`s.
    pub length: u64,
    /// `aio_offset`: the position in the file, in bytes.
    pub offset: i64,
    /// Reserved, must be 0.
    pub reserved: u64,
    /// `aio_flags`: `IOCB_FLAG_*`.
    pub flags: u32,
    /// `aio_resfd`: the eventfd that is told, where [`IOCB_FLAG_RESFD`] is set.
    pub notifier: u32,
}

/// One completion as the kernel writes it: `struct io_event`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(C)]
pub struct IoEvent {
    /// The `data` of the iocb.
    pub data: u64,
    /// The address of the iocb.
    pub iocb: u64,
    /// Bytes, or a negative errno.
    pub result: i64,
    /// Unused by disk I/O.
    pub result2: i64,
}

/// The head of the page that an `aio_context_t` points to: `struct aio_ring` of fs/aio.c.
#[derive(Debug)]
#[repr(C)]
pub struct RingHeader {
    /// The kernel's index of the context.
    pub id: u32,
    /// The number of events that the ring holds.
    pub count: u32,
    /// Where the reader is.
    pub head: u32,
    /// Where the kernel is.
    pub tail: u32,
    /// [`RING_MAGIC`], or this is not a ring.
    pub magic: u32,
    /// Features that an old reader may ignore.
    pub compat_features: u32,
    /// Features that an old reader must not ignore.
    pub incompat_features: u32,
    /// Bytes from the start of this header to the first event.
    pub header_length: u32,
}

/// What [`RingHeader::magic`] holds in a ring that user space may read.
pub const RING_MAGIC: u32 = 0xa10a_10a1;

/// `aio_lio_opcode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum Opcode {
    /// `IOCB_CMD_PREAD`: see pread(2).
    Pread = 0,
    /// `IOCB_CMD_PWRITE`: see pwrite(2).
    Pwrite = 1,
    /// `IOCB_CMD_FSYNC` (Linux 4.18): see fsync(2).
    Fsync = 2,
    /// `IOCB_CMD_FDSYNC` (Linux 4.18): see fdatasync(2).
    Fdsync = 3,
    /// `IOCB_CMD_POLL` (Linux 4.18): one shot of poll(2).
    Poll = 5,
    /// `IOCB_CMD_PREADV`: see preadv(2).
    Preadv = 7,
    /// `IOCB_CMD_PWRITEV`: see pwritev(2).
    Pwritev = 8,
}

impl Opcode {
    /// The opcode of a number, or nothing where the kernel has none.
    #[must_use]
    pub const fn from_raw(raw: u16) -> Option<Self> {
        Some(match raw {
            0 => Self::Pread,
            1 => Self::Pwrite,
            2 => Self::Fsync,
            3 => Self::Fdsync,
            5 => Self::Poll,
            7 => Self::Preadv,
            8 => Self::Pwritev,
            _ => return None,
        })
    }
}

/// `aio_flags`: tell the eventfd in [`Iocb::notifier`] of the completion.
pub const IOCB_FLAG_RESFD: u32 = 1;
/// `aio_flags`: [`Iocb::priority`] holds an I/O priority (Linux 4.18).
pub const IOCB_FLAG_IOPRIO: u32 = 2;

/// Each write is durable, as with `O_DSYNC` (Linux 4.13 for AIO).
pub const RWF_DSYNC: u32 = 0x2;
/// Each write is durable with its metadata, as with `O_SYNC` (Linux 4.13 for AIO).
pub const RWF_SYNC: u32 = 0x4;
/// Answer -EAGAIN rather than block (Linux 4.13 for AIO).
pub const RWF_NOWAIT: u32 = 0x8;
/// Write at the end of the file, whatever the offset says (Linux 4.16).
pub const RWF_APPEND: u32 = 0x10;
/// Do not append although the descriptor has `O_APPEND` (Linux 6.9).
pub const RWF_NOAPPEND: u32 = 0x20;
/// All of the write or nothing, also across a power cut (Linux 6.11).
pub const RWF_ATOMIC: u32 = 0x40;
/// Drop what the operation leaves in the page cache (Linux 6.14, not on block devices).
pub const RWF_DONTCACHE: u32 = 0x80;

/// `IOV_MAX`: an operation with more segments is refused at submit with EINVAL.
pub const MAX_SEGMENTS: usize = 1024;
/// `MAX_RW_COUNT`: the kernel moves no more bytes than this in one operation.
pub const MAX_BYTES: u64 = 0x7fff_f000;

const _: () = {
    assert!(size_of::<Iocb>() == 64);
    assert!(offset_of!(Iocb, data) == 0);
    assert!(offset_of!(Iocb, key) == if cfg!(target_endian = "little") { 8 } else { 12 });
    assert!(offset_of!(Iocb, rw_flags) == if cfg!(target_endian = "little") { 12 } else { 8 });
    assert!(offset_of!(Iocb, opcode) == 16);
    assert!(offset_of!(Iocb, priority) == 18);
    assert!(offset_of!(Iocb, fd) == 20);
    assert!(offset_of!(Iocb, buffer) == 24);
    assert!(offset_of!(Iocb, length) == 32);
    assert!(offset_of!(Iocb, offset) == 40);
    assert!(offset_of!(Iocb, reserved) == 48);
    assert!(offset_of!(Iocb, flags) == 56);
    assert!(offset_of!(Iocb, notifier) == 60);

    assert!(size_of::<IoEvent>() == 32);
    assert!(offset_of!(IoEvent, data) == 0);
    assert!(offset_of!(IoEvent, iocb) == 8);
    assert!(offset_of!(IoEvent, result) == 16);
    assert!(offset_of!(IoEvent, result2) == 24);

    assert!(size_of::<RingHeader>() == 32);
    assert!(offset_of!(RingHeader, count) == 4);
    assert!(offset_of!(RingHeader, head) == 8);
    assert!(offset_of!(RingHeader, tail) == 12);
    assert!(offset_of!(RingHeader, magic) == 16);
    assert!(offset_of!(RingHeader, incompat_features) == 24);
    assert!(offset_of!(RingHeader, header_length) == 28);

    // The ring is read as memory of 64-bit processes; a 32-bit one would need compat layouts.
    assert!(size_of::<usize>() == 8, "linux-aio needs a 64-bit target");
};
