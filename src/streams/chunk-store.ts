import type { OpenFile } from '../open-file.js';
import { makeUnseen, showsMemory } from '../native.js';
import type { BlockMemory, BlockStore } from './block-memory.js';
import type { ReadPlan } from './block-options.js';
import { countChunks } from './chunk-memory.js';
import { collectEarly } from './early-collection.js';
import { PoolStore } from './pool-store.js';
import { UnseenChunk } from './unseen-chunk.js';

/** Bytes of the smallest chunk that is read into; of a smaller one a copy costs less. */
export const LEAST_UNSEEN = 256 * 1024;
/** Bytes that a reader may ask V8 for at once, and the end of a worker may have to wait for. */
const MOST_AHEAD = 64 * 1024 * 1024;

/** Whether V8 has so much memory once it has collected what is garbage, which it does where there is none. */
function collects(size: number): boolean {
  try {
    return Buffer.allocUnsafeSlow(size).byteLength === size;
  } catch {
    return false;
  }
}

/** Blocks in memory that is handed on to the consumer, a chunk each. */
export class ChunkStore implements BlockStore {
  readonly shared = true;
  readonly fits = true;
  readonly lenders: BlockStore['lenders'] = new Set();
  readonly #plan: ReadPlan;
  /** What is copied out of, where V8 cannot have the memory before garbage is collected. */
  #instead: PoolStore | undefined;

  private constructor(plan: ReadPlan) {
    this.#plan = plan;
  }

  /** Where a plan reads whole chunks of `chunk` bytes into memory of V8's own; undefined where it is to be copied. */
  static for({ facts }: OpenFile, plan: ReadPlan, chunk: number): ChunkStore | undefined {
    const { pool, size, start, ahead } = plan;
    const whole = size === chunk && start % facts.alignment.read === 0;
    const bounded = chunk >= LEAST_UNSEEN && (ahead + 1) * size <= MOST_AHEAD;
    const suits = whole && bounded && pool === undefined && facts.carrier === 'aio';
    return suits && showsMemory() ? new ChunkStore(plan) : undefined;
  }

  get wanted(): boolean {
    return this.#instead?.wanted === true;
  }

  spare(size: number): BlockMemory | undefined {
    countChunks(size);
    collectEarly(size);
    let [handle, offset = 0] = makeUnseen(size);
    if (handle === undefined && collects(size)) [handle, offset = 0] = makeUnseen(size);
    return handle === undefined ? this.#copies.spare(size) : new UnseenChunk(handle, offset, size);
  }

  async wait(size: number, signal: AbortSignal): Promise<BlockMemory> {
    return this.#copies.wait(size, signal);
  }

  close(): void {
    this.#instead?.close();
  }

  get #copies(): PoolStore {
    return (this.#instead ??= new PoolStore(this.#plan));
  }
}
