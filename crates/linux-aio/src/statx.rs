//! statx(2) with the fields that are younger than most C libraries: direct-I/O alignment, atomic
//! write limits, mount id.

use std::os::fd::{AsRawFd, BorrowedFd};

use crate::error::Failure;

const STATX_MNT_ID: u32 = 0x1000;
const STATX_DIOALIGN: u32 = 0x2000;
const STATX_WRITE_ATOMIC: u32 = 0x1_0000;
const STATX_DIO_READ_ALIGN: u32 = 0x2_0000;

/// `struct statx` of include/uapi/linux/stat.h; what the standard library reads already is skipped.
#[repr(C)]
#[derive(Clone, Copy)]
struct RawStatx {
    mask: u32,
    general: [u32; 35],
    mount_id: u64,
    dio_mem_align: u32,
    dio_offset_align: u32,
    subvolume: u64,
    atomic_write_unit_min: u32,
    atomic_write_unit_max: u32,
    atomic_write_segments_max: u32,
    dio_read_offset_align: u32,
    atomic_write_unit_max_opt: u32,
    spare: [u32; 17],
}

const _: () = assert!(size_of::<RawStatx>() == 256 && align_of::<RawStatx>() == 8);
const _: () = assert!(std::mem::offset_of!(RawStatx, mount_id) == 0x90);
const _: () = assert!(std::mem::offset_of!(RawStatx, dio_mem_align) == 0x98);
const _: () = assert!(std::mem::offset_of!(RawStatx, atomic_write_unit_min) == 0xa8);
const _: () = assert!(std::mem::offset_of!(RawStatx, dio_read_offset_align) == 0xb4);

/// How far a write with `RWF_ATOMIC` can go on a file (kernel 6.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtomicWrite {
    /// The shortest atomic write in bytes, a power of two.
    pub unit_min: u32,
    /// The longest atomic write in bytes, a power of two.
    pub unit_max: u32,
    /// The longest that the device does by itself; longer ones cost the filesystem a remapping
    /// (kernel 6.16). `None` where the kernel makes no difference.
    pub unit_max_fast: Option<u32>,
    /// How many pieces of memory one atomic write may gather.
    pub segments_max: u32,
}

/// The direct-I/O fields of statx, in bytes. All 0 where the file cannot do direct I/O.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DirectFacts {
    pub memory: u32,
    pub offset: u32,
    pub read: Option<u32>,
}

/// What statx(2) says beyond stat(2). `None` in a field: the kernel or filesystem does not tell.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Statx {
    pub mount_id: Option<u64>,
    pub direct: Option<DirectFacts>,
    pub atomic_write: Option<AtomicWrite>,
}

impl Statx {
    /// Asks about an open descriptor, `O_PATH` ones included.
    ///
    /// # Errors
    /// ENOSYS before kernel 4.11, EPERM under old seccomp filters.
    pub fn of(fd: BorrowedFd<'_>) -> Result<Self, Failure> {
        let mask = STATX_MNT_ID | STATX_DIOALIGN | STATX_WRITE_ATOMIC | STATX_DIO_READ_ALIGN;
        // SAFETY: all-zero bytes are a RawStatx.
        let mut raw: RawStatx = unsafe { std::mem::zeroed() };
        // By number: glibc has the function since 2.28 only, and would emulate it where it is missing.
        // SAFETY: the descriptor is borrowed, the path is a literal, `raw` is as large as the kernel's.
        let answer = unsafe {
            libc::syscall(libc::SYS_statx, fd.as_raw_fd(), c"".as_ptr(), libc::AT_EMPTY_PATH, mask, &raw mut raw)
        };
        if answer == 0 { Ok(Self::from_raw(&raw)) } else { Err(Failure::last("statx")) }
    }

    fn from_raw(raw: &RawStatx) -> Self {
        let said = |bit: u32| raw.mask & bit != 0;
        let nonzero = |value: u32| (value != 0).then_some(value);
        Self {
            mount_id: said(STATX_MNT_ID).then_some(raw.mount_id),
            direct: said(STATX_DIOALIGN).then(|| DirectFacts {
                memory: raw.dio_mem_align,
                offset: raw.dio_offset_align,
                read: nonzero(raw.dio_read_offset_align).filter(|_| said(STATX_DIO_READ_ALIGN)),
            }),
            atomic_write: (said(STATX_WRITE_ATOMIC) && raw.atomic_write_unit_max != 0).then(|| AtomicWrite {
                unit_min: raw.atomic_write_unit_min,
                unit_max: raw.atomic_write_unit_max,
                unit_max_fast: nonzero(raw.atomic_write_unit_max_opt),
                segments_max: raw.atomic_write_segments_max,
            }),
        }
    }
}
