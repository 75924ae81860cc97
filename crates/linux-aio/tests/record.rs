//! Records of doubles: what is wrong with one settles it with an errno, or ends the batch where
//! nothing can be told from it. On a disk filesystem.

mod places;
mod support;

use std::sync::Arc;

use linux_aio::record::{COMPLETION, Completions, HEADER, Malformed, SEGMENT};
use support::BLOCK;
use support::memory::{self, slab};
use support::random::Random;
use support::records::{BAD_FILE, BAD_MEMORY, FULL, Fixture, INVALID, NOT_WHOLE};

#[test]
fn good_records_become_operations() {
    let mut fixture = Fixture::new();
    let records: Vec<f64> = (0..16).flat_map(|slot| fixture.read(slot)).collect();
    assert_eq!(fixture.push(&records), Ok(()));
    assert!(fixture.settle().into_values().eq([FULL; 16]));
    assert!(memory::bytes(&fixture.slab) == fixture.disk.content());
    let (file, memory) = (fixture.file, fixture.memory);
    let block = BLOCK as f64;
    let vectored =
        |slot, opcode| vec![slot, opcode, file, 0.0, 0.0, 0.0, 2.0, memory, block, block, memory, 0.0, block];
    let sync = |slot, opcode| vec![slot, opcode, file, 0.0, 0.0, 0.0, 0.0];
    let write = vec![4.0, 1.0, file, 0.0, 2.0, f64::from(3 << 13), 1.0, memory, 0.0, block];
    let records = [vectored(0.0, 7.0), vectored(1.0, 8.0), sync(2.0, 2.0), sync(3.0, 3.0), write].concat();
    assert_eq!(fixture.push(&records), Ok(()));
    assert_eq!(fixture.settle(), [(0, 2 * FULL), (1, 2 * FULL), (2, 0), (3, 0), (4, FULL)].into());
    assert_eq!(fixture.push(&[]), Ok(()));
}

#[test]
fn numbers_that_are_not_whole_settle_their_record() {
    let mut fixture = Fixture::new();
    for value in NOT_WHOLE {
        for (field, errno) in [
            (1, INVALID),
            (2, BAD_FILE),
            (3, INVALID),
            (4, INVALID),
            (5, INVALID),
            (7, BAD_MEMORY),
            (8, BAD_MEMORY),
            (9, BAD_MEMORY),
        ] {
            let record = fixture.with(field, value);
            assert_eq!(fixture.among_neighbours(&record), errno, "{value} in field {field}");
        }
    }
}

#[test]
fn numbers_out_of_range_settle_their_record() {
    let mut fixture = Fixture::new();
    let slab = (16 * BLOCK) as f64;
    let block = BLOCK as f64;
    for (field, value, errno) in [
        (1, 4.0, INVALID),
        (1, 5.0, INVALID),
        (1, 6.0, INVALID),
        (1, 65_536.0, INVALID),
        (3, 1.0, INVALID),
        (4, 4_294_967_296.0, INVALID),
        (4, 2_147_483_648.0, -i64::from(libc::EOPNOTSUPP)),
        (5, 65_536.0, INVALID),
        (5, 65_535.0, INVALID),
        (8, slab, BAD_MEMORY),
        (8, slab - 1.0, BAD_MEMORY),
        (8, 9_007_199_254_740_992.0, BAD_MEMORY),
        (9, slab, BAD_MEMORY),
        (9, 9_007_199_254_740_992.0, BAD_MEMORY),
        (9, block - 1.0, INVALID),
    ] {
        let record = fixture.with(field, value);
        assert_eq!(fixture.among_neighbours(&record), errno, "{value} in field {field}");
    }
}

#[test]
fn handles_that_name_nothing_settle_their_record() {
    let mut fixture = Fixture::new();
    for (field, name, errno) in [(2, fixture.file, BAD_FILE), (7, fixture.memory, BAD_MEMORY)] {
        for forged in [0.0, 1.0, name + 1.0, name + 16_777_216.0, 9_007_199_254_740_991.0] {
            let record = fixture.with(field, forged);
            assert_eq!(fixture.among_neighbours(&record), errno, "{forged} in field {field}");
        }
    }
    let other = slab(1);
    let stale = fixture.registry.insert_slab(&other).unwrap() as f64;
    let mut record = fixture.with(7, stale);
    record[8] = 0.0;
    assert_eq!(fixture.among_neighbours(&record), FULL);
    drop(other);
    assert_eq!(fixture.among_neighbours(&record), BAD_MEMORY, "the slab is gone");
    let closed = fixture.registry.files.insert(fixture.disk.read_only()).unwrap();
    let record = fixture.with(2, closed as f64);
    assert_eq!(fixture.among_neighbours(&record), FULL);
    drop(fixture.registry.files.remove(closed));
    assert_eq!(fixture.among_neighbours(&record), BAD_FILE, "the file is closed");
}

