import type { AlignedBuffer } from '../aligned-buffer.js';
import { BufferPool } from '../buffer-pool.js';
import { extentOf, type Extent } from '../slab.js';
import { HUGE_FROM } from './huge-pages.js';
import type { ReadPlan } from './block-options.js';
import type { BlockMemory, BlockStore } from './block-memory.js';

class PoolMemory implements BlockMemory {
  readonly #buffer: AlignedBuffer;

  constructor(buffer: AlignedBuffer) {
    this.#buffer = buffer;
  }

  get byteLength(): number {
    return this.#buffer.byteLength;
  }

  extent(length: number): Extent {
    const extent = extentOf(this.bytes(0, length));
    if (extent === undefined) throw new TypeError('The memory of a block is not of a pool');
    return extent;
  }

  bytes(start: number, end: number): Buffer {
    return start === 0 && end === this.byteLength ? this.#buffer : this.#buffer.subarray(start, end);
  }

  chunk(): undefined {
    return undefined;
  }

  release(): void {
    this.#buffer[Symbol.dispose]();
  }
}

/** Blocks of a pool, of one's own where none is given. */
export class PoolStore implements BlockStore {
  readonly shared: boolean;
  readonly lenders: BlockStore['lenders'];
  readonly #limit: number;
  /** One's own from the first block on. */
  #pool: BufferPool | undefined;

  constructor({ pool, size, ahead }: ReadPlan) {
    this.shared = pool !== undefined;
    this.lenders = pool?.lenders ?? new Set();
    this.#pool = pool;
    this.#limit = (ahead + 1) * BufferPool.bytesFor(size);
  }

  /** Of a pool that is there blocks are of one size, but one's own can be made for a short file. */
  get fits(): boolean {
    return this.#pool === undefined;
  }

  get wanted(): boolean {
    return this.#pool?.wanted === true;
  }

  spare(size: number): BlockMemory | undefined {
    const buffer = this.#poolFor(size).spare(size);
    return buffer && new PoolMemory(buffer);
  }

  async wait(size: number, signal: AbortSignal): Promise<BlockMemory> {
    return new PoolMemory(await this.#poolFor(size).acquireAsync(size, { signal }));
  }

  close(): void {
    if (!this.shared) this.#pool?.close();
  }

  #poolFor(size: number): BufferPool {
    return (this.#pool ??= BufferPool.create({ limit: this.#limit, hugePages: size >= HUGE_FROM }));
  }
}
