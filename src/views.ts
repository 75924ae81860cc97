import { detached } from './apart.js';
import { invalidType, withLongStack } from './errors.js';
import { Extent, extentOf, handedOnes } from './slab.js';
import { byteLengthOf, placeOf, placeOfAny, TypedArray } from './view-place.js';

/** Kept: one of somebody else's would get memory that others use next. */
const copyTo = Reflect.get<Uint8Array, 'set'>(TypedArray.prototype, 'set');

/** A view of any kind as bytes, in the place where it is. `index`: of the list of that name. */
export function bytesOf(name: string, value: unknown, index?: number): Uint8Array {
  if (!ArrayBuffer.isView(value)) {
    const where = index === undefined ? name : `${name}[${String(index)}]`;
    throw invalidType(where, 'a Buffer, TypedArray or DataView', value);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Buffer.prototype || prototype === Uint8Array.prototype) return value as Uint8Array;
  // Others may have properties of their own making.
  return new Uint8Array(...placeOfAny(value));
}

/** The same without properties of its own, which could lie. */
export function plain(view: Uint8Array): Uint8Array {
  const [memory, offset, length] = placeOf(view);
  // One whose memory is gone cannot be made again.
  return length === 0 ? view : new Uint8Array(memory, offset, length);
}

/** To make a view takes longer than to copy a page. */
function partOf(view: Uint8Array, from: number, to: number): Uint8Array {
  return from === 0 && to === byteLengthOf(view) ? view : view.subarray(from, to);
}

/** The bytes of several views, one behind the other. */
export class Views {
  readonly total: number;
  /** Where each lies in our memory, if it does. */
  readonly extents: readonly (Extent | undefined)[];
  readonly #given: readonly Uint8Array[];
  readonly #lengths: readonly number[];
  #list: readonly Uint8Array[] | undefined;

  /** Throws where one was given back to its pool; those of a call that is under way keep what they have. */
  constructor(given: readonly Uint8Array[], known?: readonly (Extent | undefined)[]) {
    this.#given = given;
    const handed = known === undefined ? handedOnes(given) : undefined;
    if (handed === undefined) {
      // Those of a part are plain already.
      this.#list = known === undefined ? given.map(plain) : given;
      this.extents = known ?? this.#list.map(extentOf);
      this.#lengths = this.#list.map(byteLengthOf);
    } else {
      this.extents = handed;
      this.#lengths = handed.map(({ length }) => length);
    }
    this.total = this.#lengths.reduce((sum, length) => sum + length, 0);
  }

  /** Without properties of their own. The kernel needs none of them: of Buffers that were handed out they are made when asked for. */
  get list(): readonly Uint8Array[] {
    return (this.#list ??= this.#given.map(plain));
  }

  get count(): number {
    return this.#given.length;
  }

  /** Bytes of one of them, as it was when this was made. */
  lengthOf(index: number): number {
    return this.#lengths[index] ?? 0;
  }

  /** A part of one of them, which is theirs also when it was given back meanwhile. */
  part(index: number, start: number, end: number): Views {
    const whole = this.list[index] as Uint8Array;
    // One whose memory is gone has no part that could be named.
    const view = byteLengthOf(whole) === 0 ? whole : whole.subarray(start, end);
    const extent = this.extents[index];
    if (extent === undefined) return new Views([view], [undefined]);
    // Its memory may be in other hands: then nothing is left of the view.
    return new Views([view], [new Extent(extent.slab, extent.offset + start, byteLengthOf(view))]);
  }

  /** Keeps pool memory among the views from being handed out again until {@link Views.unpin}. */
  pin(): void {
    for (const extent of this.extents) extent?.pin();
  }

  unpin(): void {
    for (const extent of this.extents) extent?.unpin();
  }

  /** Copies `length` bytes that begin `start` bytes into the views to the front of `target`. */
  gather(start: number, length: number, target: Uint8Array): void {
    let gathered = 0;
    this.#each(start, length, (view, from, to, done) => {
      const part = partOf(view, from, to);
      copyTo.call(target, part, done);
      gathered += byteLengthOf(part);
    });
    // Where somebody has replaced `subarray`: what is behind it is nobody's to write.
    if (gathered < length) throw withLongStack(detached);
  }

  /** Copies all of `source` to `start` bytes into the views. */
  scatter(start: number, source: Uint8Array): void {
    this.#each(start, source.byteLength, (view, from, to, done) => {
      copyTo.call(view, partOf(source, done, done + to - from), from);
    });
  }

  #each(start: number, length: number, copy: (view: Uint8Array, from: number, to: number, done: number) => void): void {
    let begins = 0;
    this.list.forEach((view, index) => {
      const size = this.#lengths[index] ?? 0;
      const from = Math.max(start - begins, 0);
      const to = Math.min(start + length - begins, size);
      if (from < to) {
        if (byteLengthOf(view) < size) {
          throw withLongStack(detached);
        }
        copy(view, from, to, begins + from - start);
      }
      begins += size;
    });
  }
}
