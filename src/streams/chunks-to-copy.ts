import { detached } from '../apart.js';
import { withLongStack } from '../errors.js';
import { byteLengthOf } from '../view-place.js';
import { plain } from '../views.js';
import type { Gathering } from './gathering.js';

/** Chunks on their way into blocks, which may take them in several steps. */
export class ChunksToCopy {
  readonly #chunks: readonly Uint8Array[];
  /** As they were when they came. */
  readonly #lengths: readonly number[];
  #index = 0;
  #offset = 0;

  constructor(chunks: readonly Uint8Array[]) {
    // Without properties of their own: what they say of themselves need not be true.
    this.#chunks = chunks.map(plain);
    this.#lengths = this.#chunks.map(byteLengthOf);
    this.#skipCopied();
  }

  /** Whether all are copied. */
  get areCopied(): boolean {
    return this.#index === this.#chunks.length;
  }

  /** Copies of the next chunk what there is room for. Throws where its memory went away meanwhile. */
  copyTo(gathering: Gathering): void {
    const chunk = this.#chunks[this.#index] as Uint8Array;
    if (byteLengthOf(chunk) !== this.#lengths[this.#index]) throw withLongStack(detached);
    this.#offset += gathering.take(chunk, this.#offset);
    this.#skipCopied();
  }

  #skipCopied(): void {
    while (this.#offset === this.#lengths[this.#index]) {
      this.#index++;
      this.#offset = 0;
    }
  }
}
