//! Pools and slabs, as JavaScript asks for them.

use std::os::fd::AsRawFd;
use std::ptr;

use linux_aio::allocator;
use linux_aio::buffer::{Slab, SlabOptions, page_size};
use linux_aio::error::{Errno, Failure};
use linux_aio::pool::{Pool, PoolError, PoolOptions, block_size};
use napi::bindgen_prelude::Either;
use napi::{Env, Result};
use napi_derive::napi;
use std::sync::Arc;

use crate::environment::{handle, with};
use crate::outcome::NativeFailure;
use crate::raw::{self, Value};

#[napi(object, object_to_js = false)]
pub struct NativePoolOptions {
    /// Bytes.
    pub limit: f64,
    pub huge_pages: bool,
    pub shared: bool,
}

#[napi(object, object_from_js = false)]
pub struct NativePool {
    pub id: f64,
    /// The memfd of a shared pool, -1 for a private one.
    pub fd: i32,
}

#[napi(object, object_from_js = false)]
pub struct NativeSlab {
    /// The slab itself; nothing where the runtime refuses memory that is not its own.
    #[napi(ts_type = "ArrayBuffer")]
    pub memory: Option<Value>,
    pub handle: f64,
    /// Bytes.
    pub length: f64,
    /// What keeps a slab without `memory` mapped until `release_slab`; 0 for others.
    pub hold: f64,
    /// Bytes of each block that the slab is to be cut into.
    pub block_size: f64,
    /// Where a shared slab begins in the pool's memfd, -1 for a private one.
    pub shared_offset: f64,
}

type SlabOutcome = Either<NativeSlab, NativeFailure>;

fn exposed(env: Env, slab: &Arc<Slab>, block: usize) -> Result<SlabOutcome> {
    let mut shown = None;
    if shows_memory(env)? {
        // SAFETY: called by JavaScript, so on its thread and in a scope.
        shown = unsafe { raw::external_array_buffer(env.raw(), slab) }?;
    }
    let named = with(|environment| match &shown {
        Some((_, exposure)) => Some((environment.expose(slab, exposure)?, 0)),
        None => Some((environment.registry.insert_slab(slab)?, environment.holds.insert(Arc::clone(slab))?)),
    });
    let Some((handle, hold)) = named else { return Ok(Either::B(refusal("handles"))) };
    Ok(Either::A(NativeSlab {
        memory: shown.map(|(memory, _)| Value(memory)),
        handle: handle as f64,
        length: slab.len() as f64,
        hold: hold as f64,
        block_size: block as f64,
        shared_offset: slab.shared().map_or(-1.0, |(_, offset)| offset as f64),
    }))
}

/// Whether the runtime takes memory that is not its own: Electron does not.
#[napi]
pub fn shows_memory(env: Env) -> Result<bool> {
    if let Some(known) = with(|environment| environment.shows_memory) {
        return Ok(known);
    }
    let Ok(slab) = Slab::new(page_size(), &SlabOptions { huge_pages: false, shared: None }) else { return Ok(true) };
    // SAFETY: called by JavaScript, so on its thread and in a scope.
    let shows = unsafe { raw::external_array_buffer(env.raw(), &slab) }?.is_some();
    with(|environment| environment.shows_memory = Some(shows));
    Ok(shows)
}

/// From now on this thread is one whose runtime takes no memory but its own: to try out what is done there.
#[napi]
pub fn refuse_external_memory() {
    with(|environment| environment.shows_memory = Some(false));
}

fn refusal(reason: &str) -> NativeFailure {
    NativeFailure { reason: Some(reason.to_owned()), ..NativeFailure::new(Errno(libc::ENOMEM), "mmap") }
}

fn failed(failure: Failure) -> SlabOutcome {
    Either::B(failure.into())
}

#[napi]
pub fn system_page_size() -> u32 {
    page_size() as u32
}

#[napi]
pub fn keep_freed() {
    allocator::keep_freed();
}

#[napi]
pub fn create_pool(options: NativePoolOptions) -> Either<NativePool, NativeFailure> {
    let options = PoolOptions { limit: options.limit as u64, huge_pages: options.huge_pages, shared: options.shared };
    match Pool::new(&options) {
        Ok(pool) => {
            let fd = pool.shared().map_or(-1, |fd| fd.as_raw_fd());
            match with(|environment| environment.pools.insert(pool)) {
                Some(id) => Either::A(NativePool { id: id as f64, fd }),
                None => Either::B(refusal("handles")),
            }
        }
        Err(failure) => Either::B(failure.into()),
    }
}

