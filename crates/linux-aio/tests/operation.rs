//! Every opcode, flag and priority against the running kernel: that it does what it says, or that
//! its refusal settles that one operation and none of its neighbours. On a disk filesystem.

mod places;
mod support;

use std::fs::File as PlainFile;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use linux_aio::abi::{self, Opcode};
use linux_aio::error::Errno;
use linux_aio::file::File;
use linux_aio::operation::{Manner, Memory, Operation, Segment, Segments};
use linux_aio::pool::{Pool, PoolOptions};
use support::memory::{self, block, slab};
use support::{BLOCK, Disk, queue, results, settle};

const FULL: i64 = BLOCK as i64;
const REFUSED: Errno = Errno(libc::EINVAL);

fn read(disk: &Disk, memory: Memory, index: usize, manner: Manner) -> Operation {
    Operation::read(Arc::clone(&disk.file), memory, (index * BLOCK) as u64, manner).unwrap()
}

fn write(disk: &Disk, memory: Memory, index: usize, manner: Manner) -> Operation {
    Operation::write(Arc::clone(&disk.file), memory, (index * BLOCK) as u64, manner).unwrap()
}

fn flags(rw_flags: u32) -> Manner {
    Manner { rw_flags, priority: 0 }
}

/// Runs `operation` between a read before and a read after it in the same submit; its result.
fn among_neighbours(disk: &Disk, operation: Operation) -> i64 {
    let slab = slab(2);
    let mut queue = queue(8);
    queue.push(0, read(disk, block(&slab, 0), 0, Manner::default())).unwrap();
    queue.push(1, operation).unwrap();
    queue.push(2, read(disk, block(&slab, 1), 1, Manner::default())).unwrap();
    let results = results(&mut queue);
    assert_eq!((results[0], results[2]), (FULL, FULL), "the neighbours");
    assert!(memory::bytes(&slab) == disk.content()[..2 * BLOCK]);
    results[1]
}

#[test]
fn plain_reads_and_writes_move_their_block() {
    let disk = Disk::new(4);
    let before = disk.content();
    let slab = slab(2);
    memory::fill(&slab, 0, &[0xa5; BLOCK]);
    assert_eq!(among_neighbours(&disk, write(&disk, block(&slab, 0), 3, Manner::default())), FULL);
    assert_eq!(among_neighbours(&disk, read(&disk, block(&slab, 1), 3, Manner::default())), FULL);
    assert!(memory::bytes(&slab)[BLOCK..] == [0xa5; BLOCK]);
    assert!(disk.content()[..3 * BLOCK] == before[..3 * BLOCK]);
}

fn scattered(slab: &Arc<linux_aio::buffer::Slab>, blocks: impl Iterator<Item = usize>) -> Memory {
    let segment = |index| Segment::new(Arc::clone(slab), index * BLOCK, BLOCK).unwrap();
    Memory::Segments(Segments::new(blocks.map(segment).collect()).unwrap())
}

#[test]
fn vectored_operations_move_up_to_1024_segments_in_order() {
    const COUNT: usize = abi::MAX_SEGMENTS;
    let disk = Disk::new(COUNT);
    let before = disk.content();
    let slab = slab(COUNT);
    let backwards = read(&disk, scattered(&slab, (0..COUNT).rev()), 0, Manner::default());
    assert_eq!((backwards.opcode(), backwards.len()), (Opcode::Preadv, (COUNT * BLOCK) as u64));
    assert_eq!(among_neighbours(&disk, backwards), (COUNT * BLOCK) as i64);
    let got = memory::bytes(&slab);
    assert!(got.chunks(BLOCK).rev().eq(before.chunks(BLOCK)));
    let forwards = write(&disk, scattered(&slab, 0..COUNT), 0, Manner::default());
    assert_eq!(forwards.opcode(), Opcode::Pwritev);
    let mut queue = queue(1);
    queue.push(0, forwards).unwrap();
    assert_eq!(results(&mut queue), [(COUNT * BLOCK) as i64]);
    assert!(disk.content() == got);
}

#[test]
fn syncs_complete_with_0() {
    let disk = Disk::new(2);
    for (data_only, opcode) in [(false, Opcode::Fsync), (true, Opcode::Fdsync)] {
        let sync = Operation::sync(Arc::clone(&disk.file), data_only);
        assert_eq!((sync.opcode(), sync.len(), sync.is_empty()), (opcode, 0, true));
        assert_eq!(among_neighbours(&disk, sync), 0);
    }
}

#[test]
fn a_poll_completes_once_when_its_pipe_is_ready() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let mut queue = queue(2);
    let reader: Arc<OwnedFd> = Arc::new(reader.into());
    queue.push(0, Operation::poll(Arc::clone(&reader), libc::POLLIN as u16)).unwrap();
    queue.submit();
    let mut seen = Vec::new();
    queue.wait(1, Some(std::time::Duration::from_millis(20)), |done| seen.push(done.result));
    assert!(seen.is_empty(), "nothing is there to be read");
    writer.write_all(b"x").unwrap();
    assert!(matches!(results(&mut queue)[..], [events] if events & i64::from(libc::POLLIN) != 0));
    writer.write_all(b"y").unwrap();
    assert_eq!(queue.reap(1, |_| panic!("one shot")), 0);
}

