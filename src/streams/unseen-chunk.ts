import { dropUnseen, showUnseen } from '../native.js';
import { Extent, Slab, type SlabOwner } from '../slab.js';

const OWNER: SlabOwner = {
  reclaim: ({ handle }) => {
    dropUnseen(handle);
  },
};

/** Memory of V8's that operations read into before any JavaScript sees it. */
export class UnseenChunk {
  readonly byteLength: number;
  readonly extent: Extent;
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
    this.extent = new Extent(this.#slab, 0, byteLength);
  }

  /** The memory, when the operations on it are over: an ordinary Buffer. */
  show(): Buffer {
    if (this.#seen !== undefined) return this.#seen;
    const memory = showUnseen(this.#slab.handle);
    if (memory === null) throw new Error('A chunk that is still being read, or was dropped');
    return (this.#seen = Buffer.from(memory.buffer, memory.byteOffset + this.#offset, this.byteLength));
  }

  /** Gives the memory up that nobody has seen, at once or when the last operation on it is over. */
  drop(): void {
    if (this.#seen === undefined) this.#slab.release(0);
  }
}