#[test]
fn the_number_of_segments_fits_the_opcode() {
    let mut fixture = Fixture::new();
    let with_segments = |opcode: f64, count: usize| {
        let mut record = vec![1.0, opcode, fixture.file, 0.0, 0.0, 0.0, count as f64];
        (0..count).for_each(|_| record.extend([fixture.memory, 0.0, BLOCK as f64]));
        record
    };
    let records = [
        (with_segments(0.0, 0), INVALID),
        (with_segments(0.0, 2), INVALID),
        (with_segments(1.0, 0), INVALID),
        (with_segments(7.0, 0), INVALID),
        (with_segments(8.0, 0), INVALID),
        (with_segments(7.0, 1), FULL),
        (with_segments(7.0, 1024), 16 * FULL),
        (with_segments(7.0, 1025), INVALID),
        (with_segments(8.0, 5000), INVALID),
    ];
    for (record, result) in records {
        assert_eq!(fixture.among_neighbours(&record), result);
    }
}

#[test]
fn what_cannot_be_told_apart_ends_the_batch_there() {
    let mut fixture = Fixture::new();
    let good = fixture.read(0);
    let mut bad: Vec<Vec<f64>> = Vec::new();
    bad.extend((1..HEADER + SEGMENT).map(|length| fixture.read(1)[..length].to_vec()));
    bad.extend(NOT_WHOLE.map(|slot| fixture.with(0, slot)));
    bad.extend(NOT_WHOLE.map(|count| fixture.with(6, count)));
    bad.extend([64.0, 65_536.0, 4_294_967_296.0, 0.0].map(|slot| fixture.with(0, slot)));
    bad.extend([2.0, 1025.0, 4_294_967_297.0, 9_007_199_254_740_992.0].map(|count| fixture.with(6, count)));
    for record in bad {
        let last = if record.len() < HEADER + SEGMENT { Vec::new() } else { fixture.read(2) };
        // A segment count of 2 swallows part of what follows: that too must end in `Malformed`.
        let swallows = record.get(6) == Some(&2.0);
        let records = [&good[..], &record[..], if swallows { &[] } else { &last[..] }].concat();
        assert_eq!(fixture.push(&records), Err(Malformed), "{record:?}");
        assert_eq!(fixture.settle(), [(0, FULL)].into(), "those before it are taken: {record:?}");
    }
}

#[test]
fn doubles_from_anywhere_never_leave_the_tables() {
    let mut fixture = Fixture::new();
    let mut random = Random::new(11);
    let fields = [0.0, 1.0, 7.0, 8.0, 4096.0, 65_536.0, -1.0, 1e18, f64::NAN, 2.0, 3.0, fixture.file, fixture.memory];
    for _ in 0..20_000 {
        let length = random.below(30);
        let records: Vec<f64> = (0..length).map(|_| fields[random.below(fields.len())]).collect();
        let _ = fixture.push(&records);
        assert!(fixture.queue.outstanding() <= 64);
        if fixture.queue.outstanding() > 40 {
            fixture.settle();
        }
    }
    fixture.settle();
    assert_eq!(Arc::strong_count(&fixture.slab), 1);
}

#[test]
fn completions_are_pairs_in_the_array() {
    let mut array = [-1.0; 3 * COMPLETION + 1];
    let mut completions = Completions::new(&mut array);
    assert_eq!(completions.capacity(), 3);
    completions.push(7, 4096);
    completions.push(u32::MAX, -5);
    completions.push(0, i64::from(i32::MAX));
    assert_eq!(array, [7.0, 4096.0, 4_294_967_295.0, -5.0, 0.0, 2_147_483_647.0, -1.0]);
    assert_eq!(Completions::new(&mut []).capacity(), 0);
}
