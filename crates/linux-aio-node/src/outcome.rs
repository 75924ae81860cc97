//! Failures as data: TypeScript builds the errors, in the caller's stack.

use linux_aio::error::{Errno, Failure};
use napi_derive::napi;

/// What a system call answered instead of success.
#[napi(object, object_from_js = false)]
pub struct NativeFailure {
    /// Negative, as in Node's errors.
    pub errno: i32,
    /// The call's name.
    pub syscall: String,
    /// Why a file cannot be used, where it is not the kernel that refused.
    pub reason: Option<String>,
    /// What it is about, in words.
    pub detail: Option<String>,
}

impl NativeFailure {
    pub fn new(errno: Errno, syscall: &str) -> Self {
        Self { errno: -errno.0, syscall: syscall.to_owned(), reason: None, detail: None }
    }
}

impl From<Failure> for NativeFailure {
    fn from(failure: Failure) -> Self {
        Self::new(failure.errno, failure.syscall)
    }
}