#[test]
fn a_read_at_the_end_is_short_and_beyond_it_empty() {
    let directory = places::Directory::on_disk();
    let file = support::open(&directory.file("data", BLOCK + 100), libc::O_RDWR);
    let slab = slab(2);
    let mut queue = queue(2);
    for index in 0..2 {
        let offset = ((index + 1) * BLOCK) as u64;
        queue
            .push(
                index as u32,
                Operation::read(Arc::clone(&file), block(&slab, index), offset, Manner::default()).unwrap(),
            )
            .unwrap();
    }
    assert_eq!(results(&mut queue), [100, 0]);
}

/// What a kernel that lacks a flag, or a file that cannot do it, may answer.
fn clean(result: i64, also: &[i32]) -> bool {
    let refusals = [libc::EOPNOTSUPP, libc::EINVAL].iter().chain(also);
    result == FULL || refusals.into_iter().any(|&errno| Errno(errno).as_result() == result)
}

#[test]
fn each_flag_is_heeded_or_refused_alone() {
    let disk = Disk::new(4);
    let slab = slab(1);
    memory::fill(&slab, 0, &disk.content()[2 * BLOCK..3 * BLOCK]);
    let (never, again): (&[i32], &[i32]) = (&[], &[libc::EAGAIN]);
    for (flag, also) in [
        (abi::RWF_DSYNC, never),
        (abi::RWF_SYNC, never),
        (abi::RWF_NOWAIT, again),
        (abi::RWF_NOAPPEND, never),
        (abi::RWF_ATOMIC, never),
        (abi::RWF_DONTCACHE, never),
    ] {
        let result = among_neighbours(&disk, write(&disk, block(&slab, 0), 2, flags(flag)));
        assert!(clean(result, also), "write with {flag:#x}: {result}");
    }
    for (flag, also) in [(abi::RWF_NOWAIT, again), (abi::RWF_DONTCACHE, never), (abi::RWF_ATOMIC, never)] {
        let result = among_neighbours(&disk, read(&disk, block(&slab, 0), 2, flags(flag)));
        assert!(clean(result, also), "read with {flag:#x}: {result}");
    }
    // Old and everywhere: these are not refused on a disk.
    for flag in [abi::RWF_DSYNC, abi::RWF_SYNC, abi::RWF_DSYNC | abi::RWF_SYNC] {
        assert_eq!(among_neighbours(&disk, write(&disk, block(&slab, 0), 2, flags(flag))), FULL);
    }
}

#[test]
fn append_writes_at_the_end_whatever_the_offset_says() {
    let disk = Disk::new(2);
    let before = disk.content();
    let slab = slab(1);
    memory::fill(&slab, 0, &[7; BLOCK]);
    assert_eq!(among_neighbours(&disk, write(&disk, block(&slab, 0), 0, flags(abi::RWF_APPEND))), FULL);
    let after = disk.content();
    assert!(after[..2 * BLOCK] == before && after[2 * BLOCK..] == [7; BLOCK]);
    // Both at once contradict each other, and the kernels that know both say so.
    let both = write(&disk, block(&slab, 0), 0, flags(abi::RWF_APPEND | abi::RWF_NOAPPEND));
    assert!([REFUSED.as_result(), -i64::from(libc::EOPNOTSUPP)].contains(&among_neighbours(&disk, both)));
}

#[test]
fn an_unknown_flag_is_refused_with_eopnotsupp() {
    let disk = Disk::new(4);
    let slab = slab(1);
    for bit in [1 << 20, 1 << 31] {
        assert_eq!(among_neighbours(&disk, read(&disk, block(&slab, 0), 2, flags(bit))), -i64::from(libc::EOPNOTSUPP));
        assert_eq!(among_neighbours(&disk, write(&disk, block(&slab, 0), 2, flags(bit))), -i64::from(libc::EOPNOTSUPP));
    }
}

#[test]
fn priorities_are_heeded_or_refused_alone() {
    let disk = Disk::new(4);
    let slab = slab(1);
    let with = |class: u16, level: u16| {
        let manner = Manner { rw_flags: 0, priority: class << 13 | level };
        among_neighbours(&disk, read(&disk, block(&slab, 0), 2, manner))
    };
    assert_eq!(with(3, 0), FULL, "idle");
    assert_eq!(with(2, 7), FULL, "best effort");
    assert_eq!(with(4, 0), REFUSED.as_result(), "no such class");
    assert_eq!(with(7, 7), REFUSED.as_result(), "all bits");
    if places::root("the realtime class") {
        assert_eq!(with(1, 4), FULL, "realtime");
    }
}

#[test]
fn what_the_descriptor_does_not_allow_is_refused_alone() {
    let disk = Disk::new(4);
    let file = disk.read_only();
    let slab = slab(1);
    let write = Operation::write(file, block(&slab, 0), 0, Manner::default()).unwrap();
    assert_eq!(among_neighbours(&disk, write), -i64::from(libc::EBADF));
}

