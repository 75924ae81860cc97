//! Files for simulated kernels, which ask a descriptor for nothing but its number.

use std::fs::OpenOptions;

use super::{Backend, File, History, RequestLimits};
use crate::alignment::{Alignment, AlignmentSource};
use crate::kind::FileKind;

/// What is to be believed of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    pub backend: Backend,
    /// Its device's number, and the operations that the device takes at once.
    pub device: u64,
    pub requests: Option<u32>,
    /// Bytes that it is thought to have.
    pub size: u64,
}

impl File {
    /// A file that nothing is known of yet.
    pub(crate) fn simulated(facts: Facts) -> Self {
        let block_device = matches!(facts.backend, Backend::BlockDevice | Backend::MemoryDevice);
        Self {
            inner: OpenOptions::new().read(true).open("/dev/null").unwrap(),
            alignment: Alignment { memory: 512, offset: 512, read: 512, source: AlignmentSource::Statx },
            direct: true,
            device: facts.device,
            inode: 1,
            own_device: facts.device,
            size: facts.size,
            kind: if block_device { FileKind::BlockDevice } else { FileKind::Regular },
            readable: true,
            writable: true,
            append: false,
            durable: false,
            filesystem: 0,
            backend: facts.backend,
            block_size: 4096,
            limits: RequestLimits { requests: facts.requests, bytes: Some(8192), segments: Some(16) },
            history: History::new(facts.size),
        }
    }
}
