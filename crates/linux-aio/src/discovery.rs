//! Asking for a file's alignment: statx, then xfs, then the block device, then the file itself.

use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;

use crate::alignment::{self, Alignment, AlignmentSource};
use crate::descriptor::{self, FilesystemFacts};
use crate::filesystem;
use crate::kind::FileKind;
use crate::statx::Statx;

/// Linux's sector: no device has a smaller logical block.
const SMALLEST: u32 = 512;
/// No filesystem is known that asks for more.
const LARGEST: u32 = 64 * 1024;

/// What is known about the file to ask.
pub(crate) struct Subject<'a> {
    pub file: &'a File,
    pub kind: FileKind,
    pub filesystem: FilesystemFacts,
    pub readable: bool,
    /// Bytes.
    pub size: u64,
}

/// The file's alignment, or `None` where the kernel says that direct I/O cannot be had on it: an
/// encrypted file, `data=journal`, ...
pub(crate) fn discover(subject: &Subject<'_>) -> Option<Alignment> {
    let fd = subject.file.as_fd();
    let told = Statx::of(fd).ok().and_then(|statx| statx.direct);
    if let Some(told) = told {
        if told.offset == 0 {
            return None;
        }
        let read = told.read.unwrap_or(told.offset);
        let found = Alignment::new(told.memory, told.offset, read, AlignmentSource::Statx);
        if found.is_some() {
            return found;
        }
    }
    older(subject)
}

/// As [`discover`], for kernels and filesystems whose statx does not tell.
pub(crate) fn older(subject: &Subject<'_>) -> Option<Alignment> {
    let fd = subject.file.as_fd();
    if subject.kind == FileKind::BlockDevice {
        let sector = descriptor::sector_size(fd).filter(|sector| sector.is_power_of_two());
        if let Some(sector) = sector {
            return Some(Alignment::uniform(sector, AlignmentSource::Block));
        }
    } else if subject.filesystem.magic == filesystem::XFS {
        let found = descriptor::xfs_direct_facts(fd)
            .and_then(|facts| Alignment::new(facts.memory, facts.smallest, facts.smallest, AlignmentSource::Xfs));
        if found.is_some() {
            return found;
        }
    }
    match trial(subject) {
        Trial::Passed(value) => Some(Alignment::uniform(value, AlignmentSource::Trial)),
        Trial::Refused => None,
        Trial::Untold => Some(Alignment::uniform(block_size(subject), AlignmentSource::Statfs)),
    }
}

/// Memory to read a block of any alignment into.
pub(crate) struct AlignedMemory(Vec<u8>);

impl AlignedMemory {
    pub fn new() -> Self {
        Self(vec![0; 3 * LARGEST as usize])
    }

    /// `length` bytes that begin `offset` bytes after a multiple of 64 KiB; both at most 64 KiB.
    pub fn block(&mut self, length: usize, offset: usize) -> Option<&mut [u8]> {
        let start = self.0.as_ptr().align_offset(LARGEST as usize).checked_add(offset)?;
        self.0.get_mut(start..start.checked_add(length)?)
    }
}

enum Trial {
    /// The first alignment that the file's reads passed with, or what the filesystem makes of it.
    Passed(u32),
    /// No alignment passes: `O_DIRECT` was accepted at open(2), but not by read(2).
    Refused,
    /// There was nothing to read, or reading failed for another reason.
    Untold,
}

/// Reads a block at growing alignments. Position, length and address are each aligned to the tried
/// value and to no more, so that a pass proves all three.
fn trial(subject: &Subject<'_>) -> Trial {
    // A shorter file may be kept inside its inode and pass with any alignment.
    if !subject.readable || subject.size < u64::from(block_size(subject)) {
        return Trial::Untold;
    }
    // Holes are filled with zeros without a look at the alignment.
    let Some((start, end)) = descriptor::data_range(subject.file.as_fd(), 0) else {
        return Trial::Untold;
    };
    let mut memory = AlignedMemory::new();
    let mut align = SMALLEST;
    while align <= LARGEST {
        let length = align as usize;
        let Some(block) = memory.block(length, length) else { return Trial::Untold };
        match subject.file.read_at(block, odd_position(start, end, align)) {
            Ok(_) => return Trial::Passed(floor(subject, align)),
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => align *= 2,
            Err(_) => return Trial::Untold,
        }
    }
    Trial::Refused
}

