import { detached } from './apart.js';
import { invalidType, withLongStack } from './errors.js';
import { extentOf, type Extent } from './slab.js';

/** A view of any kind as bytes, in the place where it is. */
export function bytesOf(name: string, value: unknown): Uint8Array {
  if (!ArrayBuffer.isView(value)) throw invalidType(name, 'a Buffer, TypedArray or DataView', value);
  return value instanceof Uint8Array ? value : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

/** The bytes of several views, one behind the other. */
export class Views {
  readonly list: readonly Uint8Array[];
  readonly total: number;
  /** Where each lies in our memory, if it does. */
  readonly extents: readonly (Extent | undefined)[];
  readonly #lengths: number[];

  /** Throws where one was given back to its pool; those of a call that is under way keep what they have. */
  constructor(list: readonly Uint8Array[]) {
    this.list = list;
    this.#lengths = list.map((view) => view.byteLength);
    this.total = this.#lengths.reduce((sum, length) => sum + length, 0);
    this.extents = list.map(extentOf);
  }

  /** Keeps pool memory among the views from being handed out again until {@link Views.unpin}. */
  pin(): void {
    for (const extent of this.extents) extent?.slab.pin(extent.offset, extent.length);
  }

  unpin(): void {
    for (const extent of this.extents) extent?.slab.unpin(extent.offset, extent.length);
  }

  /** Copies `length` bytes that begin `start` bytes into the views to the front of `target`. */
  gather(start: number, length: number, target: Uint8Array): void {
    this.#each(start, length, (view, from, to, done) => {
      target.set(view.subarray(from, to), done);
    });
  }

  /** Copies all of `source` to `start` bytes into the views. */
  scatter(start: number, source: Uint8Array): void {
    this.#each(start, source.byteLength, (view, from, to, done) => {
      view.set(source.subarray(done, done + to - from), from);
    });
  }

  #each(start: number, length: number, copy: (view: Uint8Array, from: number, to: number, done: number) => void): void {
    let begins = 0;
    this.list.forEach((view, index) => {
      const size = this.#lengths[index] ?? 0;
      const from = Math.max(start - begins, 0);
      const to = Math.min(start + length - begins, size);
      if (from < to) {
        if (view.byteLength < size) {
          throw withLongStack(detached);
        }
        copy(view, from, to, begins + from - start);
      }
      begins += size;
    });
  }
}
