//! What would block inside io_submit is carried out by helpers: what goes to them, in which order it is
//! done, that their threads are few and end. On a disk filesystem, above the running kernel.

mod places;
mod support;

use std::io::{Seek, SeekFrom, Write};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use linux_aio::abi::{Opcode, RWF_APPEND, RWF_DSYNC, RWF_NOWAIT};
use linux_aio::blocking::{Backend, BlockingOperation};
use linux_aio::file::File;
use linux_aio::helper;
use linux_aio::operation::{Manner, Memory, Operation, Run, Segment};
use linux_aio::queue::{Helping, Queue, QueueOptions};
use linux_aio::sys::Linux;
use places::name;
use support::memory::{block, bytes, fill, slab};
use support::simulation::Simulation;
use support::{BLOCK, Disk, open, options, results};

const FULL: i64 = BLOCK as i64;

fn helped(helping: Helping) -> Queue<Linux> {
    Queue::new(Linux, QueueOptions { helping, ..options(128) }, None).unwrap()
}

fn write(file: &Arc<File>, memory: Memory, index: usize, rw_flags: u32) -> Operation {
    Operation::write(Arc::clone(file), memory, (index * BLOCK) as u64, Manner { rw_flags, priority: 0 }).unwrap()
}

#[test]
fn writes_that_extend_are_helped_where_they_block_and_others_are_not() {
    let disk = Disk::new(4);
    let slab = slab(8);
    let blocks = disk.file.backend().blocking().is_some_and(|what| what.contains(&BlockingOperation::Append));
    let mut queue = helped(Helping::AsNeeded);
    for index in 0..8 {
        fill(&slab, index * BLOCK, &[index as u8; BLOCK]);
        queue.push(index as u32, write(&disk.file, block(&slab, index), index, 0)).unwrap();
    }
    assert_eq!(results(&mut queue), [FULL; 8]);
    assert_eq!(queue.stats().helped, if blocks { 4 } else { 0 });
    let content = disk.content();
    assert!((0..8).all(|index| content[index * BLOCK..][..BLOCK].iter().all(|&byte| byte == index as u8)));
    for index in 0..8 {
        queue.push(index as u32, write(&disk.file, block(&slab, index), index, 0)).unwrap();
    }
    assert_eq!(results(&mut queue), [FULL; 8]);
    assert_eq!(queue.stats().helped, if blocks { 4 } else { 0 }, "what is inside the file now is not helped");
}

#[test]
fn reads_of_several_runs_go_each_their_own_way() {
    let disk = Disk::new(8);
    let buffered = File::open_buffered(&name(&disk.directory.join("data")), libc::O_RDONLY, 0).unwrap();
    let slab = slab(8);
    let run = |file: &Arc<File>| {
        Run::new(Opcode::Pread, Arc::clone(file), Arc::clone(&slab), BLOCK, Manner::default()).unwrap()
    };
    let runs = [run(&disk.file), run(&Arc::new(buffered)), run(&disk.file)];
    let mut queue = helped(Helping::AsNeeded);
    for index in 0..8 {
        let place = (7 - index) * BLOCK;
        let operation = runs[index % 3].operation((index * BLOCK) as u64, place).unwrap();
        queue.push(index as u32, operation).unwrap();
    }
    assert_eq!(results(&mut queue), [FULL; 8]);
    assert_eq!(queue.stats().helped, 3, "those past no page cache");
    let content = disk.content();
    let read = bytes(&slab);
    assert!((0..8).all(|index| content[index * BLOCK..][..BLOCK] == read[(7 - index) * BLOCK..][..BLOCK]));
}

#[test]
fn what_is_inside_a_file_does_not_wait_on_the_loop_for_who_extends_it() {
    let disk = Disk::new(1);
    let slab = slab(1);
    let blocks = disk.file.backend().blocking().is_some_and(|what| what.contains(&BlockingOperation::Append));
    let kernel = Simulation::new(0, vec![0; 2 * BLOCK]);
    kernel.machine().chances.slow_help = 1000;
    let mut queue = Queue::new(kernel.clone(), options(128), None).unwrap();
    for (slot, index, helped) in [(0, 0, 0), (1, 1, 1), (2, 0, 2)] {
        queue.push(slot, write(&disk.file, block(&slab, 0), index, 0)).unwrap();
        queue.submit();
        assert_eq!(queue.stats().helped, if blocks { helped } else { 0 });
    }
    assert_eq!(results(&mut queue), [FULL; 3]);
    queue.push(0, write(&disk.file, block(&slab, 0), 0, 0)).unwrap();
    assert_eq!(results(&mut queue), [FULL]);
    assert_eq!(queue.stats().helped, if blocks { 2 } else { 0 }, "nobody extends it any more");
}

