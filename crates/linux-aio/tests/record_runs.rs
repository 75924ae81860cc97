//! Records for many operations: what is wrong with all of them, or with one, settles these with an errno, or ends the
//! batch where nothing can be told from it. On a disk filesystem.

mod places;
mod support;

use std::sync::Arc;

use linux_aio::record::{HEADER, Malformed, PLACE, SHARED};
use support::BLOCK;
use support::memory::{self, slab};
use support::random::Random;
use support::records::{BAD_FILE, BAD_MEMORY, CAPACITY, FULL, Fixture, INVALID, NOT_WHOLE, place};

/// Fields of the header and behind it that all operations share.
const OPCODE: usize = 1;
const FILE: usize = 2;
const RW_FLAGS: usize = 4;
const PRIORITY: usize = 5;
const COUNT: usize = 6;
const SLAB: usize = HEADER;
const BYTES: usize = HEADER + 1;

impl Fixture {
    /// The results of a run of the slots 10 to 12 between two good runs.
    fn run_among_neighbours(&mut self, run: &[f64]) -> [i64; 3] {
        let records = [&self.run(&[0, 1])[..], run, &self.run(&[2, 3])[..]].concat();
        assert_eq!(self.push(&records), Ok(()), "{run:?}");
        let results = self.settle();
        assert_eq!(results.len(), 7, "{run:?}");
        assert!([0, 1, 2, 3].iter().all(|slot| results[slot] == FULL), "the neighbours of {run:?}");
        [results[&10], results[&11], results[&12]]
    }

    /// A run of the slots 10 to 12, with one field changed.
    fn run_with(&self, field: usize, value: f64) -> Vec<f64> {
        let mut run = self.run(&[10, 11, 12]);
        run[field] = value;
        run
    }
}

#[test]
fn good_runs_become_an_operation_for_each_place() {
    let mut fixture = Fixture::new();
    let slots: Vec<usize> = (0..16).rev().collect();
    let run = fixture.run(&slots);
    assert_eq!(fixture.push(&run), Ok(()));
    assert!(fixture.settle().into_values().eq([FULL; 16]));
    assert!(memory::bytes(&fixture.slab) == fixture.disk.content());
    let records =
        [fixture.run(&[5]), fixture.read(3), fixture.run(&[7, 63, 0]), fixture.run(&[1, 2]), fixture.read(6)].concat();
    assert_eq!(fixture.push(&records), Ok(()));
    assert!(fixture.settle().into_keys().eq([0, 1, 2, 3, 5, 6, 7, 63]));
}

#[test]
fn a_run_writes_what_lies_in_each_of_its_places() {
    let mut fixture = Fixture::new();
    let mut content = fixture.disk.content();
    for block in 0..4 {
        memory::fill(&fixture.slab, block * BLOCK, &[b'a' + block as u8; BLOCK]);
        let at = (12 - block) * BLOCK;
        content[at..at + BLOCK].fill(b'a' + block as u8);
    }
    // Durably, and with a priority.
    let header = [0.0, 1.0, fixture.file, 0.0, 2.0, f64::from(3 << 13), -4.0, fixture.memory, BLOCK as f64];
    let places = (0..4).flat_map(|block| [block as f64, ((12 - block) * BLOCK) as f64, (block * BLOCK) as f64]);
    let run: Vec<f64> = header.into_iter().chain(places).collect();
    assert_eq!(fixture.push(&run), Ok(()));
    assert!(fixture.settle().into_values().eq([FULL; 4]));
    assert!(fixture.disk.content() == content);
}

#[test]
fn what_is_wrong_with_a_run_settles_all_of_it() {
    let mut fixture = Fixture::new();
    let slab = (16 * BLOCK) as f64;
    let mut cases: Vec<(usize, f64, i64)> = Vec::new();
    for value in NOT_WHOLE {
        cases.extend([(OPCODE, value, INVALID), (FILE, value, BAD_FILE), (RW_FLAGS, value, INVALID)]);
        cases.extend([(PRIORITY, value, INVALID), (SLAB, value, BAD_MEMORY), (BYTES, value, BAD_MEMORY)]);
    }
    // Syncs, a poll, the vectored ones, and what is none.
    cases.extend([2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 65_536.0].map(|opcode| (OPCODE, opcode, INVALID)));
    for (field, name, errno) in [(FILE, fixture.file, BAD_FILE), (SLAB, fixture.memory, BAD_MEMORY)] {
        let forged = [0.0, 1.0, name + 1.0, name + 16_777_216.0, 9_007_199_254_740_991.0];
        cases.extend(forged.map(|handle| (field, handle, errno)));
    }
    cases.extend([
        (RW_FLAGS, 4_294_967_296.0, INVALID),
        (RW_FLAGS, 2_147_483_648.0, -i64::from(libc::EOPNOTSUPP)),
        (PRIORITY, 65_536.0, INVALID),
        (PRIORITY, 65_535.0, INVALID),
        (BYTES, slab, BAD_MEMORY),
        (BYTES, slab + 1.0, BAD_MEMORY),
        (BYTES, 9_007_199_254_740_992.0, BAD_MEMORY),
        (BYTES, BLOCK as f64 - 1.0, INVALID),
    ]);
    for (field, value, errno) in cases {
        let run = fixture.run_with(field, value);
        assert_eq!(fixture.run_among_neighbours(&run), [errno; 3], "{value} in field {field}");
    }
}

