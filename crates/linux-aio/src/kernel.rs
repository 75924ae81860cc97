//! What this kernel can do: its release, its limits on asynchronous I/O, what it makes of RWF_NOWAIT.

use std::fs;

use crate::context::{Context, Reaping};
use crate::descriptor;
use crate::error::Failure;
use crate::sys::Linux;

/// The kernel's release, e.g. "6.12.0-1-amd64".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KernelRelease {
    /// As uname(2) has it.
    pub text: String,
    /// The first number; 0 where there is none.
    pub major: u32,
    /// The second number; 0 where there is none.
    pub minor: u32,
}

impl KernelRelease {
    /// That of the running kernel. A sandbox (gVisor) answers with the one it imitates.
    #[must_use]
    pub fn running() -> Self {
        Self::parse(&descriptor::kernel_release())
    }

    /// Reads a release; what is no number counts as 0.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut numbers = text.split(|character: char| !character.is_ascii_digit());
        let mut next = || numbers.next().and_then(|digits| digits.parse().ok()).unwrap_or(0);
        Self { text: text.to_owned(), major: next(), minor: next() }
    }

    /// Where `RWF_NOWAIT` helps on this kernel.
    #[must_use]
    pub const fn nowait(&self) -> NowaitPolicy {
        match (self.major, self.minor) {
            (0..=3, _) | (4, 0..=12) => NowaitPolicy::Never,
            (4..=6, _) => NowaitPolicy::Reads,
            _ => NowaitPolicy::Always,
        }
    }
}

/// On which operations `RWF_NOWAIT` is worth setting. A refusal (-EAGAIN as a result) has to be
/// repeated without it, where blocking does no harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NowaitPolicy {
    /// On none: before kernel 4.13, or the file does not know the flag.
    Never,
    /// On reads. Writes would be refused for a timestamp about once a clock tick (xfs, up to 6.x).
    Reads,
    /// On reads and writes: from kernel 7.0 on. Never on syncs: EINVAL.
    Always,
}

impl NowaitPolicy {
    /// A stable name: "never", "reads", "always".
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Reads => "reads",
            Self::Always => "always",
        }
    }
}

/// The machine's limits on asynchronous I/O, and whether this process gets any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AioLimits {
    /// `fs.aio-nr`: events that all contexts of the machine asked for. `None` without /proc.
    pub in_use: Option<u64>,
    /// `fs.aio-max-nr`: what they may ask for together.
    pub limit: Option<u64>,
    /// Making a context, tried. EAGAIN: the limit is spent; ENOSYS, EPERM, EACCES: this sandbox has none.
    pub setup: Result<(), Failure>,
}

impl AioLimits {
    /// Reads the limits and makes a context of one event, then destroys it: takes up to 50 ms.
    #[must_use]
    pub fn read() -> Self {
        // Read first: the context counts.
        let (in_use, limit) = (number("/proc/sys/fs/aio-nr"), number("/proc/sys/fs/aio-max-nr"));
        let setup = Context::new(Linux, 1, Reaping::Ring).map(drop);
        Self { in_use, limit, setup }
    }
}

fn number(path: &str) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}
