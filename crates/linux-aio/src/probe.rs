//! What this path, its filesystem, its device and this kernel can do for direct, asynchronous I/O.

use std::ffi::{CStr, OsStr};
use std::fs::{Metadata, OpenOptions};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::advice;
use crate::alignment::Alignment;
use crate::blocking::{Backend, BlockingOperation};
use crate::descriptor;
use crate::device::{self, Device};
use crate::discovery;
use crate::error::Failure;
use crate::file::File;
use crate::filesystem;
use crate::kernel::{AioLimits, KernelRelease, NowaitPolicy};
use crate::kind::FileKind;
use crate::mount::Mount;
use crate::opening::OpenError;
use crate::statx::{AtomicWrite, Statx};

/// Whether `O_DIRECT` is to be had, and why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DirectSupport {
    /// The path (for a directory, a nameless file in it) was opened with `O_DIRECT`.
    Yes,
    /// It cannot be had; the reason in words.
    No(String),
    /// It could not be tried, e.g. in a directory that may not be written to; the reason in words.
    Unknown(String),
}

/// The answer of [`probe`]. `None` in a field: not told, or not to be had without `O_DIRECT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// What the path leads to.
    pub kind: FileKind,
    /// The filesystem's type, e.g. "ext4". `None` for block devices.
    pub filesystem: Option<String>,
    /// Where that filesystem is mounted. `None` for block devices and without /proc.
    pub mount_point: Option<PathBuf>,
    /// Whether direct I/O is possible.
    pub direct: DirectSupport,
    /// What operations must be aligned to, and who said so.
    pub alignment: Option<Alignment>,
    /// The block device below; for a filesystem of several, one of them.
    pub device: Option<Device>,
    /// The limits of `RWF_ATOMIC` writes on this file (statx(2), kernel 6.11).
    pub atomic_write: Option<AtomicWrite>,
    /// The machine's limits on asynchronous I/O.
    pub aio: AioLimits,
    /// The kernel.
    pub kernel: KernelRelease,
    /// Where `RWF_NOWAIT` helps: the kernel's policy, `Never` if `nowait_supported` is `Some(false)`.
    pub nowait: NowaitPolicy,
    /// Whether a read with `RWF_NOWAIT` was accepted, tried.
    pub nowait_supported: Option<bool>,
    /// What decides how operations run.
    pub backend: Backend,
    /// What completes inside io_submit(2) while the caller waits.
    pub blocking: Option<Vec<BlockingOperation>>,
    /// What follows for the user, in short sentences.
    pub advice: Vec<String>,
}

/// Looks at `path`: a file, a directory, a block device, or what cannot be used at all.
///
/// A file is opened for reading, and at most 64 KiB of it read. In a directory a nameless file is
/// made (`O_TMPFILE`) and dropped again. One context is made and destroyed. Takes up to 100 ms.
///
/// # Errors
/// open(2)'s for a path that leads nowhere or may not be looked at: ENOENT, EACCES, ENOTDIR, ELOOP.
/// What exists but cannot be used is no error: [`Probe::direct`] has the reason.
pub fn probe(path: &CStr) -> Result<Probe, Failure> {
    let name = Path::new(OsStr::from_bytes(path.to_bytes()));
    // O_PATH opens anything without touching it.
    let handle = OpenOptions::new().read(true).custom_flags(libc::O_PATH).open(name);
    let handle = handle.map_err(|error| Failure { errno: error.into(), syscall: "open" })?;
    let metadata = handle.metadata().map_err(|error| Failure { errno: error.into(), syscall: "fstat" })?;
    let magic = descriptor::filesystem(handle.as_fd())?.magic;
    let kind = match FileKind::of(&metadata) {
        FileKind::Regular if filesystem::is_pseudo(magic) => FileKind::Pseudo,
        kind => kind,
    };
    let (file, direct) = if filesystem::is_pseudo(magic) {
        (None, DirectSupport::No(format!("files of {} are made up as they are read", filesystem::name(magic))))
    } else {
        try_direct(path, kind)
    };
    let statx = Statx::of(file.as_ref().map_or(handle.as_fd(), File::fd)).unwrap_or_default();
    let on_filesystem = kind != FileKind::BlockDevice;
    let has_device = kind.has_direct_io() || kind == FileKind::Directory;
    let mount = if on_filesystem { Mount::find(statx.mount_id, name) } else { None };
    let kernel = KernelRelease::running();
    let nowait_supported = file.as_ref().and_then(knows_nowait);
    let backend = file.as_ref().map_or_else(|| guess(kind, magic, &metadata), File::backend);
    let number = if on_filesystem { metadata.dev() } else { metadata.rdev() };
    let source = mount.as_ref().map(|mount| mount.source.as_path());
    let mut probe = Probe {
        kind,
        filesystem: on_filesystem.then(|| type_name(mount.as_ref(), magic)),
        device: if has_device { Device::find(number, source) } else { None },
        mount_point: mount.map(|mount| mount.point),
        alignment: file.as_ref().map(File::alignment),
        atomic_write: statx.atomic_write,
        aio: AioLimits::read(),
        nowait: if nowait_supported == Some(false) || matches!(direct, DirectSupport::No(_)) {
            NowaitPolicy::Never
        } else {
            kernel.nowait()
        },
        direct,
        nowait_supported,
        kernel,
        backend,
        blocking: backend.blocking().map(<[_]>::to_vec),
        advice: Vec::new(),
    };
    probe.advice = advice::advise(&probe);
    Ok(probe)
}

fn try_direct(path: &CStr, kind: FileKind) -> (Option<File>, DirectSupport) {
    let flags = match kind {
        FileKind::Regular | FileKind::BlockDevice => libc::O_RDONLY,
        FileKind::Directory => libc::O_RDWR | libc::O_TMPFILE,
        _ => return (None, DirectSupport::No(format!("it is {kind}"))),
    };
    match File::open(path, flags, 0o600) {
        Ok(file) if file.direct() => (Some(file), DirectSupport::Yes),
        Ok(_) => (None, DirectSupport::No("the kernel took O_DIRECT and dropped it".to_owned())),
        Err(OpenError::Failure(failure)) => {
            let what = if kind == FileKind::Directory { "make a nameless file in it" } else { "open it" };
            (None, DirectSupport::Unknown(format!("could not {what}: {}", failure.errno)))
        }
        Err(refused) => (None, DirectSupport::No(refused.to_string())),
    }
}

fn knows_nowait(file: &File) -> Option<bool> {
    let length = file.alignment().read as usize;
    let mut memory = discovery::AlignedMemory::new();
    let answer = descriptor::read_nowait(file.fd(), memory.block(length, 0)?, 0);
    match answer.map_err(|error| error.raw_os_error()) {
        Ok(_) | Err(Some(libc::EAGAIN)) => Some(true),
        Err(Some(libc::EOPNOTSUPP | libc::ENOSYS)) => Some(false),
        Err(_) => None,
    }
}

/// The backend of what could not be opened.
fn guess(kind: FileKind, magic: u32, metadata: &Metadata) -> Backend {
    match kind {
        FileKind::BlockDevice => Backend::of_device(device::name(metadata.rdev()).as_deref()),
        FileKind::Regular | FileKind::Directory => Backend::of_file(magic, false),
        _ => Backend::Other,
    }
}

/// The mount knows ext2 from ext4; the magic number does not.
fn type_name(mount: Option<&Mount>, magic: u32) -> String {
    mount.map_or_else(|| filesystem::name(magic).into_owned(), |mount| mount.filesystem.clone())
}
