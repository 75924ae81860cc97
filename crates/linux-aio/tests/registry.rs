//! Handles: given once, named only while their value is there, whatever number is tried.

mod places;
mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use linux_aio::registry::{Registry, Table};
use support::Disk;
use support::memory::slab;
use support::random::Random;

/// The greatest whole number that JavaScript counts to without a gap.
const MAX_SAFE: u64 = (1 << 53) - 1;

#[test]
fn a_handle_names_its_value_until_it_is_taken_out() {
    let mut table = Table::default();
    let (a, b) = (table.insert("a").unwrap(), table.insert("b").unwrap());
    assert_eq!((table.get(a), table.get(b)), (Some(&"a"), Some(&"b")));
    assert_eq!(table.remove(a), Some("a"));
    assert_eq!(table.get(a), None);
    assert_eq!(table.remove(a), None);
    assert_eq!(table.get(b), Some(&"b"));
    let c = table.insert("c").unwrap();
    assert_ne!(c, a);
    assert_eq!((table.get(a), table.get(c)), (None, Some(&"c")), "stale, though the place is in use again");
}

#[test]
fn no_number_is_given_twice_and_none_is_inexact() {
    let mut table = Table::default();
    let mut random = Random::new(3);
    let (mut given, mut live) = (BTreeSet::new(), Vec::new());
    for value in 0..50_000u32 {
        let handle = table.insert(value).unwrap();
        assert!(given.insert(handle), "given twice");
        assert!((1..=MAX_SAFE).contains(&handle));
        assert_eq!(handle as f64 as u64, handle);
        live.push((handle, value));
        if random.chance(900) {
            let (handle, value) = live.swap_remove(random.below(live.len()));
            assert_eq!(table.remove(handle), Some(value));
        }
    }
    let alive: BTreeSet<u64> = live.iter().map(|(handle, _)| *handle).collect();
    for handle in given {
        assert_eq!(table.get(handle).is_some(), alive.contains(&handle));
    }
}

#[test]
fn forged_and_huge_numbers_name_nothing() {
    let mut table = Table::default();
    let handle = table.insert(()).unwrap();
    let removed = table.insert(()).unwrap();
    table.remove(removed);
    let one_generation = 1 << 24;
    for forged in [
        0,
        1,
        2,
        handle + 1,
        handle - 1,
        handle + one_generation,
        handle - one_generation,
        handle | 1 << 53,
        handle | 1 << 63,
        removed,
        removed + one_generation,
        MAX_SAFE,
        u64::MAX,
    ] {
        assert_eq!(table.get(forged), None, "{forged}");
        assert_eq!(table.remove(forged), None, "{forged}");
    }
    assert_eq!(table.get(handle), Some(&()));
}

#[test]
fn a_table_is_full_at_2_to_the_24() {
    let mut table = Table::default();
    let last = (0..1 << 24).map(|_| table.insert(()).unwrap()).last().unwrap();
    assert_eq!(table.insert(()), None);
    assert_eq!(table.remove(last), Some(()));
    assert!(table.insert(()).is_some_and(|handle| handle != last));
    assert_eq!(table.insert(()), None);
}

#[test]
fn a_slab_is_named_only_while_somebody_holds_it() {
    let mut registry = Registry::default();
    let held = slab(1);
    let handle = registry.insert_slab(&held).unwrap();
    assert_eq!(Arc::strong_count(&held), 1, "the registry does not hold it");
    assert!(registry.slab(handle).is_some_and(|named| Arc::ptr_eq(&named, &held)));
    drop(held);
    assert!(registry.slab(handle).is_none());
}

#[test]
fn slabs_that_are_gone_make_room_and_their_handles_stay_dead() {
    let mut registry = Registry::default();
    let kept = slab(1);
    let kept_handle = registry.insert_slab(&kept).unwrap();
    let mut places = BTreeSet::new();
    let mut stale = Vec::new();
    for _ in 0..20_000 {
        let handle = registry.insert_slab(&slab(1)).unwrap();
        places.insert(handle & ((1 << 24) - 1));
        stale.push(handle);
    }
    assert!(places.len() < 200, "{} places for one live slab", places.len());
    assert!(stale.iter().all(|&handle| registry.slab(handle).is_none()));
    assert!(registry.slab(kept_handle).is_some());
}

#[test]
fn files_and_slabs_have_handles_of_their_own() {
    let disk = Disk::new(1);
    let mut registry = Registry::default();
    let slab = slab(1);
    let (named_slab, named_file) = (registry.insert_slab(&slab), registry.files.insert(Arc::clone(&disk.file)));
    // The same number may name one of each; neither is taken for the other.
    assert!(registry.slab(named_slab.unwrap()).is_some());
    assert!(registry.files.remove(named_file.unwrap()).is_some());
    assert!(registry.files.get(named_file.unwrap()).is_none());
    assert!(registry.slab(named_slab.unwrap()).is_some());
}
