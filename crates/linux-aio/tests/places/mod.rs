//! Places to test in: a directory on a disk, loop devices, a mounted ramfs.
#![allow(dead_code, reason = "every test binary uses its own part")]

use std::ffi::CString;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// Where tmpfs is mounted, if it is.
pub fn tmpfs() -> Option<&'static Path> {
    let base = Path::new("/dev/shm");
    if base.is_dir() { Some(base) } else { skip("no /dev/shm") }
}

/// A directory that is removed with its content.
pub struct Directory(PathBuf);

impl Directory {
    /// On a disk: `LINUX_AIO_TEST_DIR`, or else cargo's target directory.
    pub fn on_disk() -> Self {
        // Cargo tells the second to tests of their own alone, not to those inside the crate.
        let target = || option_env!("CARGO_TARGET_TMPDIR").unwrap_or("/var/tmp").into();
        let base = std::env::var_os("LINUX_AIO_TEST_DIR").unwrap_or_else(target);
        Self::below(Path::new(&base))
    }

    pub fn below(base: &Path) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("linux-aio-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = base.join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A file of `length` bytes that differ from block to block, written to the disk.
    pub fn file(&self, name: &str, length: usize) -> PathBuf {
        let path = self.join(name);
        let mut file = fs::File::create(&path).unwrap();
        let bytes: Vec<u8> = (0..length).map(|index| (index / 512 + index) as u8).collect();
        file.write_all(&bytes).unwrap();
        file.sync_all().unwrap();
        path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// A loop device over a file, detached when dropped.
pub struct Loop {
    pub path: PathBuf,
    _backing: Directory,
}

impl Loop {
    /// `None`, said aloud, without root or losetup(8).
    pub fn new(sector: u32, length: usize) -> Option<Self> {
        if !root("a loop device") {
            return None;
        }
        let backing = Directory::on_disk();
        let file = backing.file("backing", length);
        let sector = sector.to_string();
        let mut command = Command::new("losetup");
        let command = command.args(["-f", "--show", "-b", &sector]).arg(&file);
        match command.output() {
            Ok(output) if output.status.success() => {
                let path = PathBuf::from(String::from_utf8(output.stdout).unwrap().trim());
                Some(Self { path, _backing: backing })
            }
            _ => skip("losetup failed"),
        }
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        drop(Command::new("losetup").arg("-d").arg(&self.path).status());
    }
}

/// A mounted ramfs, which has no `O_DIRECT`.
pub struct Ramfs(Directory);

impl Ramfs {
    /// `None`, said aloud, where it cannot be mounted.
    pub fn new() -> Option<Self> {
        if !root("a ramfs") {
            return None;
        }
        let directory = Directory::on_disk();
        let mut command = Command::new("mount");
        let command = command.args(["-t", "ramfs", "ramfs"]).arg(directory.path());
        match command.output() {
            Ok(output) if output.status.success() => Some(Self(directory)),
            _ => skip("mount failed"),
        }
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Ramfs {
    fn drop(&mut self) {
        drop(Command::new("umount").arg(self.path()).status());
    }
}

pub fn root(what: &str) -> bool {
    // SAFETY: takes nothing, cannot fail.
    let root = unsafe { libc::geteuid() } == 0;
    if !root {
        skip::<()>(&format!("needs root, for {what}"));
    }
    root
}

/// Whether memory that asks for transparent huge pages is given them; said aloud where it is not.
pub fn has_huge_pages() -> bool {
    match fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled") {
        Ok(modes) if !modes.contains("[never]") => true,
        _ => skip::<()>("transparent huge pages are switched off").is_some(),
    }
}

/// How often the kernel had no huge page for memory that was to have one, in any process: `thp_fault_fallback`.
pub fn without_huge_page() -> u64 {
    let counters = fs::read_to_string("/proc/vmstat").unwrap();
    let count = counters.lines().find_map(|line| line.strip_prefix("thp_fault_fallback "));
    count.map_or(0, |count| count.parse().unwrap())
}

/// Past the capture of the test harness, which would hide the line.
pub fn skip<T>(why: &str) -> Option<T> {
    let name = std::thread::current().name().unwrap_or("test").to_owned();
    drop(writeln!(std::io::stderr(), "SKIPPED: {why} ({name})"));
    None
}

/// Runs `test` as a user whom file modes hold back: only this thread, only towards filesystems.
pub fn unprivileged<T>(test: impl FnOnce() -> T) -> T {
    // SAFETY: numbers only; raw, the call is about the calling thread.
    let before = unsafe { libc::setfsuid(65534) };
    let result = test();
    // SAFETY: as above.
    unsafe { libc::setfsuid(before as libc::uid_t) };
    result
}

pub fn name(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).unwrap()
}