/// A multiple of `align`, an odd one where the range has one, inside `start..end`; 0 in a range
/// without any.
fn odd_position(start: u64, end: u64, align: u32) -> u64 {
    let Some(first) = alignment::up(start, align).filter(|first| *first < end) else { return 0 };
    let step = u64::from(align);
    if (first / step).is_multiple_of(2) && first + step < end { first + step } else { first }
}

/// ext4 refuses what is misaligned. Others (btrfs, f2fs, network filesystems) read it through the
/// page cache instead without a word: there a pass proves nothing below their own block.
fn floor(subject: &Subject<'_>, passed: u32) -> u32 {
    if subject.kind == FileKind::BlockDevice || subject.filesystem.magic == filesystem::EXT4 {
        return passed;
    }
    passed.max(block_size(subject))
}

/// The filesystem's block in bytes. At most a page, except on btrfs: network filesystems answer
/// with the size of a transfer, a megabyte and more.
fn block_size(subject: &Subject<'_>) -> u32 {
    let told = u32::try_from(subject.filesystem.block_size).unwrap_or(LARGEST).clamp(SMALLEST, LARGEST);
    if subject.filesystem.magic == filesystem::BTRFS { told } else { told.min(alignment::page_size()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ways that a new kernel never goes, on a file of the temporary directory.
    #[test]
    fn older_kernels_find_an_alignment_that_passes() {
        let base = std::env::var_os("LINUX_AIO_TEST_DIR").map_or_else(std::env::temp_dir, Into::into);
        let path = base.join(format!("linux-aio-older-{}", std::process::id()));
        let content: Vec<u8> = (0..3 * LARGEST).map(|index| (index / SMALLEST) as u8).collect();
        std::fs::write(&path, &content).unwrap();
        let opened = crate::file::File::open(&to_c(&path), libc::O_RDONLY, 0);
        std::fs::remove_file(&path).unwrap();
        let Ok(opened) = opened else { return };
        let file = File::from(opened.fd().try_clone_to_owned().unwrap());
        let filesystem = descriptor::filesystem(opened.fd()).unwrap();
        let subject = Subject { file: &file, kind: FileKind::Regular, filesystem, readable: true, size: opened.size() };
        let found = older(&subject).unwrap();
        let expected = match filesystem.magic {
            filesystem::XFS => AlignmentSource::Xfs,
            _ => AlignmentSource::Trial,
        };
        assert_eq!(found.source, expected);
        assert!(found.offset >= opened.alignment().offset || opened.alignment().source == AlignmentSource::Trial);
        let (step, mut memory) = (found.read as usize, AlignedMemory::new());
        let block = memory.block(step, found.memory as usize).unwrap();
        assert_eq!(file.read_at(block, u64::from(found.read)).unwrap(), step);
        assert_eq!(block, &content[step..2 * step]);
        let empty = older(&Subject { size: 0, ..subject }).unwrap();
        assert!(empty.offset >= found.offset || empty.source == AlignmentSource::Xfs, "{empty:?}");
    }

    fn to_c(path: &std::path::Path) -> std::ffi::CString {
        use std::os::unix::ffi::OsStrExt;
        std::ffi::CString::new(path.as_os_str().as_bytes()).unwrap()
    }

    #[test]
    fn trial_positions_are_inside_the_data_and_odd_where_they_can_be() {
        assert_eq!(odd_position(0, 1 << 20, 512), 512);
        assert_eq!(odd_position(512, 1 << 20, 512), 512);
        assert_eq!(odd_position(4096, 8192, 4096), 4096);
        assert_eq!(odd_position(4096, 8192, 512), 4608);
        assert_eq!(odd_position(0, 512, 512), 0);
        assert_eq!(odd_position(4096, 8192, 65536), 0);
        assert_eq!(odd_position(u64::MAX - 5, u64::MAX, 4096), 0);
    }
}
