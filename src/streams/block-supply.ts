import type { AlignedBuffer } from '../aligned-buffer.js';
import { BufferPool } from '../buffer-pool.js';
import { isExhausted } from '../pool-waiters.js';
import { HUGE_FROM } from './huge-pages.js';

/** Bytes that a pool of its own may have beside the blocks, for memory is mapped in larger pieces. */
const SLACK = 2 * 1024 * 1024;

/** Blocks of memory for one stream, from pools of its own or from somebody else's. */
export class BlockSupply {
  readonly #given: BufferPool | undefined;
  readonly #size: number;
  readonly #limit: number;
  readonly #onMemory: () => void;
  readonly #closing = new AbortController();
  /** For blocks of the usual size, in huge pages: with them a virtio disk was a fifth faster. */
  #large: BufferPool | undefined;
  /** For smaller ones: a stream of few bytes needs no more. */
  #small: BufferPool | undefined;
  /** Memory that was waited for. */
  #spare: AlignedBuffer | undefined;
  #waits = false;

  /**
   * `count` blocks of at most `size` bytes, where `given` is no pool; `onMemory` is told when there is what was not there.
   */
  constructor(given: BufferPool | undefined, count: number, size: number, onMemory: () => void) {
    this.#given = given;
    this.#size = size;
    this.#limit = count * BufferPool.bytesFor(size) + SLACK;
    this.#onMemory = onMemory;
  }

  /** Memory of `size` bytes; undefined where there is none yet: then the same is to be asked for again. */
  take(size: number): AlignedBuffer | undefined {
    if (this.#waits) return undefined;
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare?.byteLength === size) return spare;
    spare?.[Symbol.dispose]();
    const pool = this.#given ?? this.#own(size);
    try {
      return pool.acquire(size);
    } catch (error) {
      if (!isExhausted(error)) throw error;
    }
    void this.#wait(pool, size);
    return undefined;
  }

  /** Gives up waiting, and the pools. */
  close(): void {
    this.#closing.abort();
    this.#spare?.[Symbol.dispose]();
    this.#spare = undefined;
    this.#small?.close();
    this.#large?.close();
  }

  #own(size: number): BufferPool {
    const limit = this.#limit;
    if (size === this.#size && size >= HUGE_FROM)
      return (this.#large ??= BufferPool.create({ limit, hugePages: true }));
    return (this.#small ??= BufferPool.create({ limit }));
  }

  async #wait(pool: BufferPool, size: number): Promise<void> {
    const { signal } = this.#closing;
    this.#waits = true;
    try {
      const memory = await pool.acquireAsync(size, { signal });
      if (signal.aborted) memory[Symbol.dispose]();
      else this.#spare = memory;
    } catch {
      // Whoever asks again is told.
    }
    this.#waits = false;
    if (!signal.aborted) this.#onMemory();
  }
}
