import type { Lender } from '../buffer-pool.js';
import { makeUnseen, showsMemory } from '../native.js';
import type { OpenFile } from '../open-file.js';
import type { Extent } from '../slab.js';
import type { ReadPlan } from './block-options.js';
import type { BlockMemory, BlockStore } from './block-memory.js';
import { countChunks } from './chunk-memory.js';
import { collectEarly } from './early-collection.js';
import { UnseenChunk } from './unseen-chunk.js';

/** Bytes of the smallest chunk that is read into; of a smaller one a copy costs less. */
const LEAST = 256 * 1024;
/** Chunks of a block. */
const MOST_CHUNKS = 16;
/** Bytes that a reader may ask V8 for at once: where there is no memory the process would end, not the stream. */
const MOST_AHEAD = 256 * 1024 * 1024;

/** A block that becomes chunks. */
class ChunkMemory implements BlockMemory {
  readonly byteLength: number;
  readonly #chunk: number;
  readonly #chunks: UnseenChunk[] = [];

  constructor(byteLength: number, chunk: number) {
    this.byteLength = byteLength;
    this.#chunk = chunk;
    try {
      this.#make(Math.floor(byteLength / chunk), chunk);
      this.#make(1, byteLength % chunk);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  extents(length: number): readonly Extent[] {
    const extents: Extent[] = [];
    for (let index = 0, left = length; left > 0; index++) {
      const { extent, byteLength } = this.#chunks[index] as UnseenChunk;
      extents.push(extent.first(Math.min(left, byteLength)));
      left -= byteLength;
    }
    return extents;
  }

  bytes(start: number, end: number): Buffer {
    const index = Math.floor(start / this.#chunk);
    const from = index * this.#chunk;
    return (this.#chunks[index] as UnseenChunk).show().subarray(start - from, end - from);
  }

  chunk(start: number, length: number): Buffer | undefined {
    const chunk = this.#chunks[start / this.#chunk];
    return chunk?.byteLength === length ? chunk.show() : undefined;
  }

  release(): void {
    for (const chunk of this.#chunks) chunk.drop();
  }

  #make(count: number, bytes: number): void {
    if (count === 0 || bytes === 0) return;
    countChunks(count * bytes);
    collectEarly(count * bytes);
    const made = makeUnseen(count, bytes);
    for (let index = 0; index < made.length; index += 2) {
      this.#chunks.push(new UnseenChunk(made[index] as number, made[index + 1] as number, bytes));
    }
  }
}

/** Blocks in memory that is handed on to the consumer, in chunks of so many bytes. */
export class ChunkStore implements BlockStore {
  readonly shared = true;
  readonly fits = true;
  readonly wanted = false;
  readonly lenders = new Set<WeakRef<Lender>>();
  readonly #chunk: number;

  private constructor(chunk: number) {
    this.#chunk = chunk;
  }

  /** Where a plan reads whole chunks into memory of V8's own; undefined where it does not, or the kernel does not read. */
  static for({ facts }: OpenFile, { pool, size, start, ahead }: ReadPlan, chunk: number): ChunkStore | undefined {
    const step = facts.alignment.read;
    const whole = start % step === 0 && chunk % step === 0 && size % chunk === 0;
    const bounded = chunk >= LEAST && size <= MOST_CHUNKS * chunk && (ahead + 1) * size <= MOST_AHEAD;
    const suits = whole && bounded && pool === undefined && facts.carrier === 'aio';
    return suits && showsMemory() ? new ChunkStore(chunk) : undefined;
  }

  spare(size: number): BlockMemory {
    return new ChunkMemory(size, Math.min(size, this.#chunk));
  }

  async wait(size: number): Promise<BlockMemory> {
    return Promise.resolve(this.spare(size));
  }

  close(): void {
    // Nothing is kept.
  }
}
