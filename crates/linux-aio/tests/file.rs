//! Opening for direct I/O: what is widened, what is refused, and that refusal leaves no trace.
//! On a disk filesystem; ramfs and loop devices where there is root.

mod places;

use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::ptr;
use std::time::{Duration, Instant};

use libc::{O_APPEND, O_CREAT, O_DIRECT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY};
use linux_aio::error::Errno;
use linux_aio::file::File;
use linux_aio::kind::FileKind;
use linux_aio::opening::OpenError;
use places::{Directory, Loop, Ramfs, name, skip, unprivileged};

fn open(path: &Path, flags: i32) -> Result<File, OpenError> {
    File::open(&name(path), flags, 0o644)
}

fn errno(result: Result<File, OpenError>) -> i32 {
    match result {
        Err(OpenError::Failure(failure)) => failure.errno.0,
        other => panic!("no system call failed: {other:?}"),
    }
}

fn status(file: &File) -> i32 {
    // SAFETY: F_GETFL takes no argument; the descriptor is borrowed.
    unsafe { libc::fcntl(file.fd().as_raw_fd(), libc::F_GETFL) }
}

fn close_on_exec(file: &File) -> bool {
    // SAFETY: as above.
    unsafe { libc::fcntl(file.fd().as_raw_fd(), libc::F_GETFD) & libc::FD_CLOEXEC != 0 }
}

#[test]
fn opens_with_o_direct_and_cloexec_and_tells_the_facts() {
    let directory = Directory::on_disk();
    let path = directory.file("a", 10_000);
    let file = open(&path, O_RDONLY).unwrap();
    let metadata = fs::metadata(&path).unwrap();
    assert!(file.direct() && close_on_exec(&file));
    assert_eq!(status(&file) & (O_DIRECT | O_NONBLOCK), O_DIRECT);
    assert_eq!((file.device(), file.inode(), file.size()), (metadata.dev(), metadata.ino(), 10_000));
    assert!(file.readable() && !file.writable() && !file.append() && !file.block_device());
    file.close().unwrap();
}

#[test]
fn write_only_is_widened_where_permitted() {
    let directory = Directory::on_disk();
    let path = directory.file("a", 4096);
    for file in [open(&path, O_WRONLY).unwrap(), open(&directory.join("new"), O_WRONLY | O_CREAT | O_EXCL).unwrap()] {
        assert!(file.readable() && file.writable());
        assert_eq!(status(&file) & libc::O_ACCMODE, O_RDWR);
    }
    assert_eq!(fs::read(&path).unwrap().len(), 4096);
}

#[test]
fn write_only_stays_where_reading_is_not_permitted() {
    let directory = Directory::on_disk();
    fs::set_permissions(directory.path(), PermissionsExt::from_mode(0o777)).unwrap();
    let path = directory.file("a", 4096);
    fs::set_permissions(&path, PermissionsExt::from_mode(0o222)).unwrap();
    let (existing, created) = unprivileged(|| {
        let created = File::open(&name(&directory.join("new")), O_WRONLY | O_CREAT | O_EXCL, 0o200);
        (open(&path, O_WRONLY), created)
    });
    for file in [existing.unwrap(), created.unwrap()] {
        assert!(!file.readable() && file.writable() && file.direct());
    }
    assert_eq!(unprivileged(|| errno(open(&path, O_RDWR))), libc::EACCES);
    assert_eq!(unprivileged(|| errno(open(&path, O_RDONLY))), libc::EACCES);
}

#[test]
fn append_is_remembered_and_not_set() {
    let directory = Directory::on_disk();
    let file = open(&directory.join("log"), O_WRONLY | O_CREAT | O_APPEND).unwrap();
    assert!(file.append());
    assert_eq!(status(&file) & O_APPEND, 0);
}

