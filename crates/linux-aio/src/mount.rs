//! Which mount a path is on: proc_pid_mountinfo(5).

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// One line of /proc/self/mountinfo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// The mount's number, as in statx(2) `STATX_MNT_ID`.
    pub id: u64,
    /// Where it is mounted.
    pub point: PathBuf,
    /// Whether this mount is read-only.
    pub read_only: bool,
    /// The filesystem's type, e.g. "ext4".
    pub filesystem: String,
    /// What is mounted: for disk filesystems the device's path, else any word.
    pub source: PathBuf,
}

impl Mount {
    /// The mount with number `id`, or else the one whose mount point is the longest prefix of
    /// `path`. `None` where /proc is not to be had or does not list it.
    #[must_use]
    pub fn find(id: Option<u64>, path: &Path) -> Option<Self> {
        let text = fs::read("/proc/self/mountinfo").ok()?;
        let mounts: Vec<Self> = text.split(|&byte| byte == b'\n').filter_map(Self::parse).collect();
        if let Some(mount) = mounts.iter().find(|mount| Some(mount.id) == id) {
            return Some(mount.clone());
        }
        let path = fs::canonicalize(path).ok()?;
        let holding = mounts.into_iter().filter(|mount| path.starts_with(&mount.point));
        // max_by_key answers with the last of equals, which is the one mounted on top.
        holding.max_by_key(|mount| mount.point.as_os_str().len())
    }

    /// Reads one line; `None` if it is not one.
    #[must_use]
    pub fn parse(line: &[u8]) -> Option<Self> {
        let mut fields = line.split(|&byte| byte == b' ');
        let id = std::str::from_utf8(fields.next()?).ok()?.parse().ok()?;
        let point = PathBuf::from(unescape(fields.nth(3)?));
        let read_only = fields.next()?.split(|&byte| byte == b',').any(|option| option == b"ro");
        // Optional fields follow, any number of them, up to a lone hyphen.
        fields.find(|field| *field == b"-")?;
        let filesystem = String::from_utf8_lossy(fields.next()?).into_owned();
        let source = PathBuf::from(unescape(fields.next()?));
        Some(Self { id, point, read_only, filesystem, source })
    }
}

/// Undoes the kernel's `\040` for a space, and the like.
fn unescape(field: &[u8]) -> OsString {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&first, tail)) = rest.split_first() {
        let octal = tail
            .get(..3)
            .filter(|_| first == b'\\')
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        bytes.push(octal.unwrap_or(first));
        rest = if octal.is_some() { &tail[3..] } else { tail };
    }
    OsString::from_vec(bytes)
}
