//! Where files hold data. On a disk filesystem; a loop device where there is root.

mod places;

use std::fs;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::slice;

use libc::{O_RDONLY, O_RDWR};
use linux_aio::data::DataRanges;
use linux_aio::file::File;
use places::{Directory, Loop, name};

const MIB: u64 = 1 << 20;

fn ranges(file: &File, from: u64) -> Vec<Range<u64>> {
    DataRanges::new(file, from).collect::<Result<_, _>>().unwrap()
}

fn open(path: &Path, flags: i32) -> File {
    File::open(&name(path), flags, 0).unwrap()
}

#[test]
fn tells_data_from_holes_up_to_the_end_of_the_file() {
    let directory = Directory::on_disk();
    let path = directory.join("sparse");
    let file = fs::File::create(&path).unwrap();
    file.set_len(8 * MIB).unwrap();
    file.write_all_at(&[1; 4096], MIB).unwrap();
    file.write_all_at(&[1; 100], 3 * MIB).unwrap();
    file.write_all_at(&[1; 100], 8 * MIB + 5).unwrap();
    file.sync_all().unwrap();
    let file = open(&path, O_RDONLY);
    let found = ranges(&file, 0);
    let holds = |byte| found.iter().any(|range| range.contains(&byte));
    assert!([MIB, 3 * MIB, 8 * MIB + 5].into_iter().all(holds), "{found:?}");
    assert!(![0, 2 * MIB, 4 * MIB, 7 * MIB].into_iter().any(holds), "{found:?}");
    assert_eq!(found.last().unwrap().end, 8 * MIB + 105);
    assert!(found.windows(2).all(|pair| pair[0].end < pair[1].start));
    assert_eq!(ranges(&file, MIB + 10)[0].start, MIB + 10, "from the middle of one on");
    assert_eq!(ranges(&file, 2 * MIB), found[1..]);
}

#[test]
fn there_is_none_in_an_empty_file_in_a_hole_and_behind_the_end() {
    let directory = Directory::on_disk();
    let path = directory.file("empty", 0);
    let file = open(&path, O_RDWR);
    assert_eq!(ranges(&file, 0), []);
    file.truncate(MIB).unwrap();
    assert_eq!(ranges(&file, 0), []);
    file.preallocate(0, MIB, false).unwrap();
    assert_eq!(ranges(&file, 0), [], "reserved is not written");
    for from in [MIB, MIB + 1, u64::MAX] {
        assert_eq!(ranges(&file, from), []);
    }
}

#[test]
fn what_does_not_tell_is_data() {
    let Some(device) = Loop::new(512, 1 << 20) else { return };
    let file = open(&device.path, O_RDONLY);
    assert_eq!(ranges(&file, 0).as_slice(), slice::from_ref(&(0..MIB)));
    assert_eq!(ranges(&file, 4096).as_slice(), slice::from_ref(&(4096..MIB)));
    assert_eq!(ranges(&file, MIB), []);
}
