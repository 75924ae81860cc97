import { ENOMEM } from './errnos.js';
import { AioError, kernelError } from './errors.js';
import { hide } from './hidden.js';
import { detachSlab, releaseSlab, type NativeSlab } from './native.js';
import { byteLengthOf, placeOf } from './view-place.js';

/** Who gets a block back when nobody uses it any more. */
export interface SlabOwner {
  reclaim(slab: Slab, block: number): void;
}

/** A part of a slab, in bytes. */
export class Extent {
  readonly slab: Slab;
  readonly offset: number;
  readonly length: number;
  /** The blocks that it touches. */
  readonly #first: number;
  readonly #last: number;
  #alone: readonly Extent[] | undefined = undefined;

  constructor(slab: Slab, offset: number, length: number) {
    this.slab = slab;
    this.offset = offset;
    this.length = length;
    this.#first = Math.floor(offset / slab.blockSize);
    this.#last = Math.min(slab.blocks - 1, Math.floor((offset + Math.max(length, 1) - 1) / slab.blockSize));
  }

  /** Whether it is one: anybody can put anything in the place of one. */
  static isOne(value: unknown): value is Extent {
    return typeof value === 'object' && value !== null && #first in value;
  }

  /** A list of it and no other, always the same. */
  get alone(): readonly Extent[] {
    return (this.#alone ??= [this]);
  }

  /** Its first `length` bytes. */
  first(length: number): Extent {
    return length === this.length ? this : new Extent(this.slab, this.offset, length);
  }

  /** Whether every block of it is handed out. */
  get isHandedOut(): boolean {
    return this.slab.holds(this.#first, this.#last);
  }

  /** Whether that is the Buffer which was handed out as this, and its memory is still there. */
  isOf(buffer: Uint8Array): boolean {
    return this.slab.holders[this.#first] === buffer && byteLengthOf(buffer) === this.length;
  }

  /** The Buffers that its blocks are handed out as. */
  get holders(): readonly (Buffer | undefined)[] {
    return this.slab.holders.slice(this.#first, this.#last + 1);
  }

  /** Throws where memory of it was given back to its pool since these were its holders, or went away. */
  check(holders: readonly (Buffer | undefined)[]): void {
    if (this.slab.memory.byteLength === 0) throw released();
    for (let index = 0; index < holders.length; index++) {
      const holder = this.slab.holders[this.#first + index];
      if (holder === undefined || holder !== holders[index]) throw released();
    }
  }

  /** Keeps its blocks from being handed out again before the kernel is done with them. */
  pin(): void {
    this.slab.pin(this.#first, this.#last);
  }

  unpin(): void {
    this.slab.unpin(this.#first, this.#last);
  }
}

const SLAB = Symbol('linux-aio.slab');
/** Of a Buffer that was handed out: where it lies. */
const EXTENT = Symbol('linux-aio.extent');

interface Handed {
  readonly [EXTENT]?: unknown;
}

/** Kept, for the global one may be replaced. */
const { structuredClone } = globalThis;

/** Slabs whose memory cannot be shown, and whose stand-in was collected. */
const forgotten = new FinalizationRegistry<number>(releaseSlab);

/** Memory of JavaScript's own for a slab that the runtime does not let it see. */
function standIn({ hold, length }: NativeSlab): ArrayBuffer {
  try {
    const memory = new ArrayBuffer(length);
    forgotten.register(memory, hold, memory);
    return memory;
  } catch {
    releaseSlab(hold);
    throw kernelError(ENOMEM, 'mmap', {});
  }
}

/** One mapping of page-aligned memory, cut into blocks of equal size. */
export class Slab {
  /** What buffers are views of: the mapping, or where it is {@link Slab.apart}, what is copied from and to it. */
  readonly memory: ArrayBuffer;
  /** Whether the runtime does not let JavaScript see the mapping. */
  readonly apart: boolean;
  readonly handle: number;
  readonly blockSize: number;
  readonly blocks: number;
  /** Bytes from the start of the pool's memfd, -1 where the memory is private. */
  readonly sharedOffset: number;
  /** The Buffer that each block was handed out as; undefined where it is free. */
  readonly holders: (Buffer | undefined)[];
  readonly owner: SlabOwner;
  /** Blocks that the owner has given out, counted by it. */
  handedOut = 0;
  readonly #hold: number;
  /** Operations that the kernel may still carry out on each block. */
  readonly #pins: Uint32Array;
  readonly #released: Uint8Array;

  constructor(native: NativeSlab, owner: SlabOwner) {
    this.apart = native.memory === undefined;
    this.memory = native.memory ?? standIn(native);
    this.handle = native.handle;
    this.#hold = native.hold;
    this.blockSize = native.blockSize;
    this.sharedOffset = native.sharedOffset;
    this.blocks = Math.floor(native.length / native.blockSize);
    this.owner = owner;
    this.holders = new Array<Buffer | undefined>(this.blocks).fill(undefined);
    this.#pins = new Uint32Array(this.blocks);
    this.#released = new Uint8Array(this.blocks);
    hide(this.memory, SLAB, this);
  }

  /** Gives the memory back to the system, or to the operations that still have it. */
  discard(): void {
    if (!this.apart) {
      detachSlab(this.handle, this.memory);
      return;
    }
    forgotten.unregister(this.memory);
    releaseSlab(this.#hold);
    if (this.memory.byteLength > 0) structuredClone(this.memory, { transfer: [this.memory] });
  }

  /** Hands a block out under a Buffer of its own, so that a stale one is told apart. */
  hand(block: number, size: number): Buffer {
    const buffer = Buffer.from(this.memory, block * this.blockSize, size);
    hide(buffer, EXTENT, new Extent(this, block * this.blockSize, size));
    this.holders[block] = buffer;
    return buffer;
  }

  /** Takes back the block that a Buffer was handed out as; whether it still was. */
  take(buffer: Buffer): boolean {
    // Not by the Buffer's own offset: that is 0 once the memory was transferred away.
    const handed = (buffer as Handed)[EXTENT];
    const block = (Extent.isOne(handed) ? handed.offset : -1) / this.blockSize;
    const held = this.holders[block] === buffer;
    if (held) this.release(block);
    return held;
  }

  /** Takes a block back, at once or when the last operation on it is done. */
  release(block: number): void {
    this.holders[block] = undefined;
    if (this.#pins[block] === 0) this.owner.reclaim(this, block);
    else this.#released[block] = 1;
  }

  /** Whether every block from the first to the last is handed out. */
  holds(first: number, last: number): boolean {
    for (let block = first; block <= last; block++) if (this.holders[block] === undefined) return false;
    return true;
  }

  /** See {@link Extent.pin}. */
  pin(first: number, last: number): void {
    for (let block = first; block <= last; block++) this.#pins[block]!++;
  }

  unpin(first: number, last: number): void {
    for (let block = first; block <= last; block++) {
      const left = (this.#pins[block] ?? 1) - 1;
      this.#pins[block] = left;
      if (left === 0 && this.#released[block] === 1) {
        this.#released[block] = 0;
        this.owner.reclaim(this, block);
      }
    }
  }
}

/** The slab that an ArrayBuffer is the memory of, if it is one of ours and still attached. */
export function slabOf(memory: ArrayBufferLike): Slab | undefined {
  const slab = (memory as { [SLAB]?: Slab })[SLAB];
  // Compared, because the property could be copied to another ArrayBuffer.
  return slab?.memory === memory ? slab : undefined;
}

/** Where a view lies in our memory, if it does. Throws where that was given back to its pool. */
export function extentOf(view: Uint8Array): Extent | undefined {
  // What is empty may be as somebody has left it, with properties that ask him.
  const handed = byteLengthOf(view) === 0 ? undefined : handedAs(view);
  if (handed !== undefined) return handed;
  const [memory, offset, length] = placeOf(view);
  const slab = slabOf(memory);
  if (slab === undefined) return undefined;
  const extent = new Extent(slab, offset, length);
  if (!extent.isHandedOut) throw released();
  return extent;
}

/** Where a Buffer lies that was handed out, and still is. */
function handedAs(buffer: Uint8Array): Extent | undefined {
  const whole = (buffer as Handed)[EXTENT];
  return Extent.isOne(whole) && whole.isOf(buffer) ? whole : undefined;
}

/** Where each of the Buffers lies, if all are ones that were handed out, and still are. */
export function handedOnes(buffers: readonly Uint8Array[]): Extent[] | undefined {
  const extents: Extent[] = [];
  for (const buffer of buffers) {
    const whole = handedAs(buffer);
    if (whole === undefined) return undefined;
    extents.push(whole);
  }
  return extents;
}

/** A part of a Buffer of ours; undefined where the arguments are others, or more is to be said of them. */
export function handedPart(buffer: unknown, offset: unknown, length: unknown): Extent | undefined {
  if (!ArrayBuffer.isView(buffer)) return undefined;
  const whole = handedAs(buffer as Uint8Array);
  if (whole === undefined) return undefined;
  const from = offset ?? 0;
  if (typeof from !== 'number' || !(from >= 0 && from < whole.length)) return undefined;
  const bytes = length ?? whole.length - from;
  if (typeof bytes !== 'number' || !(bytes > 0 && from + bytes <= whole.length)) return undefined;
  if (from === 0 && bytes === whole.length) return whole;
  return Number.isInteger(from) && Number.isInteger(bytes)
    ? new Extent(whole.slab, whole.offset + from, bytes)
    : undefined;
}

function released(): AioError {
  return new AioError('ERR_AIO_BUFFER_RELEASED', 'The buffer was released or disposed of');
}
