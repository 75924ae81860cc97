//! The ceiling: direct reads or writes, at random or one behind the other, by the tightest loop over the same system calls.
//! Everything that is built on them is measured against it.
//!
//! ```text
//! cargo run --release -p linux-aio --example ceiling -- --path FILE [OPTIONS]
//!   --path FILE         a file or block device, opened with O_DIRECT, read-only without --write
//!   --size BYTES        how much of it to read from or overwrite (all of it)
//!   --depth N           operations in flight, 1 to 4096 (32)
//!   --threads N         so many share the operations and the depth, which they divide; at random only (1)
//!   --block BYTES       length of one, a multiple of what O_DIRECT asks for (4096)
//!   --batch N           most iocbs in one io_submit; 0: all that completed (0)
//!   --min-events N      completions that a turn waits for (1)
//!   --reap ring|syscall read completions in the mapped ring and call io_getevents only where it
//!                       holds too few, or always call io_getevents (ring)
//!   --seconds S         length of the measurement (2)
//!   --warmup S          the same loop before it, not counted (0.5)
//!   --seed N            of the random sequence of positions, 32 bits (1)
//!   --sequential        one block after the other, from the first to the last and again; otherwise at random
//!   --write             overwrite instead of reading: what was there is lost
//!   --verify N          no measurement, and one thread: N reads, each compared with the benchmark's pattern, or
//!                       N writes of it
//!   --json              one line "measuring" when the warm-up is over, then one line of JSON
//! ```
//!
//! One thread, or each for itself: a context, page-aligned blocks of memory, an iocb for each. Whatever completed is
//! submitted again in one io_submit; nothing is allocated, looked up or locked on the way. It calls the kernel
//! by `libc::syscall` and takes only layouts from the crate, so that a slower crate cannot lower it.
//!
//! # References
//! io_setup(2), io_submit(2), io_getevents(2), open(2) on O_DIRECT, getrusage(2)

#[path = "ceiling/engine.rs"]
mod engine;
#[path = "ceiling/options.rs"]
mod options;
#[path = "ceiling/positions.rs"]
mod positions;

use std::error::Error;
use std::fs::OpenOptions;
use std::io::{self, Seek, SeekFrom, Write};
use std::mem;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::process;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use engine::{Counters, Engine};
use options::Options;
use positions::{Order, Positions, Weyl, fill_pattern, mark, matches_pattern};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// What the process has used until now.
struct Usage {
    cpu: Duration,
    voluntary_switches: i64,
    involuntary_switches: i64,
}

fn usage() -> Usage {
    // SAFETY: all zeroes is a valid `rusage`, and getrusage(2) writes one to a live local.
    let usage = unsafe {
        let mut usage: libc::rusage = mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &raw mut usage);
        usage
    };
    let duration =
        |time: libc::timeval| Duration::from_micros((time.tv_sec * 1_000_000 + time.tv_usec).cast_unsigned());
    Usage {
        cpu: duration(usage.ru_utime) + duration(usage.ru_stime),
        voluntary_switches: usage.ru_nvcsw,
        involuntary_switches: usage.ru_nivcsw,
    }
}

/// Reads `count` blocks and compares each with the pattern, or writes as many, each with the pattern.
fn verify(count: usize, engine: &mut Engine, options: &Options, positions: &mut Positions) -> Outcome<String> {
    let mut started = 0;
    let mut start = |slot: usize, engine: &mut Engine| {
        if started == count {
            return;
        }
        let position = positions.next();
        if options.write {
            fill_pattern(engine.block(slot).0, position);
        }
        engine.prepare(slot, position);
        started += 1;
    };
    for slot in 0..options.depth {
        start(slot, engine);
    }
    while !engine.is_idle() {
        for index in 0..engine.turn(options)? {
            let slot = engine.completed(index);
            let (block, position) = engine.block(slot);
            if !matches_pattern(block, position) {
                return Err(format!("the block at {position} is not what was written there").into());
            }
            block.fill(0);
            start(slot, engine);
        }
    }
    Ok(format!("{{\"verified\":{count}}}"))
}

/// Makes a slot ready for the next position of a measurement.
fn prepare_next(slot: usize, engine: &mut Engine, options: &Options, positions: &mut Positions) {
    let position = positions.next();
    if options.write {
        mark(engine.block(slot).0, position);
    }
    engine.prepare(slot, position);
}

/// Runs the loop for `length` and says how long it really was.
fn run_for(length: f64, engine: &mut Engine, options: &Options, positions: &mut Positions) -> Outcome<Duration> {
    let length = Duration::try_from_secs_f64(length)?;
    let begin = Instant::now();
    loop {
        for index in 0..engine.turn(options)? {
            prepare_next(engine.completed(index), engine, options, positions);
        }
        let elapsed = begin.elapsed();
        if elapsed >= length {
            return Ok(elapsed);
        }
    }
}

