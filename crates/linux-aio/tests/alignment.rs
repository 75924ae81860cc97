//! Alignment is discovered: what was found must pass, and half of it be refused by the kernel.
//! On a disk filesystem, on tmpfs, and on loop devices where there is root.

mod places;

use std::os::unix::fs::FileExt;
use std::path::Path;

use linux_aio::alignment::{Alignment, AlignmentSource, down, is_aligned, up};
use linux_aio::error::Errno;
use linux_aio::file::File;
use places::{Directory, Loop, name, tmpfs};

const LARGEST: usize = 1 << 16;

fn open(path: &Path) -> File {
    File::open(&name(path), libc::O_RDONLY, 0).unwrap()
}

/// Reads `length` bytes at `position` into memory `shift` bytes after a multiple of 64 KiB.
fn read(file: &File, position: u64, length: usize, shift: usize) -> Result<Vec<u8>, Errno> {
    let mut memory = vec![0u8; 4 * LARGEST];
    let start = memory.as_ptr().align_offset(LARGEST) + shift;
    let reader = std::fs::File::from(file.fd().try_clone_to_owned().unwrap());
    let count = reader.read_at(&mut memory[start..start + length], position)?;
    Ok(memory[start..start + count].to_vec())
}

fn check(path: &Path) -> Alignment {
    let file = open(path);
    let found = file.alignment();
    let step = found.read as usize;
    let content = std::fs::read(path).unwrap();
    let position = u64::from(found.read);
    let bytes = read(&file, position, step, found.memory as usize).unwrap();
    assert_eq!(bytes, content[step..2 * step], "{found:?}");
    // Filesystems that read misaligned blocks through the page cache do not tell by themselves.
    let exact = matches!(found.source, AlignmentSource::Statx | AlignmentSource::Xfs | AlignmentSource::Block);
    if exact {
        assert_eq!(read(&file, position / 2, step, 0), Err(Errno(libc::EINVAL)), "{found:?}");
        assert_eq!(read(&file, 0, step / 2, 0), Err(Errno(libc::EINVAL)), "{found:?}");
    }
    found
}

#[test]
fn what_is_found_on_a_disk_file_passes_and_less_does_not() {
    let directory = Directory::on_disk();
    let found = check(&directory.file("a", 4 * LARGEST));
    assert!(found.memory.is_power_of_two() && found.offset.is_power_of_two() && found.read <= found.offset);
}

#[test]
fn an_empty_file_has_an_alignment_too() {
    let directory = Directory::on_disk();
    let (empty, full) =
        (open(&directory.file("a", 0)).alignment(), open(&directory.file("b", 4 * LARGEST)).alignment());
    assert!(empty.offset >= full.offset && empty.memory >= full.memory, "{empty:?} {full:?}");
}

#[test]
fn a_file_of_holes_is_not_taken_for_one_without_alignment() {
    let directory = Directory::on_disk();
    let path = directory.join("sparse");
    std::fs::File::create(&path).unwrap().set_len(1 << 20).unwrap();
    let full = open(&directory.file("b", 4 * LARGEST)).alignment();
    assert!(open(&path).alignment().offset >= full.offset);
}

#[test]
fn tmpfs_is_tried_or_asked() {
    let Some(base) = tmpfs() else { return };
    let directory = Directory::below(base);
    let path = directory.file("a", 4 * LARGEST);
    match File::open(&name(&path), libc::O_RDONLY, 0) {
        Ok(file) => {
            assert!(matches!(file.alignment().source, AlignmentSource::Trial | AlignmentSource::Statx));
            check(&path);
        }
        // Before kernel 6.6.
        Err(error) => assert!(matches!(error, linux_aio::opening::OpenError::NoDirect(_)), "{error:?}"),
    }
}

#[test]
fn loop_devices_have_the_alignment_of_their_sector() {
    for sector in [512, 4096] {
        let Some(device) = Loop::new(sector, 1 << 20) else { return };
        let found = check(&device.path);
        assert_eq!((found.offset, found.read), (sector, sector));
        assert!(found.memory >= sector);
    }
}

#[test]
fn memory_is_aligned_to_a_block_even_where_the_kernel_asks_for_less() {
    let found = Alignment::new(4, 4096, 4096, AlignmentSource::Statx).unwrap();
    assert_eq!((found.memory, found.offset), (4096, 4096));
    assert_eq!(Alignment::new(4, 4096, 512, AlignmentSource::Statx).unwrap().memory, 512);
    assert!(Alignment::new(4, 1 << 20, 1 << 20, AlignmentSource::Statx).unwrap().memory <= 1 << 16);
}

#[test]
fn what_is_no_power_of_two_is_not_believed() {
    for odd in [0, 3, 4095, u32::MAX] {
        assert_eq!(Alignment::new(odd, 512, 512, AlignmentSource::Statx), None);
        assert_eq!(Alignment::new(512, odd, 512, AlignmentSource::Xfs), None);
        assert_eq!(Alignment::new(512, 512, odd, AlignmentSource::Xfs), None);
    }
}

#[test]
fn rounding_is_exact_and_never_wraps() {
    assert!(is_aligned(0, 512) && is_aligned(1024, 512) && !is_aligned(1023, 512) && is_aligned(7, 1));
    assert_eq!((down(0, 512), down(511, 512), down(512, 512), down(u64::MAX, 4096)), (0, 0, 512, u64::MAX - 4095));
    assert_eq!((up(0, 512), up(1, 512), up(512, 512)), (Some(0), Some(512), Some(512)));
    assert_eq!((up(u64::MAX - 4095, 4096), up(u64::MAX - 4094, 4096)), (Some(u64::MAX - 4095), None));
    assert_eq!((up(u64::MAX, 1), up(5, 1 << 31)), (Some(u64::MAX), Some(1 << 31)));
}

#[test]
fn sources_have_stable_names() {
    use AlignmentSource::{Block, Statfs, Statx, Trial, Xfs};
    let names = [Statx, Xfs, Block, Trial, Statfs].map(AlignmentSource::as_str);
    assert_eq!(names, ["statx", "xfs", "block", "trial", "statfs"]);
}
