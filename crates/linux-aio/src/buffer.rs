//! Page-aligned memory that the kernel may write to: mapped here, counted here, unmapped only when
//! nobody holds it any more.

use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd};
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::error::{Errno, Failure};
use crate::unmapping::{Remains, bury};

/// Transparent huge pages of x86-64 and of arm64 with 4 KiB pages.
pub(crate) const HUGE_PAGE: usize = 2 << 20;

/// The machine's page size in bytes: sysconf(3) `_SC_PAGESIZE`.
#[must_use]
pub fn page_size() -> usize {
    // SAFETY: sysconf takes a number and touches no memory of ours.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}

/// One memfd_create(2) file from which the slabs of a shared pool are mapped. It is sealed against
/// shrinking (fcntl(2) `F_SEAL_SHRINK`): whoever has the descriptor cannot take mapped pages away.
#[derive(Debug)]
pub struct SharedMemory {
    file: File,
    next: AtomicU64,
}

impl SharedMemory {
    /// An empty memfd.
    ///
    /// # Errors
    /// EMFILE, ENFILE, ENOMEM.
    pub fn new() -> Result<Arc<Self>, Failure> {
        // SAFETY: the name is a NUL-terminated literal.
        let fd = unsafe { libc::memfd_create(c"linux-aio".as_ptr(), libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING) };
        if fd < 0 {
            return Err(Failure::last("memfd_create"));
        }
        // SAFETY: `fd` was opened just now and is owned by nobody else.
        let file = unsafe { File::from_raw_fd(fd) };
        // No further seals, for one against growing would end the pool.
        // SAFETY: numbers only. A kernel that refuses leaves the descriptor's holders to be trusted.
        unsafe { libc::fcntl(fd, libc::F_ADD_SEALS, libc::F_SEAL_SHRINK | libc::F_SEAL_SEAL) };
        Ok(Arc::new(Self { file, next: AtomicU64::new(0) }))
    }

    /// Sets `length` bytes of the file's range aside and tells where they begin. No page is there yet.
    fn reserve(&self, length: u64) -> Result<u64, Failure> {
        let behind = |next: u64| next.checked_add(length).filter(|&end| i64::try_from(end).is_ok());
        self.next
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, behind)
            .map_err(|_| Failure { errno: Errno(libc::EFBIG), syscall: "fallocate" })
    }

    /// Gives a range back that has no page yet; not where another was reserved behind it.
    fn unreserve(&self, offset: u64, length: u64) {
        let _ = self.next.compare_exchange(offset + length, offset, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Gives a reserved range its pages.
    fn fill(&self, offset: u64, length: u64) -> Result<(), Failure> {
        // fallocate rather than ftruncate: racing growths must never shrink the file.
        // SAFETY: numbers only.
        let grown = unsafe { libc::fallocate(self.file.as_raw_fd(), 0, offset.cast_signed(), length.cast_signed()) };
        if grown == 0 { Ok(()) } else { Err(Failure::last("fallocate")) }
    }

    pub(crate) fn punch(&self, offset: u64, length: u64) {
        // Gives the pages back; a failure only keeps them until the file is closed.
        // SAFETY: numbers only.
        unsafe {
            libc::fallocate(
                self.file.as_raw_fd(),
                libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE,
                offset.cast_signed(),
                length.cast_signed(),
            )
        };
    }
}

impl AsFd for SharedMemory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// Where a slab's pages come from.
#[derive(Debug, Clone, Default)]
pub struct SlabOptions {
    /// Ask for transparent huge pages (madvise(2) `MADV_HUGEPAGE`): fewer pins on large operations. The kernel gives
    /// them to aligned 2 MiB that lie wholly inside a slab.
    pub huge_pages: bool,
    /// Map from this memfd, so that another process can map the same pages.
    pub shared: Option<Arc<SharedMemory>>,
}

/// A mapping of whole pages, zeroed, that operations read from and write to.
///
/// Held through `Arc`: one count per operation in flight, one for whoever else looks at it. The
/// pages are unmapped with the last count (large ones: soon after) and never before, move never, and are not inherited by a
/// forked child (`MADV_DONTFORK`) unless shared: a child must not drop one that it has inherited, for other memory may lie
/// there by then.
#[derive(Debug)]
pub struct Slab {
    address: NonNull<u8>,
    length: usize,
    shared: Option<(Arc<SharedMemory>, u64)>,
    /// Bytes given back to a pool's budget when this slab goes.
    budget: Option<Arc<AtomicU64>>,
    abandoned: AtomicBool,
    /// Somebody else's memory, which stays when this slab goes.
    lent: bool,
}

// SAFETY: the mapping is bound to no thread, and nothing here reads or writes through it.
unsafe impl Send for Slab {}
// SAFETY: as above; who accesses the bytes answers for the races.
unsafe impl Sync for Slab {}

impl Slab {
    /// Maps `length` bytes, rounded up to whole pages. Of memory with huge pages the last one is mapped whole where
    /// half of it or more is wanted; less than that lies in small pages.
    ///
    /// # Errors
    /// EINVAL for a length of 0 or beyond the address space, ENOMEM, and those of memfd growth.
    pub fn new(length: usize, options: &SlabOptions) -> Result<Arc<Self>, Failure> {
        let length = if options.huge_pages { with_last_huge_page(length) } else { length };
        Self::with_budget(length, options, None)
    }

    pub(crate) fn with_budget(
        length: usize,
        options: &SlabOptions,
        budget: Option<Arc<AtomicU64>>,
    ) -> Result<Arc<Self>, Failure> {
        let invalid = Failure { errno: Errno(libc::EINVAL), syscall: "mmap" };
        let length = length.checked_next_multiple_of(page_size()).filter(|&length| length > 0).ok_or(invalid)?;
        let (address, shared) = match &options.shared {
            Some(memory) => {
                let (address, offset) = map_shared(length, memory)?;
                (address, Some((Arc::clone(memory), offset)))
            }
            None => (map_private(length, options.huge_pages)?, None),
        };
        if options.huge_pages {
            // Without huge pages in the kernel this answers EINVAL and small pages serve as well.
            advise(address, length, libc::MADV_HUGEPAGE);
        }
        Ok(Arc::new(Self { address, length, shared, budget, abandoned: AtomicBool::new(false), lent: false }))
    }

    /// Memory that is somebody else's, and not given back to the system with the last count.
    ///
    /// # Safety
    /// Until the last count is gone, the `length` bytes from `address` on have to stay where they are, for the kernel to write to, and
    /// nobody else may read or write them.
    pub unsafe fn lent(address: NonNull<u8>, length: usize) -> Arc<Self> {
        Arc::new(Self { address, length, shared: None, budget: None, abandoned: AtomicBool::new(false), lent: true })
    }

    /// The first byte. Reading or writing through it while an operation is in flight is a race.
    #[must_use]
    pub fn address(&self) -> NonNull<u8> {
        self.address
    }

    /// Bytes, a whole number of pages but for lent memory.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a slab is never empty")]
    pub fn len(&self) -> usize {
        self.length
    }

    /// The memfd and the offset in it that another process maps to see these pages.
    #[must_use]
    pub fn shared(&self) -> Option<(BorrowedFd<'_>, u64)> {
        self.shared.as_ref().map(|(memory, offset)| (memory.as_fd(), *offset))
    }
}

impl Slab {
    /// With the last count the pages go back to the system, but the addresses stay taken: who reads there finds zeros.
    /// For memory that somebody unknown may still look at. Of a shared slab, nothing is given back.
    pub fn abandon(&self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }
}

impl Drop for Slab {
    fn drop(&mut self) {
        if self.lent {
            return;
        }
        if !*self.abandoned.get_mut() {
            bury(Remains { address: self.address, length: self.length, shared: self.shared.take() });
        } else if self.shared.is_none() {
            // SAFETY: the mapping is this slab's own, and no operation has a count of it any more.
            unsafe { libc::madvise(self.address.as_ptr().cast(), self.length, libc::MADV_DONTNEED) };
        }
        // At once also where the pages go later, or whoever makes room for something else would find none.
        if let Some(budget) = &self.budget {
            budget.fetch_add(self.length as u64, Ordering::Relaxed);
        }
    }
}

/// `length`, rounded up to whole huge pages where that adds no more than half of one.
fn with_last_huge_page(length: usize) -> usize {
    if length % HUGE_PAGE < HUGE_PAGE / 2 {
        length
    } else {
        length.checked_next_multiple_of(HUGE_PAGE).unwrap_or(length)
    }
}

fn map(length: usize, flags: i32, fd: i32, offset: i64) -> Result<NonNull<u8>, Failure> {
    // SAFETY: a new mapping at an address of the kernel's choice touches no memory in use.
    let address = unsafe { libc::mmap(ptr::null_mut(), length, libc::PROT_READ | libc::PROT_WRITE, flags, fd, offset) };
    if address == libc::MAP_FAILED {
        return Err(Failure::last("mmap"));
    }
    NonNull::new(address.cast()).ok_or(Failure { errno: Errno(libc::ENOMEM), syscall: "mmap" })
}

fn map_shared(length: usize, memory: &SharedMemory) -> Result<(NonNull<u8>, u64), Failure> {
    let offset = memory.reserve(length as u64)?;
    // Mapped first: a length that no address space holds must not be filled with all pages there are.
    let address = map(length, libc::MAP_SHARED, memory.file.as_raw_fd(), offset.cast_signed())
        .inspect_err(|_| memory.unreserve(offset, length as u64))?;
    memory.fill(offset, length as u64).inspect_err(|_| unmap(address, length))?;
    Ok((address, offset))
}

fn map_private(length: usize, huge_pages: bool) -> Result<NonNull<u8>, Failure> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let address = if huge_pages {
        // A huge page needs an aligned range: map more, cut both ends off.
        let wide = length.checked_add(HUGE_PAGE).ok_or(Failure { errno: Errno(libc::ENOMEM), syscall: "mmap" })?;
        let start = map(wide, flags, -1, 0)?;
        let front = start.as_ptr().align_offset(HUGE_PAGE);
        // SAFETY: `front < HUGE_PAGE`, so `front + length` lies inside the mapping of `wide` bytes.
        let (address, back) = unsafe { (start.add(front), start.add(front + length)) };
        if front > 0 {
            unmap(start, front);
        }
        unmap(back, wide - front - length);
        address
    } else {
        map(length, flags, -1, 0)?
    };
    // A child that inherits pages under direct reads would split them copy-on-write from the kernel's.
    advise(address, length, libc::MADV_DONTFORK);
    Ok(address)
}

fn advise(address: NonNull<u8>, length: usize, advice: i32) {
    // SAFETY: the range is a mapping made by this file; DONTFORK and HUGEPAGE change no content.
    unsafe { libc::madvise(address.as_ptr().cast(), length, advice) };
}

pub(crate) fn unmap(address: NonNull<u8>, length: usize) {
    if length > 0 {
        // SAFETY: only this file maps and unmaps these ranges: unused ends, what did not become a slab,
        // or a slab whose last count is gone.
        unsafe { libc::munmap(address.as_ptr().cast(), length) };
    }
}
