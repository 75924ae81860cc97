//! What a probe tells of files, directories, devices and of what cannot be used.
//! On a disk filesystem, on tmpfs, and on loop devices where there is root.

mod places;

use std::fs;
use std::path::Path;

use linux_aio::blocking::{Backend, BlockingOperation};
use linux_aio::device::Device;
use linux_aio::error::Errno;
use linux_aio::kernel::{KernelRelease, NowaitPolicy};
use linux_aio::kind::FileKind;
use linux_aio::mount::Mount;
use linux_aio::probe::{DirectSupport, Probe, probe};
use places::{Directory, Loop, Ramfs, name, skip, tmpfs};

fn look(path: &Path) -> Probe {
    probe(&name(path)).unwrap()
}

#[test]
fn a_disk_file_and_its_directory_tell_the_same_filesystem() {
    let directory = Directory::on_disk();
    let file = look(&directory.file("a", 1 << 17));
    let parent = look(directory.path());
    assert_eq!((file.kind, parent.kind), (FileKind::Regular, FileKind::Directory));
    assert_eq!((&file.direct, &parent.direct), (&DirectSupport::Yes, &DirectSupport::Yes));
    assert_eq!(
        (file.filesystem, file.mount_point, file.device),
        (parent.filesystem, parent.mount_point, parent.device)
    );
    assert_eq!(file.backend, parent.backend);
    assert!(file.alignment.is_some() && parent.alignment.is_some());
    assert!(!file.advice.is_empty() && !parent.advice.is_empty());
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "the probe left a file");
}

#[test]
fn the_machine_is_told_too() {
    let directory = Directory::on_disk();
    let found = look(directory.path());
    assert!(!found.kernel.text.is_empty());
    assert!(found.aio.setup.is_ok() || found.advice.iter().any(|line| line.starts_with("No Linux AIO")));
    if let (Some(used), Some(limit)) = (found.aio.in_use, found.aio.limit) {
        assert!(used <= limit);
    }
}

#[test]
fn what_blocks_depends_on_the_filesystem() {
    assert_eq!(Backend::of_file(0xef53, false), Backend::Ext4);
    assert!(Backend::Ext4.blocking().unwrap().contains(&BlockingOperation::Append));
    assert!(!Backend::Xfs.blocking().unwrap().contains(&BlockingOperation::Append));
    assert!(Backend::Btrfs.blocking().unwrap().contains(&BlockingOperation::Overwrite));
    assert!(!Backend::BtrfsNoCow.blocking().unwrap().contains(&BlockingOperation::Overwrite));
    assert!(Backend::of_file(0x0102_1994, false).blocking().unwrap().contains(&BlockingOperation::Read));
    assert_eq!(Backend::of_file(0x1234, false).blocking(), None);
    assert_eq!(Backend::of_device(Some("zram0")), Backend::MemoryDevice);
    assert_eq!(Backend::of_device(Some("ramsan1")), Backend::BlockDevice);
    assert_eq!(Backend::of_device(None), Backend::BlockDevice);
}

#[test]
fn what_cannot_be_used_is_told_and_no_error() {
    for (path, kind) in [("/dev/null", FileKind::CharDevice), ("/proc/self/status", FileKind::Pseudo)] {
        if !Path::new(path).exists() {
            skip::<()>(&format!("no {path}"));
            continue;
        }
        let found = look(Path::new(path));
        assert_eq!(found.kind, kind);
        assert!(matches!(found.direct, DirectSupport::No(_)), "{found:?}");
        assert_eq!((found.alignment, found.blocking), (None, None));
        assert!(found.advice[0].starts_with("Direct I/O is not possible here"), "{:?}", found.advice);
    }
    let directory = Directory::on_disk();
    let fifo = directory.join("fifo");
    // SAFETY: the path is NUL-terminated and lives through the call.
    assert_eq!(unsafe { libc::mkfifo(name(&fifo).as_ptr(), 0o600) }, 0);
    assert_eq!(look(&fifo).kind, FileKind::Fifo);
    if Path::new("/proc/self").exists() {
        let found = look(Path::new("/proc"));
        assert!(matches!(found.direct, DirectSupport::No(_)), "{found:?}");
    }
}

#[test]
fn a_missing_path_is_an_error() {
    let directory = Directory::on_disk();
    let failure = probe(&name(&directory.join("missing"))).unwrap_err();
    assert_eq!((failure.errno, failure.syscall), (Errno(libc::ENOENT), "open"));
}

#[test]
fn a_file_that_may_not_be_read_still_has_its_facts() {
    use std::os::unix::fs::PermissionsExt;
    let directory = Directory::on_disk();
    let path = directory.file("a", 4096);
    fs::set_permissions(&path, PermissionsExt::from_mode(0o000)).unwrap();
    let found = places::unprivileged(|| look(&path));
    assert!(matches!(found.direct, DirectSupport::Unknown(_)), "{:?}", found.direct);
    assert!(found.filesystem.is_some() && found.alignment.is_none());
}

#[test]
fn a_filesystem_without_o_direct_is_named() {
    let Some(ramfs) = Ramfs::new() else { return };
    let file = ramfs.path().join("a");
    fs::write(&file, "content").unwrap();
    for path in [file.as_path(), ramfs.path()] {
        let found = look(path);
        assert!(matches!(&found.direct, DirectSupport::No(why) if why.contains("ramfs")), "{:?}", found.direct);
        if Path::new("/proc/self/mountinfo").exists() {
            assert_eq!(found.mount_point.as_deref(), Some(ramfs.path().canonicalize().unwrap().as_path()));
        }
    }
}

