//! Opening a path with `O_DIRECT`, without the side effects that open(2) has on refusal.

use std::fmt;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::descriptor;
use crate::error::{Errno, Failure};
use crate::filesystem;
use crate::kind::FileKind;

/// How far a chain of symbolic links is followed, as the kernel does (path_resolution(7)).
const LINKS: usize = 40;
/// A lease (fcntl(2) `F_SETLEASE`) is broken by force after 45 s, unless the system says otherwise.
const LEASE_LIMIT: Duration = Duration::from_secs(60);
const LEASE_PAUSE: Duration = Duration::from_millis(10);

/// Why a path was not opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenError {
    /// A system call failed.
    Failure(Failure),
    /// The path leads to something that has no disk I/O.
    Unsupported(FileKind),
    /// The filesystem of this type refuses `O_DIRECT` on this file. Nothing was created or truncated.
    NoDirect(String),
}

impl OpenError {
    pub(crate) fn call(syscall: &'static str, error: io::Error) -> Self {
        Self::Failure(Failure { errno: Errno::from(error), syscall })
    }
}

impl From<Failure> for OpenError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failure(_) => formatter.write_str("the file cannot be opened"),
            Self::Unsupported(kind) => {
                write!(formatter, "direct I/O is for regular files and block devices, not for {kind}")
            }
            Self::NoDirect(name) => write!(formatter, "the filesystem ({name}) refuses O_DIRECT on this file"),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failure(failure) => Some(failure),
            Self::Unsupported(_) | Self::NoDirect(_) => None,
        }
    }
}

/// The caller's flags, taken apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request {
    /// `O_RDONLY`, `O_WRONLY` or `O_RDWR`.
    pub access: i32,
    pub truncate: bool,
    pub append: bool,
    /// All others, `O_CREAT` and `O_EXCL` included.
    other: i32,
    mode: u32,
    /// `O_DIRECT`, or 0 to go through the page cache.
    direct: i32,
}

impl Request {
    pub fn new(flags: i32, mode: u32) -> Result<Self, OpenError> {
        let access = flags & libc::O_ACCMODE;
        let truncate = flags & libc::O_TRUNC != 0;
        // 3 is "ioctl only"; truncating what one may not write is undefined in POSIX.
        if access == libc::O_ACCMODE || flags & libc::O_PATH != 0 || (truncate && access == libc::O_RDONLY) {
            return Err(Failure { errno: Errno(libc::EINVAL), syscall: "open" }.into());
        }
        let handled = libc::O_ACCMODE | libc::O_TRUNC | libc::O_APPEND | libc::O_DIRECT;
        let append = flags & libc::O_APPEND != 0;
        let other = (flags & !handled) | libc::O_NOCTTY;
        Ok(Self { access, truncate, append, other, mode, direct: libc::O_DIRECT })
    }

    /// The same through the page cache.
    pub fn buffered(self) -> Self {
        Self { direct: 0, ..self }
    }

    pub fn is_direct(self) -> bool {
        self.direct != 0
    }

    fn has(self, flag: i32) -> bool {
        self.other & flag == flag
    }

    fn unnamed(self) -> bool {
        self.has(libc::O_TMPFILE)
    }

    fn open(self, path: &Path, access: i32, flags: i32) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(access != libc::O_WRONLY).write(access != libc::O_RDONLY);
        // O_NONBLOCK: a FIFO that takes the checked file's place must not hang the caller.
        options.custom_flags(flags | libc::O_NONBLOCK).mode(self.mode);
        let start = Instant::now();
        loop {
            match options.open(path) {
                // O_NONBLOCK does not wait for a lease to be given up, so we do.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && start.elapsed() < LEASE_LIMIT => {
                    std::thread::sleep(LEASE_PAUSE);
                }
                result => return result,
            }
        }
    }
}

/// An open file, and how to undo its creation.
pub(crate) struct Opened {
    pub file: File,
    pub metadata: Metadata,
    pub created: Option<PathBuf>,
}

impl Opened {
    fn new(file: File, created: Option<PathBuf>) -> Result<Self, OpenError> {
        let metadata = file.metadata().map_err(|error| OpenError::call("fstat", error))?;
        Ok(Self { file, metadata, created })
    }

    /// Removes the file if this open created it, and answers that it cannot be used.
    pub fn refuse(self, name: String) -> OpenError {
        if let Some(path) = &self.created {
            remove_if_ours(path, &self.metadata);
        }
        OpenError::NoDirect(name)
    }
}

/// Opens with `O_CLOEXEC`, with `O_DIRECT` unless buffered, and for reading too where that is permitted.
pub(crate) fn open(path: &Path, request: Request) -> Result<Opened, OpenError> {
    if request.unnamed() {
        let file = request.open(path, request.access, request.other | request.direct);
        let file = file.map_err(|error| refusal(path, request, error))?;
        return Opened::new(widen(file, path, request), None);
    }
    let known = if request.has(libc::O_NOFOLLOW) { fs::symlink_metadata(path) } else { fs::metadata(path) };
    let exclusive = request.has(libc::O_CREAT | libc::O_EXCL);
    match known {
        // Looked at before it is opened: opening alone rewinds tapes and starts watchdogs.
        Ok(metadata) if !exclusive => {
            let kind = FileKind::of(&metadata);
            if !kind.has_direct_io() && kind != FileKind::SymbolicLink {
                return Err(OpenError::Unsupported(kind));
            }
            existing(path, request)
        }
        Err(error) if request.has(libc::O_CREAT) && error.kind() == io::ErrorKind::NotFound => create(path, request),
        _ if exclusive => create(path, request),
        _ => existing(path, request),
    }
}