#[test]
fn creating_keeps_what_is_there_and_truncating_empties_it() {
    let directory = Directory::on_disk();
    let path = directory.file("a", 4096);
    assert_eq!(open(&path, O_RDWR | O_CREAT).unwrap().size(), 4096);
    assert_eq!(errno(open(&path, O_RDWR | O_CREAT | O_EXCL | O_TRUNC)), libc::EEXIST);
    assert_eq!(errno(open(&path, O_RDONLY | O_TRUNC)), libc::EINVAL);
    assert_eq!(fs::metadata(&path).unwrap().len(), 4096);
    let file = open(&path, O_WRONLY | O_CREAT | O_TRUNC).unwrap();
    assert_eq!((file.size(), file.stat().unwrap().size), (0, 0));
    let mode = fs::metadata(directory.join("a")).unwrap().mode();
    assert_eq!(mode & 0o170_000, 0o100_000);
}

#[test]
fn a_created_file_has_the_mode_asked_for() {
    let directory = Directory::on_disk();
    let path = directory.join("private");
    let file = File::open(&name(&path), O_RDWR | O_CREAT, 0o600).unwrap();
    assert_eq!(file.stat().unwrap().mode & 0o7777, 0o600);
}

#[test]
fn symbolic_links_are_followed_dangling_ones_too() {
    let directory = Directory::on_disk();
    let path = directory.file("a", 512);
    symlink("a", directory.join("link")).unwrap();
    symlink("later", directory.join("dangling")).unwrap();
    symlink("dangling", directory.join("twice")).unwrap();
    symlink("round", directory.join("round")).unwrap();
    let inode = fs::metadata(&path).unwrap().ino();
    assert_eq!(open(&directory.join("link"), O_RDWR | O_CREAT).unwrap().inode(), inode);
    assert_eq!(errno(open(&directory.join("link"), O_RDWR | O_NOFOLLOW)), libc::ELOOP);
    assert_eq!(errno(open(&directory.join("twice"), O_RDWR)), libc::ENOENT);
    assert_eq!(errno(open(&directory.join("twice"), O_RDWR | O_CREAT | O_EXCL)), libc::EEXIST);
    let file = open(&directory.join("twice"), O_RDWR | O_CREAT).unwrap();
    assert_eq!(file.inode(), fs::metadata(directory.join("later")).unwrap().ino());
    assert_eq!(errno(open(&directory.join("round"), O_RDWR | O_CREAT)), libc::ELOOP);
}