#[test]
fn alignment_is_checked_before_the_kernel_is_asked() {
    let disk = Disk::new(4);
    let slab = slab(4);
    let attempt = |offset: u64, at: usize, length: usize| {
        let memory = || Memory::Segment(Segment::new(Arc::clone(&slab), at, length).unwrap());
        let read = Operation::read(Arc::clone(&disk.file), memory(), offset, Manner::default()).err();
        assert_eq!(read, Operation::write(Arc::clone(&disk.file), memory(), offset, Manner::default()).err());
        read
    };
    assert_eq!(attempt(0, 0, BLOCK), None);
    assert_eq!(attempt(0, BLOCK, 2 * BLOCK), None);
    for (offset, at, length) in [(1, 0, BLOCK), (0, 1, BLOCK), (0, 0, BLOCK - 1), (100, 100, 100)] {
        assert_eq!(attempt(offset, at, length), Some(REFUSED), "{offset} {at} {length}");
    }
    assert_eq!(attempt(1 << 63, 0, BLOCK), Some(REFUSED), "the kernel counts in signed numbers");
    assert_eq!(attempt(u64::MAX - 4095, 0, BLOCK), Some(REFUSED));
}

#[test]
fn every_segment_is_checked() {
    let disk = Disk::new(4);
    let slab = slab(4);
    let segments = |odd: (usize, usize)| {
        let ranges = [(0, BLOCK), odd, (2 * BLOCK, BLOCK)];
        let segments = ranges.map(|(at, length)| Segment::new(Arc::clone(&slab), at, length).unwrap());
        let memory = Memory::Segments(Segments::new(segments.into()).unwrap());
        Operation::read(Arc::clone(&disk.file), memory, 0, Manner::default()).err()
    };
    assert_eq!(segments((BLOCK, BLOCK)), None);
    assert_eq!(segments((BLOCK + 1, BLOCK)), Some(REFUSED), "an address");
    assert_eq!(segments((BLOCK, BLOCK - 1)), Some(REFUSED), "a length");
}

#[test]
fn memory_is_needed_and_stays_inside_its_slab() {
    let disk = Disk::new(1);
    let slab = slab(2);
    let none = Operation::read(Arc::clone(&disk.file), Memory::None, 0, Manner::default());
    assert_eq!(none.err(), Some(REFUSED));
    let fault = Some(Errno(libc::EFAULT));
    for (at, length) in [(0, 2 * BLOCK + 1), (BLOCK, 2 * BLOCK), (2 * BLOCK, 1), (usize::MAX, 2), (1, usize::MAX)] {
        assert_eq!(Segment::new(Arc::clone(&slab), at, length).err(), fault, "{at} {length}");
    }
    assert!(Segment::new(Arc::clone(&slab), 2 * BLOCK, 0).is_ok(), "an empty range at the end");
    let one = Segment::new(Arc::clone(&slab), 0, BLOCK).unwrap();
    assert_eq!(Segments::new(Vec::new()).err(), Some(REFUSED));
    assert_eq!(Segments::new(vec![one; abi::MAX_SEGMENTS + 1]).err(), Some(REFUSED));
}

#[test]
fn a_block_of_a_pool_goes_with_the_operation_and_comes_back() {
    let disk = Disk::new(1);
    let mut owned = Pool::new(&PoolOptions::default()).unwrap().acquire(BLOCK).unwrap();
    owned.fill(0x5a);
    let mut queue = queue(1);
    queue.push(9, write(&disk, Memory::Block(owned), 0, Manner::default())).unwrap();
    let done = settle(&mut queue).remove(&9).unwrap();
    assert_eq!(done.result, FULL);
    let Memory::Block(mut owned) = done.operation.unwrap().into_memory() else { panic!("a block went in") };
    assert!(disk.content() == [0x5a; BLOCK]);
    owned.fill(0);
    queue.push(9, read(&disk, Memory::Block(owned), 0, Manner::default())).unwrap();
    let done = settle(&mut queue).remove(&9).unwrap();
    let Memory::Block(owned) = done.operation.unwrap().into_memory() else { panic!("a block went in") };
    assert!(*owned == [0x5a; BLOCK]);
}

#[test]
fn an_operation_keeps_its_file_open() {
    let disk = Disk::new(1);
    let file: Arc<File> = disk.read_only();
    let weak = Arc::downgrade(&file);
    let slab = slab(1);
    let mut queue = queue(1);
    queue.push(0, Operation::read(file, block(&slab, 0), 0, Manner::default()).unwrap()).unwrap();
    // Takes the lowest free descriptor, which the file's would be, had it been closed.
    let other = PlainFile::open("/dev/null").unwrap();
    assert!(weak.upgrade().is_some());
    assert_eq!(results(&mut queue), [FULL]);
    assert!(weak.upgrade().is_none(), "closed with the completion");
    drop(other);
}