#[test]
fn what_is_wrong_with_a_place_settles_that_operation_alone() {
    let mut fixture = Fixture::new();
    let slab = (16 * BLOCK) as f64;
    let mut cases: Vec<(usize, f64, i64)> = Vec::new();
    cases.extend(NOT_WHOLE.into_iter().flat_map(|value| [(1, value, INVALID), (2, value, BAD_MEMORY)]));
    cases.extend([
        (1, 1.0, INVALID),
        (1, BLOCK as f64 - 1.0, INVALID),
        (1, 9_007_199_254_740_991.0, INVALID),
        (2, slab, BAD_MEMORY),
        (2, slab - 1.0, BAD_MEMORY),
        (2, slab - BLOCK as f64 + 1.0, BAD_MEMORY),
        (2, 9_007_199_254_740_992.0, BAD_MEMORY),
        (2, 1.0, INVALID),
    ]);
    for index in 0..3 {
        for &(field, value, errno) in &cases {
            let run = fixture.run_with(place(index) + field, value);
            let mut expected = [FULL; 3];
            expected[index] = errno;
            assert_eq!(fixture.run_among_neighbours(&run), expected, "{value} in field {field} of place {index}");
        }
    }
    let last = fixture.run_with(place(2) + 2, slab - BLOCK as f64);
    assert_eq!(fixture.run_among_neighbours(&last), [FULL; 3], "the last block of the slab");
}

#[test]
fn slot_and_offset_of_a_run_mean_nothing() {
    let mut fixture = Fixture::new();
    for field in [0, 3] {
        for value in [1.0, 1e300, -7.0, f64::NAN] {
            let run = fixture.run_with(field, value);
            assert_eq!(fixture.run_among_neighbours(&run), [FULL; 3], "{value} in field {field}");
        }
    }
}

#[test]
fn memory_and_files_that_are_gone_settle_their_runs() {
    let mut fixture = Fixture::new();
    let other = slab(16);
    let stale = fixture.registry.insert_slab(&other).unwrap() as f64;
    let run = fixture.run_with(SLAB, stale);
    assert_eq!(fixture.run_among_neighbours(&run), [FULL; 3]);
    assert_eq!(fixture.push(&run), Ok(()));
    drop(other);
    assert!(fixture.settle().into_values().eq([FULL; 3]), "operations keep their memory");
    assert_eq!(fixture.run_among_neighbours(&run), [BAD_MEMORY; 3], "the slab is gone");
    let closed = fixture.registry.files.insert(fixture.disk.read_only()).unwrap();
    let run = fixture.run_with(FILE, closed as f64);
    let mut writes = run.clone();
    writes[OPCODE] = 1.0;
    assert_eq!(fixture.run_among_neighbours(&writes), [BAD_FILE; 3], "it is open for reading only");
    assert_eq!(fixture.run_among_neighbours(&run), [FULL; 3]);
    drop(fixture.registry.files.remove(closed));
    assert_eq!(fixture.run_among_neighbours(&run), [BAD_FILE; 3], "the file is closed");
}

#[test]
fn a_count_that_lies_ends_the_batch_there() {
    let mut fixture = Fixture::new();
    let lies = [-4.0, -1e6, -4_294_967_299.0, -9_007_199_254_740_992.0, -1e300, f64::NEG_INFINITY];
    let odd = [-0.5, -2.5, -f64::MIN_POSITIVE, f64::NAN, f64::INFINITY, 0.5];
    for count in lies.into_iter().chain(odd) {
        let records = [fixture.read(0), fixture.run(&[1, 2]), fixture.run_with(COUNT, count)].concat();
        assert_eq!(fixture.push(&records), Err(Malformed), "{count}");
        assert_eq!(fixture.settle(), [(0, FULL), (1, FULL), (2, FULL)].into(), "those before it: {count}");
    }
}