#[test]
fn what_has_no_disk_io_is_refused_by_kind_at_once() {
    let directory = Directory::on_disk();
    let fifo = directory.join("fifo");
    // SAFETY: the path is NUL-terminated and lives through the call.
    assert_eq!(unsafe { libc::mkfifo(name(&fifo).as_ptr(), 0o600) }, 0);
    let socket = directory.join("socket");
    let _listener = UnixListener::bind(&socket).unwrap();
    let cases = [
        (fifo.as_path(), FileKind::Fifo),
        (socket.as_path(), FileKind::Socket),
        (directory.path(), FileKind::Directory),
        (Path::new("/dev/null"), FileKind::CharDevice),
        (Path::new("/proc/self/status"), FileKind::Pseudo),
        (Path::new("/sys/kernel/mm/transparent_hugepage/enabled"), FileKind::Pseudo),
    ];
    let start = Instant::now();
    for (path, kind) in cases {
        if !path.exists() {
            skip::<()>(&format!("no {}", path.display()));
            continue;
        }
        assert_eq!(open(path, O_RDONLY).unwrap_err(), OpenError::Unsupported(kind), "{}", path.display());
    }
    for flags in [O_WRONLY, O_RDWR | O_CREAT | O_TRUNC] {
        assert_eq!(open(&fifo, flags).unwrap_err(), OpenError::Unsupported(FileKind::Fifo));
    }
    assert_eq!(errno(open(&fifo, O_WRONLY | O_CREAT | O_EXCL)), libc::EEXIST);
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[test]
fn system_call_failures_keep_their_number() {
    let directory = Directory::on_disk();
    let path = directory.file("a", 1);
    assert_eq!(errno(open(&directory.join("missing"), O_RDONLY)), libc::ENOENT);
    assert_eq!(errno(open(&path.join("below"), O_RDWR | O_CREAT)), libc::ENOTDIR);
    assert_eq!(errno(open(&path, O_RDONLY | libc::O_DIRECTORY)), libc::ENOTDIR);
    assert_eq!(errno(open(&path, O_RDONLY | libc::O_PATH)), libc::EINVAL);
    assert_eq!(errno(open(&path, libc::O_ACCMODE)), libc::EINVAL);
}

#[test]
fn without_o_direct_nothing_is_created_or_truncated() {
    let Some(ramfs) = Ramfs::new() else { return };
    let refused = OpenError::NoDirect("ramfs".to_owned());
    let kept = ramfs.path().join("kept");
    fs::write(&kept, "content").unwrap();
    symlink("target", ramfs.path().join("dangling")).unwrap();
    for flags in [O_RDONLY, O_RDWR, O_WRONLY | O_CREAT | O_TRUNC] {
        assert_eq!(open(&kept, flags).unwrap_err(), refused);
    }
    assert_eq!(fs::read(&kept).unwrap(), b"content");
    for (name, flags) in
        [("new", O_WRONLY | O_CREAT | O_TRUNC), ("new", O_RDWR | O_CREAT | O_EXCL), ("dangling", O_RDWR | O_CREAT)]
    {
        assert_eq!(open(&ramfs.path().join(name), flags).unwrap_err(), refused);
    }
    let names: Vec<_> = fs::read_dir(ramfs.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn stat_truncate_and_preallocate_are_those_of_the_system() {
    let directory = Directory::on_disk();
    let path = directory.file("a", 10_000);
    let file = open(&path, O_RDWR).unwrap();
    let (stat, metadata) = (file.stat().unwrap(), fs::metadata(&path).unwrap());
    assert_eq!((stat.size, stat.ino, stat.dev, stat.nlink), (10_000, metadata.ino(), metadata.dev(), 1));
    assert_eq!((stat.mode, stat.uid, stat.gid), (metadata.mode(), metadata.uid(), metadata.gid()));
    let mtime = i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec());
    assert_eq!(stat.mtime_ns, mtime);
    assert!(stat.birthtime_ns.is_none_or(|time| time <= mtime && time > 0));
    file.truncate(123).unwrap();
    assert_eq!(file.stat().unwrap().size, 123);
    for (length, padded, left) in [(100, 122, 123), (123, 4096, 123), (200, 4096, 123), (100, 123, 100)] {
        file.cut_back(length, padded, 0).unwrap();
        assert_eq!(file.stat().unwrap().size, left, "{length} of {padded}");
    }
    file.truncate(123).unwrap();
    assert_eq!(file.truncate(u64::MAX).unwrap_err().errno, Errno(libc::EINVAL));
    assert_eq!(file.preallocate(0, 0, false).unwrap_err().errno, Errno(libc::EINVAL));
    file.preallocate(0, 1 << 20, true).unwrap();
    let stat = file.stat().unwrap();
    assert!(stat.size == 123 && stat.blocks * 512 >= 1 << 20);
    file.cut_back(100, 123, 1 << 20).unwrap();
    let stat = file.stat().unwrap();
    assert!(stat.size == 100 && stat.blocks * 512 >= 1 << 20, "what was reserved stays so");
    file.preallocate(0, 1 << 20, false).unwrap();
    assert_eq!(file.stat().unwrap().size, 1 << 20);
    let reader = open(&path, O_RDONLY).unwrap();
    assert_eq!(reader.truncate(0).unwrap_err().errno, Errno(libc::EINVAL));
    assert_eq!(reader.preallocate(0, 1, false).unwrap_err().errno, Errno(libc::EBADF));
}

#[test]
fn what_the_page_cache_has_of_a_file_is_forgotten() {
    let directory = Directory::on_disk();
    let path = directory.file("a", 64 * 4096);
    let cached = || {
        let mut resident = [0u8; 64];
        let file = fs::File::open(&path).unwrap();
        // SAFETY: a fresh mapping of the file's length, looked at and unmapped before the file is closed.
        unsafe {
            let address =
                libc::mmap(ptr::null_mut(), 64 * 4096, libc::PROT_READ, libc::MAP_SHARED, file.as_raw_fd(), 0);
            assert_ne!(address, libc::MAP_FAILED);
            assert_eq!(libc::mincore(address, 64 * 4096, resident.as_mut_ptr()), 0);
            libc::munmap(address, 64 * 4096);
        }
        resident.iter().filter(|&&page| page & 1 == 1).count()
    };
    assert!(cached() > 0, "written through it");
    open(&path, O_RDONLY).unwrap().drop_cached().unwrap();
    assert_eq!(cached(), 0);
}

#[test]
fn a_nameless_file_opens_in_a_directory() {
    let directory = Directory::on_disk();
    let file = open(directory.path(), libc::O_TMPFILE | O_WRONLY).unwrap();
    // It has no name to be opened by again, except through /proc.
    assert!(file.writable() && (file.readable() || !Path::new("/proc/self/fd").exists()));
    assert_eq!(file.stat().unwrap().nlink, 0);
}

#[test]
fn a_lease_is_waited_for() {
    let directory = Directory::on_disk();
    let path = directory.file("a", 4096);
    let holder = fs::File::open(&path).unwrap();
    // SAFETY: ignoring a signal installs no code; the lease's notice would end the process.
    unsafe { libc::signal(libc::SIGIO, libc::SIG_IGN) };
    // SAFETY: F_SETLEASE takes a number; the descriptor is open.
    if unsafe { libc::fcntl(holder.as_raw_fd(), libc::F_SETLEASE, libc::F_RDLCK) } != 0 {
        skip::<()>("no leases here");
        return;
    }
    let start = Instant::now();
    let releaser = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        drop(holder);
    });
    let file = open(&path, O_RDWR).unwrap();
    assert!(file.writable() && start.elapsed() >= Duration::from_millis(90));
    releaser.join().unwrap();
}

