//! The next chunk of a queue.

use crate::abi::Iocb;
use crate::operation::Share;

/// Operations that go down together, the first of those that wait.
#[derive(Debug)]
pub(super) struct Gathered {
    pub slots: Vec<u32>,
    /// Their iocbs: nothing between calls.
    pub pointers: Vec<*mut Iocb>,
    /// Of all of them, those included that the partner was given since.
    pub bytes: u64,
    /// By whom each of them may be submitted.
    pub share: Share,
}

impl Default for Gathered {
    fn default() -> Self {
        Self { slots: Vec::new(), pointers: Vec::new(), bytes: 0, share: Share::Never }
    }
}
