import type { AlignedBuffer } from '../aligned-buffer.js';
import { BufferPool } from '../buffer-pool.js';
import { isExhausted } from '../pool-waiters.js';

/** Bytes that a pool of its own may have beside the blocks: smaller ones share what is mapped at a time. */
const SLACK = 1024 * 1024;

/** Blocks of memory for one stream, from a pool of its own or from somebody else's. */
export class BlockSupply {
  readonly #given: BufferPool | undefined;
  readonly #limit: number;
  readonly #onMemory: () => void;
  readonly #closing = new AbortController();
  #pool: BufferPool | undefined;
  /** Memory that was waited for. */
  #spare: AlignedBuffer | undefined;
  #waits = false;

  /** `count` blocks of `size` bytes, where `given` is no pool; `onMemory` is told when there is what was not there. */
  constructor(given: BufferPool | undefined, count: number, size: number, onMemory: () => void) {
    this.#given = given;
    this.#limit = count * 2 ** Math.ceil(Math.log2(size)) + SLACK;
    this.#onMemory = onMemory;
  }

  /** Memory of `size` bytes; undefined where there is none yet. The same is then to be asked for again. */
  take(size: number): AlignedBuffer | undefined {
    if (this.#waits) return undefined;
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare?.byteLength === size) return spare;
    if (spare !== undefined) this.release(spare);
    this.#pool ??= this.#given ?? BufferPool.create({ limit: this.#limit });
    try {
      return this.#pool.acquire(size);
    } catch (error) {
      if (!isExhausted(error)) throw error;
    }
    void this.#wait(this.#pool, size);
    return undefined;
  }

  release(memory: AlignedBuffer): void {
    this.#pool?.release(memory);
  }

  /** Everything must have been released. */
  close(): void {
    this.#closing.abort();
    if (this.#spare !== undefined) this.release(this.#spare);
    this.#spare = undefined;
    if (this.#given === undefined) this.#pool?.close();
  }

  async #wait(pool: BufferPool, size: number): Promise<void> {
    const { signal } = this.#closing;
    this.#waits = true;
    try {
      const memory = await pool.acquireAsync(size, { signal });
      if (signal.aborted) pool.release(memory);
      else this.#spare = memory;
    } catch {
      // Whoever asks again is told.
    }
    this.#waits = false;
    if (!signal.aborted) this.#onMemory();
  }
}
