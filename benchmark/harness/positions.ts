const WEYL = 0x9e3779b9;

/**
 * The sequence of positions that every contestant goes through: a Weyl sequence, mixed by the
 * finalizer of MurmurHash3. The crate's example `ceiling` draws the same numbers.
 */
export class Positions {
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
