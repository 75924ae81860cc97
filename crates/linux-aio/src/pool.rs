//! A bounded pool of page-aligned blocks in size classes.

use std::collections::BTreeMap;
use std::fmt;
use std::iter;
use std::ops::{Deref, DerefMut};
use std::os::fd::BorrowedFd;
use std::slice;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::buffer::{HUGE_PAGE, SharedMemory, Slab, SlabOptions, page_size};
use crate::error::Failure;

/// Blocks above this many bytes get a slab of their own.
const LARGEST_CLASS: usize = 4 << 20;
/// Small blocks are cut from slabs of this many bytes, or of a share of a small pool: blocks of one
/// size must not take all of it.
const SLAB_BYTES: usize = 1 << 20;
const SLABS_AT_LEAST: u64 = 8;

/// What a pool is made of.
#[derive(Debug, Clone)]
pub struct PoolOptions {
    /// Bytes mapped at the most.
    pub limit: u64,
    /// Ask for transparent huge pages: blocks of less than 2 MiB are cut from slabs of that many bytes.
    pub huge_pages: bool,
    /// Back the pool with a memfd that other processes can map.
    pub shared: bool,
}

impl Default for PoolOptions {
    /// 64 MiB of private memory in small pages.
    fn default() -> Self {
        Self { limit: 64 << 20, huge_pages: false, shared: false }
    }
}

/// Why a pool has no memory to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolError {
    /// The limit is reached: give a block back first.
    Exhausted,
    /// 0 bytes, or more than the limit of the whole pool.
    Size,
    /// The kernel refused to map more.
    Map(Failure),
}

impl fmt::Display for PoolError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Exhausted => "the pool's limit is reached",
            Self::Size => "a block needs at least 1 byte and at most the pool's limit",
            Self::Map(_) => "no memory could be mapped",
        })
    }
}

impl std::error::Error for PoolError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Map(failure) => Some(failure),
            Self::Exhausted | Self::Size => None,
        }
    }
}

/// The bytes of the block that a request of `size` bytes gets: the next power of two of at least
/// a page, or whole pages above 4 MiB.
#[must_use]
pub fn block_size(size: usize) -> Option<usize> {
    match size {
        0 => None,
        size if size <= LARGEST_CLASS => Some(size.next_power_of_two().max(page_size())),
        size => size.checked_next_multiple_of(page_size()),
    }
}

/// The blocks of one slab that nobody has: their offsets in it, the last one given back on top.
#[derive(Debug)]
struct Shelf {
    slab: Arc<Slab>,
    offsets: Vec<usize>,
}

/// Free blocks, by their length and the address of their slab. No shelf and no class is empty.
type Free = BTreeMap<usize, BTreeMap<usize, Shelf>>;

#[derive(Debug)]
struct Shelves {
    limit: u64,
    left: Arc<AtomicU64>,
    options: SlabOptions,
    free: Mutex<Free>,
}

impl Shelves {
    fn put(free: &mut Free, length: usize, slab: &Arc<Slab>, offsets: impl Iterator<Item = usize>) {
        let class = free.entry(length).or_default();
        let shelf = class
            .entry(slab.address().as_ptr() as usize)
            .or_insert_with(|| Shelf { slab: Arc::clone(slab), offsets: Vec::new() });
        shelf.offsets.extend(offsets);
    }

    /// From the slab at the lowest address, so that others become wholly free.
    fn take(free: &mut Free, length: usize) -> Option<(Arc<Slab>, usize)> {
        let class = free.get_mut(&length)?;
        let mut shelf = class.first_entry()?;
        let offset = shelf.get_mut().offsets.pop()?;
        let slab = Arc::clone(&shelf.get().slab);
        if shelf.get().offsets.is_empty() {
            shelf.remove();
        }
        if class.is_empty() {
            free.remove(&length);
        }
        Some((slab, offset))
    }

    /// Gives slabs of which every block is free back to the system, until `wanted` bytes of the
    /// limit are left: memory cut to one size must not keep another size out for ever.
    fn trim(&self, free: &mut Free, wanted: usize) {
        for (&length, class) in free.iter_mut() {
            class.retain(|_, shelf| {
                let enough = self.left.load(Ordering::Relaxed) >= wanted as u64;
                enough || shelf.offsets.len() < shelf.slab.len() / length
            });
        }
        free.retain(|_, class| !class.is_empty());
    }
}

/// A bounded pool. Cloning it names the same pool.
#[derive(Debug, Clone)]
pub struct Pool {
    shelves: Arc<Shelves>,
}

