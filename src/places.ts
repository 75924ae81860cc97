import { Extent, type Slab } from './slab.js';

/** By extent, the Buffers that its blocks are handed out as. */
export type Holders = readonly (readonly (Buffer | undefined)[])[];

/** Where in our memory the operations of a batch lie: in equal parts of one extent, or each in its own. */
export class Places {
  readonly length: number;
  /** The slab that all of them lie in, and the bytes of each; undefined where these differ, or where it must be copied from. */
  readonly run: { readonly slab: Slab; readonly bytes: number } | undefined;
  readonly #extents: readonly Extent[];
  /** Bytes of a part; 0 where each has an extent of its own. */
  readonly #part: number;

  private constructor(length: number, extents: readonly Extent[], part: number) {
    this.length = length;
    this.#extents = extents;
    this.#part = part;
    this.run = runOf(extents, part);
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

  slabOf(index: number): Slab {
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

  /** Whose memory it is now: for {@link Places.check}. */
  get holders(): Holders {
    return this.#extents.map(({ holders }) => holders);
  }

  /** Throws where memory was given back since these were its holders, even where others have it now. */
  check(holders: Holders): void {
    for (let index = 0; index < holders.length; index++) (this.#extents[index] as Extent).check(holders[index] ?? []);
  }

  pin(): void {
    for (const extent of this.#extents) extent.pin();
  }

  unpin(): void {
    for (const extent of this.#extents) extent.unpin();
  }

  #of(index: number): Extent {
    return this.#extents[this.#part === 0 ? index : 0] as Extent;
  }
}

function runOf(extents: readonly Extent[], part: number): Places['run'] {
  const first = extents[0];
  if (first === undefined || first.slab.apart) return undefined;
  const { slab, length } = first;
  if (part !== 0) return { slab, bytes: part };
  return extents.every((extent) => extent.slab === slab && extent.length === length)
    ? { slab, bytes: length }
    : undefined;
}
