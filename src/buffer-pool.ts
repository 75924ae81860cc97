import { constants } from 'node:buffer';

import { disposable, externalMemoryError, memoryError, type AlignedBuffer } from './aligned-buffer.js';
import { AioError, closedError, illegalConstructor } from './errors.js';
import { closePool, createPool, growPool, isFailure, poolMapped, showsMemory, systemPageSize } from './native.js';
import { abortSignal, flag, integer, optionsObject } from './options.js';
import { isExhausted, PoolWaiters } from './pool-waiters.js';
import { Slab, slabOf } from './slab.js';
import { uncloneable } from './uncloneable.js';
import { bytesOf } from './views.js';

export interface BufferPoolOptions {
  /** Bytes mapped at the most. @default 64 MiB */
  limit?: number | undefined;
  /**
   * Ask for transparent huge pages, which makes operations of 1 MiB cheaper. Blocks of less than 2 MiB are cut from 2 MiB
   * at a time, as long as the limit has room for that; with less room they lie in small pages. @default false
   */
  hugePages?: boolean | undefined;
  /** Back the pool with a memfd that another process can map: see {@link BufferPool.shared}. @default false */
  shared?: boolean | undefined;
}

/** What a pool holds, in bytes but for `blocks`. */
export interface BufferPoolStats {
  limit: number;
  /** Mapped from the system. */
  mapped: number;
  /** In blocks that are handed out, or still in the hands of the kernel. */
  held: number;
  /** Number of these blocks. */
  blocks: number;
}

/** Somebody who holds memory of a pool that he can do without for now, and give back. */
export interface Lender {
  /** Gives back until nobody waits any more, or there is nothing left to give. */
  lend(): void;
}

/** Where another process finds a shared pool. */
export interface SharedMemory {
  /** The memfd, valid until the pool is closed; pass it on by SCM_RIGHTS or open /proc/PID/fd/FD. */
  fd: number;
  /** Bytes of a page: mmap(2) wants offsets that are multiples of it. */
  pageSize: number;
}

const PAGE = systemPageSize();
const LARGEST_LIMIT = Number.MAX_SAFE_INTEGER;
/** What only this module constructs pools with. */
const KEY = Symbol('BufferPool');

/** A pool that is collected has no buffer left with anybody; its slabs go by themselves, a memfd does not. */
const forgotten = new FinalizationRegistry<number>(closePool);

/**
 * Page-aligned memory that operations use as it is, without a copy, up to a limit.
 *
 * Blocks come in powers of two from a page to 4 MiB, and in whole pages above. Memory is reused, not
 * zeroed. A buffer that is dropped without being released stays taken until the pool is closed.
 */
export class BufferPool implements Disposable {
  readonly #id: number;
  readonly #fd: number;
  readonly #limit: number;
  readonly #free = new Map<number, { slab: Slab; block: number }[]>();
  readonly #slabs = new Set<Slab>();
  /** Those with no block handed out: what can be given back for blocks of another size. */
  readonly #unused = new Set<Slab>();
  readonly #waiters = new PoolWaiters((size) => this.acquire(size));
  /** Not kept by it: one that is forgotten is collected. */
  readonly #lenders = new Set<WeakRef<Lender>>();
  /** Bytes of the largest buffer. */
  get #largest(): number {
    return Math.min(this.#limit, constants.MAX_LENGTH);
  }
  #held = 0;
  #blocks = 0;
  #closed = false;

  private constructor(key: symbol, id: number, fd: number, limit: number) {
    if (key !== KEY) throw illegalConstructor();
    this.#id = id;
    this.#fd = fd;
    this.#limit = limit;
    uncloneable(this);
    forgotten.register(this, id, this);
  }

  /**
   * An empty pool; memory is mapped as it is asked for. If `shared`, throws memfd_create(2)'s errors, and
   * `ERR_AIO_EXTERNAL_MEMORY` where the runtime refuses memory that is not its own.
   */
  static create(options?: BufferPoolOptions): BufferPool {
    const given: BufferPoolOptions = optionsObject('options', options);
    const limit = integer('options.limit', given.limit ?? 64 * 1024 * 1024, PAGE, LARGEST_LIMIT);
    const hugePages = flag('options.hugePages', given.hugePages, false);
    const shared = flag('options.shared', given.shared, false);
    if (shared && !showsMemory()) throw externalMemoryError();
    const pool = createPool({ limit, hugePages, shared });
    if (isFailure(pool)) throw memoryError(pool);
    return new BufferPool(KEY, pool.id, pool.fd, limit);
  }

  /** The memfd behind a shared pool; undefined for a private one. */
  get shared(): SharedMemory | undefined {
    return this.#fd < 0 || this.#closed ? undefined : { fd: this.#fd, pageSize: PAGE };
  }

