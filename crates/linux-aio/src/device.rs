//! The block device below a file, and its request queue, as /sys tells them
//! (Documentation/ABI/stable/sysfs-block).

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A block device. `None` in a field: this kernel or this driver does not tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Device {
    /// The kernel's name, e.g. "nvme0n1p2".
    pub name: String,
    /// The device's number, major and minor.
    pub number: (u32, u32),
    /// The disk's name if this is a partition of one; the queue's attributes are the disk's.
    pub disk: Option<String>,
    /// How many requests the queue holds; submitting more waits.
    pub nr_requests: Option<u32>,
    /// The smallest I/O in bytes.
    pub logical_block_size: Option<u32>,
    /// The smallest I/O in bytes that costs the device no read-modify-write.
    pub physical_block_size: Option<u32>,
    /// Whether the device has a volatile write cache that a flush has to empty.
    pub write_cache: Option<bool>,
    /// Whether one write can be forced to the medium by itself ("force unit access").
    pub fua: Option<bool>,
    /// Whether it has to seek.
    pub rotational: Option<bool>,
    /// The I/O scheduler in use; "none" is one.
    pub scheduler: Option<String>,
    /// The longest request in KiB; longer I/O is split.
    pub max_sectors_kb: Option<u32>,
    /// The most pieces of memory in a request; more are split.
    pub max_segments: Option<u32>,
    /// What the driver asks of memory's alignment in bytes.
    pub dma_alignment: Option<u32>,
    /// The shortest atomic write in bytes; 0 where there are none (kernel 6.11, as those below).
    pub atomic_write_unit_min: Option<u32>,
    /// The longest naturally aligned atomic write in bytes; 0 where there are none.
    pub atomic_write_unit_max: Option<u32>,
    /// The longest atomic request in bytes, merged ones included.
    pub atomic_write_max: Option<u32>,
    /// The boundary in bytes that no atomic write may cross; 0 for none.
    pub atomic_write_boundary: Option<u32>,
}

impl Device {
    /// The device with number `dev` (`st_dev` of a file on it, `st_rdev` of its node).
    ///
    /// Filesystems that span devices (btrfs) have an anonymous `st_dev`; then `source`, what is
    /// mounted, is looked at, and is one of their devices. `None` without /sys, and for what has no
    /// device below it.
    #[must_use]
    pub fn find(dev: u64, source: Option<&Path>) -> Option<Self> {
        Self::find_in(Path::new("/sys"), dev).or_else(|| {
            // A word such as "overlay" must not be taken for a path.
            let metadata = fs::metadata(source.filter(|path| path.is_absolute())?).ok()?;
            metadata.file_type().is_block_device().then_some(())?;
            Self::find_in(Path::new("/sys"), metadata.rdev())
        })
    }

    /// As [`Device::find`], with sysfs mounted at `sysfs`.
    #[must_use]
    pub fn find_in(sysfs: &Path, dev: u64) -> Option<Self> {
        let number = number(dev);
        let directory = fs::canonicalize(directory(sysfs, number)).ok()?;
        let partition = directory.join("partition").exists();
        let disk = if partition { directory.parent()? } else { &directory };
        let queue = disk.join("queue");
        let limit = |name: &str| value::<u32>(&queue, name);
        let yes = |name: &str| limit(name).map(|value| value != 0);
        Some(Self {
            name: file_name(&directory)?,
            number,
            disk: if partition { file_name(disk) } else { None },
            nr_requests: limit("nr_requests").filter(|&count| count > 0),
            logical_block_size: limit("logical_block_size"),
            physical_block_size: limit("physical_block_size"),
            write_cache: text(&queue, "write_cache").map(|mode| mode == "write back"),
            fua: yes("fua"),
            rotational: yes("rotational"),
            scheduler: text(&queue, "scheduler").and_then(|list| chosen(&list)),
            max_sectors_kb: limit("max_sectors_kb"),
            max_segments: limit("max_segments"),
            // The file holds a mask.
            dma_alignment: limit("dma_alignment").and_then(|mask| mask.checked_add(1)),
            atomic_write_unit_min: limit("atomic_write_unit_min_bytes"),
            atomic_write_unit_max: limit("atomic_write_unit_max_bytes"),
            atomic_write_max: limit("atomic_write_max_bytes"),
            atomic_write_boundary: limit("atomic_write_boundary_bytes"),
        })
    }
}

/// What a device takes at once. `None` in a field: not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RequestLimits {
    /// Requests that its queue holds; submitting more waits.
    pub requests: Option<u32>,
    /// Bytes of the longest request; longer I/O is split.
    pub bytes: Option<u64>,
    /// Pieces of memory in a request; more are split.
    pub segments: Option<u32>,
}

impl RequestLimits {
    /// Those of the device with number `dev`.
    #[must_use]
    pub fn of(dev: u64) -> Self {
        Self::in_sysfs(Path::new("/sys"), dev)
    }

    fn in_sysfs(sysfs: &Path, dev: u64) -> Self {
        let directory = directory(sysfs, number(dev));
        // Of a partition the disk's, whose directory its own is in.
        let own = directory.join("queue");
        let queue = if own.exists() { own } else { directory.join("../queue") };
        let limit = |name| value::<u32>(&queue, name).filter(|&limit| limit > 0);
        Self {
            requests: limit("nr_requests"),
            bytes: limit("max_sectors_kb").map(|kibibytes| u64::from(kibibytes) * 1024),
            segments: limit("max_segments"),
        }
    }
}

impl From<&Device> for RequestLimits {
    fn from(device: &Device) -> Self {
        Self {
            requests: device.nr_requests,
            bytes: device.max_sectors_kb.map(|kibibytes| u64::from(kibibytes) * 1024),
            segments: device.max_segments,
        }
    }
}

/// The kernel's name of the device with number `dev`.
pub(crate) fn name(dev: u64) -> Option<String> {
    let target = fs::read_link(directory(Path::new("/sys"), number(dev))).ok()?;
    file_name(&target)
}

fn number(dev: u64) -> (u32, u32) {
    (libc::major(dev), libc::minor(dev))
}

fn directory(sysfs: &Path, (major, minor): (u32, u32)) -> PathBuf {
    sysfs.join(format!("dev/block/{major}:{minor}"))
}

fn file_name(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_string_lossy().into_owned())
}

fn text(directory: &Path, name: &str) -> Option<String> {
    let bytes = fs::read(directory.join(name)).ok()?;
    let text = String::from_utf8_lossy(&bytes).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

fn value<T: FromStr>(directory: &Path, name: &str) -> Option<T> {
    text(directory, name)?.parse().ok()
}

/// The word in brackets: "mq-deadline" of "none [mq-deadline]". A lone word is the choice.
fn chosen(list: &str) -> Option<String> {
    let bracketed = |word: &str| Some(word.strip_prefix('[')?.strip_suffix(']')?.to_owned());
    let mut words = list.split_whitespace();
    words.clone().find_map(bracketed).or_else(|| Some(words.next()?.to_owned()))
}
