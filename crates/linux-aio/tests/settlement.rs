//! Thousands of operations of every kind, good and bad, mixed and withdrawn at random: each settles
//! exactly once, with a result that it may have, and the file and all memory hold what a model says.
//! Above the running kernel on a disk filesystem; above a simulated one that misbehaves: `simulate`.

mod places;
mod support;

use std::sync::Arc;

use linux_aio::context::Reaping;
use linux_aio::operation::Operation;
use linux_aio::queue::{Queue, QueueOptions};
use linux_aio::sys::Linux;
use support::Disk;
use support::run::{BLOCKS, Files, Run};
use support::simulation::Simulation;

#[test]
fn every_operation_settles_once_on_the_running_kernel() {
    let disk = Disk::new(BLOCKS);
    for seed in 0..12 {
        let files = Files::of(&disk.file, disk.read_only());
        let content = Run::new(Linux, files, disk.content(), seed).finish(2000);
        assert!(disk.content() == content, "seed {seed}");
    }
}

#[test]
fn queues_of_the_running_kernel_may_end_at_any_time() {
    let disk = Disk::new(BLOCKS);
    for seed in 100..130 {
        let files = Files::of(&disk.file, disk.read_only());
        Run::new(Linux, files, disk.content(), seed).abandon(300).check();
    }
}

#[test]
fn completions_that_could_not_be_fetched_are_announced_by_nothing_but_the_queue() {
    let disk = Disk::new(BLOCKS);
    let kernel = Simulation::new(0, disk.content());
    let options = QueueOptions { reaping: Reaping::SystemCall, ..QueueOptions::default() };
    let mut queue = Queue::new(kernel.clone(), options, None).unwrap();
    queue.push(0, Operation::sync(Arc::clone(&disk.file), false)).unwrap();
    assert!(!queue.submit());
    assert_eq!(kernel.complete(1), 1);
    kernel.machine().failing_fetches = 2;
    for _ in 0..2 {
        assert_eq!(queue.reap(1, |_| ()), 0);
        assert!(queue.pump(), "to be asked again");
    }
    assert_eq!(queue.reap(1, |_| ()), 1);
    assert!(!queue.pump());
}
