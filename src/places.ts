import { Extent } from './slab.js';

/** Where in our memory the operations of a batch lie: in equal parts of one extent, or each in its own. */
export class Places {
  readonly length: number;
  readonly #extents: readonly Extent[];
  /** Bytes of a part; 0 where each has an extent of its own. */
  readonly #part: number;

  private constructor(length: number, extents: readonly Extent[], part: number) {
    this.length = length;
    this.#extents = extents;
    this.#part = part;
  }

  static parts(whole: Extent, count: number): Places {
    return new Places(count, whole.alone, whole.length / count);
  }

  static each(extents: readonly Extent[]): Places {
    return new Places(extents.length, extents, 0);
  }

  /** Whether one of them moves nothing. */
  get hasEmpty(): boolean {
    return this.#extents.some(({ length }) => length === 0);
  }

  slabOf(index: number): Extent['slab'] {
    return this.#of(index).slab;
  }

  offsetOf(index: number): number {
    return this.#of(index).offset + index * this.#part;
  }

  lengthOf(index: number): number {
    return this.#part === 0 ? this.#of(index).length : this.#part;
  }

  extentOf(index: number): Extent {
    return this.#part === 0 ? this.#of(index) : new Extent(this.slabOf(index), this.offsetOf(index), this.#part);
  }

  pin(): void {
    for (const { slab, offset, length } of this.#extents) slab.pin(offset, length);
  }

  unpin(): void {
    for (const { slab, offset, length } of this.#extents) slab.unpin(offset, length);
  }

  #of(index: number): Extent {
    return this.#extents[this.#part === 0 ? index : 0] as Extent;
  }
}
