//! Setting the times of a file: futimens(2).

use std::fs::FileTimes;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::{Errno, Failure};
use crate::file::File;

/// A moment: seconds since 1970, negative before it, and the nanoseconds that have passed since that second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Whole seconds, rounded down.
    pub seconds: i64,
    /// Less than a second.
    pub nanoseconds: u32,
}

impl Moment {
    fn system_time(self) -> Option<SystemTime> {
        let distance = Duration::from_secs(self.seconds.unsigned_abs());
        let second = match self.seconds {
            ..0 => UNIX_EPOCH.checked_sub(distance),
            _ => UNIX_EPOCH.checked_add(distance),
        };
        second?.checked_add(Duration::from_nanos(self.nanoseconds.into()))
    }
}

/// futimens(2): the times of the last access and of the last change of content. The filesystem rounds them to what it keeps.
///
/// # Errors
/// EPERM, EROFS; EINVAL for moments that the system has no number for.
pub fn set_times(file: &File, accessed: Moment, modified: Moment) -> Result<(), Failure> {
    let failure = |errno| Failure { errno, syscall: "futimens" };
    let (Some(accessed), Some(modified)) = (accessed.system_time(), modified.system_time()) else {
        return Err(failure(Errno(libc::EINVAL)));
    };
    let times = FileTimes::new().set_accessed(accessed).set_modified(modified);
    file.as_std().set_times(times).map_err(|error| failure(error.into()))
}
