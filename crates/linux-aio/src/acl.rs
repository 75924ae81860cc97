//! Access control lists of files: see acl(5). The kernel keeps one in an extended attribute.

use std::ffi::CStr;
use std::os::fd::AsRawFd;

use crate::error::Failure;
use crate::file::File;

const NAME: &CStr = c"system.posix_acl_access";
/// XATTR_SIZE_MAX of linux/limits.h.
const LONGEST: usize = 64 * 1024;

/// Gives `file` the access control list of what is at `model`: getxattr(2), fsetxattr(2). With it come the permission bits that
/// it stands for.
///
/// # Errors
/// ENODATA where `model` has none, ENOTSUP where one of the filesystems has none at all, EPERM.
pub fn copy_access_list(model: &CStr, file: &File) -> Result<(), Failure> {
    let mut list = vec![0u8; LONGEST];
    // SAFETY: both names end with a NUL, and `list` has as many bytes as are told.
    let length = unsafe { libc::getxattr(model.as_ptr(), NAME.as_ptr(), list.as_mut_ptr().cast(), list.len()) };
    let Ok(length) = usize::try_from(length) else { return Err(Failure::last("getxattr")) };
    // SAFETY: as above; `length` bytes of `list` were written.
    let done = unsafe { libc::fsetxattr(file.fd().as_raw_fd(), NAME.as_ptr(), list.as_ptr().cast(), length, 0) };
    if done == 0 { Ok(()) } else { Err(Failure::last("fsetxattr")) }
}
