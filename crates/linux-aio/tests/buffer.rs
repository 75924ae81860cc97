//! Slabs: alignment, what the kernel was told about their pages, sharing, and their one end.

mod places;
mod support;

use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use linux_aio::buffer::{SharedMemory, Slab, SlabOptions, page_size};
use support::memory;

const HUGE: SlabOptions = SlabOptions { huge_pages: true, shared: None };

fn shared(memory: &Arc<SharedMemory>) -> SlabOptions {
    SlabOptions { huge_pages: false, shared: Some(Arc::clone(memory)) }
}

/// The `VmFlags` of the mapping at `address`. `None` where there is none.
fn flags(address: usize) -> Option<Vec<String>> {
    Some(memory::mapping(address)?["VmFlags"].split_whitespace().map(str::to_owned).collect())
}

fn address(slab: &Slab) -> usize {
    slab.address().as_ptr() as usize
}

fn has(slab: &Slab, flag: &str) -> bool {
    flags(address(slab)).is_some_and(|flags| flags.iter().any(|other| other == flag))
}

#[test]
fn slabs_are_whole_zeroed_pages() {
    for length in [1, 511, 4096, 4097, 1 << 20, (4 << 20) + 1] {
        let slab = Slab::new(length, &SlabOptions::default()).unwrap();
        assert_eq!(slab.len(), length.next_multiple_of(page_size()));
        assert_eq!(address(&slab) % page_size(), 0);
        assert!(memory::bytes(&slab).iter().all(|&byte| byte == 0));
        memory::fill(&slab, slab.len() - 1, &[1]);
        assert!(slab.shared().is_none());
    }
}

#[test]
fn lengths_that_cannot_be_are_refused() {
    for options in [SlabOptions::default(), HUGE, shared(&SharedMemory::new().unwrap())] {
        let errno = |length| Slab::new(length, &options).unwrap_err().errno.0;
        assert_eq!(errno(0), libc::EINVAL);
        assert_eq!(errno(usize::MAX), libc::EINVAL, "does not round up");
        assert_eq!(errno(1 << 60), libc::ENOMEM, "more than there are addresses, told before a page is taken");
    }
}

#[test]
fn a_forked_child_does_not_get_private_slabs() {
    for options in [SlabOptions::default(), HUGE] {
        let slab = Slab::new(1 << 20, &options).unwrap();
        assert!(has(&slab, "dc"), "MADV_DONTFORK: {:?}", flags(address(&slab)));
    }
    let slab = Slab::new(1 << 20, &shared(&SharedMemory::new().unwrap())).unwrap();
    assert!(!has(&slab, "dc"), "shared pages do not part from the kernel's");
}

#[test]
fn huge_pages_are_asked_for_and_the_range_can_have_them() {
    let has_huge_pages = places::has_huge_pages();
    for (length, whole) in [(1 << 20, 2 << 20), (2 << 20, 2 << 20), (5 << 20, 6 << 20), ((6 << 20) + 4096, 6 << 20)] {
        let slab = Slab::new(length, &HUGE).unwrap();
        assert_eq!(slab.len(), length.max(whole), "half a huge page is made a whole one, less is not");
        assert_eq!(address(&slab) % (2 << 20), 0);
        let before = places::without_huge_page();
        memory::fill(&slab, 0, &vec![1; slab.len()]);
        if has_huge_pages {
            assert!(has(&slab, "hg"));
        }
        if places::without_huge_page() > before {
            places::skip::<()>("the kernel is short of huge pages");
        } else if has_huge_pages {
            // Slabs of other tests may be a part of the same mapping.
            assert!(memory::huge(address(&slab)) >= whole, "{length}: {:?}", memory::mapping(address(&slab)));
        }
    }
    for length in [1, 10_000, (1 << 20) - 1] {
        assert_eq!(Slab::new(length, &HUGE).unwrap().len(), length.next_multiple_of(page_size()));
    }
    assert!(!has(&Slab::new(2 << 20, &SlabOptions::default()).unwrap(), "hg"));
}

#[test]
fn the_last_count_unmaps() {
    let slab = Slab::new(16 << 20, &SlabOptions::default()).unwrap();
    let (inside, weak, other) = (address(&slab) + (8 << 20), Arc::downgrade(&slab), Arc::clone(&slab));
    drop(slab);
    assert!(flags(inside).is_some_and(|flags| flags.contains(&"dc".to_owned())));
    drop(other);
    assert!(weak.upgrade().is_none());
    // Another test may map something there by now, but hardly as large.
    assert!(flags(inside).is_none_or(|flags| !flags.contains(&"dc".to_owned())));
}

#[test]
fn lent_memory_is_there_when_its_last_count_is_gone() {
    let owner = Slab::new(4 * page_size(), &SlabOptions::default()).unwrap();
    // SAFETY: `owner` outlives what is lent of it, and nobody else uses it.
    let lent = unsafe { Slab::lent(owner.address().byte_add(page_size()), page_size()) };
    assert_eq!((address(&lent), lent.len()), (address(&owner) + page_size(), page_size()));
    let second = Arc::clone(&lent);
    drop(lent);
    second.abandon();
    // SAFETY: the page is mapped, and nobody else looks at it.
    unsafe { second.address().write(7) };
    drop(second);
    // SAFETY: as above.
    assert_eq!(unsafe { owner.address().byte_add(page_size()).read() }, 7);
}