/// What is worked on.
struct Subject {
    fd: RawFd,
    blocks: u64,
}

impl Subject {
    /// What one of `parts` threads goes through.
    fn positions(&self, options: &Options, part: usize, parts: usize) -> Positions {
        let order = if options.sequential {
            Order::Sequential(0)
        } else {
            Order::Random(Weyl::new(options.seed, part as u32, parts as u32))
        };
        Positions { order, blocks: self.blocks, block: options.block as u64 }
    }
}

/// What a thread has done, and how long that took it.
struct Course {
    counters: Counters,
    seconds: f64,
}

/// One thread's warm-up and measurement. All threads pass `gate` between the two, and again when `begun` has returned,
/// and where they end.
fn run_course(
    options: &Options,
    subject: &Subject,
    part: usize,
    gate: &Barrier,
    begun: impl FnOnce() -> io::Result<()>,
) -> Outcome<Course> {
    let mut engine = Engine::new(options, subject.fd)?;
    let mut positions = subject.positions(options, part, options.threads);
    for slot in 0..options.depth {
        if options.write {
            fill_pattern(engine.block(slot).0, 0);
        }
        prepare_next(slot, &mut engine, options, &mut positions);
    }
    run_for(options.warmup, &mut engine, options, &mut positions)?;
    gate.wait();
    begun()?;
    gate.wait();
    engine.counters = Counters::default();
    let seconds = run_for(options.seconds, &mut engine, options, &mut positions)?.as_secs_f64();
    gate.wait();
    Ok(Course { counters: engine.counters, seconds })
}

/// Ends the process where a thread fails: nobody is to wait for it at the gate.
fn or_exit<T>(outcome: Outcome<T>) -> T {
    outcome.unwrap_or_else(|error| {
        eprintln!("Error: {error}");
        process::exit(1)
    })
}

fn measure(options: &Options, subject: &Subject) -> String {
    let gate = &Barrier::new(options.threads);
    let mut before = usage();
    let begun = || {
        if options.json {
            println!("measuring");
            io::stdout().flush()?;
        }
        before = usage();
        Ok(())
    };
    let (courses, after) = thread::scope(|scope| {
        let run_other = |part| move || or_exit(run_course(options, subject, part, gate, || Ok(())));
        let others: Vec<_> = (1..options.threads).map(|part| scope.spawn(run_other(part))).collect();
        let mut courses = vec![or_exit(run_course(options, subject, 0, gate, begun))];
        let after = usage();
        courses.extend(others.into_iter().map(|other| other.join().expect("a thread has panicked")));
        (courses, after)
    });

    let sum = |of: fn(&Counters) -> u64| courses.iter().map(|course| of(&course.counters)).sum::<u64>();
    let seconds = courses.iter().map(|course| course.seconds).fold(0.0, f64::max);
    let (operations, submits, waits) =
        (sum(|counters| counters.operations), sum(|counters| counters.submits), sum(|counters| counters.waits));
    let iops = operations as f64 / seconds;
    let depth: f64 = courses
        .iter()
        .map(|Course { counters, .. }| counters.in_flight_sum as f64 / counters.turns.max(1) as f64)
        .sum();
    let cpu = (after.cpu - before.cpu).as_secs_f64() * 1e6 / operations.max(1) as f64;
    let voluntary = after.voluntary_switches - before.voluntary_switches;
    let involuntary = after.involuntary_switches - before.involuntary_switches;
    if options.json {
        format!(
            "{{\"operations\":{operations},\"seconds\":{seconds:.6},\"cpuMicrosPerOperation\":{cpu:.4},\
             \"achievedDepth\":{depth:.3},\"voluntarySwitches\":{voluntary},\"involuntarySwitches\":{involuntary},\
             \"submits\":{submits},\"waits\":{waits}}}"
        )
    } else {
        format!(
            "{iops:.0} IOPS, {cpu:.2} us CPU per operation, depth achieved {depth:.1}, {submits} io_submit, \
             {waits} io_getevents, context switches: {voluntary} voluntary, {involuntary} involuntary"
        )
    }
}

fn main() -> Outcome<()> {
    let options = Options::parse(std::env::args().skip(1))?;
    let mut file =
        OpenOptions::new().read(true).write(options.write).custom_flags(libc::O_DIRECT).open(&options.path)?;
    // A block device tells its size to lseek(2), not to stat(2).
    let size = file.seek(SeekFrom::End(0))?.min(options.size.unwrap_or(u64::MAX));
    let block = options.block as u64;
    let subject = Subject { fd: file.as_raw_fd(), blocks: size / block };
    if subject.blocks == 0 {
        return Err("the file is smaller than a block".into());
    }
    let line = match options.verify {
        Some(count) => {
            let mut engine = Engine::new(&options, subject.fd)?;
            verify(count, &mut engine, &options, &mut subject.positions(&options, 0, 1))?
        }
        None => measure(&options, &subject),
    };
    println!("{line}");
    Ok(())
}