impl Pool {
    /// An empty pool; memory is mapped as it is asked for.
    ///
    /// # Errors
    /// Those of memfd_create(2), for a shared one.
    pub fn new(options: &PoolOptions) -> Result<Self, Failure> {
        let shared = if options.shared { Some(SharedMemory::new()?) } else { None };
        Ok(Self {
            shelves: Arc::new(Shelves {
                limit: options.limit,
                left: Arc::new(AtomicU64::new(options.limit)),
                options: SlabOptions { huge_pages: options.huge_pages, shared },
                free: Mutex::default(),
            }),
        })
    }

    /// Bytes mapped now.
    #[must_use]
    pub fn mapped(&self) -> u64 {
        self.shelves.limit - self.shelves.left.load(Ordering::Relaxed)
    }

    /// The memfd behind a shared pool.
    #[must_use]
    pub fn shared(&self) -> Option<BorrowedFd<'_>> {
        use std::os::fd::AsFd;
        self.shelves.options.shared.as_deref().map(AsFd::as_fd)
    }

    /// Maps a slab to be cut into blocks of [`block_size`]`(size)` bytes, within the limit: 1 MiB
    /// or an eighth of the limit, or one block where that is larger, or what is left of the limit. With huge pages
    /// 2 MiB or one block, as long as that much is left.
    ///
    /// # Errors
    /// [`PoolError`].
    pub fn slab(&self, size: usize) -> Result<Arc<Slab>, PoolError> {
        let block = block_size(size).filter(|&block| block as u64 <= self.shelves.limit).ok_or(PoolError::Size)?;
        let left = &self.shelves.left;
        let share = usize::try_from(self.shelves.limit / SLABS_AT_LEAST).unwrap_or(SLAB_BYTES);
        let usual = block.max(SLAB_BYTES.min(share)) as u64;
        let wanted = if self.shelves.options.huge_pages { block.max(HUGE_PAGE) as u64 } else { usual };
        let length = loop {
            let available = left.load(Ordering::Relaxed);
            let length = if wanted <= available { wanted } else { usual.min(available) } / block as u64 * block as u64;
            if length == 0 {
                return Err(PoolError::Exhausted);
            }
            if left.compare_exchange(available, available - length, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                break length;
            }
        };
        Slab::with_budget(length as usize, &self.shelves.options, Some(Arc::clone(left))).map_err(|failure| {
            left.fetch_add(length, Ordering::Relaxed);
            PoolError::Map(failure)
        })
    }

    /// A block of at least `size` bytes. Its content is what its last holder left in it. At the limit,
    /// slabs that are wholly free are given up for it, whatever size their blocks have.
    ///
    /// # Errors
    /// [`PoolError`].
    pub fn acquire(&self, size: usize) -> Result<Block, PoolError> {
        let length = block_size(size).ok_or(PoolError::Size)?;
        let mut free = self.shelves.free.lock().unwrap_or_else(PoisonError::into_inner);
        if !free.contains_key(&length) {
            let slab = self.slab(size).or_else(|error| match error {
                PoolError::Exhausted => {
                    self.shelves.trim(&mut free, length);
                    self.slab(size)
                }
                error => Err(error),
            })?;
            Shelves::put(&mut free, length, &slab, (0..slab.len() / length).rev().map(|index| index * length));
        }
        let (slab, offset) = Shelves::take(&mut free, length).ok_or(PoolError::Exhausted)?;
        Ok(Block { slab, offset, length, home: Arc::clone(&self.shelves) })
    }
}

/// Exclusive use of one block of a [`Pool`], until dropped. An operation takes it by value and its
/// completion gives it back, so that nobody looks at the bytes while the kernel has them.
#[derive(Debug)]
pub struct Block {
    slab: Arc<Slab>,
    offset: usize,
    length: usize,
    home: Arc<Shelves>,
}

impl Block {
    pub(crate) fn slab(&self) -> &Arc<Slab> {
        &self.slab
    }

    pub(crate) fn offset(&self) -> usize {
        self.offset
    }
}

impl Deref for Block {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: the range lies in the slab, is handed to one block at a time, and while the kernel
        // has it the block is inside the operation, out of anybody's reach.
        unsafe { slice::from_raw_parts(self.slab.address().add(self.offset).as_ptr(), self.length) }
    }
}

impl DerefMut for Block {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `deref`; `&mut self` makes it the only view.
        unsafe { slice::from_raw_parts_mut(self.slab.address().add(self.offset).as_ptr(), self.length) }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        let mut free = self.home.free.lock().unwrap_or_else(PoisonError::into_inner);
        Shelves::put(&mut free, self.length, &self.slab, iter::once(self.offset));
    }
}
