//! What a kernel says of the operations that a test gives it: the running one nothing, a simulated one all.

use std::time::Duration;

use linux_aio::error::Errno;
use linux_aio::sys::{Kernel, Linux};

/// An operation, as its kernel is told of it before it is queued.
#[derive(Debug, Clone, Copy)]
pub struct Announcement {
    pub slot: u32,
    /// Of its priority: 0 goes first.
    pub band: usize,
    /// What limits how many are in flight.
    pub device: u64,
    /// Whether `RWF_NOWAIT` is the user's own wish.
    pub asks_nowait: bool,
}

/// A kernel that can be asked whether what a queue says is true.
pub trait Witness: Kernel {
    /// Whether it is one that tells.
    fn tells(&self) -> bool {
        false
    }
    /// An operation is queued.
    fn announce(&self, _: Announcement) {}
    /// One that was queued has been taken back.
    fn withdrawn(&self, _slot: u32) {}
    /// One settles: whether the kernel has told this result itself. Panics where it cannot have it.
    fn settles(&self, _slot: u32, _result: i64) -> bool {
        false
    }
    /// Panics where the kernel has some of these bytes.
    fn released(&self, _address: usize, _length: usize) {}
    /// After a step: the queue says that so many are in flight.
    fn check(&self, _in_flight: usize) {}
    /// Something happens that nobody asked for.
    fn stir(&self) {}
    /// Somebody begins or ends to wait: whatever helpers have is done meanwhile.
    fn waiting(&self, _waits: bool) {}
    /// From now on, it does what it is asked for.
    fn calm(&self) {}
    /// Whether a wake-up is still to come.
    fn is_late(&self) -> bool {
        false
    }
    /// Completes something, or wakes somebody late; whether there was anything.
    fn progress(&self) -> bool {
        false
    }
    /// Operations that the kernel or a helper has, and those done that the queue has not told of.
    fn holds(&self) -> (usize, usize) {
        (0, 0)
    }
    /// Before a submit, and after one that may go on for a turn: panics where it went on for longer.
    fn watch(&self, _turn: Option<Duration>) {}
    /// One that the kernel has: io_cancel(2) of it must name the iocb that was submitted, and answers EAGAIN.
    fn cancel_candidate(&self) -> Option<u32> {
        None
    }
}

impl Witness for Linux {}

/// As a completion has it.
pub const fn result(errno: i32) -> i64 {
    Errno(errno).as_result()
}