#[test]
fn a_count_of_negative_zero_is_a_record_without_segments() {
    let mut fixture = Fixture::new();
    for zero in [0.0, -0.0] {
        let empty = fixture.with(COUNT, zero)[..HEADER].to_vec();
        assert_eq!(fixture.among_neighbours(&empty), INVALID);
    }
}

#[test]
fn a_run_that_is_not_whole_ends_the_batch_there() {
    let mut fixture = Fixture::new();
    let run = fixture.run(&[10, 11, 12]);
    for length in 1..run.len() {
        let records = [&fixture.read(0)[..], &run[..length]].concat();
        assert_eq!(fixture.push(&records), Err(Malformed), "{length} doubles");
        assert_eq!(fixture.settle(), [(0, FULL)].into(), "{length} doubles");
    }
}

#[test]
fn a_slot_that_cannot_be_taken_ends_the_run_there() {
    let mut fixture = Fixture::new();
    let bad = NOT_WHOLE.into_iter().chain([f64::from(CAPACITY), 65_536.0, 4_294_967_296.0, 4_294_967_306.0]);
    for slot in bad {
        for index in 0..3 {
            let records = [fixture.run_with(place(index), slot), fixture.read(0)].concat();
            assert_eq!(fixture.push(&records), Err(Malformed), "slot {slot} in place {index}");
            let taken = (10..10 + index as u32).map(|slot| (slot, FULL)).collect();
            assert_eq!(fixture.settle(), taken, "those before it: slot {slot} in place {index}");
        }
    }
}

#[test]
fn a_slot_in_use_ends_the_run_there_and_its_operation_goes_on() {
    let mut fixture = Fixture::new();
    for (slots, taken) in [(&[10, 7, 12][..], &[7, 10][..]), (&[7, 11], &[7]), (&[10, 11, 10, 12], &[7, 10, 11])] {
        let records = [fixture.read(7), fixture.run(slots)].concat();
        assert_eq!(fixture.push(&records), Err(Malformed), "{slots:?}");
        let expected = taken.iter().map(|&slot| (slot, FULL)).collect();
        assert_eq!(fixture.settle(), expected, "{slots:?}");
    }
    // Also where what is wrong with all of them settles the others.
    let mut run = fixture.run(&[10, 7, 12]);
    run[FILE] = 0.0;
    let records = [fixture.read(7), run].concat();
    assert_eq!(fixture.push(&records), Err(Malformed));
    assert_eq!(fixture.settle(), [(7, FULL), (10, BAD_FILE)].into());
}

#[test]
fn more_places_than_slots_fill_the_queue_and_no_more() {
    let mut fixture = Fixture::new();
    let slots: Vec<usize> = (0..=CAPACITY as usize).collect();
    let run = fixture.run(&slots);
    assert_eq!(fixture.push(&run), Err(Malformed));
    let results = fixture.settle();
    assert_eq!(results.len(), CAPACITY as usize);
    assert!(results.into_values().all(|result| result == FULL));
    let run = fixture.run(&slots[1..]);
    assert_eq!(fixture.push(&run[..run.len() - PLACE]), Err(Malformed), "the count names one more");
    assert_eq!(fixture.queue.outstanding(), 0);
}

#[test]
fn runs_that_were_tampered_with_never_leave_the_tables() {
    let mut fixture = Fixture::new();
    let mut random = Random::new(12);
    let odd = [0.0, -0.0, 1.0, -1.0, -3.0, 8.0, 4096.0, 65_536.0, -1e18, 1e18, f64::NAN, 0.5, 63.0, 64.0];
    for _ in 0..20_000 {
        let mut records = Vec::new();
        for _ in 0..=random.below(3) {
            let slots: Vec<usize> = (0..random.below(6)).map(|_| random.below(CAPACITY as usize + 2)).collect();
            records.extend(if random.chance(300) { fixture.read(random.below(64)) } else { fixture.run(&slots) });
        }
        for _ in 0..random.below(3) {
            let field = random.below(records.len());
            records[field] = odd[random.below(odd.len())];
        }
        records.truncate(records.len() - random.below(2) * random.below(HEADER + SHARED));
        let _ = fixture.push(&records);
        assert!(fixture.queue.outstanding() <= CAPACITY as usize);
        if fixture.queue.outstanding() > 40 {
            fixture.settle();
        }
    }
    fixture.settle();
    assert_eq!(Arc::strong_count(&fixture.slab), 1);
    assert_eq!(Arc::strong_count(&fixture.disk.file), 2, "the disk's and the registry's");
}
