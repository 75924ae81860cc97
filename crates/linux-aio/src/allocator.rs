//! The allocator of the process, malloc(3), as far as it is to be told something.

use std::hint::black_box;

/// Less than glibc's `DEFAULT_MMAP_THRESHOLD_MAX` of 64-bit machines, also in whole pages of 64 KiB.
const LARGEST: usize = (32 << 20) - (128 << 10);

/// Has malloc(3) keep what is freed, up to 64 MiB at the end of each heap, rather than give the pages back to the kernel and fault
/// them in again. Blocks of less than 32 MiB come from the heap then.
///
/// glibc does so by itself from the first block of almost 32 MiB on that is mapped and freed: its thresholds follow the largest one.
/// Here is one, of which no page is touched. Where the program or its environment has set one of them (mallopt(3)), they stay as
/// they are; so they do where the heap has so much room already that the block comes from there.
pub fn keep_freed() {
    // SAFETY: freed once, and not used; black_box keeps the compiler from sparing both calls.
    unsafe { libc::free(black_box(libc::malloc(LARGEST))) };
}
