//! The allocator of the process, malloc(3), as far as it is to be told something.

use std::hint::black_box;

use crate::buffer::page_size;

/// Less than glibc's `DEFAULT_MMAP_THRESHOLD_MAX` of 64-bit machines, also in whole pages of 64 KiB.
const LARGEST: usize = (32 << 20) - (128 << 10);

/// Has malloc(3) keep what is freed, up to 64 MiB at the end of each heap, rather than give the pages back to the kernel and fault
/// them in again. Blocks of less than 32 MiB come from the heap then; the next ones from memory that is advised to be huge pages.
///
/// glibc does so by itself from the first block of almost 32 MiB on that is mapped and freed: its thresholds follow the largest one.
/// Here is one, of which no page is touched. Where the program or its environment has set one of them (mallopt(3)), they stay as
/// they are; so they do where the heap has so much room already that the block comes from there.
pub fn keep_freed() {
    drop(Block::of(LARGEST));
    // Of the heap, which grows for it: nothing of it is there yet, and huge pages can still be given to it.
    Block::of(LARGEST).advise_huge();
}

/// Whether malloc(3) has `bytes` at present.
#[must_use]
pub fn has_room(bytes: usize) -> bool {
    !Block::of(bytes).0.is_null()
}

/// A block of malloc(3)'s.
struct Block(*mut libc::c_void);

impl Block {
    fn of(bytes: usize) -> Self {
        // SAFETY: freed once. black_box keeps the compiler from sparing both calls.
        Self(black_box(unsafe { libc::malloc(bytes) }))
    }

    /// madvise(2) `MADV_HUGEPAGE` for the whole pages of one of the largest.
    fn advise_huge(&self) {
        let page = page_size();
        let front = self.0.align_offset(page);
        if !self.0.is_null() && front < page {
            let length = (LARGEST - front) / page * page;
            // SAFETY: inside the block, whose content this does not change.
            unsafe { libc::madvise(self.0.byte_add(front), length, libc::MADV_HUGEPAGE) };
        }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: from malloc, and not used any more.
        unsafe { libc::free(self.0) };
    }
}
