//! What a failed system call leaves behind: its number and its name.

use std::fmt;

/// A positive `errno` value, as in errno(3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Errno(pub i32);

impl Errno {
    /// The calling thread's `errno`.
    #[must_use]
    pub fn last() -> Self {
        std::io::Error::last_os_error().into()
    }

    /// The value as the kernel hands it over in `io_event.res`: negative.
    #[must_use]
    pub const fn as_result(self) -> i64 {
        -(self.0 as i64)
    }
}

impl From<std::io::Error> for Errno {
    fn from(error: std::io::Error) -> Self {
        Self(error.raw_os_error().unwrap_or(libc::EIO))
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = std::io::Error::from_raw_os_error(self.0).to_string();
        formatter.write_str(text.split(" (os error").next().unwrap_or(&text))
    }
}

impl std::error::Error for Errno {}

/// An [`Errno`] and the system call that answered it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong.
    pub errno: Errno,
    /// The call's name as in section 2 of the manual, e.g. `"io_setup"`.
    pub syscall: &'static str,
}

impl Failure {
    /// The calling thread's `errno`, blamed on `syscall`.
    #[must_use]
    pub fn last(syscall: &'static str) -> Self {
        Self { errno: Errno::last(), syscall }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} failed", self.syscall)
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.errno)
    }
}