fn existing(path: &Path, request: Request) -> Result<Opened, OpenError> {
    let flags = request.other | request.direct;
    let permitted = |error: &io::Error| !matches!(error.raw_os_error(), Some(libc::EACCES | libc::EPERM));
    let file = if request.access == libc::O_WRONLY {
        match request.open(path, libc::O_RDWR, flags) {
            Err(error) if !permitted(&error) => request.open(path, libc::O_WRONLY, flags),
            result => result,
        }
    } else {
        request.open(path, request.access, flags)
    };
    let opened = Opened::new(file.map_err(|error| refusal(path, request, error))?, None)?;
    match unusable(&opened.file, &opened.metadata) {
        Some(kind) => Err(OpenError::Unsupported(kind)),
        None => Ok(opened),
    }
}

/// Always with `O_EXCL`, so that it is known who created the file; dangling symbolic links, which
/// `O_EXCL` refuses, are followed here.
fn create(path: &Path, request: Request) -> Result<Opened, OpenError> {
    let mut path = path.to_path_buf();
    let flags = request.other | request.direct | libc::O_CREAT | libc::O_EXCL;
    for _ in 0..LINKS {
        match request.open(&path, request.access, flags) {
            Ok(file) => return Opened::new(widen(file, &path, request), Some(path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && !request.has(libc::O_EXCL) => {
                let Ok(target) = fs::read_link(&path) else { return existing(&path, request) };
                path = path.parent().unwrap_or(Path::new("")).join(target);
            }
            Err(error) if request.direct != 0 && refuses_direct(&error) => {
                return Err(created_in_vain(&path).unwrap_or(OpenError::call("open", error)));
            }
            Err(error) => return Err(OpenError::call("open", error)),
        }
    }
    Err(Failure { errno: Errno(libc::ELOOP), syscall: "open" }.into())
}

/// Opens a file that was created for writing a second time, for reading as well: read-modify-write
/// needs it. The second descriptor is taken only if it is of the same inode.
fn widen(file: File, path: &Path, request: Request) -> File {
    if request.access != libc::O_WRONLY {
        return file;
    }
    let flags = (request.other & !(libc::O_CREAT | libc::O_EXCL | libc::O_TMPFILE)) | request.direct;
    let own = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    // Through /proc it is the same inode for certain; where there is no /proc, by name.
    let candidates = [(own.as_path(), flags & !libc::O_NOFOLLOW), (path, flags)];
    for (path, flags) in candidates {
        let Ok(wide) = request.open(path, libc::O_RDWR, flags) else { continue };
        if matches!((wide.metadata(), file.metadata()), (Ok(wide), Ok(file)) if same(&wide, &file)) {
            return wide;
        }
    }
    file
}

/// Makes an error of open(2)'s answer: EINVAL may mean `O_DIRECT`, or something else.
fn refusal(path: &Path, request: Request, error: io::Error) -> OpenError {
    if request.direct == 0 || !refuses_direct(&error) {
        return OpenError::call("open", error);
    }
    let flags = if request.unnamed() { request.other } else { request.other & !(libc::O_CREAT | libc::O_EXCL) };
    let Ok(file) = request.open(path, request.access, flags) else {
        return OpenError::call("open", error);
    };
    let kind = file.metadata().ok().and_then(|metadata| unusable(&file, &metadata));
    kind.map_or_else(|| OpenError::NoDirect(filesystem_name(&file)), OpenError::Unsupported)
}

/// Linux creates the file before it finds that the filesystem has no `O_DIRECT`, and leaves it.
/// `None` if there is no such file: the EINVAL was about something else.
fn created_in_vain(path: &Path) -> Option<OpenError> {
    // O_PATH needs no permission on the file, whatever mode it was created with.
    let mut options = OpenOptions::new();
    let file = options.read(true).custom_flags(libc::O_PATH | libc::O_NOFOLLOW).open(path).ok()?;
    let metadata = file.metadata().ok()?;
    if FileKind::of(&metadata) != FileKind::Regular || metadata.len() != 0 {
        return None;
    }
    remove_if_ours(path, &metadata);
    Some(OpenError::NoDirect(filesystem_name(&file)))
}

fn remove_if_ours(path: &Path, created: &Metadata) {
    if fs::symlink_metadata(path).is_ok_and(|found| same(&found, created)) {
        // The refusal that follows matters more than a file that cannot be removed.
        drop(fs::remove_file(path));
    }
}

fn refuses_direct(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EINVAL | libc::EOPNOTSUPP))
}

fn unusable(file: &File, metadata: &Metadata) -> Option<FileKind> {
    let kind = FileKind::of(metadata);
    if !kind.has_direct_io() {
        return Some(kind);
    }
    let facts = descriptor::filesystem(file.as_fd()).ok()?;
    (kind == FileKind::Regular && filesystem::is_pseudo(facts.magic)).then_some(FileKind::Pseudo)
}

fn filesystem_name(file: &File) -> String {
    let facts = descriptor::filesystem(file.as_fd());
    facts.map_or_else(|_| "unknown".to_owned(), |facts| filesystem::name(facts.magic).into_owned())
}

fn same(a: &Metadata, b: &Metadata) -> bool {
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}