#[test]
fn operations_whose_pages_take_long_to_pin_are_helped() {
    let most = (8 << 20) / BLOCK;
    let disk = Disk::new(most);
    let slab = slab(most + 1);
    let mut queue = helped(Helping::AsNeeded);
    for (slot, blocks, helped) in [(0, most, 0), (1, most + 1, 1)] {
        let memory = Memory::Segment(Segment::new(Arc::clone(&slab), 0, blocks * BLOCK).unwrap());
        let read = Operation::read(Arc::clone(&disk.file), memory, 0, Manner::default()).unwrap();
        queue.push(slot, read).unwrap();
        assert_eq!(results(&mut queue), [8 << 20]);
        assert_eq!(queue.stats().helped - queue.stats().nowait_refusals, helped);
    }
}

#[test]
fn nothing_is_helped_where_that_is_not_wanted() {
    let disk = Disk::new(1);
    let slab = slab(8);
    let mut queue = helped(Helping::Never);
    (0..8).for_each(|index| queue.push(index as u32, write(&disk.file, block(&slab, index), index, 0)).unwrap());
    assert_eq!(results(&mut queue), [FULL; 8]);
    assert_eq!(queue.stats().helped, 0);
}

#[test]
fn appends_are_carried_out_in_the_order_of_their_submission() {
    let disk = Disk::new(0);
    let slab = slab(100);
    let mut queue = helped(Helping::Always);
    for index in 0..100 {
        fill(&slab, index * BLOCK, &[index as u8; BLOCK]);
        queue.push(99 - index as u32, write(&disk.file, block(&slab, index), 0, RWF_APPEND)).unwrap();
    }
    assert_eq!(results(&mut queue), [FULL; 100]);
    let content = disk.content();
    assert_eq!(content.len(), 100 * BLOCK);
    assert!((0..100).all(|index| content[index * BLOCK] == index as u8));
}

#[test]
fn a_read_that_the_kernel_would_not_take_without_blocking_is_repeated() {
    let disk = Disk::new(64);
    // Pages that wait to be written: a direct read has to write them first.
    let mut buffered = std::fs::OpenOptions::new().write(true).open(disk.directory.join("data")).unwrap();
    let slab = slab(64);
    let mut queue = helped(Helping::AsNeeded);
    for round in 1..=20u8 {
        buffered.seek(SeekFrom::Start(0)).unwrap();
        buffered.write_all(&vec![round; 64 * BLOCK]).unwrap();
        for index in 0..64 {
            let offset = (index * BLOCK) as u64;
            let read = Operation::read(Arc::clone(&disk.file), block(&slab, index), offset, Manner::default()).unwrap();
            queue.push(index as u32, read).unwrap();
        }
        assert_eq!(results(&mut queue), [FULL; 64]);
        assert!(support::memory::range(&slab, 0, 64 * BLOCK).iter().all(|&byte| byte == round));
    }
    let stats = queue.stats();
    assert!(stats.nowait_refusals <= stats.helped && stats.failed == 0);
}

#[test]
fn who_asks_for_nowait_hears_the_kernel_himself() {
    let disk = Disk::new(1);
    let slab = slab(1);
    let mut queue = helped(Helping::AsNeeded);
    queue.push(0, write(&disk.file, block(&slab, 0), 1, RWF_NOWAIT)).unwrap();
    let [result] = results(&mut queue)[..] else { panic!("one") };
    let answers = [FULL, -i64::from(libc::EAGAIN), -i64::from(libc::EOPNOTSUPP)];
    assert!(answers.contains(&result), "{result}");
    assert_eq!(queue.stats().helped, 0);
}

#[test]
fn writes_that_extend_a_file_are_carried_out_together_as_far_as_they_adjoin() {
    const GAP: usize = 100;
    for rw_flags in [0, RWF_DSYNC] {
        let disk = Disk::new(0);
        let ordered = matches!(disk.file.backend(), Backend::Ext4 | Backend::Overlay | Backend::Xfs);
        let slab = slab(2 * GAP);
        let mut queue = helped(Helping::AsNeeded);
        let places: Vec<usize> = (0..60).chain(GAP..GAP + 60).collect();
        for (slot, &index) in places.iter().enumerate() {
            fill(&slab, index * BLOCK, &[index as u8 + 1; BLOCK]);
            queue.push(slot as u32, write(&disk.file, block(&slab, index), index, rw_flags)).unwrap();
        }
        assert_eq!(results(&mut queue), [FULL; 120]);
        let stats = queue.stats();
        assert!(stats.joined <= stats.helped && (stats.joined > 0) == ordered, "{stats:?}");
        let content = disk.content();
        assert_eq!(content.len(), (GAP + 60) * BLOCK);
        for (index, block) in content.chunks(BLOCK).enumerate() {
            let expected = if places.contains(&index) { index as u8 + 1 } else { 0 };
            assert!(block.iter().all(|&byte| byte == expected), "{index}");
        }
    }
}

