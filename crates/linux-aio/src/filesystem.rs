//! Filesystem types by the magic number of statfs(2).

use std::borrow::Cow;

/// `EXT4_SUPER_MAGIC`, which ext2 and ext3 share.
pub const EXT4: u32 = 0xef53;
/// `XFS_SUPER_MAGIC`.
pub const XFS: u32 = 0x5846_5342;
/// `BTRFS_SUPER_MAGIC`.
pub const BTRFS: u32 = 0x9123_683e;
/// `TMPFS_MAGIC`.
pub const TMPFS: u32 = 0x0102_1994;
/// `RAMFS_MAGIC`.
pub const RAMFS: u32 = 0x8584_58f6;
/// `OVERLAYFS_SUPER_MAGIC`.
pub const OVERLAY: u32 = 0x794c_7630;

/// Filesystems that hold data.
const NAMES: [(u32, &str); 26] = [
    (EXT4, "ext4"),
    (XFS, "xfs"),
    (BTRFS, "btrfs"),
    (TMPFS, "tmpfs"),
    (RAMFS, "ramfs"),
    (OVERLAY, "overlay"),
    (0xf2f5_2010, "f2fs"),
    (0xca45_1a4e, "bcachefs"),
    (0x2fc1_2fc1, "zfs"),
    (0x6969, "nfs"),
    (0x6573_5546, "fuse"),
    (0xff53_4d42, "cifs"),
    (0xfe53_4d42, "smb2"),
    (0x0102_1997, "9p"),
    (0x00c3_6400, "ceph"),
    (0x0116_1970, "gfs2"),
    (0x7461_636f, "ocfs2"),
    (0x4d44, "vfat"),
    (0x2011_bab0, "exfat"),
    (0x7366_746e, "ntfs3"),
    (0x9660, "isofs"),
    (0x7371_7368, "squashfs"),
    (0xe0f5_e1e2, "erofs"),
    (0x3153_464a, "jfs"),
    (0x5265_4973, "reiserfs"),
    (0x9584_58f6, "hugetlbfs"),
];

/// Filesystems that make their content up as it is read, or hold no data at all.
const PSEUDO: [(u32, &str); 22] = [
    (0x9fa0, "proc"),
    (0x6265_6572, "sysfs"),
    (0x6462_6720, "debugfs"),
    (0x7472_6163, "tracefs"),
    (0x0027_e0eb, "cgroup"),
    (0x6367_7270, "cgroup2"),
    (0x7363_6673, "securityfs"),
    (0xcafe_4a11, "bpf"),
    (0x6165_676c, "pstore"),
    (0x6265_6570, "configfs"),
    (0xde5e_81e4, "efivarfs"),
    (0x1cd1, "devpts"),
    (0x5049_5045, "pipefs"),
    (0x534f_434b, "sockfs"),
    (0x6e73_6673, "nsfs"),
    (0x1980_0202, "mqueue"),
    (0x4249_4e4d, "binfmt_misc"),
    (0x0187, "autofs"),
    (0x0904_1934, "anon_inode"),
    (0x6573_5543, "fusectl"),
    (0xf97c_ff8c, "selinux"),
    (0x0765_5821, "resctrl"),
];

/// The type's name as in /proc/filesystems, or its number in hexadecimal. ext2 and ext3 are called
/// "ext4": they share its number, and its driver.
#[must_use]
pub fn name(magic: u32) -> Cow<'static, str> {
    let mut known = NAMES.iter().chain(&PSEUDO);
    known
        .find(|(number, _)| *number == magic)
        .map_or_else(|| Cow::Owned(format!("{magic:#x}")), |(_, name)| Cow::Borrowed(*name))
}

/// Whether files there are made up as they are read, as in /proc and /sys.
#[must_use]
pub fn is_pseudo(magic: u32) -> bool {
    PSEUDO.iter().any(|(number, _)| *number == magic)
}

/// Whether files live in memory only, so that reads and writes complete at once.
#[must_use]
pub const fn is_memory(magic: u32) -> bool {
    matches!(magic, TMPFS | RAMFS)
}