#[test]
fn a_block_device_has_its_capacity_for_a_size_and_cannot_be_truncated() {
    let Some(device) = Loop::new(512, 1 << 20) else { return };
    let file = open(&device.path, O_RDWR | O_TRUNC | O_EXCL).unwrap();
    assert!(file.block_device() && file.readable() && file.writable() && file.direct());
    assert_eq!((file.size(), file.stat().unwrap().size), (1 << 20, 1 << 20));
    assert_eq!(file.truncate(0).unwrap_err().errno, Errno(libc::EINVAL));
    assert_eq!(errno(open(&device.path, O_WRONLY | O_EXCL)), libc::EBUSY);
}

#[test]
fn two_names_of_one_file_have_one_identity() {
    let directory = Directory::on_disk();
    let path = directory.file("a", 512);
    fs::hard_link(&path, directory.join("b")).unwrap();
    let [a, b] = [path, directory.join("b")].map(|path| open(&path, O_RDONLY).unwrap().identity());
    assert_eq!(a, b);
    assert_ne!(a, open(&directory.file("c", 512), O_RDONLY).unwrap().identity());
    let Some(device) = Loop::new(512, 1 << 20) else { return };
    let node = directory.join("node");
    let number = fs::metadata(&device.path).unwrap().rdev();
    // SAFETY: the path is NUL-terminated and lives through the call.
    if unsafe { libc::mknod(name(&node).as_ptr(), libc::S_IFBLK | 0o600, number) } != 0 {
        skip::<()>("no device nodes here");
        return;
    }
    let [a, b] = [device.path.clone(), node].map(|path| open(&path, O_RDONLY).unwrap().identity());
    assert_eq!(a, b);
}