#[test]
fn writes_of_different_manners_or_too_many_bytes_are_not_carried_out_together() {
    let disk = Disk::new(0);
    let large = (1 << 20) / BLOCK;
    let slab = slab(3 * large);
    let mut queue = helped(Helping::Always);
    for (slot, rw_flags) in [0, RWF_DSYNC, 0, RWF_DSYNC, 0, RWF_DSYNC].into_iter().enumerate() {
        queue.push(slot as u32, write(&disk.file, block(&slab, slot), slot, rw_flags)).unwrap();
    }
    assert_eq!(results(&mut queue), [FULL; 6]);
    for slot in 0..3 {
        let memory = Memory::Segment(Segment::new(Arc::clone(&slab), slot * large * BLOCK, large * BLOCK).unwrap());
        let offset = ((6 + slot * large) * BLOCK) as u64;
        let operation = Operation::write(Arc::clone(&disk.file), memory, offset, Manner::default()).unwrap();
        queue.push(slot as u32, operation).unwrap();
    }
    assert_eq!(results(&mut queue), [1 << 20; 3]);
    assert_eq!(queue.stats().joined, 0);
}

#[test]
fn bad_operations_fail_alone() {
    let disk = Disk::new(1);
    let slab = slab(2);
    let reader = disk.read_only();
    let mut queue = helped(Helping::Always);
    queue.push(0, write(&reader, block(&slab, 0), 0, 0)).unwrap();
    queue.push(1, write(&disk.file, block(&slab, 1), 0, 1 << 20)).unwrap();
    let manner = Manner { rw_flags: 0, priority: 7 << 13 };
    queue.push(2, Operation::read(Arc::clone(&disk.file), block(&slab, 0), 0, manner).unwrap()).unwrap();
    queue.push(3, Operation::sync(Arc::clone(&disk.file), true)).unwrap();
    queue.push(4, write(&disk.file, block(&slab, 1), 0, 0)).unwrap();
    let expected = [libc::EBADF, libc::EOPNOTSUPP, libc::EINVAL].map(|errno| -i64::from(errno));
    assert_eq!(results(&mut queue), [expected.as_slice(), &[0, FULL]].concat());
}

#[test]
fn a_queue_that_goes_waits_for_its_helpers() {
    let disk = Disk::new(0);
    for round in 0..20 {
        let slab = slab(64);
        let mut queue = helped(Helping::Always);
        (0..64).for_each(|index| {
            queue.push(index as u32, write(&disk.file, block(&slab, index), 64 * round + index, 0)).unwrap();
        });
        queue.submit();
        drop(queue);
        assert_eq!((Arc::strong_count(&slab), Arc::strong_count(&disk.file)), (1, 1));
        assert_eq!(disk.content().len(), 64 * (round + 1) * BLOCK);
    }
}

#[test]
fn threads_are_few_and_end() {
    let disk = Disk::new(0);
    let files: Vec<_> = (0..40)
        .map(|number| {
            let path = disk.directory.file(&format!("file-{number}"), 0);
            open(&path, libc::O_RDWR)
        })
        .collect();
    let slab = slab(1);
    let mut queue = helped(Helping::Always);
    for slot in 0..400 {
        let file = &files[slot % files.len()];
        queue.push(slot as u32, write(file, block(&slab, 0), slot / files.len(), 0)).unwrap();
    }
    assert_eq!(results(&mut queue), [FULL; 400]);
    assert!((1..=helper::MOST).contains(&helper::threads()));
    let end = Instant::now() + Duration::from_secs(60);
    while helper::threads() > 0 && Instant::now() < end {
        thread::sleep(helper::IDLE / 4);
    }
    assert_eq!(helper::threads(), 0);
    queue.push(0, write(&files[0], block(&slab, 0), 0, 0)).unwrap();
    assert_eq!(results(&mut queue), [FULL], "and are started again");
}
