import type { Job } from './job.js';

const WEYL = 0x9e3779b9;

/** Where to read or write next. */
export interface Positions {
  next(): number;
}

/**
 * The random sequence of positions that every contestant goes through: a Weyl sequence, mixed by the
 * finalizer of MurmurHash3. The crate's example `ceiling` draws the same numbers, and has the same sequential order.
 */
export class RandomPositions implements Positions {
  #state: number;
  readonly #step: number;
  readonly #blocks: number;
  readonly #block: number;

  /**
   * @param seed 32 bits.
   * @param size bytes to choose from, less than 2^21 blocks, so that no product leaves 2^53.
   * @param block bytes.
   * @param part of a sequence that several threads share, each taking every `parts`th position of it.
   */
  constructor(seed: number, size: number, block: number, part = 0, parts = 1) {
    this.#step = Math.imul(WEYL, parts);
    // One step before the first of its own.
    this.#state = (seed + Math.imul(WEYL, part + 1 - parts)) | 0;
    this.#block = block;
    this.#blocks = Math.floor(size / block);
    if (this.#blocks < 1 || this.#blocks >= 2 ** 21) {
      throw new RangeError(`${size} bytes are not 1 to 2^21 blocks of ${block}`);
    }
  }

  next(): number {
    this.#state = (this.#state + this.#step) | 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    mixed = (mixed ^ (mixed >>> 16)) >>> 0;
    return Math.floor((mixed * this.#blocks) / 2 ** 32) * this.#block;
  }
}

/** One block after the other, from the first to the last and again. */
export class SequentialPositions implements Positions {
  #index: number;
  readonly #parts: number;
  readonly #blocks: number;
  readonly #block: number;

  /** @param part as of {@link RandomPositions}. */
  constructor(size: number, block: number, part = 0, parts = 1) {
    this.#index = part - parts;
    this.#parts = parts;
    this.#block = block;
    this.#blocks = Math.floor(size / block);
    if (this.#blocks < 1) throw new RangeError(`${size} bytes are not a block of ${block}`);
  }

  next(): number {
    this.#index += this.#parts;
    return (this.#index % this.#blocks) * this.#block;
  }
}

/** The positions of a job, or those of one of its threads. */
export function positionsOf({ seed, size, block, sequential }: Job, part = 0, parts = 1): Positions {
  if (sequential) return new SequentialPositions(size, block, part, parts);
  return new RandomPositions(seed, size, block, part, parts);
}
