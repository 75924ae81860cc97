import { dropUnseen, showUnseen } from '../native.js';
import { Extent, Slab, type SlabOwner } from '../slab.js';
import type { BlockMemory } from './block-memory.js';

const OWNER: SlabOwner = {
  reclaim: ({ handle }) => {
    dropUnseen(handle);
  },
};

/** Memory of V8's that operations read into before any JavaScript sees it: a block, and then a chunk. */
export class UnseenChunk implements BlockMemory {
  readonly byteLength: number;
  readonly #extent: Extent;
  readonly #slab: Slab;
  /** Where the memory begins in what it was made of. */
  readonly #offset: number;
  #seen: Buffer | undefined;

  constructor(handle: number, offset: number, byteLength: number) {
    const nothing = new ArrayBuffer(0);
    const native = { memory: nothing, handle, length: byteLength, hold: 0, blockSize: byteLength, sharedOffset: -1 };
    this.#slab = new Slab(native, OWNER);
    this.#offset = offset;
    this.byteLength = byteLength;
    this.#extent = new Extent(this.#slab, 0, byteLength);
  }

  extent(length: number): Extent {
    return this.#extent.first(length);
  }

  bytes(start: number, end: number): Buffer {
    return this.#show().subarray(start, end);
  }

  chunk(start: number, length: number): Buffer | undefined {
    return start === 0 && length === this.byteLength ? this.#show() : undefined;
  }

  release(): void {
    if (this.#seen === undefined) this.#slab.release(0);
  }

  /** The memory, when the operations on it are over: an ordinary Buffer. */
  #show(): Buffer {
    if (this.#seen !== undefined) return this.#seen;
    const memory = showUnseen(this.#slab.handle);
    if (memory === null) throw new Error('A chunk that is still being read, or was dropped');
    return (this.#seen = Buffer.from(memory.buffer, memory.byteOffset + this.#offset, this.byteLength));
  }
}
