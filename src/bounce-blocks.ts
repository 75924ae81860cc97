import type { AlignedBuffer } from './aligned-buffer.js';
import { BufferPool, type Lender } from './buffer-pool.js';
import { extentOf, type Extent } from './slab.js';

/** Bytes of the largest block that is kept. */
export const LARGEST_KEPT = 64 * 1024;
/** Bytes that are kept at the most. */
const KEPT = 2 ** 20;

/** Aligned memory for one copy. */
export interface BounceBlock {
  readonly memory: AlignedBuffer;
  readonly extent: Extent;
}

/**
 * Blocks of a pool for copies of little, kept from one to the next: to make a Buffer takes longer than what is read into it.
 * Whoever waits for memory of the pool has them back.
 */
export class BounceBlocks implements Lender {
  readonly #pool: BufferPool;
  readonly #free = new Map<number, BounceBlock[]>();
  #kept = 0;

  constructor(pool: BufferPool) {
    this.#pool = pool;
    pool.lenders.add(new WeakRef(this));
  }

  /** At least so many bytes, as a power of two; undefined where that is too many, or not to be had at once. */
  take(bytes: number): BounceBlock | undefined {
    if (bytes > LARGEST_KEPT) return undefined;
    const size = BufferPool.bytesFor(bytes);
    const kept = this.#free.get(size)?.pop();
    if (kept !== undefined) {
      this.#kept -= size;
      return kept;
    }
    const memory = this.#pool.spare(size);
    const extent = memory && extentOf(memory);
    return extent && { memory, extent };
  }

  give(block: BounceBlock): void {
    const size = block.extent.length;
    if (this.#pool.wanted || this.#kept + size > KEPT) {
      block.memory[Symbol.dispose]();
      return;
    }
    let free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, (free = []));
    free.push(block);
    this.#kept += size;
  }

  lend(): void {
    for (const free of this.#free.values()) {
      for (const { memory } of free.splice(0)) memory[Symbol.dispose]();
    }
    this.#kept = 0;
  }
}