#[test]
fn a_block_device_tells_its_queue() {
    let Some(device) = Loop::new(4096, 1 << 20) else { return };
    let found = look(&device.path);
    assert_eq!((found.kind, found.filesystem, found.mount_point), (FileKind::BlockDevice, None, None));
    assert_eq!((found.direct, found.backend), (DirectSupport::Yes, Backend::BlockDevice));
    if !Path::new("/sys/dev/block").exists() {
        skip::<()>("no /sys/dev/block");
        return;
    }
    let queue = found.device.unwrap();
    assert_eq!(Some(queue.name.as_str()), device.path.file_name().unwrap().to_str());
    assert_eq!(queue.logical_block_size, Some(4096));
    assert!(queue.nr_requests.is_some_and(|count| count > 0));
}

#[test]
fn tmpfs_completes_inside_submit() {
    let Some(base) = tmpfs() else { return };
    let found = look(base);
    assert_eq!((found.filesystem.as_deref(), found.backend), (Some("tmpfs"), Backend::Memory));
    assert_eq!(found.device, None);
}

/// A sysfs of our own; the values are what the kernel has written at one time or another, and worse.
fn sysfs(directory: &Directory, attributes: &[(&str, &[u8])]) -> u64 {
    let disk = directory.join("devices/disk");
    fs::create_dir_all(disk.join("part1")).unwrap();
    fs::create_dir_all(disk.join("queue")).unwrap();
    fs::create_dir_all(directory.join("dev/block")).unwrap();
    fs::write(disk.join("part1/partition"), "1\n").unwrap();
    std::os::unix::fs::symlink("../../devices/disk/part1", directory.join("dev/block/8:1")).unwrap();
    for (name, value) in attributes {
        fs::write(disk.join("queue").join(name), value).unwrap();
    }
    libc::makedev(8, 1)
}

#[test]
fn a_partition_has_the_queue_of_its_disk() {
    let directory = Directory::on_disk();
    let attributes: [(&str, &[u8]); 6] = [
        ("nr_requests", b"256\n"),
        ("write_cache", b"write back\n"),
        ("fua", b"1\n"),
        ("scheduler", b"none [mq-deadline] kyber\n"),
        ("dma_alignment", b"511\n"),
        ("rotational", b"0\n"),
    ];
    let dev = sysfs(&directory, &attributes);
    let device = Device::find_in(directory.path(), dev).unwrap();
    assert_eq!((device.name.as_str(), device.disk.as_deref(), device.number), ("part1", Some("disk"), (8, 1)));
    assert_eq!((device.nr_requests, device.write_cache, device.fua), (Some(256), Some(true), Some(true)));
    assert_eq!((device.scheduler.as_deref(), device.dma_alignment), (Some("mq-deadline"), Some(512)));
    assert_eq!((device.rotational, device.max_segments), (Some(false), None));
}

#[test]
fn odd_attributes_are_not_told() {
    let directory = Directory::on_disk();
    let attributes: [(&str, &[u8]); 7] = [
        ("nr_requests", b"0\n"),
        ("write_cache", b"\xff\xfe"),
        ("fua", b"maybe"),
        ("scheduler", b"\n"),
        ("dma_alignment", b"4294967295"),
        ("logical_block_size", b"-1"),
        ("max_sectors_kb", b"99999999999999999999"),
    ];
    let dev = sysfs(&directory, &attributes);
    let device = Device::find_in(directory.path(), dev).unwrap();
    let told = Device { write_cache: Some(false), ..Device::default() };
    let expected = Device { name: device.name.clone(), number: device.number, disk: device.disk.clone(), ..told };
    assert_eq!(device, expected);
    assert_eq!(Device::find_in(directory.path(), libc::makedev(9, 9)), None);
    assert_eq!(Device::find_in(&directory.join("nowhere"), dev), None);
}

#[test]
fn mountinfo_lines_are_read_and_odd_ones_passed_over() {
    let line = br"36 35 98:0 /mnt1 /mnt\0402\134x ro,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue";
    let mount = Mount::parse(line).unwrap();
    assert_eq!((mount.id, mount.point.to_str(), mount.read_only), (36, Some(r"/mnt 2\x"), true));
    assert_eq!((mount.filesystem.as_str(), mount.source.to_str()), ("ext3", Some("/dev/root")));
    let odd: [&[u8]; 6] =
        [b"", b"x", b"1 2 3", b"1 2 0:1 / /a rw - ", b"1 2 0:1 / /a rw ext4 x", b"\xff 2 0:1 / /a rw - a b c"];
    for line in odd {
        assert_eq!(Mount::parse(line), None, "{}", String::from_utf8_lossy(line));
    }
    assert_eq!(Mount::parse(br"1 2 0:1 / /a\9\04 rw - a b").unwrap().point.to_str(), Some(r"/a\9\04"));
}

#[test]
fn releases_decide_on_nowait() {
    let cases = [
        ("3.10.0-1160.el7", NowaitPolicy::Never),
        ("4.12.14", NowaitPolicy::Never),
        ("4.13.0", NowaitPolicy::Reads),
        ("5.15.0-91-generic", NowaitPolicy::Reads),
        ("6.18.44", NowaitPolicy::Reads),
        ("7.0-rc1", NowaitPolicy::Always),
        ("10.1", NowaitPolicy::Always),
        ("garbage", NowaitPolicy::Never),
        ("", NowaitPolicy::Never),
    ];
    for (text, policy) in cases {
        assert_eq!(KernelRelease::parse(text).nowait(), policy, "{text}");
    }
    let release = KernelRelease::parse("6.12.0-1-amd64");
    assert_eq!((release.major, release.minor), (6, 12));
}
