//! Which parts of a file hold data: lseek(2) `SEEK_DATA` and `SEEK_HOLE`.

use std::ops::Range;

use crate::descriptor;
use crate::error::{Errno, Failure};
use crate::file::File;

/// The parts of a file that hold data, in order, from a position on; what lies between and behind them reads as zeros.
///
/// Bounds are the filesystem's, as a rule those of its blocks; the last ends with the file. Space that was reserved and
/// never written counts as a hole. Where the filesystem or the device does not tell, all is data. A file that is
/// written meanwhile may show either state. The descriptor's own position moves, which no operation uses.
#[derive(Debug)]
pub struct DataRanges<'file> {
    file: &'file File,
    /// Where to look on; `None` when there is no more.
    from: Option<i64>,
}

impl<'file> DataRanges<'file> {
    /// Those of `file` at or behind the byte `from`.
    #[must_use]
    pub fn new(file: &'file File, from: u64) -> Self {
        Self { file, from: i64::try_from(from).ok() }
    }

    fn look(&self, from: i64) -> Result<Option<Range<u64>>, Failure> {
        let seek = |from, whence| descriptor::seek(self.file.fd(), from, whence);
        let start = seek(from, libc::SEEK_DATA);
        match start.and_then(|start| seek(start, libc::SEEK_HOLE).map(|end| (start, end))) {
            Ok((start, end)) => Ok(Some(start.cast_unsigned()..end.cast_unsigned())),
            // A hole up to the end, or the end itself; also one that has come nearer between the two calls.
            Err(Errno(libc::ENXIO)) => Ok(None),
            // Block devices, and filesystems that know neither.
            Err(Errno(libc::EINVAL | libc::EOPNOTSUPP)) => {
                let all = from.cast_unsigned()..self.file.stat()?.size;
                Ok((!all.is_empty()).then_some(all))
            }
            Err(errno) => Err(Failure { errno, syscall: "lseek" }),
        }
    }
}

impl Iterator for DataRanges<'_> {
    type Item = Result<Range<u64>, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let found = self.look(self.from?).transpose();
        self.from = match &found {
            Some(Ok(range)) => i64::try_from(range.end).ok(),
            _ => None,
        };
        found
    }
}