/// Waits for what a thread does in its own time.
fn soon(check: impl Fn() -> bool) -> bool {
    (0..2000).any(|_| {
        let done = check();
        if !done {
            thread::sleep(Duration::from_millis(5));
        }
        done
    })
}

#[test]
fn large_slabs_are_unmapped_soon_after_the_last_count_and_not_before() {
    let memfd = SharedMemory::new().unwrap();
    for options in [SlabOptions::default(), HUGE, shared(&memfd)] {
        let slab = Slab::new((16 << 20) + 4096, &options).unwrap();
        memory::fill(&slab, 16 << 20, &[7]);
        let (inside, other) = (address(&slab) + (8 << 20), Arc::clone(&slab));
        // Behind others, which the thread has to be done with first.
        let burden: Vec<_> = (0..4).map(|_| Slab::new(32 << 20, &SlabOptions::default()).unwrap()).collect();
        let places: Vec<_> = burden.iter().map(|slab| address(slab) + (16 << 20)).collect();
        drop(slab);
        drop(burden);
        assert!(soon(|| places
            .iter()
            .all(|&place| flags(place).is_none_or(|flags| !flags.contains(&"dc".to_owned())))));
        assert_eq!(memory::bytes(&other)[16 << 20], 7);
        let before = flags(inside);
        assert!(before.is_some());
        drop(other);
        assert!(soon(|| flags(inside) != before), "unmapped");
    }
    assert!(soon(|| resident(&memfd) == 0), "the pages of a shared one go back as well");
}

/// Another mapping of the same memfd, by another descriptor, as another process would make it.
fn read_by_fd(fd: BorrowedFd<'_>, offset: u64, length: usize) -> Vec<u8> {
    let own: OwnedFd = fd.try_clone_to_owned().unwrap();
    // SAFETY: a new shared mapping at an address of the kernel's choice, of pages that exist;
    // looked at while nobody writes, then unmapped.
    unsafe {
        let flags = libc::MAP_SHARED;
        let offset = offset.cast_signed();
        let address = libc::mmap(std::ptr::null_mut(), length, libc::PROT_READ, flags, own.as_raw_fd(), offset);
        assert_ne!(address, libc::MAP_FAILED);
        let bytes = std::slice::from_raw_parts(address.cast::<u8>(), length).to_vec();
        libc::munmap(address, length);
        bytes
    }
}

#[test]
fn shared_slabs_are_seen_through_the_descriptor() {
    let memfd = SharedMemory::new().unwrap();
    let slabs = [3, 1, 5].map(|pages| Slab::new(pages * page_size(), &shared(&memfd)).unwrap());
    for (index, slab) in slabs.iter().enumerate() {
        memory::fill(slab, 0, &vec![index as u8 + 1; slab.len()]);
    }
    for (index, slab) in slabs.iter().enumerate() {
        let (fd, offset) = slab.shared().unwrap();
        assert_eq!(fd.as_raw_fd(), memfd.as_fd().as_raw_fd());
        assert!(read_by_fd(fd, offset, slab.len()).iter().all(|&byte| byte == index as u8 + 1));
    }
}

fn resident(memfd: &Arc<SharedMemory>) -> u64 {
    File::from(memfd.as_fd().try_clone_to_owned().unwrap()).metadata().unwrap().blocks() * 512
}

#[test]
fn a_shared_slab_gives_its_pages_back_and_shrinks_nobody_else() {
    let memfd = SharedMemory::new().unwrap();
    let (first, second) = (Slab::new(1 << 20, &shared(&memfd)), Slab::new(1 << 20, &shared(&memfd)).unwrap());
    memory::fill(&second, 0, &[9; 4096]);
    assert_eq!(resident(&memfd), 2 << 20);
    drop(first);
    assert_eq!(resident(&memfd), 1 << 20);
    let (fd, offset) = second.shared().unwrap();
    assert!(read_by_fd(fd, offset, 4096) == [9; 4096]);
}

#[test]
fn what_no_address_space_holds_takes_nothing_from_the_slabs_after_it() {
    let memfd = SharedMemory::new().unwrap();
    let first = Slab::new(page_size(), &shared(&memfd)).unwrap();
    for _ in 0..5000 {
        assert!(Slab::new(1 << 52, &shared(&memfd)).is_err());
    }
    let second = Slab::new(page_size(), &shared(&memfd)).unwrap();
    assert_eq!(second.shared().unwrap().1, first.len() as u64);
}

#[test]
fn whoever_has_the_descriptor_cannot_take_pages_away() {
    let memfd = SharedMemory::new().unwrap();
    let slab = Slab::new(1 << 20, &shared(&memfd)).unwrap();
    let file = File::from(memfd.as_fd().try_clone_to_owned().unwrap());
    assert_eq!(file.set_len(0).unwrap_err().raw_os_error(), Some(libc::EPERM));
    // SAFETY: numbers only.
    let sealed = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_ADD_SEALS, libc::F_SEAL_GROW) };
    assert_eq!(sealed, -1, "nor stop the growth of the pool");
    memory::fill(&slab, 0, &[1]);
}