/// Maps more memory for blocks of `size` bytes; a failure's reason is `exhausted` or `size`.
#[napi(ts_return_type = "NativeSlab | NativeFailure")]
pub fn grow_pool(env: Env, pool: f64, size: f64) -> Result<SlabOutcome> {
    let Some(pool) = with(|environment| environment.pools.get(handle(pool)).cloned()) else {
        return Ok(Either::B(refusal("closed")));
    };
    let size = size as usize;
    match pool.slab(size) {
        Ok(slab) => exposed(env, &slab, block_size(size).unwrap_or(size)),
        Err(PoolError::Exhausted) => Ok(Either::B(refusal("exhausted"))),
        Err(PoolError::Size) => Ok(Either::B(refusal("size"))),
        Err(PoolError::Map(failure)) => Ok(failed(failure)),
    }
}

/// Bytes that the pool has mapped.
#[napi]
pub fn pool_mapped(pool: f64) -> f64 {
    with(|environment| environment.pools.get(handle(pool)).map_or(0, Pool::mapped)) as f64
}

/// Forgets the pool; its slabs live until JavaScript and the kernel are done with them.
#[napi]
pub fn close_pool(pool: f64) {
    with(|environment| environment.pools.remove(handle(pool)));
}

/// Detaches a slab's ArrayBuffer, which gives its count back: to the kernel's operations, or at last
/// to the system.
#[napi]
pub fn detach_slab(env: Env, slab: f64, #[napi(ts_arg_type = "ArrayBuffer")] memory: Value) -> bool {
    let Some(exposure) = with(|environment| environment.exposure(handle(slab))) else { return false };
    // SAFETY: called by JavaScript, so on its thread and in a scope.
    unsafe { raw::detach(env.raw(), memory.0, &exposure) }
}

/// The environment is about to end: memory that was transferred away from it stays mapped.
#[napi]
pub fn check_transfers() {
    for exposure in with(|environment| environment.exposures()) {
        // SAFETY: called by JavaScript, so on its thread and in a scope.
        unsafe { exposure.check() };
    }
}

/// Keeps a slab mapped until `release_slab`, whatever becomes of its ArrayBuffer; 0 where it is gone already, or only for
/// operations.
#[napi]
pub fn hold_slab(slab: f64) -> f64 {
    with(|environment| {
        if environment.unseen.has(handle(slab)) {
            return None;
        }
        let slab = environment.registry.slab(handle(slab))?;
        environment.holds.insert(slab)
    })
    .unwrap_or(0) as f64
}

#[napi]
pub fn release_slab(hold: f64) {
    drop(with(|environment| environment.holds.remove(handle(hold))));
}

/// Copies from an ArrayBuffer to the same place of a slab; false where one of them has no such place.
#[napi]
pub fn copy_to_slab(
    env: Env,
    slab: f64,
    #[napi(ts_arg_type = "ArrayBuffer")] memory: Value,
    offset: f64,
    length: f64,
) -> bool {
    copy(env, slab, &memory, offset, length, |slab, memory, length| {
        // SAFETY: `copy` has checked both ranges; what V8 allocates never overlaps what we map.
        unsafe { ptr::copy_nonoverlapping(memory, slab, length) };
    })
}

/// Copies from a slab to the same place of an ArrayBuffer; false where one of them has no such place.
#[napi]
pub fn copy_from_slab(
    env: Env,
    slab: f64,
    #[napi(ts_arg_type = "ArrayBuffer")] memory: Value,
    offset: f64,
    length: f64,
) -> bool {
    copy(env, slab, &memory, offset, length, |slab, memory, length| {
        // SAFETY: as in `copy_to_slab`.
        unsafe { ptr::copy_nonoverlapping(slab, memory, length) };
    })
}

/// Finds the same range of a slab and of an ArrayBuffer, as they are now, and has it copied: whether there is one.
fn copy(
    env: Env,
    slab: f64,
    memory: &Value,
    offset: f64,
    length: f64,
    bytes: impl FnOnce(*mut u8, *mut u8, usize),
) -> bool {
    // What nobody has seen is the kernel's alone.
    let found = with(|environment| {
        let seen = !environment.unseen.has(handle(slab));
        environment.registry.slab(handle(slab)).filter(|_| seen)
    });
    let Some(slab) = found else { return false };
    // SAFETY: called by JavaScript, so on its thread and in a scope; no JavaScript runs before the copy is done.
    let (address, room) = unsafe { raw::bytes(env.raw(), memory.0) };
    let (offset, length) = (offset as usize, length as usize);
    match offset.checked_add(length) {
        Some(end) if length > 0 && end <= room && end <= slab.len() => {
            // SAFETY: `offset` lies within both.
            let (from_slab, from_memory) = unsafe { (slab.address().as_ptr().add(offset), address.add(offset)) };
            bytes(from_slab, from_memory, length);
            true
        }
        _ => false,
    }
}

/// Maps one slab of whole pages outside any pool.
#[napi(ts_return_type = "NativeSlab | NativeFailure")]
pub fn map_slab(env: Env, size: f64, huge_pages: bool) -> Result<SlabOutcome> {
    match Slab::new(size as usize, &SlabOptions { huge_pages, shared: None }) {
        Ok(slab) => exposed(env, &slab, slab.len()),
        Err(failure) => Ok(failed(failure)),
    }
}
