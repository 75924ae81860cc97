//! What kind of file a path leads to.

use std::fmt;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// The kind of a file, as in inode(7), and pseudo files besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A regular file.
    Regular,
    /// A block device.
    BlockDevice,
    /// A directory.
    Directory,
    /// A FIFO or pipe.
    Fifo,
    /// A character device, such as /dev/null or a terminal.
    CharDevice,
    /// A Unix domain socket.
    Socket,
    /// A symbolic link that was not followed.
    SymbolicLink,
    /// A file of /proc, /sys or another filesystem that makes its content up as it is read.
    Pseudo,
    /// None of these: an eventfd, an epoll descriptor, ...
    Other,
}

impl FileKind {
    /// The kind that stat(2) tells. Never [`FileKind::Pseudo`]: that is the filesystem's doing.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        match metadata.mode() & libc::S_IFMT {
            libc::S_IFREG => Self::Regular,
            libc::S_IFBLK => Self::BlockDevice,
            libc::S_IFDIR => Self::Directory,
            libc::S_IFIFO => Self::Fifo,
            libc::S_IFCHR => Self::CharDevice,
            libc::S_IFSOCK => Self::Socket,
            libc::S_IFLNK => Self::SymbolicLink,
            _ => Self::Other,
        }
    }

    /// Whether disk I/O exists for this kind: regular files and block devices.
    #[must_use]
    pub const fn has_direct_io(self) -> bool {
        matches!(self, Self::Regular | Self::BlockDevice)
    }

    /// A stable name: "file", "block-device", "directory", "fifo", "char-device", "socket",
    /// "symbolic-link", "pseudo", "other".
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Regular => "file",
            Self::BlockDevice => "block-device",
            Self::Directory => "directory",
            Self::Fifo => "fifo",
            Self::CharDevice => "char-device",
            Self::Socket => "socket",
            Self::SymbolicLink => "symbolic-link",
            Self::Pseudo => "pseudo",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for FileKind {
    /// In words, with an article, for use in a sentence.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Regular => "a regular file",
            Self::BlockDevice => "a block device",
            Self::Directory => "a directory",
            Self::Fifo => "a FIFO",
            Self::CharDevice => "a character device",
            Self::Socket => "a socket",
            Self::SymbolicLink => "a symbolic link",
            Self::Pseudo => "a pseudo file",
            Self::Other => "neither a file nor a block device",
        })
    }
}