  /** Bytes from the start of {@link BufferPool.shared}'s memfd to the first byte of a buffer of this pool. */
  sharedOffset(buffer: Uint8Array): number {
    const slab = slabOf(bytesOf('buffer', buffer).buffer);
    if (slab === undefined || !this.#slabs.has(slab) || slab.sharedOffset < 0) throw foreign();
    return slab.sharedOffset + buffer.byteOffset;
  }

  /**
   * A buffer of `size` bytes, page-aligned, with what its last holder left in it. Throws
   * `ERR_AIO_POOL_EXHAUSTED` where the limit is reached, `ERR_OUT_OF_RANGE` for a size that, rounded up to a power of
   * two, is more than the limit, `ERR_AIO_CLOSED` after {@link BufferPool.close}.
   */
  acquire(size: number): AlignedBuffer {
    if (this.#closed) throw closedError('pool');
    integer('size', size, 1, this.#largest);
    const length = classOf(size);
    const place = this.#takeFree(length) ?? this.#grow(size, length);
    if (place.slab.handedOut++ === 0) this.#unused.delete(place.slab);
    this.#held += length;
    this.#blocks++;
    return disposable(place.slab.hand(place.block, size));
  }

  /** As {@link BufferPool.acquire}, but waits in order for memory where the limit is reached, until `signal` aborts. */
  async acquireAsync(size: number, options?: { signal?: AbortSignal | undefined }): Promise<AlignedBuffer> {
    const given: { signal?: unknown } = optionsObject('options', options);
    const signal = abortSignal(given.signal);
    if (this.#waiters.length === 0) {
      try {
        return this.acquire(size);
      } catch (error) {
        if (!isExhausted(error)) throw error;
      }
    } else {
      integer('size', size, 1, this.#largest);
    }
    const waiting = this.#waiters.wait(size, signal);
    this.#callIn();
    return waiting;
  }

  /**
   * Takes a buffer back: the very one that {@link BufferPool.acquire} gave, once. While an operation on it is in
   * flight its memory is not reused; later ones refuse it with `ERR_AIO_BUFFER_RELEASED` until it is handed out again.
   * Anything else throws `ERR_AIO_POOL_FOREIGN`.
   */
  release(buffer: Buffer): void {
    const slab = ArrayBuffer.isView(buffer) ? slabOf(buffer.buffer) : undefined;
    if (slab?.owner !== this || !slab.take(buffer)) throw foreign();
  }

  stats(): BufferPoolStats {
    return { limit: this.#limit, mapped: poolMapped(this.#id), held: this.#held, blocks: this.#blocks };
  }

  /** Gives free memory back to the system; what is handed out follows as it is released or collected. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiters.dismiss(closedError('pool'));
    this.#dropUnused();
    forgotten.unregister(this);
    closePool(this.#id);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal Bytes that a buffer of `size` takes of the limit. */
  static bytesFor(size: number): number {
    return classOf(size);
  }

  /** @internal Bytes mapped at the most. */
  get limit(): number {
    return this.#limit;
  }

  /** @internal Bytes of a block of `size`, or of the largest one that there is room for. */
  blockWithin(size: number): number {
    return classOf(size) <= this.#limit ? size : 2 ** Math.floor(Math.log2(this.#limit));
  }

  /** @internal Whether somebody waits for memory. */
  get wanted(): boolean {
    return this.#waiters.length > 0;
  }

  /** @internal Those who are asked to give memory back where somebody has to wait for it; not kept by this. */
  get lenders(): Pick<Set<WeakRef<Lender>>, 'add' | 'delete'> {
    return this.#lenders;
  }

  /** @internal A buffer that nobody needs more; undefined where there is none at once. Throws where the pool is closed. */
  spare(size: number): AlignedBuffer | undefined {
    if (this.wanted) return undefined;
    const length = classOf(size);
    // Not tried in vain: to make the error would cost more than the buffer.
    if (this.#held + length > this.#limit) return undefined;
    try {
      return this.acquire(size);
    } catch (error) {
      if (isExhausted(error)) return undefined;
      throw error;
    }
  }

  /** @internal A block that nobody uses any more, from its slab. */
  reclaim(slab: Slab, block: number): void {
    this.#held -= slab.blockSize;
    this.#blocks--;
    this.#freeOf(slab.blockSize).push({ slab, block });
    if (--slab.handedOut === 0) this.#unused.add(slab);
    if (this.#closed) this.#dropUnused();
    else this.#waiters.serve();
  }

  /** Asks for memory back that others can do without, each time another one first. */
  #callIn(): void {
    for (const lender of [...this.#lenders]) {
      if (!this.wanted) return;
      this.#lenders.delete(lender);
      this.#lenders.add(lender);
      lender.deref()?.lend();
    }
  }

  #freeOf(length: number): { slab: Slab; block: number }[] {
    let places = this.#free.get(length);
    if (places === undefined) this.#free.set(length, (places = []));
    return places;
  }

  #takeFree(length: number): { slab: Slab; block: number } | undefined {
    const places = this.#freeOf(length);
    for (;;) {
      const place = places.pop();
      // A slab that its holder transferred away is of no use any more.
      if (place === undefined || place.slab.memory.byteLength > 0) return place;
      this.#slabs.delete(place.slab);
    }
  }

  #grow(size: number, length: number): { slab: Slab; block: number } {
    let native = growPool(this.#id, size);
    if (isFailure(native) && native.reason === 'exhausted') {
      // Free blocks of other sizes may hold what is missing.
      if (this.#unused.size === 0) throw memoryError(native, size);
      this.#dropUnused();
      native = growPool(this.#id, size);
    }
    if (isFailure(native)) throw memoryError(native, size);
    const slab = new Slab(native, this);
    this.#slabs.add(slab);
    const places = this.#freeOf(length);
    for (let block = slab.blocks - 1; block > 0; block--) places.push({ slab, block });
    return { slab, block: 0 };
  }

  #dropUnused(): void {
    const sizes = new Set(Array.from(this.#unused, ({ blockSize }) => blockSize));
    for (const size of sizes) {
      this.#free.set(
        size,
        this.#freeOf(size).filter(({ slab }) => !this.#unused.has(slab)),
      );
    }
    for (const slab of this.#unused) {
      this.#slabs.delete(slab);
      slab.discard();
    }
    this.#unused.clear();
  }
}

function classOf(size: number): number {
  if (size > 4 * 1024 * 1024) return Math.ceil(size / PAGE) * PAGE;
  return Math.max(PAGE, 2 ** Math.ceil(Math.log2(size)));
}

function foreign(): AioError {
  return new AioError('ERR_AIO_POOL_FOREIGN', 'The buffer is not one that this pool has given and not got back');
}
