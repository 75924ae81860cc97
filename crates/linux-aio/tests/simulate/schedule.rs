//! One schedule: files, a kernel with its faults, a queue, and what becomes of it, all from a seed.

use std::os::fd::AsRawFd;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use crate::blocking::Backend;
use crate::error::Errno;
use crate::file::{File, simulated::Facts};
use crate::support::BLOCK;
use crate::support::faults::{Chances, Descriptor};
use crate::support::random::Random;
use crate::support::run::{Files, Run};
use crate::support::simulation::Simulation;
use crate::support::witness::Witness;

/// Steps of most schedules and of every thousandth: pushes, submits, reaps, withdrawals, what the kernel does.
const STEPS: usize = 40;
const LONG: usize = 2000;
/// Of the disk.
const BLOCKS: usize = 48;
const BACKENDS: [Backend; 6] =
    [Backend::Xfs, Backend::Ext4, Backend::Btrfs, Backend::Memory, Backend::BlockDevice, Backend::Other];
const IN_MEMORY: [Backend; 2] = [Backend::Memory, Backend::MemoryDevice];
/// What the disk holds at first.
static CONTENT: LazyLock<Vec<u8>> = LazyLock::new(|| Random::new(0).bytes(BLOCKS * BLOCK));

/// Three files on two devices, each of a kind and with limits that the seed chooses.
fn files(kernel: &Simulation, random: &mut Random) -> Files {
    // Of one kind, so that chunks are, too.
    let in_memory = random.chance(300);
    let limits = if in_memory { [None; 5] } else { [None, Some(1), Some(2), Some(3), Some(8)] };
    let devices = [0, 1].map(|device| (device, limits[random.below(limits.len())]));
    let mut file = |(device, requests), read_only| {
        let backends = if in_memory { &IN_MEMORY[..] } else { &BACKENDS };
        let backend = backends[random.below(backends.len())];
        // Of a part it is not known that it is there.
        let size = (BLOCKS * BLOCK / [1, 2][random.below(2)]) as u64;
        let file = File::simulated(Facts { backend, device, requests, size });
        let refuses_nowait = random.chance(300);
        let in_memory = IN_MEMORY.contains(&backend);
        let machine = &mut *kernel.machine();
        machine
            .descriptors
            .insert(file.fd().as_raw_fd().cast_unsigned(), Descriptor { refuses_nowait, read_only, in_memory });
        if let Some(requests) = requests {
            machine.ledger.limits.insert(device, requests as usize);
        }
        (Arc::new(file), device)
    };
    Files {
        writable: vec![file(devices[0], false), file(devices[0], false), file(devices[1], false)],
        read_only: file(devices[1], true),
    }
}

/// One whose faults the seed chooses; every sixteenth has none but delays.
fn kernel(seed: u64, random: &mut Random, content: Vec<u8>) -> Simulation {
    let kernel = Simulation::new(seed, content);
    let healthy = random.chance(60);
    let mut chance = |most: usize| if healthy { 0 } else { random.below(most) as u32 };
    let chances = Chances {
        refusal: chance(700),
        short_submit: chance(700),
        interruption: chance(500),
        short_fetch: chance(500),
        failing_fetch: chance(300),
        inline: chance(500),
        failure: chance(100),
        short_count: chance(100),
        nowait_refusal: chance(700),
        pairing: chance(1000),
        late_partner: chance(600),
        slow_help: chance(1000),
        late_help: chance(200),
        dropped_help: chance(100),
        late_wakeup: chance(400),
        failing_setup: chance(300),
    };
    let machine = &mut *kernel.machine();
    machine.chances = chances;
    machine.submit_time = Duration::from_micros([0, 0, 20, 700, 3000][random.below(5)]);
    machine.readable_rings = !random.chance(300);
    machine.ledger.hopeless = random.chance(5);
    kernel.clone()
}

/// Runs the schedule of a seed; a digest of all that the kernel was asked for and answered.
pub fn schedule(seed: u64) -> u64 {
    let mut random = Random::new(seed ^ 0x5eed);
    let content = CONTENT.clone();
    let kernel = kernel(seed, &mut random, content.clone());
    let files = files(&kernel, &mut random);
    let writable: Vec<_> = files.writable.iter().map(|(file, _)| Arc::clone(file)).collect();
    let run = Run::new(kernel.clone(), files, content, seed);
    kernel.machine().ledger.depth = Some(run.queue.options().depth as usize);
    let steps = if seed % 1000 == 999 { LONG } else { STEPS };
    match seed % 4 {
        0 if seed % 2000 == 1000 => outlive(&kernel, run, steps),
        0 => {
            run.abandon(steps).check();
            assert_eq!(kernel.holds().0, 0, "the kernel has something left");
        }
        _ => {
            let content = run.finish(steps);
            assert!(kernel.machine().disk == content, "the disk holds something else");
            assert!(writable.iter().all(|file| !file.history().written.any()), "writes that never end");
        }
    }
    let machine = kernel.machine();
    machine.trace ^ machine.submits
}

/// The queue ends and io_destroy refuses: nobody has waited, and what the kernel has must stay.
fn outlive(kernel: &Simulation, run: Run<Simulation>, steps: usize) {
    kernel.machine().destroy = Some(Errno(libc::EPERM));
    // Completions go on, and the kernel would have the eventfd as long as they do.
    let _notifier = run.notifier.clone();
    let abandoned = run.abandon(steps);
    let (taken, _) = kernel.holds();
    kernel.complete(usize::MAX);
    kernel.machine().help_all();
    abandoned.forget(taken);
}
