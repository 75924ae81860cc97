//! Access control lists, on a disk filesystem.

mod places;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use libc::O_RDWR;
use linux_aio::acl::copy_access_list;
use linux_aio::error::Errno;
use linux_aio::file::File;
use places::{Directory, name};

/// A list as the kernel has it: the owner, one more user and the others may read and write, the group nothing.
fn list() -> Vec<u8> {
    const NOBODY: u32 = u32::MAX;
    let entries: [(u16, u16, u32); 5] =
        [(0x01, 6, NOBODY), (0x02, 6, 1234), (0x04, 0, NOBODY), (0x10, 6, NOBODY), (0x20, 6, NOBODY)];
    let mut bytes = 2u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        bytes.extend([tag.to_le_bytes(), permissions.to_le_bytes()].concat());
        bytes.extend(id.to_le_bytes());
    }
    bytes
}

#[test]
fn a_list_is_given_on_with_the_bits_that_it_stands_for() {
    let directory = Directory::on_disk();
    let (model, copy) = (directory.file("model", 1), directory.file("copy", 1));
    let file = File::open(&name(&copy), O_RDWR, 0).unwrap();
    let failure = copy_access_list(&name(&model), &file).unwrap_err();
    assert_eq!((failure.errno, failure.syscall), (Errno(libc::ENODATA), "getxattr"));

    let (path, list) = (name(&model), list());
    // SAFETY: names that end with a NUL, and as many bytes as are told.
    let set = unsafe {
        libc::setxattr(path.as_ptr(), c"system.posix_acl_access".as_ptr(), list.as_ptr().cast(), list.len(), 0)
    };
    assert_eq!(set, 0);
    copy_access_list(&path, &file).unwrap();
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o666);
    let mut read = [0u8; 100];
    let path = name(&copy);
    // SAFETY: as above.
    let length = unsafe {
        libc::getxattr(path.as_ptr(), c"system.posix_acl_access".as_ptr(), read.as_mut_ptr().cast(), read.len())
    };
    assert_eq!(read[..usize::try_from(length).unwrap()], list);
}
