//! One context: set-up, reaping with a limit and a timeout, and what a panic leaves behind.
//! On a disk filesystem.

mod places;
mod support;

use std::collections::BTreeSet;
use std::os::fd::AsRawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use linux_aio::abi::{Iocb, Opcode};
use linux_aio::context::{Context, Reaping};
use linux_aio::error::Errno;
use linux_aio::sys::{Kernel, Linux};
use support::Disk;
use support::simulation::Simulation;

const BOTH: [Reaping; 2] = [Reaping::Ring, Reaping::SystemCall];

/// FDSYNCs: they need no memory, complete by themselves, and their iocbs are not looked at again.
fn submit<K: Kernel>(context: &Context<K>, disk: &Disk, data: std::ops::Range<u64>) {
    let fd = disk.file.fd().as_raw_fd().cast_unsigned();
    let iocb = |data| Iocb { data, opcode: Opcode::Fdsync as u16, fd, ..Iocb::default() };
    let mut iocbs: Vec<Iocb> = data.map(iocb).collect();
    let mut pointers: Vec<*mut Iocb> = iocbs.iter_mut().map(std::ptr::from_mut).collect();
    // SAFETY: live, writable iocbs of operations without memory.
    assert_eq!(unsafe { context.submit(&mut pointers) }, Ok(iocbs.len()));
}

/// Waits until `count` events have come, at most `limit` at a time.
fn collect<K: Kernel>(context: &mut Context<K>, count: usize, limit: usize) -> BTreeSet<u64> {
    let mut data = BTreeSet::new();
    while data.len() < count {
        let before = data.len();
        let told = context.wait(limit, None, |event| assert!(data.insert(event.data), "seen twice"));
        assert_eq!(told, data.len() - before);
        assert!(told <= limit);
    }
    data
}

#[test]
fn what_io_setup_refuses_is_told_with_its_name() {
    let failure = Context::new(Linux, 0, Reaping::Ring).unwrap_err();
    assert_eq!((failure.errno, failure.syscall), (Errno(libc::EINVAL), "io_setup"));
    let failure = Context::new(Linux, 0x1000_0000, Reaping::Ring).unwrap_err();
    assert!(matches!(failure.errno.0, libc::EAGAIN | libc::EINVAL), "{failure:?}");
}

#[test]
fn events_are_handed_on_once_whatever_the_limit() {
    let disk = Disk::new(1);
    for reaping in BOTH {
        // 64 is what one system call fetches.
        for limit in [1, 7, 64, 65, 1000] {
            let mut context = Context::new(Linux, 200, reaping).unwrap();
            submit(&context, &disk, 0..200);
            assert_eq!(collect(&mut context, 200, limit), (0..200).collect());
            assert_eq!(context.reap(limit, |_| panic!("one too many")), 0);
        }
    }
}

#[test]
fn reaping_fetches_more_than_one_call_can() {
    let disk = Disk::new(1);
    for reaping in BOTH {
        let mut context = Context::new(Linux, 200, reaping).unwrap();
        submit(&context, &disk, 0..200);
        let mut events = 0;
        while events < 150 {
            events += context.reap(150 - events, |_| ());
        }
        assert_eq!(events, 150);
        assert_eq!(collect(&mut context, 50, usize::MAX).len(), 50);
    }
}

#[test]
fn waiting_ends_with_the_timeout() {
    for reaping in BOTH {
        let mut context = Context::new(Linux, 4, reaping).unwrap();
        let start = Instant::now();
        assert_eq!(context.wait(1, Some(Duration::from_millis(50)), |_| panic!("no event")), 0);
        assert!(start.elapsed() >= Duration::from_millis(50));
        assert_eq!(context.wait(0, None, |_| panic!("no event")), 0, "no wait for nothing");
    }
}

#[test]
fn a_taker_that_panics_leaves_the_other_events() {
    let disk = Disk::new(1);
    for reaping in BOTH {
        let mut context = Context::new(Linux, 20, reaping).unwrap();
        submit(&context, &disk, 0..20);
        let mut seen = BTreeSet::new();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            loop {
                context.wait(20, None, |event| {
                    assert!(seen.insert(event.data), "seen twice");
                    assert!(seen.len() < 5, "enough");
                });
            }
        }));
        assert!(panicked.is_err());
        let rest = collect(&mut context, 20 - seen.len(), 20);
        assert_eq!(seen.len() + rest.len(), 20);
        assert!(seen.is_disjoint(&rest));
    }
}

#[test]
fn an_interrupted_wait_ends_with_nothing_and_loses_nothing() {
    let disk = Disk::new(1);
    for readable in [true, false] {
        let kernel = Simulation::new(1, Vec::new());
        kernel.machine().readable_rings = readable;
        let mut context = Context::new(kernel.clone(), 4, Reaping::Ring).unwrap();
        assert_eq!(context.reaps_in_user_space(), readable);
        submit(&context, &disk, 0..2);
        kernel.machine().interruptions = 1;
        assert_eq!(context.wait(4, None, |_| panic!("interrupted")), 0);
        assert_eq!(collect(&mut context, 2, 4), [0, 1].into());
    }
}

#[test]
fn a_context_may_move_to_another_thread() {
    let disk = Disk::new(1);
    let mut context = Context::new(Linux, 8, Reaping::Ring).unwrap();
    submit(&context, &disk, 0..4);
    let context = std::thread::spawn(move || {
        assert_eq!(collect(&mut context, 4, 8).len(), 4);
        submit(&context, &disk, 4..8);
        context
    });
    assert_eq!(collect(&mut context.join().unwrap(), 4, 8), (4..8).collect());
}

#[test]
fn dropping_ends_the_context_for_the_kernel() {
    let kernel = Simulation::new(1, Vec::new());
    let disk = Disk::new(1);
    let context = Context::new(kernel.clone(), 4, Reaping::Ring).unwrap();
    submit(&context, &disk, 0..3);
    drop(context);
    assert_eq!(kernel.complete(3), 0, "all were waited for");
}
