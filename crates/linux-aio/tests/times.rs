//! Setting times, on a disk filesystem.

mod places;

use std::fs;
use std::os::unix::fs::MetadataExt;

use libc::O_RDWR;
use linux_aio::error::Errno;
use linux_aio::file::File;
use linux_aio::times::{Moment, set_times};
use places::{Directory, name};

#[test]
fn sets_both_to_the_nanosecond_before_1970_too() {
    let directory = Directory::on_disk();
    let path = directory.file("a", 10);
    let file = File::open(&name(&path), O_RDWR, 0).unwrap();
    let accessed = Moment { seconds: -1000, nanoseconds: 7 };
    let modified = Moment { seconds: 1_700_000_000, nanoseconds: 123_456_789 };
    set_times(&file, accessed, modified).unwrap();
    let metadata = fs::metadata(&path).unwrap();
    assert_eq!((metadata.atime(), metadata.atime_nsec()), (-1000, 7));
    assert_eq!((metadata.mtime(), metadata.mtime_nsec()), (1_700_000_000, 123_456_789));
}

#[test]
fn what_no_clock_has_is_refused() {
    let directory = Directory::on_disk();
    let file = File::open(&name(&directory.file("a", 10)), O_RDWR, 0).unwrap();
    let never = Moment { seconds: i64::MAX, nanoseconds: u32::MAX };
    let failure = set_times(&file, never, never).unwrap_err();
    assert_eq!((failure.errno, failure.syscall), (Errno(libc::EINVAL), "futimens"));
}
