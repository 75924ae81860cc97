//! Layouts and numbers shared with the kernel, against libc's and against the running kernel.
//! On a disk filesystem.

mod places;
mod support;

use std::os::fd::AsRawFd;

use linux_aio::abi::{self, IoEvent, Iocb, Opcode};
use linux_aio::sys::{Kernel, Linux};
use support::Disk;

#[test]
#[cfg(target_env = "gnu")]
fn the_iocb_is_the_one_of_libc() {
    use std::mem::offset_of;
    assert_eq!(size_of::<Iocb>(), size_of::<libc::iocb>());
    assert_eq!(align_of::<Iocb>(), align_of::<libc::iocb>());
    let ours = [
        offset_of!(Iocb, data),
        offset_of!(Iocb, key),
        offset_of!(Iocb, rw_flags),
        offset_of!(Iocb, opcode),
        offset_of!(Iocb, priority),
        offset_of!(Iocb, fd),
        offset_of!(Iocb, buffer),
        offset_of!(Iocb, length),
        offset_of!(Iocb, offset),
        offset_of!(Iocb, flags),
        offset_of!(Iocb, notifier),
    ];
    let theirs = [
        offset_of!(libc::iocb, aio_data),
        offset_of!(libc::iocb, aio_key),
        offset_of!(libc::iocb, aio_rw_flags),
        offset_of!(libc::iocb, aio_lio_opcode),
        offset_of!(libc::iocb, aio_reqprio),
        offset_of!(libc::iocb, aio_fildes),
        offset_of!(libc::iocb, aio_buf),
        offset_of!(libc::iocb, aio_nbytes),
        offset_of!(libc::iocb, aio_offset),
        offset_of!(libc::iocb, aio_flags),
        offset_of!(libc::iocb, aio_resfd),
    ];
    assert_eq!(ours, theirs);
}

#[test]
fn flags_and_opcodes_are_the_numbers_of_libc() {
    assert_eq!(abi::RWF_DSYNC, libc::RWF_DSYNC.cast_unsigned());
    assert_eq!(abi::RWF_SYNC, libc::RWF_SYNC.cast_unsigned());
    assert_eq!(abi::RWF_NOWAIT, libc::RWF_NOWAIT.cast_unsigned());
    assert_eq!(abi::RWF_APPEND, libc::RWF_APPEND.cast_unsigned());
    let flags = [abi::RWF_NOAPPEND, abi::RWF_ATOMIC, abi::RWF_DONTCACHE];
    assert_eq!(flags, [0x20, 0x40, 0x80]);
    assert_eq!([abi::IOCB_FLAG_RESFD, abi::IOCB_FLAG_IOPRIO], [1, 2]);
}

#[test]
fn opcodes_are_those_that_the_kernel_has() {
    let known: Vec<u16> = (0..=u16::MAX).filter(|&raw| Opcode::from_raw(raw).is_some()).collect();
    assert_eq!(known, [0, 1, 2, 3, 5, 7, 8]);
    assert!(known.iter().all(|&raw| Opcode::from_raw(raw).is_some_and(|opcode| opcode as u16 == raw)));
}

#[test]
fn the_kernel_reads_and_writes_these_layouts() {
    let disk = Disk::new(1);
    let context = Linux.io_setup(1).unwrap();
    let mut iocb = Iocb {
        data: 0x0123_4567_89ab_cdef,
        key: 7,
        opcode: Opcode::Fdsync as u16,
        fd: disk.file.fd().as_raw_fd().cast_unsigned(),
        ..Iocb::default()
    };
    let address = &raw mut iocb;
    // SAFETY: a live, writable iocb of a sync, which has no memory.
    assert_eq!(unsafe { Linux.io_submit(context, &mut [address]) }, Ok(1));
    let mut events = [IoEvent { data: 1, iocb: 2, result: 3, result2: 4 }; 2];
    assert_eq!(Linux.io_getevents(context, 1, &mut events, None), Ok(1));
    assert_eq!(events[0], IoEvent { data: 0x0123_4567_89ab_cdef, iocb: address as u64, result: 0, result2: 0 });
    assert_eq!(events[1].data, 1, "one event was written");
    assert_eq!(iocb.key, 0, "io_submit writes the key");
    assert_eq!(Linux.io_destroy(context), Ok(()));
}

#[test]
fn reserved_fields_and_opcodes_unknown_are_refused_at_submit() {
    let disk = Disk::new(1);
    let context = Linux.io_setup(1).unwrap();
    let fd = disk.file.fd().as_raw_fd().cast_unsigned();
    let good = Iocb { opcode: Opcode::Fdsync as u16, fd, ..Iocb::default() };
    let refused = [
        (Iocb { opcode: 4, ..good }, libc::EINVAL),
        (Iocb { opcode: 6, ..good }, libc::EINVAL),
        (Iocb { opcode: 9, ..good }, libc::EINVAL),
        (Iocb { reserved: 1, ..good }, libc::EINVAL),
        (Iocb { offset: 4096, ..good }, libc::EINVAL),
        (Iocb { rw_flags: abi::RWF_NOWAIT, ..good }, libc::EINVAL),
        (Iocb { fd: u32::MAX, ..good }, libc::EBADF),
    ];
    for (mut iocb, errno) in refused {
        // SAFETY: a live, writable iocb of an operation without memory.
        let answer = unsafe { Linux.io_submit(context, &mut [&raw mut iocb]) };
        assert_eq!(answer.map_err(|errno| errno.0), Err(errno), "{iocb:?}");
    }
    assert_eq!(Linux.io_destroy(context), Ok(()));
}
